package unleash

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/hoistflags/hoist"
)

// An exported feature has its strategies and environments beside it.
type exported struct {
	strategies   []json.RawMessage
	dependencies []json.RawMessage
}

// export reads the export of the admin API.
func (i *importer) export(o object) {
	by := i.exportedBy(o)
	environments := i.exportedEnvironments(o)
	names := map[string]bool{}
	for _, list := range environments {
		for name := range list {
			names[name] = true
		}
	}
	single := len(names) < 2 && i.environment == ""
	features := i.entries(o, "features", "", featureKey)
	for e := range features.all {
		r := reader{}
		f := r.exportedFlag(e)
		for _, name := range slices.Sorted(maps.Keys(environments[e.key])) {
			t := r.exportedTargeting(f, by[e.key], environments[e.key][name])
			switch {
			case single:
				f.Targeting = t
			case i.environment == "" || i.environment == name:
				setTargeting(f, name, t)
			}
		}
		i.addFlag(f, &r, e.at)
	}
	i.leaveOut(o)
}

// exportedBy returns strategies and dependencies by feature.
func (i *importer) exportedBy(o object) map[string]*exported {
	by := map[string]*exported{}
	of := func(name string) *exported {
		if by[name] == nil {
			by[name] = &exported{}
		}
		return by[name]
	}
	list, _ := i.list(o, "featureStrategies", "")
	for n, text := range list {
		at := "/featureStrategies/" + strconv.Itoa(n)
		x := of(i.text(i.object(text, at), "featureName", at))
		x.strategies = append(x.strategies, text)
	}
	list, _ = i.list(o, "dependencies", "")
	for n, text := range list {
		at := "/dependencies/" + strconv.Itoa(n)
		members := i.object(text, at)
		x := of(i.text(members, "feature", at))
		x.dependencies, _ = i.list(members, "dependencies", at)
	}
	return by
}

// exportedEnvironments returns the members of features in environments, by name
// and environment.
func (i *importer) exportedEnvironments(o object) map[string]map[string]object {
	by := map[string]map[string]object{}
	list, _ := i.list(o, "featureEnvironments", "")
	for n, text := range list {
		at := "/featureEnvironments/" + strconv.Itoa(n)
		members := i.object(text, at)
		name, environment := i.text(members, "featureName", at), i.text(members, "environment", at)
		if by[name] == nil {
			by[name] = map[string]object{}
		}
		by[name][environment] = members
	}
	return by
}

// exportedFlag reads a feature without what it does in environments.
func (r *reader) exportedFlag(e entry) *hoist.Flag {
	o := r.object(e.text, e.at)
	f := newFlag(e.key, o)
	f.Description, f.Archived = looseText(o, "description"), looseBool(o, "archived")
	return f
}

// exportedTargeting reads what a feature does in an environment. Problems are
// at the feature: the export has its parts in several places.
func (r *reader) exportedTargeting(f *hoist.Flag, x *exported, members object) *hoist.Targeting {
	at := "/featureEnvironments"
	if x == nil {
		x = &exported{}
	}
	variants, _ := r.list(members, "variants", at)
	own := targetingExtension{}
	t := r.targeting(f, append([]json.RawMessage{}, x.strategies...), adminForm, variants, &own, at)
	t.Disabled = !r.bool(members, "enabled", at)
	t.Requires = requirements(r.dependencies(object{"dependencies": rawJSON(x.dependencies)}, at))
	t.Extensions = extend(own)
	return t
}

// leaveOut reports what an export has and a set does not.
func (i *importer) leaveOut(o object) {
	for _, member := range [...]struct{ name, why string }{
		{"segments", "the constraints of segments are not in an export: rules that refer to these do not hold until there are segments with their ids as keys"},
		{"contextFields", "context fields are not imported"},
		{"featureTags", "tags are not imported"},
		{"tagTypes", "types of tags are not imported"},
		{"links", "links are not imported"},
	} {
		if list, _ := i.list(o, member.name, ""); len(list) > 0 {
			i.problem("/"+member.name, "%s", member.why)
		}
	}
}
