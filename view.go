package hoist

import "iter"

// A View answers for one subject from one version of the flags. It is small
// and made to be passed by value. It is safe for concurrent use, and stays
// valid, and the same, however long it is kept.
//
// The getters take the caller's fallback, which is the answer if the flag does
// not exist, is of another type, or does not decide. They return no error and
// never panic; [View.Evaluate] says why.
type View struct {
	flags    *Flags
	snapshot *snapshot
	subject  *Subject
}

// asks is a set of getters.
type asks uint8

const (
	askBool asks = 1 << iota
	askString
	askInt
	askFloat
	askJSON
	askAny
)

// answers returns which getters v answers. JSON is answered by a payload and
// by the values of flags of that type, which answer no other, whatever they
// are.
func (v *variant) answers(jsonFlag bool) asks {
	if jsonFlag {
		return askAny | askJSON
	}
	a := askAny
	switch v.value.kind {
	case KindBool:
		a |= askBool
	case KindString:
		a |= askString
	case KindInt, KindFloat:
		a |= askFloat
		if _, ok := v.value.Int(); ok {
			a |= askInt
		}
	}
	if v.payload().kind == KindString && v.value.kind == KindBool {
		a |= askString
	}
	if v.json != nil {
		a |= askJSON
	}
	return a
}

// payload returns the second value, null if there is none.
func (v *variant) payload() Value {
	if v.json == nil {
		return Value{}
	}
	return v.json.payload
}

// jsonValue returns what the JSON getter is about: the payload, or else the
// value.
func (v *variant) jsonValue() Value {
	if payload := v.payload(); payload.kind != KindNull {
		return payload
	}
	return v.value
}

// text returns what the string getter gives.
func (v *variant) text() string {
	if v.value.kind == KindString {
		return v.value.text()
	}
	return v.payload().text()
}

// Bool returns the value of a boolean flag.
func (v View) Bool(key string, fallback bool) bool {
	if x := v.ask(key, hashKey(key), askBool); x != nil {
		return x.value.num == 1
	}
	return fallback
}

// String returns the value of a string flag, or the payload of a boolean flag
// if that is a text.
func (v View) String(key, fallback string) string {
	if x := v.ask(key, hashKey(key), askString); x != nil {
		return x.text()
	}
	return fallback
}

// Int returns the value of a number flag. A number with a fraction is not an
// answer to this; the caller gets the fallback.
func (v View) Int(key string, fallback int64) int64 {
	if x := v.ask(key, hashKey(key), askInt); x != nil {
		n, _ := x.value.Int()
		return n
	}
	return fallback
}

// Float returns the value of a number flag, rounded to the nearest float if it
// is an integer beyond 2^53.
func (v View) Float(key string, fallback float64) float64 {
	if x := v.ask(key, hashKey(key), askFloat); x != nil {
		n, _ := x.value.Float()
		return n
	}
	return fallback
}

// JSON returns the value of a JSON flag, or the payload of a flag of another
// type, as Go values: map[string]any, []any, string, bool, nil, int64 for
// integers that fit, else float64. It was decoded when the flag was compiled
// and is shared by all callers, who must not change it. [JSONFlag] decodes into
// a type of your own.
func (v View) JSON(key string, fallback any) any {
	if x := v.ask(key, hashKey(key), askJSON); x != nil {
		return x.json.decoded
	}
	return fallback
}

// Evaluate returns the answer for a flag of any type, and why it is that.
func (v View) Evaluate(key string) Decision {
	f := v.snapshot.index.find(key, hashKey(key))
	if f == nil {
		return v.notFound(key)
	}
	return v.decide(f)
}

// All yields a decision for each flag, in the order of their keys.
func (v View) All() iter.Seq[Decision] {
	return func(yield func(Decision) bool) {
		for _, f := range v.snapshot.flags() {
			if !yield(v.decide(f)) {
				return
			}
		}
	}
}

// ask evaluates a flag for the getters of want, and returns nil where the
// fallback is the answer.
func (v View) ask(key string, hash uint64, want asks) *variant {
	f := v.snapshot.index.find(key, hash)
	if f == nil {
		v.notFound(key)
		return nil
	}
	if f.fixed != nil && f.fixed.variant != nil && f.fixed.variant.gives&want != 0 && v.flags.onEvaluation == nil {
		f.count(f.fixed.variant)
		return f.fixed.variant
	}
	var o outcome
	v.evaluate(f, want, &o)
	return o.variant
}

// evaluate evaluates f, counts the result and tells the observer.
func (v View) evaluate(f *flag, want asks, o *outcome) {
	e := evaluation{subject: v.subject, world: &v.flags.world, budget: evaluationBudget}
	e.flag(f, o)
	if e.extra != nil {
		e.keep(o)
	}
	if o.variant != nil && o.variant.gives&want == 0 {
		o.variant, o.reason, o.err = nil, ReasonError, TypeMismatch
	}
	f.count(o.variant)
	if v.flags.onEvaluation != nil {
		v.flags.onEvaluation(Evaluation{v.subject.key, Decision{f.key, f, *o}})
	}
}

func (v View) decide(f *flag) (d Decision) {
	d.key, d.flag = f.key, f
	v.evaluate(f, askAny, &d.outcome)
	return d
}

func (v View) notFound(key string) Decision {
	d := notFound(key)
	if v.flags.onEvaluation != nil {
		v.flags.onEvaluation(Evaluation{v.subject.key, d})
	}
	return d
}

func notFound(key string) Decision {
	return Decision{key: key, outcome: outcome{bucket: -1, rule: -1, reason: ReasonError, err: FlagNotFound}}
}
