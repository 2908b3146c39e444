package hoist

import "slices"

// An evaluation is the state of answering for one subject. It lives on the
// stack of the call that asks: it is passed by pointer and nothing keeps it,
// and what is handed to functions that escape analysis cannot follow are values
// and never pointers into it.
type evaluation struct {
	subject *Subject
	clock   *clock
	trace   *tracer // nil unless the evaluation is to be explained
	nanos   int64   // the time, once it was asked for
	budget  int32   // of flags and segments still to be looked at
	timed   bool
}

// evaluationBudget bounds how many flags and segments one evaluation looks at:
// references that fan out again and again would otherwise take for ever.
const evaluationBudget = 10_000

// An outcome is what evaluating a flag gives, without the flag.
type outcome struct {
	variant  *variant
	segments uint64
	bucket   int32
	rule     int16 // among the compiled rules
	reason   Reason
	err      ErrorKind
}

// now returns the time of the evaluation. The clock is read once, and only for
// flags that depend on the time.
func (e *evaluation) now() int64 {
	if !e.timed {
		e.nanos, e.timed = e.clock.nanos(), true
	}
	return e.nanos
}

// flag evaluates f: requirements, overrides, rules, default.
func (e *evaluation) flag(f *flag) outcome {
	if f.fixed != nil {
		e.note("always", f.fixed.variant)
		return *f.fixed
	}
	e.budget--
	if e.budget < 0 {
		return outcome{bucket: -1, rule: -1, reason: ReasonError, err: EvaluationFailed}
	}
	if f.disabled || !e.requirements(f) {
		e.note("off", f.off)
		return outcome{variant: f.off, bucket: -1, rule: -1, reason: ReasonDisabled}
	}
	if v, ok := f.overrides[e.subject.key]; ok && e.subject.key != "" {
		e.note("override of the subject", v)
		return outcome{variant: v, bucket: -1, rule: -1, reason: ReasonTargetingMatch}
	}
	for i := range f.rules {
		if o, done := e.rule(f, &f.rules[i]); done {
			o.rule = int16(i)
			return e.withinBudget(o)
		}
	}
	return e.withinBudget(e.orElse(f))
}

// withinBudget returns o, unless the evaluation had to be given up.
func (e *evaluation) withinBudget(o outcome) outcome {
	if e.budget < 0 {
		return outcome{bucket: -1, rule: -1, reason: ReasonError, err: EvaluationFailed}
	}
	return o
}

func (e *evaluation) requirements(f *flag) bool {
	for _, i := range f.requires {
		if e.wanted(&f.scope, &f.scope.wants[i]) != yes {
			return false
		}
	}
	return true
}

// wanted evaluates a requirement: the other flag gives a variant of a wanted
// name, or with a value of a wanted text.
func (e *evaluation) wanted(s *scope, w *want) truth {
	other := s.flags[w.flag]
	e.open("flag", other.key)
	o := e.flag(other)
	met := o.variant != nil && o.variant.isOneOf(w.variants)
	e.close(truthOf(met))
	return truthOf(met)
}

func (v *variant) isOneOf(wanted []string) bool {
	for _, w := range wanted {
		if v.name == w || v.value.kind == KindString && v.value.text() == w {
			return true
		}
	}
	switch v.value.kind {
	case KindString:
		return false
	case KindBool:
		return isOneOf(boolName(v.value.num == 1), wanted)
	}
	return isOneOf(v.value.String(), wanted)
}

func isOneOf(s string, list []string) bool {
	return slices.Contains(list, s)
}

// rule evaluates r, and reports whether it decides.
func (e *evaluation) rule(f *flag, r *rule) (o outcome, done bool) {
	o.bucket = -1
	e.openRule(r)
	if r.window != nil && !e.within(r.window) {
		e.close(no)
		return o, false
	}
	if r.when >= 0 {
		if t := e.holds(&f.scope, &f.scope.conds[r.when], &o.segments); t != yes {
			e.close(t)
			return o, false
		}
	}
	o.reason = ReasonTargetingMatch
	if r.exposure != nil {
		admitted, bucket := e.admits(r.exposure)
		if !admitted {
			e.close(no)
			return o, false
		}
		o.reason, o.bucket = ReasonSplit, bucket
	}
	done = e.serve(&r.serve, &o)
	e.closeServed(o, done)
	return o, done
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
		a, bucket, ok := s.split.choose(e.subject)
		e.noteSplit(s.split, bucket, ok)
		if !ok {
			return false
		}
		o.reason, o.bucket = ReasonSplit, bucket
		o.variant, action = a.target, a.action
	}
	return action != nextRule
}

// orElse evaluates the default.
func (e *evaluation) orElse(f *flag) outcome {
	o := outcome{bucket: -1, rule: -1, reason: f.orElseReason}
	e.open("default", "")
	if !e.serve(&f.orElse, &o) && f.orElse.split != nil && o.reason != ReasonSplit {
		o.reason, o.err = ReasonError, TargetingKeyMissing
	}
	e.closeServed(o, true)
	return o
}

// admits reports whether an exposure admits the subject, and its bucket.
func (e *evaluation) admits(x *exposure) (admitted bool, bucket int32) {
	threshold := x.threshold
	if x.ramp != nil {
		threshold = x.ramp.at(e.now())
	}
	b, ok := x.bucket(e.subject)
	if e.trace != nil {
		e.trace.exposure(x, threshold, b, ok)
	}
	if !ok {
		return false, -1
	}
	return b < threshold, int32(b)
}

// holds evaluates one node of a condition. The segments of the scope that hold
// are added to segments.
func (e *evaluation) holds(s *scope, c *cond, segments *uint64) truth {
	switch c.op {
	case opAll:
		return e.all(s, c, segments)
	case opAny:
		return e.any(s, c, segments)
	case opNot:
		e.open("not", "")
		first, _ := c.children()
		t := e.holds(s, &s.conds[first], segments).not()
		e.close(t)
		return t
	case opSegment:
		return e.member(s.segments[c.ref], c.ref, segments)
	case opFlag:
		return e.wanted(s, &s.wants[c.ref])
	}
	t := e.constraint(c)
	if e.trace != nil {
		e.trace.constraint(c, e.subject, t)
	}
	return t
}

func (e *evaluation) all(s *scope, c *cond, segments *uint64) truth {
	e.open("all", "")
	result := yes
	first, n := c.children()
	for i := range n {
		t := e.holds(s, &s.conds[first+i], segments)
		if t == no {
			result = no
			break
		}
		if t == unknown {
			result = unknown
		}
	}
	e.close(result)
	return result
}

func (e *evaluation) any(s *scope, c *cond, segments *uint64) truth {
	e.open("any", "")
	result := no
	first, n := c.children()
	for i := range n {
		t := e.holds(s, &s.conds[first+i], segments)
		if t == yes {
			result = yes
			break
		}
		if t == unknown {
			result = unknown
		}
	}
	e.close(result)
	return result
}

// member evaluates a segment, which is number i of its scope.
func (e *evaluation) member(g *segment, i uint16, segments *uint64) truth {
	e.budget--
	if e.budget < 0 {
		return unknown
	}
	e.open("segment", g.key)
	t := yes
	if g.when >= 0 {
		var inner uint64
		t = e.holds(&g.scope, &g.scope.conds[g.when], &inner)
	}
	if t == yes && g.exposure != nil {
		admitted, _ := e.admits(g.exposure)
		t = truthOf(admitted)
	}
	if t == yes && i < 64 {
		*segments |= 1 << i
	}
	e.close(t)
	return t
}

// constraint tests one attribute.
func (e *evaluation) constraint(c *cond) truth {
	v, ok := e.subject.get(c.attr)
	t := unknown
	switch {
	case c.op == opPresent:
		t = truthOf(ok == (c.num == 1))
	case !ok:
	case v.kind == KindList:
		t = e.list(c, v.list())
	default:
		t = e.test(c, v)
	}
	if c.negate {
		return t.not()
	}
	return t
}

// list tests the elements of a list: one must pass, or with every each.
func (e *evaluation) list(c *cond, elements []Value) truth {
	if len(elements) == 0 {
		return unknown
	}
	decides := yes
	if c.every {
		decides = no
	}
	result := decides.not()
	for _, v := range elements {
		switch t := e.test(c, v); t {
		case decides:
			return t
		case unknown:
			result = unknown
		}
	}
	return result
}
