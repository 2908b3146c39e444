package hoist

// A truth is the result of a condition.
type truth uint8

const (
	no      truth = iota // fails
	yes                  // holds
	unknown              // cannot be told: goes through all, any and not by Kleene's tables
	skips                // ends the rule at once: it does not apply
	breaks               // ends the flag at once: it cannot be evaluated
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// not turns a truth round; what cannot be told, or ends more, stays so.
func (t truth) not() truth {
	switch t {
	case no:
		return yes
	case yes:
		return no
	}
	return t
}

// An opcode is what a node of a compiled condition does. An operator has
// several where a simpler test does for simple operands.
type opcode uint8

const (
	opAll opcode = iota
	opAny
	opNot
	opSegment
	opFlag
	opConst    // num is the truth, never negated
	opKept     // the unit of the rule has an assignment in a group; arg is *keptTest
	opAnyEager // as opAny, and looks at every child
	opPresent  // this one and all below test an attribute
	opText     // equals one of few texts; arg is []string
	opTextSet  // equals one of many texts; arg is textSet
	opEqual    // equals one of values of any kind; arg is *equality
	opPrefix   // arg is []string
	opSuffix   // arg is []string
	opContains // arg is []string
	opRegexp   // arg is *regexp.Regexp
	opNumber   // arg is *Value
	opVersion  // arg is *versionOperand
	opTime     // arg is *timeOperand
	opNetwork  // arg is []netip.Prefix
	opFold     // arg is *cond to which the attribute goes in lower case
	opProduct  // an operator of a product; arg is *productTest
)

// ordering is a set of results of a comparison.
type ordering uint8

const (
	less ordering = 1 << iota
	equal
	greater
)

func orderingOf(comparison int) ordering {
	switch {
	case comparison < 0:
		return less
	case comparison > 0:
		return greater
	}
	return equal
}

// kinds is a set of kinds of operands.
type kinds uint8

const (
	texts kinds = 1 << iota
	numbers
	booleans
)

func kindsOf(v Value) kinds {
	switch v.kind {
	case KindString:
		return texts
	case KindInt, KindFloat:
		return numbers
	case KindBool:
		return booleans
	}
	return 0
}

func (s kinds) String() string {
	var words []string
	for i, word := range [...]string{"text", "number", "boolean"} {
		if s&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	return orText(words)
}

// A productTest is an operator of a product with its operands, compiled. It is
// given the attribute as it is, or that it is missing, and decides everything
// but the negation itself.
type productTest struct {
	run   func(p *productTest, v Value, present bool, now int64) truth
	timed bool // run looks at now, the time of evaluation in nanoseconds
	text  string
	texts []string
	set   textSet
	value Value
	list  []Value
	extra any
}
