package hoist

import (
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
)

// A linker links what a batch of changes affects.
type linker struct {
	*graph
	fresh  map[nodeID]*form // of changed records; nil: deleted, archived or not compiled
	state  map[nodeID]linkState
	trying map[nodeID]*form // what is being linked of nodes that are under way
	update update
}

func newLinker(g *graph) linker {
	return linker{graph: g, fresh: map[nodeID]*form{}, state: map[nodeID]linkState{}}
}

// A linkState is how far an affected node is.
type linkState uint8

const (
	waiting linkState = iota
	underWay
	linked
)

// take compiles a changed record, unless its data is what it was.
func (l *linker) take(r *Record) {
	if r.Project != l.project || r.Kind != FlagRecord && r.Kind != SegmentRecord {
		return
	}
	id := nodeID{r.Kind, r.Key}
	n := l.nodes[id]
	if r.Data == nil {
		if n != nil && n.present {
			n.present, n.sum, n.invalid = false, 0, false
			l.fresh[id] = nil
		}
		return
	}
	sum := maphash.Bytes(dataSeed, r.Data)
	if n != nil && n.present && n.sum == sum {
		return
	}
	id.key = l.names.text(id.key)
	n = l.node(id)
	n.present, n.sum = true, sum
	f, err := l.compile(id, r.Data)
	l.fresh[id] = f
	n.setInvalid(err)
}

// setInvalid notes why the record has no form, nil if it has one. What else may
// be wrong is found when the form is linked.
func (n *node) setInvalid(err error) { n.invalid, n.err = err != nil, err }

func (g *graph) node(id nodeID) *node {
	n := g.nodes[id]
	if n == nil {
		n = &node{}
		g.nodes[id] = n
	}
	return n
}

// compile returns the form of a record, nil if it has none.
func (g *graph) compile(id nodeID, data []byte) (*form, error) {
	if id.kind == SegmentRecord {
		model, err := decodeSegment(id.key, string(data))
		if err != nil {
			return nil, err
		}
		s, err := compileSegment(model, g.names)
		if err != nil {
			return nil, err
		}
		return &form{segment: s}, nil
	}
	model, err := decodeFlag(id.key, string(data))
	if err != nil || model.Archived {
		return nil, err
	}
	f, err := compileFlag(model, g.environment, g.names)
	if err != nil {
		return nil, err
	}
	return &form{flag: f}, nil
}

// spread marks a node and everything that depends on it as affected.
func (l *linker) spread(id nodeID) {
	if _, done := l.state[id]; done {
		return
	}
	l.state[id] = waiting
	for user := range l.node(id).usedBy {
		l.spread(user)
	}
}

// link brings a node up to date, after what it refers to. The path is the
// nodes that are being linked, to name a circle.
func (l *linker) link(id nodeID, path []nodeID) {
	if state, affected := l.state[id]; !affected || state != waiting {
		return
	}
	l.state[id] = underWay
	n := l.node(id)
	before := n.references()
	fresh, changed := l.fresh[id]
	switch {
	case !changed:
		l.relink(id, n, append(path, id))
	case fresh != nil:
		n.pending = fresh
		l.install(id, n, append(path, id))
	case n.invalid:
		n.pending = nil
		l.keep(id, n, append(path, id))
	default:
		l.remove(id, n)
	}
	if n.err != nil {
		l.failing[id] = struct{}{}
	} else {
		delete(l.failing, id)
	}
	l.refer(id, before, n.references())
	l.state[id] = linked
}

// install puts the pending form in force, or else keeps the last good one.
func (l *linker) install(id nodeID, n *node, path []nodeID) {
	if n.err = l.resolve(n.pending, path); n.err != nil {
		l.keep(id, n, path)
		return
	}
	n.inForce, n.pending = *n.pending, nil
	if n.inForce.flag != nil {
		l.update.put = append(l.update.put, n.inForce.flag)
	}
}

// keep goes on with the last good form, brought up to date. A flag that never
// had one answers that it is broken.
func (l *linker) keep(id nodeID, n *node, path []nodeID) {
	switch {
	case n.inForce.usable():
		l.refresh(n, path)
	case id.kind == FlagRecord && n.inForce.flag == nil:
		n.inForce.flag = brokenFlag(id.key)
		l.update.put = append(l.update.put, n.inForce.flag)
	}
}

// brokenFlag stands for a flag that could never be compiled.
func brokenFlag(key string) *flag {
	return &flag{
		key: key, scope: scope{semantics: native}, broken: true,
		fixed: &outcome{bucket: -1, rule: -1, reason: ReasonError, err: FlagBroken},
	}
}

func (l *linker) remove(id nodeID, n *node) {
	if n.inForce.flag != nil {
		l.update.drop = append(l.update.drop, id.key)
	}
	n.inForce, n.pending, n.err = form{}, nil, nil
}

// relink brings up to date a node that has not changed itself.
func (l *linker) relink(id nodeID, n *node, path []nodeID) {
	if n.pending != nil {
		l.install(id, n, path)
		return
	}
	if n.inForce.usable() {
		if err := l.refresh(n, path); !n.invalid {
			n.err = err
		}
	}
}

// refresh gives the form in force the present forms of what it refers to. If
// one of them is gone, the form stays what it is.
func (l *linker) refresh(n *node, path []nodeID) error {
	candidate := n.inForce.copy()
	old, s := n.inForce.scope(), candidate.scope()
	err := l.resolve(&candidate, path)
	if err != nil || s.links == nil || s.cyclic == old.cyclic && slices.Equal(s.flags, old.flags) && slices.Equal(s.segments, old.segments) {
		return err
	}
	n.inForce = candidate
	if candidate.flag != nil {
		l.update.put = append(l.update.put, candidate.flag)
	}
	return nil
}

// copy returns a form that can be linked anew.
func (f *form) copy() form {
	if f.segment != nil {
		return form{segment: new(*f.segment)}
	}
	return form{flag: new(*f.flag)}
}

// A referenceError says what is wrong with a reference to a flag or segment.
type referenceError struct {
	to      nodeID
	problem string
	// follows says that the trouble is reported at what is referred to.
	follows bool
}

func (e *referenceError) Error() string        { return e.problem }
func (e *referenceError) Is(target error) bool { return target == ErrInvalid }

// resolve finds what a form refers to, in its present form. Where its semantics
// give a meaning to what is missing, that is nil.
func (l *linker) resolve(f *form, path []nodeID) error {
	s := f.scope()
	if s.links == nil {
		return nil
	}
	s.links = new(*s.links)
	s.flags, s.segments, s.cyclic = nil, nil, false
	if l.trying == nil {
		l.trying = map[nodeID]*form{}
	}
	l.trying[path[len(path)-1]] = f
	for id := range s.references() {
		to, err := l.target(id, path, s.semantics.looseReferences)
		if err != nil && !s.semantics.looseReferences {
			return err
		}
		if id.kind == FlagRecord {
			s.flags = append(s.flags, to.flag)
		} else {
			s.segments = append(s.segments, to.segment)
		}
	}
	s.cyclic = s.semantics.looseReferences && l.leadsTo(path[len(path)-1], path[len(path)-1], map[nodeID]bool{})
	s.linkWants()
	return s.checkWants()
}

// leadsTo reports whether the references of a node lead to a target, directly
// or over others. All they lead to is linked by now, or under way.
func (l *linker) leadsTo(target, from nodeID, seen map[nodeID]bool) bool {
	n := l.nodes[from]
	if n == nil {
		return false
	}
	f := &n.inForce
	if l.state[from] == underWay {
		f = l.trying[from]
	}
	for id := range f.scope().references() {
		if id == target {
			return true
		}
		if !seen[id] {
			seen[id] = true
			if l.leadsTo(target, id, seen) {
				return true
			}
		}
	}
	return false
}

// linkWants finds which variants of the flags that are referred to are wanted.
func (s *scope) linkWants() {
	s.wants = slices.Clone(s.wants)
	for i := range s.wants {
		w := &s.wants[i]
		w.met = []bool{s.semantics.wanted(nil, w.variants)}
		if other := s.flags[w.flag]; other != nil {
			usable := other.requires == 0 || !s.semantics.flatRequires
			for j := range other.variants {
				w.met = append(w.met, usable && s.semantics.wanted(&other.variants[j], w.variants))
			}
		}
	}
}

// checkWants checks that the flags a scope refers to have the variants that are
// wanted of them, or values of that text.
func (s *scope) checkWants() error {
	if s.semantics.looseReferences {
		return nil
	}
	for _, w := range s.wants {
		to := s.flags[w.flag]
		for _, name := range w.variants {
			if !slices.ContainsFunc(to.variants, func(v variant) bool { return s.semantics.wanted(&v, []string{name}) }) {
				return &referenceError{
					to:      nodeID{FlagRecord, to.key},
					problem: fmt.Sprintf("flag %q has no variant %q", to.key, shorten(name)),
				}
			}
		}
	}
	return nil
}

// MaxReferenceDepth is how long a chain of references between flags and
// segments may be.
const MaxReferenceDepth = 100

// target links what something refers to and returns it.
func (l *linker) target(id nodeID, path []nodeID, loose bool) (form, error) {
	if len(path) > MaxReferenceDepth {
		return form{}, &referenceError{to: id, problem: fmt.Sprintf("references form a chain of more than %d", MaxReferenceDepth)}
	}
	if l.state[id] == underWay {
		if loose {
			return *l.trying[id], nil
		}
		return form{}, &referenceError{to: id, problem: "references form a circle: " + circle(path, id)}
	}
	l.link(id, path)
	n := l.nodes[id]
	switch {
	case n == nil || !n.present:
		return form{}, &referenceError{to: id, problem: fmt.Sprintf("%s does not exist", id)}
	case !n.inForce.usable() && n.err == nil:
		return form{}, &referenceError{to: id, problem: fmt.Sprintf("%s is archived", id)}
	case !n.inForce.usable():
		return form{}, &referenceError{to: id, problem: fmt.Sprintf("%s is not valid", id), follows: true}
	}
	return n.inForce, nil
}

func circle(path []nodeID, back nodeID) string {
	var b strings.Builder
	for _, id := range path[slices.Index(path, back):] {
		b.WriteString(id.String() + " → ")
	}
	return b.String() + back.String()
}

// refer notes at what a node refers to that it does so now, and no more at
// what it does not refer to any longer.
func (l *linker) refer(id nodeID, before, now []nodeID) {
	for _, to := range now {
		n := l.node(to)
		if n.usedBy == nil {
			n.usedBy = map[nodeID]struct{}{}
		}
		n.usedBy[id] = struct{}{}
	}
	for _, to := range before {
		if !slices.Contains(now, to) {
			delete(l.node(to).usedBy, id)
			l.forget(to)
		}
	}
	l.forget(id)
}

// forget drops a node that nothing needs any more.
func (l *linker) forget(id nodeID) {
	if n := l.nodes[id]; n != nil && !n.present && len(n.usedBy) == 0 {
		delete(l.nodes, id)
	}
}

// references returns what the forms of a node refer to.
func (n *node) references() []nodeID {
	ids := slices.Collect(n.inForce.scope().references())
	if n.pending != nil {
		ids = slices.AppendSeq(ids, n.pending.scope().references())
	}
	return ids
}

// references yields what a scope refers to, flags first.
func (s *scope) references() iter.Seq[nodeID] {
	return func(yield func(nodeID) bool) {
		if s.links == nil {
			return
		}
		for _, key := range s.flagKeys {
			if !yield(nodeID{FlagRecord, key}) {
				return
			}
		}
		for _, key := range s.segKeys {
			if !yield(nodeID{SegmentRecord, key}) {
				return
			}
		}
	}
}
