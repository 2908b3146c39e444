package hoist

import (
	"slices"
	"time"
)

// A Rule serves something to the subjects it applies to: When a condition
// holds, Exposure admits the subject, Serve decides what it gets. A rule that
// does not hold or does not admit lets evaluation go on with the next.
type Rule struct {
	// ID identifies the rule within its targeting; decisions name it. Optional.
	ID string

	// Title says for people what the rule does.
	Title string

	// Disabled leaves the rule out. In JSON it is "enabled": false.
	Disabled bool

	// When is the condition; the zero Condition always holds.
	When Condition

	// Window limits the rule to a time; nil means always.
	Window *Window

	// Exposure limits the rule to a share of the subjects; nil means everyone.
	Exposure *Exposure

	// Serve is what the rule gives.
	Serve Serve

	// Sticky lets subjects keep what the rule gave them once; nil means that
	// they do not. Only for semantics that have it.
	Sticky *Sticky

	Extensions Extensions
}

// A Window is a time: from NotBefore on, up to and with NotAfter. A zero bound
// is open.
type Window struct {
	NotBefore, NotAfter time.Time
}

// A Condition is a tree of constraints. At most one of the fields is set; with
// none it always holds.
//
// A condition holds, fails, or cannot be told: that is so for a constraint
// whose attribute is missing or of a type the operator cannot use. Under
// native semantics a rule applies only if its condition holds, and what cannot
// be told stays so under Not: a subject without a country is neither in Norway
// nor outside of it. All and Any look only at what they need: one that fails
// decides All, one that holds decides Any.
type Condition struct {
	// All holds if each holds; it holds if there are none.
	All []Condition

	// Any holds if one holds; it fails if there are none.
	Any []Condition

	// Not holds if the condition fails.
	Not *Condition

	// Constraint tests one attribute. In JSON it is an object with the member
	// "attribute", and one member named like the operator.
	Constraint *Constraint

	// Segment holds if the subject is in the segment of this key.
	Segment string

	// Flag holds if another flag gives a wanted variant. In JSON it is an
	// object with the members "flag" and "is" (one) or "in" (a list).
	Flag *Requirement
}

// Serve is what a subject gets: one variant, one of several by a weighted
// split, or an [Action] instead. Exactly one of the fields is set.
//
// In JSON: the name of the variant, true and false for a boolean flag; an
// object of variant to weight; or an object with the member "split" and what
// else a [Split] has, or with the member "action".
type Serve struct {
	Variant string
	Split   *Split
	Action  Action
}

// An Action is what happens instead of serving a variant.
type Action string

const (
	// NextRule goes on with the next rule, as if this one had not held.
	NextRule Action = "next"

	// CallersFallback ends evaluation without a variant: the caller's fallback
	// is the answer. It is not an error.
	CallersFallback Action = "fallback"
)

// AllOf returns a condition that holds if each of conditions does.
func AllOf(conditions ...Condition) Condition {
	return Condition{All: append([]Condition{}, conditions...)}
}

// AnyOf returns a condition that holds if one of conditions does.
func AnyOf(conditions ...Condition) Condition {
	return Condition{Any: append([]Condition{}, conditions...)}
}

// Not returns a condition that holds if condition fails.
func Not(condition Condition) Condition { return Condition{Not: &condition} }

// InSegment returns a condition that holds for the members of a segment.
func InSegment(key string) Condition { return Condition{Segment: key} }

// FlagIs returns a condition that holds if another flag gives one of variants.
func FlagIs(flag string, variants ...string) Condition {
	return Condition{Flag: &Requirement{flag, variants}}
}

// Where returns a condition that tests one attribute:
//
//	hoist.Where("country", hoist.In, "SE", "NO", "DK")
//
// The operands are converted as [AnyValue] does, times to text.
func Where(attribute string, operator Operator, operands ...any) Condition {
	return Condition{Constraint: &Constraint{
		Attribute: attribute,
		Operator:  operator,
		Operands:  mapSlice(operands, operandValue),
	}}
}

// operandValue returns an operand in a kind that JSON has.
func operandValue(v any) Value {
	value := AnyValue(v)
	if t, ok := value.Time(); ok {
		return StringValue(t.Format(time.RFC3339Nano))
	}
	if value.kind == KindVersion {
		return StringValue(value.text())
	}
	return value
}

// isAlways reports whether c is the zero Condition.
func (c *Condition) isAlways() bool {
	return c.All == nil && c.Any == nil && c.Not == nil && c.Constraint == nil && c.Segment == "" && c.Flag == nil
}

// Clone returns a copy that shares nothing with c that could be changed.
func (c Condition) Clone() Condition {
	deepen := func(c *Condition) { *c = c.Clone() }
	c.All = cloneEach(c.All, deepen)
	c.Any = cloneEach(c.Any, deepen)
	c.Not = clonePointer(c.Not, Condition.Clone)
	c.Constraint = clonePointer(c.Constraint, func(k Constraint) Constraint {
		k.Operands = slices.Clone(k.Operands)
		k.Extensions = k.Extensions.clone()
		return k
	})
	c.Flag = clonePointer(c.Flag, func(r Requirement) Requirement {
		r.Variants = slices.Clone(r.Variants)
		return r
	})
	return c
}

// Equal reports whether c and d say the same.
func (c Condition) Equal(d Condition) bool { return equalJSON(c, d) }

func (r Rule) clone() Rule {
	r.When = r.When.Clone()
	r.Window = clonePointer(r.Window, func(w Window) Window { return w })
	r.Exposure = clonePointer(r.Exposure, Exposure.clone)
	r.Serve = r.Serve.clone()
	r.Sticky = clonePointer(r.Sticky, func(s Sticky) Sticky { return s })
	r.Extensions = r.Extensions.clone()
	return r
}

func (s Serve) clone() Serve {
	s.Split = clonePointer(s.Split, Split.clone)
	return s
}
