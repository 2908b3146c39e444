package hoist

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Type is what kind of values a flag gives.
type Type string

// The types of flags.
const (
	TypeBoolean Type = "boolean"
	TypeString  Type = "string"
	TypeNumber  Type = "number" // 64-bit integers stay exact
	TypeJSON    Type = "json"   // any JSON value
)

// A Flag is a named decision: the values it can give, and for each environment
// who gets which.
//
// Flag and the types it consists of are plain data. Their JSON form is the
// form of the native file; decoding reports everything that is wrong at once,
// as [Errors]. [Flag.Validate] does the same for a flag built in Go. They are
// not safe for use while another goroutine changes them.
type Flag struct {
	// Key names the flag within its project. It is 1 to 255 bytes of printable
	// UTF-8 without blanks at its ends. In JSON it is the name of the member
	// that holds the flag where flags are members of an object, else "key".
	Key string

	// Name is what people see; empty means the key.
	Name string

	Description string

	// Type is what kind of values the variants have. Empty means: what the
	// variants' values show, boolean without variants. See [Flag.ValueType].
	Type Type

	// Semantics names the product whose evaluation rules hold for this flag;
	// empty means [Native].
	Semantics Semantics

	// Variants are the values the flag can give, each under a name. A boolean
	// flag has the variants "true" and "false" without declaring them.
	//
	// In JSON: an object of name to value, or a list of objects where more
	// than the value is given.
	Variants []Variant

	Labels []string

	// Owner is who answers for the flag: a person or a team.
	Owner string

	// Permanent marks a flag that is meant to stay, so that lifecycle reports
	// leave it alone.
	Permanent bool

	// ClientSide says that clients outside of the server, such as browsers,
	// may see the flag.
	ClientSide bool

	// Archived takes the flag out of evaluation, as if it did not exist.
	Archived bool

	// Expires is when the flag should be gone from the code. It is for
	// reports; evaluation does not look at it. The zero time means never.
	Expires time.Time

	// Metadata is handed out with decisions. Members are scalars or JSON.
	Metadata map[string]Value

	// Targeting holds in every environment that has no entry in Environments.
	// If it is nil, the flag does nothing there: callers get their fallback.
	//
	// In JSON its members stand in the flag itself.
	Targeting *Targeting

	// Environments holds the targeting of single environments. It takes the
	// place of Targeting as a whole; the two are never merged.
	Environments map[string]*Targeting

	Extensions Extensions
}

// Extensions keeps what a product's document holds beyond the model, under the
// name of the product. Evaluation does not look at it.
//
// In JSON the members stand in the object itself, as "x-" and the name.
type Extensions map[string]json.RawMessage

// A Variant is one value a flag can give.
type Variant struct {
	// Name identifies the variant within its flag: 1 to 255 bytes of
	// UTF-8 without control characters.
	Name string

	// Value is of the flag's type.
	Value Value

	// Payload is a second value that goes with the first, for products whose
	// variants have both: a boolean with a configuration, a variant key with
	// an attachment. Null if there is none. The JSON getter reads it, and on
	// a boolean flag the string getter does as well.
	Payload Value

	Description string
	Extensions  Extensions
}

// Targeting decides who gets which variant of a flag in one environment.
//
// Evaluation takes the first that applies: off, if the flag is disabled or a
// requirement is not met; an override of the subject; the first rule that
// holds and admits the subject; the default.
type Targeting struct {
	// Disabled switches the flag off. In JSON it is "enabled": false.
	Disabled bool

	// Requires lists flags that must give certain variants, all of them.
	Requires []Requirement

	// Overrides give single subjects, by key, a variant regardless of rules.
	// In JSON: an object of variant to list of keys.
	Overrides []Override

	// Rules are tried in order.
	Rules []Rule

	// Default is what everyone else gets. Nil means the caller's fallback.
	Default *Serve

	// Off names the variant of a disabled flag. Empty means the caller's
	// fallback.
	Off string

	Extensions Extensions
}

// A Requirement is met when another flag, evaluated for the same subject, gives
// one of the wanted variants.
type Requirement struct {
	// Flag is the key of the other flag, in the same project.
	Flag string

	// Variants lists what is wanted: names of variants, or texts of values
	// such as "true". In JSON, among requirements, the member of the flag's
	// name holds one of them or a list.
	Variants []string
}

// An Override gives the subjects with these keys a variant.
type Override struct {
	Variant string
	Keys    []string
}

// ValueType returns the type of the flag: Type if it is given, else what the
// values of the variants have in common, else [TypeBoolean].
func (f *Flag) ValueType() Type {
	if f.Type != "" || len(f.Variants) == 0 {
		return cmp.Or(f.Type, TypeBoolean)
	}
	t := typeOf(f.Variants[0].Value)
	for _, v := range f.Variants[1:] {
		if typeOf(v.Value) != t {
			return TypeJSON
		}
	}
	return t
}

func typeOf(v Value) Type {
	switch v.kind {
	case KindBool:
		return TypeBoolean
	case KindString:
		return TypeString
	case KindInt, KindFloat:
		return TypeNumber
	}
	return TypeJSON
}

// In returns the targeting that holds in an environment, nil if there is none.
func (f *Flag) In(environment string) *Targeting {
	if t, ok := f.Environments[environment]; ok {
		return t
	}
	return f.Targeting
}

// Clone returns a copy that shares nothing with f that could be changed.
func (f *Flag) Clone() *Flag {
	c := *f
	c.Variants = cloneEach(f.Variants, func(v *Variant) { v.Extensions = v.Extensions.clone() })
	c.Labels = slices.Clone(f.Labels)
	c.Metadata = maps.Clone(f.Metadata)
	c.Targeting = f.Targeting.Clone()
	if f.Environments != nil {
		c.Environments = make(map[string]*Targeting, len(f.Environments))
		for name, t := range f.Environments {
			c.Environments[name] = t.Clone()
		}
	}
	c.Extensions = f.Extensions.clone()
	return &c
}

// Clone returns a copy that shares nothing with t that could be changed.
func (t *Targeting) Clone() *Targeting {
	if t == nil {
		return nil
	}
	c := *t
	c.Requires = cloneEach(t.Requires, func(r *Requirement) { r.Variants = slices.Clone(r.Variants) })
	c.Overrides = cloneEach(t.Overrides, func(o *Override) { o.Keys = slices.Clone(o.Keys) })
	c.Rules = cloneEach(t.Rules, func(r *Rule) { *r = r.clone() })
	c.Default = clonePointer(t.Default, Serve.clone)
	c.Extensions = t.Extensions.clone()
	return &c
}

func (e Extensions) clone() Extensions {
	c := maps.Clone(e)
	for name, text := range c {
		c[name] = bytes.Clone(text)
	}
	return c
}

// Equal reports whether f and g say the same: whether their JSON is the same.
func (f *Flag) Equal(g *Flag) bool { return f == g || f != nil && g != nil && equalJSON(f, g) }

// Equal reports whether t and u say the same.
func (t *Targeting) Equal(u *Targeting) bool {
	return t == u || t != nil && u != nil && equalJSON(t, u)
}

// equalJSON compares by the canonical encoding, which keeps everything a model
// object says.
func equalJSON(a, b json.Marshaler) bool {
	x, errX := a.MarshalJSON()
	y, errY := b.MarshalJSON()
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// cloneEach returns a copy of s with deepen applied to each element.
func cloneEach[T any](s []T, deepen func(*T)) []T {
	c := slices.Clone(s)
	for i := range c {
		deepen(&c[i])
	}
	return c
}

func clonePointer[T any](p *T, clone func(T) T) *T {
	if p == nil {
		return nil
	}
	c := clone(*p)
	return &c
}
