package hoist

// A Constraint tests one attribute of the subject.
type Constraint struct {
	// Attribute is the name of the attribute, or a dotted path into a nested
	// one; a literal name that has dots goes first. "key" is the subject's key.
	Attribute string

	// Operator is the test.
	Operator Operator

	// Operands are what the attribute is compared with. How many there may
	// be, and of which kinds, depends on the operator.
	Operands []Value

	// Negate turns the result round. In JSON: "not": true.
	Negate bool

	// IgnoreCase compares text after mapping both sides to lower case.
	IgnoreCase bool

	// Every demands of a list that the test holds for each element, where
	// otherwise one is enough. In JSON: "every": true.
	Every bool

	Extensions Extensions
}

// An Operator is a test of an attribute. Its text is the member's name in JSON.
//
// A missing attribute and an empty list satisfy no constraint, negated or not;
// the same is so for an attribute of a type that the operator cannot use.
// Only [Present] tells missing attributes from others.
type Operator string

// The operators of native semantics.
const (
	// Is and In hold if the attribute equals an operand: Is has one, In any
	// number. Booleans, numbers and texts; a number equals another by value
	// (1 and 1.0), never a text.
	Is Operator = "is"
	In Operator = "in"

	// StartsWith, EndsWith and Contains look for one of the operands in a
	// text.
	StartsWith Operator = "startsWith"
	EndsWith   Operator = "endsWith"
	Contains   Operator = "contains"

	// Matches finds a regular expression (RE2) anywhere in a text; anchor it
	// with ^ and $ to match the whole.
	Matches Operator = "matches"

	// LessThan, AtMost, AtLeast and MoreThan compare numbers, exactly.
	LessThan Operator = "lessThan"
	AtMost   Operator = "atMost"
	AtLeast  Operator = "atLeast"
	MoreThan Operator = "moreThan"

	// VersionIs, VersionBelow, VersionAtMost, VersionAtLeast and VersionAbove
	// compare version numbers by the precedence of semver.org: pre-releases
	// come before their release, build metadata does not count. Missing parts
	// are 0 and a leading v is allowed: v1.2 is 1.2.0. The attribute is a
	// version or a text; text that is no version cannot be compared.
	VersionIs      Operator = "versionIs"
	VersionBelow   Operator = "versionBelow"
	VersionAtMost  Operator = "versionAtMost"
	VersionAtLeast Operator = "versionAtLeast"
	VersionAbove   Operator = "versionAbove"

	// Before and After compare instants. The operand is an RFC 3339 time, a
	// date (midnight UTC), or "now", alone or moved: "now-30d", "now+1h30m".
	// The attribute is a time, or a text of the first two forms.
	Before Operator = "before"
	After  Operator = "after"

	// Present, with the operand true, holds if the subject has the attribute,
	// and with false if it does not. A null attribute is not present.
	Present Operator = "present"

	// InNetwork holds if a text is an IP address in one of the networks
	// ("10.0.0.0/8", "2001:db8::/32") or equal to one of the addresses.
	InNetwork Operator = "inNetwork"
)
