package unleash

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/hoistflags/hoist"
)

// A flagExtension is what a [hoist.Flag] keeps of a feature, whatever the
// environment.
type flagExtension struct {
	Type           string `json:"type,omitempty"`
	Project        string `json:"project,omitempty"`
	Stale          bool   `json:"stale,omitempty"`
	ImpressionData bool   `json:"impressionData,omitempty"`
	Admin          object `json:"admin,omitempty"` // further members of the document for admins
}

// A targetingExtension is what a [hoist.Targeting] keeps of a feature in one
// environment.
type targetingExtension struct {
	spelling

	// Variants are those of a feature that nobody gets: they have no weight,
	// or every strategy has its own.
	Variants []json.RawMessage `json:"variants,omitempty"`
}

// maxShared bounds the variants of a feature times its strategies: each rule of
// the model has the variants that it serves.
const maxShared = 10_000

const (
	defaultType    = "release"
	defaultProject = "default"
)

// feature reads the members of a feature. It has no strategies at all, and is
// never on, if Strategies is nil.
func (r *reader) feature(o object, at string) feature {
	f := feature{
		Name: r.text(o, "name", at), Enabled: r.bool(o, "enabled", at),
		Type: cmp.Or(looseText(o, "type"), defaultType), Project: cmp.Or(looseText(o, "project"), defaultProject),
		Description: textOrNull(looseText(o, "description")),
		Stale:       looseBool(o, "stale"), ImpressionData: looseBool(o, "impressionData"),
		Dependencies: r.dependencies(o, at),
	}
	f.Strategies, _ = r.shortList(o, "strategies", at, hoist.MaxRules)
	variants, _ := r.shortList(o, "variants", at, hoist.MaxVariants)
	f.Variants = append([]json.RawMessage{}, variants...)
	return f
}

// filled returns the feature with a list of strategies in any case.
func (f feature) filled() feature {
	f.Strategies = append([]json.RawMessage{}, f.Strategies...)
	return f
}

func (r *reader) dependencies(o object, at string) []dependency {
	list, _ := r.shortList(o, "dependencies", at, hoist.MaxReferences)
	var out []dependency
	for i, text := range list {
		here := at + "/dependencies/" + strconv.Itoa(i)
		members := r.object(text, here)
		d := dependency{Feature: r.text(members, "feature", here), Enabled: isNull(members["enabled"]) || r.bool(members, "enabled", here)}
		if d.Feature == "" {
			r.problem(here+"/feature", "want the name of a feature")
		}
		if names := r.texts(members, "variants", here); len(names) > hoist.MaxVariants {
			r.problem(here+"/variants", "%d variants, limit %d", len(names), hoist.MaxVariants)
		} else if d.Enabled && len(names) > 0 {
			d.Variants = names
		}
		i := slices.IndexFunc(out, func(known dependency) bool { return known.Feature == d.Feature })
		switch {
		case i < 0:
			out = append(out, d)
		case !out[i].and(d):
			r.problem(here, "the dependencies on %q can never hold together", d.Feature)
		}
	}
	return out
}

// and makes d hold only if e holds as well, and reports whether that can be.
func (d *dependency) and(e dependency) bool {
	switch {
	case d.Enabled != e.Enabled:
		return false
	case d.Variants == nil:
		d.Variants = e.Variants
	case e.Variants != nil:
		d.Variants = slices.DeleteFunc(d.Variants, func(name string) bool { return !slices.Contains(e.Variants, name) })
		return len(d.Variants) > 0
	}
	return true
}

// flag reads a feature as it is in an environment, "" for all that have no
// targeting of their own, as a flag.
func (r *reader) flag(text json.RawMessage, environment, at string) *hoist.Flag {
	o := r.object(text, at)
	w := r.feature(o, at)
	f := newFlag(w.Name, o)
	if w.Description != nil {
		f.Description = *w.Description
	}
	x := targetingExtension{spelling: spell(o, objectOf(w.filled()))}
	t := r.targeting(f, w.Strategies, clientForm, w.Variants, &x, at)
	t.Disabled = !w.Enabled
	t.Requires = requirements(w.Dependencies)
	t.Extensions = extend(x)
	setTargeting(f, environment, t)
	return f
}

func newFlag(name string, o object) *hoist.Flag {
	return &hoist.Flag{
		Key: name, Type: hoist.TypeBoolean, Semantics: hoist.Unleash,
		Extensions: extend(flagExtension{
			Type: looseText(o, "type"), Project: looseText(o, "project"),
			Stale: looseBool(o, "stale"), ImpressionData: looseBool(o, "impressionData"),
		}),
	}
}

func setTargeting(f *hoist.Flag, environment string, t *hoist.Targeting) {
	if environment == "" {
		f.Targeting = t
		return
	}
	if f.Environments == nil {
		f.Environments = map[string]*hoist.Targeting{}
	}
	f.Environments[environment] = t
}

// targeting reads strategies and the variants that they share.
func (r *reader) targeting(f *hoist.Flag, strategies []json.RawMessage, form form, variants []json.RawMessage, x *targetingExtension, at string) *hoist.Targeting {
	t := &hoist.Targeting{Off: "false"}
	if n := len(strategies) * len(variants); n > maxShared {
		r.problem(at+"/variants", "%d strategies that share %d variants, limit %d together", len(strategies), len(variants), maxShared)
		return t
	}
	shared := hoist.Serve{Variant: "true"}
	if split := r.variants(f, variants, "", at+"/variants"); split != nil && total(split) > 0 {
		shared = hoist.Serve{Split: split}
	}
	used := len(strategies) == 0
	for i, text := range strategies {
		rule := r.rule(f, text, form, shared, at+"/strategies/"+strconv.Itoa(i))
		used = used || rule.Serve.Split != nil && rule.Serve.Split.Salt == ""
		t.Rules = append(t.Rules, rule)
	}
	if !used || shared.Split == nil {
		x.Variants = variants
	}
	switch {
	case strategies == nil:
		t.Rules = []hoist.Rule{{When: hoist.AnyOf(), Serve: shared}}
		fallthrough
	case len(strategies) > 0:
		shared = hoist.Serve{Variant: "false"}
	}
	t.Default = &shared
	return t
}

// requirements returns dependencies as requirements: on is "true", off "false",
// and a variant wanted of a feature that is on its name; "disabled" is that
// there is none.
func requirements(dependencies []dependency) []hoist.Requirement {
	var out []hoist.Requirement
	for _, d := range dependencies {
		wanted := []string{strconv.FormatBool(d.Enabled)}
		if len(d.Variants) > 0 {
			wanted = mapNames(d.Variants, safeName)
		}
		out = append(out, hoist.Requirement{Flag: d.Feature, Variants: wanted})
	}
	return out
}

func mapNames(names []string, to func(string) string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = to(name)
	}
	return out
}
