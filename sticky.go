package hoist

import "strings"

// Sticky lets subjects keep what a rule gave them once, whatever becomes of
// buckets and segments since then. What was given is in [Options.Assignments],
// by the unit of the rule, and in groups: a group is a name under which several
// rules can keep theirs, and which conditions can ask for.
type Sticky struct {
	// Read is the group in which the rule looks for what it gave to a unit
	// before; empty means that it does not look.
	Read string

	// Write is the group to which what the rule gives is added; empty means
	// that it is not kept.
	Write string

	// MustMatch makes the rule apply only to units that are in the group
	// already.
	MustMatch bool

	// IgnoreSegment lets units that are in the group keep what they have even
	// if the condition does not hold any longer. The exposure of the segment
	// does not matter to them in any case.
	IgnoreSegment bool
}

// A sticky is a compiled [Sticky].
type sticky struct {
	Sticky
	arms []stickyArm // of the split, those that give variants
}

type stickyArm struct {
	id, variant string
	target      *variant // nil if the flag has no such variant
}

// A keptState is what came of looking for an earlier assignment.
type keptState uint8

const (
	keptNone    keptState = iota // the rule goes on as if it were not sticky
	keptSkips                    // the rule does not apply
	keptMatched                  // the rule goes on without its condition
	keptGiven                    // the earlier assignment is the answer, or it cannot be evaluated
)

// kept looks for what the rule gave to a unit before.
func (e *evaluation) kept(f *flag, r *rule, unit []byte, o *outcome) keptState {
	s := r.unit.sticky
	switch {
	case s.Read == "":
		return keptNone
	case e.noUnit:
		return keptSkips
	case e.world.kept == nil:
		o.fail(NoAssignments)
		return keptGiven
	}
	name, ok := e.world.kept.Assigned(string(unit), s.Read, f.key, r.name())
	e.noteKept(s.Read, name, ok)
	if !ok {
		if s.MustMatch {
			return keptSkips
		}
		return keptNone
	}
	if !s.IgnoreSegment {
		switch t := e.targeted(f, r); t {
		case no, unknown:
			return keptNone
		case skips:
			return keptSkips
		case breaks:
			o.fail(e.why())
			return keptGiven
		}
	}
	if e.giveAgain(r, name, o) {
		return keptGiven
	}
	return keptMatched
}

// targeted evaluates the condition of a rule; of a segment that is all of it,
// without the exposure.
func (e *evaluation) targeted(f *flag, r *rule) truth {
	if r.unit.exists < 0 {
		var segments uint64
		return e.all(&f.scope, r.when, &segments)
	}
	g := f.scope.segments[r.unit.exists]
	if g == nil || !e.enter(&f.scope, &g.scope) {
		return no
	}
	t := e.targets(g)
	e.leave(&g.scope)
	return t
}

// giveAgain fills in the variant of an earlier assignment, and reports whether
// the rule still gives it. If several arms do, the hash says which; it may be
// none of them.
func (e *evaluation) giveAgain(r *rule, name string, o *outcome) bool {
	n, target := 0, (*variant)(nil)
	for _, a := range r.unit.sticky.arms {
		if a.variant == name {
			n, target = n+1, a.target
		}
	}
	if n == 0 || name == "" {
		return false
	}
	o.reason, o.err, o.bucket = ReasonTargetingMatch, NoError, -1
	if n > 1 {
		a, bucket, _ := e.choose(r.serve.split)
		if a.quiet || a.target != target || a.action == nextRule {
			return false
		}
		o.reason, o.bucket = ReasonSplit, bucket
	}
	if o.variant = target; target == nil {
		o.fail(EvaluationFailed)
	}
	return true
}

// remember notes what a sticky rule has given to a unit, and reports false if
// there is nowhere to keep it.
func (e *evaluation) remember(f *flag, r *rule, unit []byte, o *outcome) bool {
	s := r.unit.sticky
	switch {
	case s == nil || e.noUnit:
		return true
	case e.world.kept == nil:
		o.fail(NoAssignments)
		return false
	case s.Write == "" || e.trace != nil:
		return true
	}
	a := Assignment{Unit: string(unit), Group: s.Write, Flag: f.key, Rule: r.name()}
	if o.variant != nil {
		a.Variant = o.variant.name
	}
	x := e.extras()
	x.rows = append(x.rows, a)
	return true
}

// keep hands over new assignments when the evaluation is over, unless it had to
// be given up.
func (e *evaluation) keep(o *outcome) {
	if o.err == EvaluationFailed {
		return
	}
	for _, a := range e.extra.rows {
		e.world.kept.Assign(a)
	}
}

// hasKept evaluates whether the unit of the rule has an assignment in a group.
func (e *evaluation) hasKept(c *cond) truth {
	var buffer [unitBuffer]byte
	test := c.arg.(*keptTest)
	unit, state := e.appendUnit(buffer[:0], &test.rollout)
	t := no
	switch {
	case state != unitFound:
	case e.world.kept == nil:
		e.failure, t = NoAssignments, breaks
	default:
		t = truthOf(e.world.kept.Has(string(unit), test.group))
	}
	if e.trace != nil {
		e.trace.note("assigned in "+test.group, truthNames[t])
	}
	if c.negate {
		return t.not()
	}
	return t
}

// A keptTest is a condition about assignments in a group.
type keptTest struct {
	rollout // how the unit is read outside of rules that have one
	group   string
}

// stickyOf compiles the sticky part of a rule.
func stickyOf(k *compiler, r *Rule, s *Split, at *place) *sticky {
	for _, group := range []string{r.Sticky.Read, r.Sticky.Write} {
		if len(group) > MaxKeyBytes || strings.ToValidUTF8(group, "") != group {
			k.add(at, "group %q is not text of at most %d bytes", shorten(group), MaxKeyBytes)
		}
	}
	out := &sticky{Sticky: *r.Sticky}
	out.Read, out.Write = k.names.text(out.Read), k.names.text(out.Write)
	if s != nil {
		for _, a := range s.Arms {
			if a.Variant != "" {
				out.arms = append(out.arms, stickyArm{k.names.text(a.ID), k.names.text(a.Variant), k.variant(a.Variant)})
			}
		}
	} else if r.Serve.Variant != "" {
		out.arms = []stickyArm{{"", k.names.text(r.Serve.Variant), k.variant(r.Serve.Variant)}}
	}
	return out
}
