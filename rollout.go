package hoist

import (
	"slices"
	"time"
)

// An Exposure admits a share of subjects. Who is admitted is decided by a hash
// of the salt and the subject's unit, so that a subject stays in, and growing
// the share never moves anyone out.
//
// In JSON: the share alone, "25 %" or 25; or an object with the members
// "share", "ramp" or "population" (in base64), "by" and "salt".
type Exposure struct {
	// Percent is the share, 0 to 100. Native semantics have steps of
	// 0.001 %. It is not used with a Ramp.
	Percent float64

	// Ramp lets the share depend on the time.
	Ramp *Ramp

	// By names the attributes whose value is the unit that is hashed. The
	// first that the subject has counts; a subject that has none of them is
	// not admitted. Empty means the subject's key. In JSON: a name or a list.
	By []string

	// Salt separates this rollout from others: rollouts of one salt admit the
	// same subjects first, rollouts of different salts are independent. Empty
	// means the key of the flag, so that rules of one flag share their order.
	Salt string

	// Population lists the buckets that are admitted, instead of a share: bit
	// i%8 of byte i/8, the least significant first, stands for bucket i. Nil
	// means that there is no such list. Only for semantics that have it.
	Population []byte

	Extensions Extensions
}

// A Ramp is a share that changes with time, without any write. It is From
// before Start and To after End; between, it changes evenly, or with Steps in
// that many equal jumps, the last at End. With Stages instead, the share is
// that of the last stage that has begun, 0 before the first.
type Ramp struct {
	From, To   float64 // percent
	Start, End time.Time
	Steps      int // 0 means evenly

	Stages []Stage
}

// A Stage of a [Ramp] begins at an instant.
type Stage struct {
	At      time.Time
	Percent float64
}

// A Split gives each subject one of several arms, by a hash as for an
// [Exposure] but independent of it: within any exposure a split keeps its
// weights.
//
// In JSON: an object of variant to weight where only that is given; else an
// object with the member "split" (such an object, or a list of arms), "by",
// "salt", "buckets" and "overrides".
type Split struct {
	// Arms are the choices. Native semantics give each arm a share in
	// proportion to its weight, in the order of the variants' names: the order
	// of the arms does not matter. Semantics of products take the order given.
	Arms []Arm

	// By and Salt are as in [Exposure].
	By   []string
	Salt string

	// Buckets is how many buckets the ranges of arms refer to; 0 unless arms
	// have ranges. Only for semantics that have ranges.
	Buckets int

	// Overrides give a subject a variant regardless of the weights, by the
	// value of an attribute; the first that applies counts.
	Overrides []SplitOverride
}

// An Arm is one choice of a [Split]: a variant, or an action instead.
type Arm struct {
	// ID identifies the arm within its split; decisions name it. Only for
	// semantics that name arms.
	ID string

	Variant string
	Action  Action

	// Weight is the share of the arm. Native weights are relative to their
	// sum, which must be above 0; products have their own rules.
	Weight float64

	// Ranges are the buckets of this arm, for semantics that have ranges
	// instead of weights.
	Ranges []Range

	Extensions Extensions
}

// A Range is the buckets from Lower up to but without Upper.
type Range struct{ Lower, Upper int }

// A SplitOverride gives the subjects whose attribute has one of the values a
// variant.
type SplitOverride struct {
	Attribute string
	Values    []string
	Variant   string
}

func (e Exposure) clone() Exposure {
	e.Ramp = clonePointer(e.Ramp, func(r Ramp) Ramp {
		r.Stages = slices.Clone(r.Stages)
		return r
	})
	e.By = slices.Clone(e.By)
	e.Population = slices.Clone(e.Population)
	e.Extensions = e.Extensions.clone()
	return e
}

func (s Split) clone() Split {
	s.Arms = cloneEach(s.Arms, func(a *Arm) {
		a.Ranges = slices.Clone(a.Ranges)
		a.Extensions = a.Extensions.clone()
	})
	s.By = slices.Clone(s.By)
	s.Overrides = cloneEach(s.Overrides, func(o *SplitOverride) { o.Values = slices.Clone(o.Values) })
	return s
}
