package hoist

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	for _, environment := range f.environments()[1:] {
		p.checkKey((&place{}).to("environments").to(environment), environment)
	}
	f.checkForm(&p, nil)
	return p.err()
}

// checkForm checks that the flag can be written and read again: that there are
// no nil targetings, no extensions that are not JSON, no times outside of the
// years that RFC 3339 has.
func (f *Flag) checkForm(p *problems, at *place) {
	before := len(p.list)
	for environment, t := range f.Environments {
		if t == nil {
			p.add(at.orRoot().to("environments").to(environment), "the targeting is nil")
		}
	}
	if len(p.list) == before {
		_, err := decodeFlag(f.Key, string(f.appendJSON(nil)))
		p.addErrors(at, err)
	}
}

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
	v := setValidator{names: newNames()}
	v.set = v.withoutNil(s)
	v.checkKeys()
	environments := map[string]struct{}{"": {}}
	for _, f := range v.set.Flags {
		for _, name := range f.environments() {
			environments[name] = struct{}{}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(environments)) {
		v.checkEnvironment(name)
	}
	v.checkForms()
	return v.err()
}

// checkForms checks how those are written that are not wrong otherwise.
func (v *setValidator) checkForms() {
	for _, s := range v.set.Segments {
		if at := setSegments.to(s.Key); !v.hasBelow(at) {
			_, err := decodeSegment(s.Key, string(s.appendJSON(nil)))
			v.addErrors(at, err)
		}
	}
	for _, f := range v.set.Flags {
		if at := setFlags.to(f.Key); !v.hasBelow(at) {
			f.checkForm(&v.problems, at)
		}
	}
}

// hasBelow reports whether there is a problem at or below a place.
func (e *problems) hasBelow(at *place) bool {
	path := at.pointer()
	return slices.ContainsFunc(e.list, func(f *FieldError) bool {
		return f.Path == path || strings.HasPrefix(f.Path, path+"/")
	})
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

// withoutNil returns the set without flags and segments that are nil, which are
// noted.
func (v *setValidator) withoutNil(s *Set) *Set {
	c := *s
	c.Segments = slices.DeleteFunc(slices.Clone(s.Segments), func(segment *Segment) bool { return segment == nil })
	c.Flags = slices.DeleteFunc(slices.Clone(s.Flags), func(f *Flag) bool { return f == nil })
	if n := len(s.Segments) - len(c.Segments); n > 0 {
		v.add(setSegments, "%d segments are nil", n)
	}
	if n := len(s.Flags) - len(c.Flags); n > 0 {
		v.add(setFlags, "%d flags are nil", n)
	}
	return &c
}

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
		for name, text := range e.Extensions {
			if !json.Valid(text) {
				v.add(here.to("x-"+name), "not JSON")
			}
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

func (e *problems) checkKey(at *place, key string) {
	if problem := keyProblem(key); problem != "" {
		e.add(at, "key %q %s", shorten(key), problem)
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
		n.present = true
		n.setInvalid(err)
		l.fresh[id], l.state[id] = f, waiting
		v.addErrors(at, err)
	}
	for _, s := range v.set.Segments {
		compiled, err := compileSegment(s, v.names)
		put(nodeID{SegmentRecord, s.Key}, formOf(nil, compiled), setSegments.to(s.Key), err)
	}
	for _, f := range v.set.Flags {
		if f.Archived {
			v.addErrors(setFlags.to(f.Key), f.Validate())
			l.node(nodeID{FlagRecord, f.Key}).present = true
			continue
		}
		compiled, err := compileFlag(f, environment, v.names)
		put(nodeID{FlagRecord, f.Key}, formOf(compiled, nil), setFlags.to(f.Key), err)
	}
	for _, id := range slices.SortedFunc(maps.Keys(l.state), compareIDs) {
		l.link(id, nil)
	}
	v.addReferences(&l, environment)
	v.addMissing(environment)
}

// addMissing looks for references to what does not exist, also in flags and
// segments that could not be compiled for another reason.
func (v *setValidator) addMissing(environment string) {
	exists := map[nodeID]bool{}
	for _, s := range v.set.Segments {
		exists[nodeID{SegmentRecord, s.Key}] = true
	}
	for _, f := range v.set.Flags {
		exists[nodeID{FlagRecord, f.Key}] = true
	}
	check := referencePlaces{environment: environment}
	check.found = func(to nodeID, at *place) {
		if !exists[to] {
			v.addOnce(&FieldError{at.pointer(), fmt.Sprintf("%s does not exist", to)})
		}
	}
	for _, s := range v.set.Segments {
		if strict(s.Semantics) {
			check.condition(&s.When, setSegments.to(s.Key).to("when"))
		}
	}
	for _, f := range v.set.Flags {
		if strict(f.Semantics) && !f.Archived {
			check.flag(f, setFlags.to(f.Key))
		}
	}
}

// strict reports whether references must exist under semantics of a name.
func strict(name Semantics) bool {
	return !slices.ContainsFunc(semanticsTable, func(s *semantics) bool { return s.name == name && s.looseReferences })
}

// addOnce adds a problem that is not there yet.
func (v *setValidator) addOnce(e *FieldError) {
	if !slices.ContainsFunc(v.list, func(known *FieldError) bool { return *known == *e }) && len(v.list) < maxProblems {
		v.list = append(v.list, e)
	}
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
	for _, problem := range l.problems() {
		err, ok := problem.Err.(*referenceError)
		if !ok || err.follows {
			continue
		}
		path := ""
		where := referencePlaces{environment: environment, found: func(to nodeID, at *place) {
			if path == "" && to == err.to {
				path = at.pointer()
			}
		}}
		for _, s := range v.set.Segments {
			if problem.Kind == SegmentRecord && s.Key == problem.Key {
				where.condition(&s.When, setSegments.to(s.Key).to("when"))
			}
		}
		for _, f := range v.set.Flags {
			if problem.Kind == FlagRecord && f.Key == problem.Key {
				where.flag(f, setFlags.to(f.Key))
			}
		}
		v.addOnce(&FieldError{path, err.problem})
	}
}

// referencePlaces goes through the references of flags and segments.
type referencePlaces struct {
	environment string
	found       func(to nodeID, at *place)
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
		r.found(nodeID{FlagRecord, want.Flag}, requires.to(want.Flag))
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
		r.found(nodeID{SegmentRecord, c.Segment}, at.to("segment"))
	}
	if c.Flag != nil {
		r.found(nodeID{FlagRecord, c.Flag.Flag}, at.to("flag"))
	}
}
