package hoist

import (
	"maps"
	"slices"
)

// Validate returns everything that is wrong with the flag by itself, as
// [Errors], or nil. Whether the flags and segments it refers to exist is for
// [Set.Validate] to say.
func (f *Flag) Validate() error {
	var p problems
	n := newNames()
	for _, environment := range f.environments() {
		_, err := compileFlag(f, environment, n)
		p.addErrors(nil, err)
	}
	for environment, t := range f.Environments {
		if t == nil {
			p.add(new(environmentsPlace.member(environment)), "the targeting is nil")
		}
	}
	if p.list == nil {
		// What cannot be written cannot be kept: extensions that are not JSON,
		// times outside of the years that RFC 3339 has.
		_, err := decodeFlag(f.Key, string(f.appendJSON(nil)))
		p.addErrors(nil, err)
	}
	return p.err()
}

var environmentsPlace = (&place{}).to("environments")

// environments returns the names of the flag's environments, and "" for the
// targeting outside of them.
func (f *Flag) environments() []string {
	return append([]string{""}, slices.Sorted(maps.Keys(f.Environments))...)
}

// Validate returns everything that is wrong with the segment by itself, as
// [Errors], or nil.
func (s *Segment) Validate() error {
	if _, err := compileSegment(s, newNames()); err != nil {
		return err
	}
	_, err := decodeSegment(s.Key, string(s.appendJSON(nil)))
	return err
}

// Validate returns everything that is wrong with the set, as [Errors] with
// paths such as "/flags/checkout/rules/0/when", or nil: what is wrong with
// single flags and segments, keys that occur twice, environments that are not
// declared, references to what does not exist, and references in a circle.
func (s *Set) Validate() error {
	v := setValidator{set: s, names: newNames()}
	v.checkKeys()
	environments := map[string]struct{}{}
	for _, f := range s.Flags {
		for _, name := range f.environments() {
			environments[name] = struct{}{}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(environments)) {
		v.checkEnvironment(name)
	}
	return v.err()
}

// addErrors adds the problems in err, with a path before theirs, leaving out
// those that are there already.
func (e *problems) addErrors(at *place, err error) {
	list, ok := err.(Errors)
	if !ok {
		return
	}
	for _, f := range list {
		moved := FieldError{at.pointer() + f.Path, f.Problem}
		if !slices.ContainsFunc(e.list, func(known *FieldError) bool { return *known == moved }) && len(e.list) < maxProblems {
			e.list = append(e.list, &moved)
		}
	}
}

type setValidator struct {
	problems
	set   *Set
	names *names
}

var (
	setFlags    = (&place{}).to("flags")
	setSegments = (&place{}).to("segments")
)

func (v *setValidator) checkKeys() {
	root := &place{}
	if v.set.Project != "" {
		v.checkKey(root.to("project"), v.set.Project)
	}
	declared := map[string]bool{}
	environments := root.to("environments")
	for i, e := range v.set.Environments {
		here := environments.nth(i)
		v.checkKey(here, e.Key)
		if declared[e.Key] {
			v.add(here, "environment %q is there twice", e.Key)
		}
		declared[e.Key] = true
	}
	seen := map[nodeID]bool{}
	once := func(id nodeID, at *place) {
		if seen[id] {
			v.add(at, "%s is there twice", id)
		}
		seen[id] = true
	}
	for _, s := range v.set.Segments {
		once(nodeID{SegmentRecord, s.Key}, setSegments.to(s.Key))
	}
	for _, f := range v.set.Flags {
		at := setFlags.to(f.Key)
		once(nodeID{FlagRecord, f.Key}, at)
		in := at.to("environments")
		for _, name := range f.environments()[1:] {
			here := in.to(name)
			v.checkKey(here, name)
			if len(declared) > 0 && !declared[name] {
				v.add(here, "the set has no environment %q", shorten(name))
			}
		}
	}
}

func (v *setValidator) checkKey(at *place, key string) {
	if problem := keyProblem(key); problem != "" {
		v.add(at, "key %q %s", shorten(key), problem)
	}
}

// checkEnvironment compiles and links everything as an engine of this
// environment would.
func (v *setValidator) checkEnvironment(environment string) {
	g := newGraph("", environment)
	g.names = v.names
	l := newLinker(g)
	put := func(id nodeID, f *form, at *place, err error) {
		n := l.node(id)
		n.present, n.invalid = true, err
		l.fresh[id], l.state[id] = f, waiting
		v.addErrors(at, err)
	}
	for _, s := range v.set.Segments {
		compiled, err := compileSegment(s, v.names)
		if err == nil {
			err = s.Validate()
		}
		put(nodeID{SegmentRecord, s.Key}, formOf(nil, compiled), setSegments.to(s.Key), err)
	}
	for _, f := range v.set.Flags {
		if f.Archived {
			v.addErrors(setFlags.to(f.Key), f.Validate())
			l.node(nodeID{FlagRecord, f.Key}).present = true
			continue
		}
		compiled, err := compileFlag(f, environment, v.names)
		if err == nil {
			err = f.Validate()
		}
		put(nodeID{FlagRecord, f.Key}, formOf(compiled, nil), setFlags.to(f.Key), err)
	}
	for _, id := range slices.SortedFunc(maps.Keys(l.state), compareIDs) {
		l.link(id, nil)
	}
	v.addReferences(&l, environment)
}

// formOf returns a form, nil if there is neither flag nor segment.
func formOf(f *flag, s *segment) *form {
	if f == nil && s == nil {
		return nil
	}
	return &form{flag: f, segment: s}
}

// addReferences adds what linking found, at the place of the reference.
func (v *setValidator) addReferences(l *linker, environment string) {
	where := referencePlaces{environment: environment}
	for _, problem := range l.problems() {
		err, ok := problem.Err.(*referenceError)
		if !ok || err.follows {
			continue
		}
		where.to = err.to
		where.path = ""
		for _, s := range v.set.Segments {
			if problem.Kind == SegmentRecord && s.Key == problem.Key {
				at := setSegments.to(s.Key)
				where.condition(&s.When, at.to("when"))
			}
		}
		for _, f := range v.set.Flags {
			if problem.Kind == FlagRecord && f.Key == problem.Key {
				where.flag(f, setFlags.to(f.Key))
			}
		}
		found := &FieldError{where.path, err.problem}
		if !slices.ContainsFunc(v.list, func(known *FieldError) bool { return *known == *found }) && len(v.list) < maxProblems {
			v.list = append(v.list, found)
		}
	}
}

// referencePlaces finds the first place where a flag or segment is referred to.
type referencePlaces struct {
	environment string
	to          nodeID
	path        string
}

func (r *referencePlaces) found(kind RecordKind, key string, at *place) {
	if r.path == "" && r.to == (nodeID{kind, key}) {
		r.path = at.pointer()
	}
}

func (r *referencePlaces) flag(f *Flag, at *place) {
	t := f.In(r.environment)
	if _, own := f.Environments[r.environment]; own {
		environments := at.to("environments")
		at = environments.to(r.environment)
	}
	if t == nil {
		return
	}
	requires, rules := at.to("requires"), at.to("rules")
	for _, want := range t.Requires {
		r.found(FlagRecord, want.Flag, requires.to(want.Flag))
	}
	for i := range t.Rules {
		here := rules.nth(i)
		r.condition(&t.Rules[i].When, here.to("when"))
	}
}

func (r *referencePlaces) condition(c *Condition, at *place) {
	each := func(name string, list []Condition) {
		in := at.to(name)
		for i := range list {
			r.condition(&list[i], in.nth(i))
		}
	}
	each("all", c.All)
	each("any", c.Any)
	if c.Not != nil {
		r.condition(c.Not, at.to("not"))
	}
	if c.Segment != "" {
		r.found(SegmentRecord, c.Segment, at.to("segment"))
	}
	if c.Flag != nil {
		r.found(FlagRecord, c.Flag.Flag, at.to("flag"))
	}
}
