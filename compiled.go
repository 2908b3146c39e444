package hoist

import "slices"

// Compiling does everything that can fail and everything that can be done once:
// it checks a flag or segment and turns it into the form below, which is never
// changed again and shares nothing with the model it came from. Names of other
// flags and segments become positions in a scope, so that when one of them
// changes, linking anew is a copy of the few words that point to it.

// A flag is the compiled form of a [Flag] in one environment.
type flag struct {
	key      string
	rules    []rule
	scope    scope
	counters *counterBlock
	slot     uint32 // of the first counter
	requires uint32 // how many of scope.wants, from the first, the flag requires
	orElse   serve
	// fixed is the answer where nothing about the subject matters.
	fixed        *outcome
	off          *variant
	overrides    map[string]*variant
	variants     []variant
	extensions   map[uint32]Extensions // of variants, by index; nil if none has any
	metadata     map[string]Value
	valueType    typeCode
	clientSide   bool
	disabled     bool
	untargeted   bool   // has no targeting in the environment
	broken       bool   // could never be compiled
	orElseReason Reason // of the default
}

// A typeCode is a [Type] in a byte.
type typeCode uint8

var typeCodes = [...]Type{"", TypeBoolean, TypeString, TypeNumber, TypeJSON}

func codeOf(t Type) typeCode { return typeCode(max(0, slices.Index(typeCodes[:], t))) }

// A span is nodes of a scope that lie side by side and must all hold. There
// are at most [MaxConditions].
type span struct{ first, n uint16 }

// A scope is what the conditions of a flag or segment consist of and refer to.
type scope struct {
	semantics *semantics
	conds     []cond
	*links    // nil if there are none
}

// links are what a scope refers to: flags and segments with their keys, in the
// same order.
type links struct {
	cyclic   bool // they lead back here; only semantics that allow it
	wants    []want
	flags    []*flag
	segments []*segment
	flagKeys []string
	segKeys  []string
}

// A want is a requirement: the position of a flag in its scope, and what it
// must give.
type want struct {
	flag     int
	variants []string
	met      []bool // by what the flag gives: no variant, then each; known once linked
}

type segment struct {
	key      string
	scope    scope
	when     span
	exposure *exposure
}

type variant struct {
	name  string
	value Value
	index uint32 // in its flag
	gives asks   // which getters it answers
	json  *jsonForm
}

// A jsonForm is what the JSON getters need of a variant that answers them.
type jsonForm struct {
	payload Value // null if there is none, and the value is meant
	decoded any   // what the JSON getter gives
	typed   typedCache
}

type rule struct {
	when     span
	position int32     // among the rules as written
	unit     *ruleUnit // nil unless the semantics look for a unit first
	window   *window
	exposure *exposure
	serve    serve
	label    *ruleLabel // nil if there is neither ID nor title
}

type ruleLabel struct{ id, title string }

type serve struct {
	variant *variant
	split   *split
	action  actionCode
}

// An actionCode is an [Action] in a byte.
type actionCode uint8

const (
	serveVariant actionCode = iota
	nextRule
	callersFallback
	useDefault // the default of the targeting, and that it was the default
	giveUp     // the flag cannot be evaluated
)

type window struct{ from, to int64 } // nanoseconds, inclusive

// A cond is one node of a condition. The children of a node lie side by side
// in the scope.
type cond struct {
	op       opcode
	negate   bool
	every    bool
	accept   ordering // which results of a comparison satisfy it
	operator uint16   // position in the table of operators, for explanations
	ref      uint16   // position of a segment or want in the scope
	num      uint64   // children (first and number), or bits of a number
	attr     *attrRef
	arg      any // operands, by opcode
}

func newParent(op opcode, children span) cond {
	return cond{op: op, num: uint64(children.first)<<32 | uint64(children.n)}
}

func (c *cond) children() (first, n uint32) { return uint32(c.num >> 32), uint32(c.num) }
