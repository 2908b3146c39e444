package hoist

import (
	"math"
	"net/netip"
	"regexp"
	"strings"
)

// test applies the operator of c to one value that is there and no list.
func (e *evaluation) test(c *cond, v Value) truth {
	switch c.op {
	case opText:
		if !v.isTextual() {
			return unknown
		}
		return truthOf(isOneOf(v.text(), c.arg.([]string)))
	case opTextSet, opPrefix, opSuffix, opContains, opRegexp:
		if !v.isTextual() {
			return unknown
		}
		return testText(c, v.text())
	case opEqual:
		return c.arg.(*equality).test(v)
	case opNumber:
		if !v.isNumber() {
			return unknown
		}
		return c.accepts(compareNumbers(v, *c.arg.(*Value)))
	case opVersion:
		if !v.isTextual() {
			return unknown
		}
		return c.accepts(c.arg.(*versionOperand).compare(v.text()))
	case opTime:
		return e.testTime(c, v)
	case opNetwork:
		return testNetwork(c.arg.([]netip.Prefix), v)
	case opFold:
		inner := c.arg.(*cond)
		if !v.isTextual() {
			return e.test(inner, v)
		}
		return e.test(inner, StringValue(strings.ToLower(v.text())))
	}
	return unknown
}

// accepts returns whether a comparison of attribute and operand satisfies c.
func (c *cond) accepts(comparison int, ok bool) truth {
	if !ok {
		return unknown
	}
	return truthOf(c.accept&orderingOf(comparison) != 0)
}

func testText(c *cond, s string) truth {
	switch c.op {
	case opTextSet:
		_, ok := c.arg.(textSet)[s]
		return truthOf(ok)
	case opPrefix:
		for _, t := range c.arg.([]string) {
			if strings.HasPrefix(s, t) {
				return yes
			}
		}
	case opSuffix:
		for _, t := range c.arg.([]string) {
			if strings.HasSuffix(s, t) {
				return yes
			}
		}
	case opContains:
		for _, t := range c.arg.([]string) {
			if strings.Contains(s, t) {
				return yes
			}
		}
	case opRegexp:
		return truthOf(c.arg.(*regexp.Regexp).MatchString(s))
	}
	return no
}

func (e *evaluation) testTime(c *cond, v Value) truth {
	nanos, ok := timeOf(v)
	if !ok {
		return unknown
	}
	operand := c.arg.(*timeOperand)
	limit := operand.nanos
	if operand.relative {
		limit = addClamped(e.now(), limit)
	}
	return c.accepts(compareOrdered(nanos, limit), true)
}

// addClamped adds two distances, stopping at the ends of what 64 bits hold.
func addClamped(a, b int64) int64 {
	switch sum := a + b; {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	default:
		return sum
	}
}

func testNetwork(networks []netip.Prefix, v Value) truth {
	if v.kind != KindString {
		return unknown
	}
	addr, err := netip.ParseAddr(v.text())
	if err != nil {
		return unknown
	}
	addr = addr.Unmap().WithZone("")
	for _, network := range networks {
		if network.Contains(addr) {
			return yes
		}
	}
	return no
}
