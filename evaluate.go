package hoist

import "slices"

// An evaluation is the state of answering for one subject. It lives on the
// stack of the call that asks: it is passed by pointer and nothing keeps it,
// and what is handed to functions that escape analysis cannot follow are values
// and never pointers into it.
type evaluation struct {
	subject *Subject
	world   *world
	trace   *tracer // nil unless the evaluation is to be explained
	nanos   int64   // the time, once it was asked for
	budget  int32   // of flags and segments still to be looked at
	timed   bool
	noUnit  bool      // the rule under way goes on without a unit
	failure ErrorKind // why a condition broke, if that is known
	unit    *rollout  // how the rule under way reads its unit; nil: it has none
	extra   *extras
}

// extras are what few evaluations have. They are behind a pointer because
// appending in the evaluation itself would tell escape analysis that the
// subject escapes.
type extras struct {
	// visiting are the flags and segments being evaluated that refer to each
	// other in a circle.
	visiting []*scope
	// rows are new assignments, to be kept when the evaluation is over.
	rows []Assignment
}

func (e *evaluation) extras() *extras {
	if e.extra == nil {
		e.extra = new(extras)
	}
	return e.extra
}

// evaluationBudget bounds how many flags and segments one evaluation looks at:
// references that fan out again and again would otherwise take for ever.
const evaluationBudget = 10_000

// An outcome is what evaluating a flag gives, without the flag.
type outcome struct {
	variant  *variant // nil: the caller's fallback
	segments uint64   // which of the flag's segments the subject was found in
	bucket   int32    // -1 if none was computed, else the bits of the bucket
	rule     int16    // among the compiled rules, -1 if none applied
	reason   Reason
	err      ErrorKind
}

// now returns the time of the evaluation. The clock is read once, and only for
// flags that depend on the time.
func (e *evaluation) now() int64 {
	if !e.timed {
		e.nanos, e.timed = e.world.nanos(), true
	}
	return e.nanos
}

// flag evaluates f: requirements, overrides, rules, default. Outcomes are
// filled in where they are wanted, field by field: to copy one right after that
// would have the processor wait for its own writes.
func (e *evaluation) flag(f *flag, o *outcome) {
	if f.fixed != nil {
		e.note(f.fixedBy(), f.fixed.variant)
		*o = *f.fixed
		return
	}
	o.bucket, o.rule = -1, -1
	e.budget--
	switch {
	case e.budget < 0:
	case f.disabled || !e.requirements(f):
		e.note("off", f.off)
		o.variant, o.reason = f.off, ReasonDisabled
		return
	case !e.override(f, o):
		e.rules(f, o)
	}
	if e.budget < 0 { // now, or in what the flag refers to
		*o = outcome{bucket: -1, rule: -1, reason: ReasonError, err: EvaluationFailed}
	}
}

// fixedBy says why the outcome of a flag is always the same.
func (f *flag) fixedBy() string {
	switch {
	case f.broken:
		return "not valid, and never was"
	case f.untargeted:
		return "no targeting in this environment"
	case f.disabled:
		return "off"
	}
	return "default"
}

// override gives a subject that has one its override.
func (e *evaluation) override(f *flag, o *outcome) bool {
	if f.overrides == nil || e.subject.key == "" {
		return false
	}
	v, ok := f.overrides[e.subject.key]
	if ok {
		e.note("override of the subject", v)
		o.variant, o.reason = v, ReasonTargetingMatch
	}
	return ok
}

// rules evaluates the rules, and the default if none decides.
func (e *evaluation) rules(f *flag, o *outcome) {
	for i := range f.rules {
		if e.rule(f, &f.rules[i], o) {
			o.rule = int16(i)
			return
		}
		o.variant, o.bucket, o.segments = nil, -1, 0
	}
	e.orElse(f, o)
}

func (e *evaluation) requirements(f *flag) bool {
	for i := range f.requires {
		if e.wanted(&f.scope, &f.scope.wants[i]) != yes {
			return false
		}
	}
	return true
}

// wanted evaluates a requirement: the other flag gives one of the variants that
// meet it.
func (e *evaluation) wanted(s *scope, w *want) truth {
	e.open("flag", s.flagKeys[w.flag])
	gives := uint32(0)
	if other := s.flags[w.flag]; other != nil {
		if v := e.other(s, other); v != nil {
			gives = v.index + 1
		}
	}
	met := truthOf(w.met[gives])
	e.close(met)
	return met
}

// other evaluates a flag that a scope refers to, and returns its variant: nil
// for a flag that is being evaluated already, on a circle.
func (e *evaluation) other(from *scope, f *flag) *variant {
	if !e.enter(from, &f.scope) {
		return nil
	}
	var o outcome
	if e.unit == nil {
		e.flag(f, &o)
	} else {
		e.apart(f, &o)
	}
	e.leave(&f.scope)
	return o.variant
}

// enter notes that a scope on a circle of references is being evaluated, and
// reports false if it is so already. Scopes that are on no circle, which is
// nearly all, cost nothing: the flag that evaluation began with is noted only
// here, when it is what refers to a scope on a circle.
func (e *evaluation) enter(from, s *scope) bool {
	if s.links == nil || !s.cyclic {
		return true
	}
	x := e.extras()
	if from.cyclic && !slices.Contains(x.visiting, from) {
		x.visiting = append(x.visiting, from)
	}
	if slices.Contains(x.visiting, s) {
		return false
	}
	x.visiting = append(x.visiting, s)
	return true
}

func (e *evaluation) leave(s *scope) {
	if s.links != nil && s.cyclic {
		e.extra.visiting = e.extra.visiting[:len(e.extra.visiting)-1]
	}
}

// rule evaluates r, and reports whether it decides.
func (e *evaluation) rule(f *flag, r *rule, o *outcome) (done bool) {
	e.openRule(r)
	if r.window != nil && !e.within(r.window) {
		e.close(no)
		return false
	}
	if r.unit != nil {
		return e.ruleWithUnit(f, r, o)
	}
	if r.when.n > 0 {
		if t := e.all(&f.scope, r.when, &o.segments); t != yes {
			e.close(t)
			o.reason, o.err = ReasonError, EvaluationFailed
			return t == breaks
		}
	}
	o.reason, o.err = ReasonTargetingMatch, NoError
	if r.exposure != nil {
		admitted, bucket := e.admits(r.exposure)
		o.reason, o.bucket = ReasonSplit, bucket
		if admitted == no || admitted == unknown && !e.withoutUnit(r.exposure.none, o) {
			e.close(admitted)
			return false
		}
		done = admitted == unknown
	}
	done = done || e.serve(&r.serve, o)
	if done && o.reason == ReasonDefault {
		e.orElse(f, o)
	}
	if !done {
		e.notePassed(r)
	}
	e.closeServed(o, done)
	return done
}

func (e *evaluation) within(w *window) bool {
	now := e.now()
	in := w.from <= now && now <= w.to
	if e.trace != nil {
		e.trace.note(w.text(), truthNames[truthOf(in)])
	}
	return in
}

// serve fills in what s gives, and reports whether that ends evaluation: not
// for the action "next" and not for a split of a subject without a unit.
func (e *evaluation) serve(s *serve, o *outcome) bool {
	action := s.action
	o.variant = s.variant
	if s.split != nil {
		a, bucket, state := e.choose(s.split)
		e.noteSplit(s.split, bucket, state)
		if state != unitFound {
			return e.withoutUnit(s.split.none, o)
		}
		o.reason, o.bucket = ReasonSplit, bucket
		o.variant, action = a.target, a.action
	}
	return o.act(action)
}

// act fills in what an action means, and reports whether it ends evaluation.
func (o *outcome) act(action actionCode) bool {
	switch action {
	case useDefault:
		o.reason = ReasonDefault
	case giveUp:
		return o.fail(EvaluationFailed)
	}
	return action != nextRule
}

// withoutUnit fills in what a rollout gives a subject that has no unit, and
// reports whether that ends evaluation.
func (e *evaluation) withoutUnit(rule noUnitRule, o *outcome) bool {
	o.variant = nil
	switch rule {
	case noUnitEnds:
		return true
	case noUnitDefault:
		o.reason = ReasonDefault
		return true
	case noUnitBreaks:
		o.reason, o.err = ReasonError, TargetingKeyMissing
		return true
	}
	return false
}

// orElse evaluates the default.
func (e *evaluation) orElse(f *flag, o *outcome) {
	o.reason, o.err, o.bucket = f.orElseReason, NoError, -1
	e.open("default", "")
	if !e.serve(&f.orElse, o) && f.orElse.split != nil && o.reason != ReasonSplit {
		o.reason, o.err = ReasonError, TargetingKeyMissing
	}
	e.closeServed(o, true)
}

// admits reports whether an exposure admits the subject, and its bucket. It
// cannot be told for a subject without a unit.
func (e *evaluation) admits(x *exposure) (admitted truth, bucket int32) {
	threshold := x.threshold
	if x.ramp != nil {
		threshold = x.ramp.at(e.now())
	}
	b, state := e.bucket(&x.rollout)
	if state != unitFound && x.none == noUnitRandom {
		b, state = e.chance(x.buckets), unitFound
	}
	in := b < threshold
	if x.population != nil {
		in = x.population.has(b)
	}
	if e.trace != nil {
		e.trace.exposure(x, threshold, b, state, in)
	}
	switch {
	case state == unitFound:
		return truthOf(in), int32(b)
	case x.none == noUnitAdmits:
		return yes, -1
	}
	return unknown, -1
}

// chance returns a bucket by chance.
func (e *evaluation) chance(buckets uint32) uint32 {
	return uint32(e.world.chance() % uint64(max(1, buckets)))
}

// get returns an attribute of the subject, or else the one that is common to
// all subjects.
func (e *evaluation) get(ref *attrRef) (Value, bool) {
	if e.world.common == nil && ref.key == notKey {
		return e.subject.find(ref) // nearly always, and a call less
	}
	v, ok := e.subject.get(ref)
	if !ok && e.world.common != nil {
		return e.world.common.get(ref)
	}
	return v, ok
}
