package hoist

import "slices"

// Rules of products that have a unit look for it first, before the condition,
// because the condition itself may need it: segments that admit a part of the
// units, and assignments that were kept.

// A ruleUnit is what a rule does before its condition.
type ruleUnit struct {
	rollout // how the unit is read

	// before are conditions that come even before the unit; exists is the
	// position of a segment in the scope without which the rule does not
	// apply, -1 if there is none.
	before span
	exists int

	required bool // a subject without a unit is not one for this rule
	tolerant bool // what cannot be a unit counts as none
	idle     bool // the rule has nothing to give and is not looked at further
	quiet    bool // what it gives to everyone is nothing

	arm    string   // the ID of the only arm of a split that needs no bucket
	arms   []string // the IDs of the compiled arms of a split
	sticky *sticky
}

// unitBuffer is the room for a unit on the stack.
const unitBuffer = 128

// ruleWithUnit evaluates a rule that has a unit, and reports whether it
// decides. Other than for native rules, this can be with an error.
func (e *evaluation) ruleWithUnit(f *flag, r *rule, o *outcome) (done bool) {
	done = e.unitRule(f, r, o)
	e.unit, e.noUnit = nil, false
	e.closeServed(o, done)
	return done
}

func (e *evaluation) unitRule(f *flag, r *rule, o *outcome) (done bool) {
	u := r.unit
	e.failure = NoError
	if u.before.n > 0 {
		if t := e.all(&f.scope, u.before, &o.segments); t != yes {
			return t == breaks && o.fail(e.why())
		}
	}
	if u.exists >= 0 && f.scope.segments[u.exists] == nil {
		return false
	}
	var buffer [unitBuffer]byte
	unit, state := e.appendUnit(buffer[:0], &u.rollout)
	e.unit, e.noUnit = &u.rollout, state != unitFound
	e.noteUnit(unit, state)
	switch {
	case state == unitMissing && u.required:
		return false
	case state == unitInvalid && !u.tolerant:
		return o.fail(InvalidContext)
	case u.idle:
		return false
	}
	matched := false
	if u.sticky != nil {
		switch e.kept(f, r, unit, o) {
		case keptSkips:
			return false
		case keptGiven:
			return true
		case keptMatched:
			matched = true
		}
	}
	if !matched {
		if in, done := e.applies(f, r, o); !in {
			return done
		}
	}
	return e.assign(f, r, unit, o)
}

// apart evaluates a flag that the condition of a rule with a unit refers to. It
// is done in an evaluation of its own, so that this one keeps its unit: to save
// and restore a pointer here would tell escape analysis that the subject
// escapes.
func (e *evaluation) apart(f *flag, o *outcome) {
	e.extras() // which both have
	inner := *e
	inner.unit, inner.noUnit = nil, false
	inner.flag(f, o)
	e.budget, e.nanos, e.timed = inner.budget, inner.nanos, inner.timed
}

// applies evaluates the condition and the exposure of a rule that has a unit.
// If the rule does not apply, done says whether evaluation ends.
func (e *evaluation) applies(f *flag, r *rule, o *outcome) (in, done bool) {
	if r.when.n > 0 {
		if t := e.all(&f.scope, r.when, &o.segments); t != yes {
			return false, t == breaks && o.fail(e.why())
		}
	}
	if r.exposure != nil {
		admitted, _ := e.admits(r.exposure)
		return admitted == yes, false
	}
	return true, false
}

// assign fills in what the rule gives to the unit.
func (e *evaluation) assign(f *flag, r *rule, unit []byte, o *outcome) (done bool) {
	a := arm{target: r.serve.variant, action: r.serve.action, quiet: r.unit.quiet}
	o.reason, o.err, o.bucket = ReasonTargetingMatch, NoError, -1
	if r.serve.split != nil {
		var state unitState
		var bucket int32
		a, bucket, state = e.choose(r.serve.split)
		e.noteSplit(r.serve.split, bucket, state)
		if state != unitFound {
			return false
		}
		o.reason, o.bucket = ReasonSplit, bucket
	}
	o.variant = a.target
	if a.quiet {
		return o.act(a.action)
	}
	if !e.remember(f, r, unit, o) {
		return true
	}
	if done = o.act(a.action); !done {
		e.notePassed(r)
	}
	return done
}

// why returns the kind of the error for a condition that broke.
func (e *evaluation) why() ErrorKind {
	if e.failure == NoError {
		return EvaluationFailed
	}
	return e.failure
}

// fail fills in that the flag cannot be evaluated; it returns true, for that
// ends evaluation.
func (o *outcome) fail(kind ErrorKind) bool {
	o.variant, o.bucket, o.reason, o.err = nil, -1, ReasonError, kind
	return true
}

// name returns the ID of the rule, "" if it has none.
func (r *rule) name() string {
	if r.label == nil {
		return ""
	}
	return r.label.id
}

// armID returns the ID of the arm of a bucket or, where no bucket decided, of
// the arm that kept its variant.
func (r *rule) armID(bucket int32, v *variant) string {
	s := r.serve.split
	switch {
	case r.unit == nil:
	case s == nil:
		return r.unit.arm
	case bucket >= 0:
		if i := s.armOf(uint32(bucket)); i >= 0 {
			return r.unit.arms[i]
		}
	case v != nil && r.unit.sticky != nil:
		for _, a := range r.unit.sticky.arms {
			if a.target == v {
				return a.id
			}
		}
	}
	return ""
}

// armOf returns which arm a bucket belongs to, -1 if it is none.
func (s *split) armOf(bucket uint32) int {
	return slices.IndexFunc(s.arms, func(a arm) bool { return bucket < a.bound })
}
