package hoist

// A Segment is a named group of subjects that rules of several flags refer to.
type Segment struct {
	// Key names the segment within its project, as [Flag.Key] does a flag.
	Key string

	// Name is what people see; empty means the key.
	Name string

	Description string

	// Semantics names the product whose evaluation rules hold for the
	// condition; empty means [Native].
	Semantics Semantics

	// When is the condition for being in the segment. It may refer to other
	// segments and to flags, not in a circle.
	When Condition

	// Exposure limits the segment to a share of those the condition holds
	// for; nil means all. Its default salt is the key of the segment.
	Exposure *Exposure

	Extensions Extensions
}

// Clone returns a copy that shares nothing with s that could be changed.
func (s *Segment) Clone() *Segment {
	c := *s
	c.When = s.When.Clone()
	c.Exposure = clonePointer(s.Exposure, Exposure.clone)
	c.Extensions = s.Extensions.clone()
	return &c
}

// Equal reports whether s and o say the same.
func (s *Segment) Equal(o *Segment) bool { return s == o || s != nil && o != nil && equalJSON(s, o) }

// An Environment is a named stage, such as production.
type Environment struct {
	Key         string
	Name        string // what people see; empty means the key
	Description string
	Extensions  Extensions
}

// A Set is the flags, segments and environments of one project: what a native
// file holds. Flags and segments have distinct keys.
//
// In JSON it is an object with the members "project" (a key, absent means
// [DefaultProject]), "environments" (a list of keys or objects), "segments"
// and "flags" (objects whose members are named by key).
type Set struct {
	Project string

	// Environments, if there are any, are the only ones flags may name.
	Environments []Environment

	Segments []*Segment
	Flags    []*Flag
}

// DefaultProject is the project of a file, or of [Options], that names none.
const DefaultProject = "default"
