package hoist

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// The rules are those of Flagmint's Go client, which is what its server
// evaluates as by default; there is no server to run. What its documents leave
// open is decided as docs/semantics.md says.

var flagmintOperators = []operatorRule{
	{"eq", texts | numbers | booleans, 1, 0, false, flagmintOperator(flagmintEqual)},
	{"neq", texts | numbers | booleans, 1, 0, false, flagmintOperator(flagmintUnequal)},
	{"contains", texts | numbers | booleans, 1, 0, false, flagmintOperator(flagmintContains)},
	{"not_contains", texts | numbers | booleans, 1, 0, false, flagmintOperator(flagmintContainsNot)},
	{"gt", texts | numbers | booleans, 1, 0, false, flagmintOperator(flagmintGreater)},
	{"lt", texts | numbers | booleans, 1, 0, false, flagmintOperator(flagmintLess)},
	{"in", texts | numbers | booleans, MaxOperands, 0, false, flagmintOperator(flagmintIn)},
	{"nin", texts | numbers | booleans, MaxOperands, 0, false, flagmintOperator(flagmintNotIn)},
	{"startsWith", texts | numbers | booleans, 1, 0, false, flagmintOperator(flagmintPrefix)},
	{"endsWith", texts | numbers | booleans, 1, 0, false, flagmintOperator(flagmintSuffix)},
	{"exists", 0, 0, 0, false, flagmintOperator(flagmintExists)},
	{"not_exists", 0, 0, 0, false, flagmintOperator(flagmintExistsNot)},
	{"matches", texts, 1, 0, false, compileFlagmintMatches},
}

// flagmintOperator returns the compile function of an operator. A missing
// attribute satisfies none but not_exists, also not neq and nin.
func flagmintOperator(run func(p *productTest, v Value) bool) func(*compiler, *operatorRule, *Constraint, *place) cond {
	return func(k *compiler, r *operatorRule, c *Constraint, _ *place) cond {
		p := &productTest{list: make([]Value, len(c.Operands))}
		for i, v := range c.Operands {
			p.list[i] = k.detach(v)
		}
		p.text = ListValue(p.list...).String()
		missing := truthOf(r.name == "not_exists")
		p.run = func(p *productTest, v Value, present bool, _ int64) truth {
			if !present {
				return missing
			}
			return truthOf(run(p, v))
		}
		return cond{op: opProduct, arg: p}
	}
}

// flagmintSame compares an attribute with one operand: booleans with the texts
// "true" and "false" as text, numbers with numeric text as numbers, everything
// else as text.
func flagmintSame(v, operand Value) bool {
	if v.kind == KindBool || operand.kind == KindBool {
		return flagmintText(v) == flagmintText(operand)
	}
	if v.isNumber() || operand.isNumber() {
		a, okA := flagmintNumber(v)
		b, okB := flagmintNumber(operand)
		if okA && okB {
			return a == b
		}
	}
	return flagmintText(v) == flagmintText(operand)
}

// flagmintText returns a value as text.
func flagmintText(v Value) string {
	if v.kind == KindBool {
		return boolName(v.num == 1)
	}
	return v.String()
}

// flagmintNumber returns a number, or a text that is one.
func flagmintNumber(v Value) (float64, bool) {
	if f, ok := v.Float(); ok {
		return f, true
	}
	if !v.isTextual() {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.text(), 64)
	return f, err == nil && !math.IsNaN(f)
}

func flagmintEqual(p *productTest, v Value) bool   { return flagmintSame(v, p.list[0]) }
func flagmintUnequal(p *productTest, v Value) bool { return !flagmintSame(v, p.list[0]) }

// flagmintContains looks for the operand among the elements of a list, or in a
// text.
func flagmintContains(p *productTest, v Value) bool {
	if v.kind != KindList {
		return strings.Contains(v.String(), p.list[0].String())
	}
	for _, e := range v.list() {
		if flagmintSame(e, p.list[0]) {
			return true
		}
	}
	return false
}

func flagmintContainsNot(p *productTest, v Value) bool { return !flagmintContains(p, v) }

func flagmintGreater(p *productTest, v Value) bool {
	a, okA := flagmintNumber(v)
	b, okB := flagmintNumber(p.list[0])
	return okA && okB && a > b
}

func flagmintLess(p *productTest, v Value) bool {
	a, okA := flagmintNumber(v)
	b, okB := flagmintNumber(p.list[0])
	return okA && okB && a < b
}

func flagmintIn(p *productTest, v Value) bool {
	for _, operand := range p.list {
		if flagmintSame(v, operand) {
			return true
		}
	}
	return false
}

// flagmintNotIn holds for an operand that is no list, which has no operands
// here.
func flagmintNotIn(p *productTest, v Value) bool { return !flagmintIn(p, v) }

func flagmintPrefix(p *productTest, v Value) bool {
	return strings.HasPrefix(v.String(), p.list[0].String())
}

func flagmintSuffix(p *productTest, v Value) bool {
	return strings.HasSuffix(v.String(), p.list[0].String())
}

func flagmintExists(*productTest, Value) bool    { return true }
func flagmintExistsNot(*productTest, Value) bool { return false }

// compileFlagmintMatches compiles "matches": a pattern that is not valid never
// matches.
func compileFlagmintMatches(_ *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
	pattern := strings.Clone(c.Operands[0].text())
	re, err := regexp.Compile(pattern)
	if err != nil || len(pattern) > MaxRegexpBytes {
		return cond{op: opConst, num: uint64(no)}
	}
	return cond{op: opProduct, arg: &productTest{
		text: pattern,
		run: func(_ *productTest, v Value, present bool, _ int64) truth {
			return truthOf(present && re.MatchString(v.String()))
		},
	}}
}

// flagmintBuckets is how many buckets a rollout has: djb2 of key and salt,
// modulo 100.
const flagmintBuckets = 100

// flagmintRollout compiles what exposures and splits have in common. There is
// no salt but the one given; without a unit the default of the flag is served.
func flagmintRollout(k *compiler, salt string) rollout {
	return rollout{
		tail: k.names.text(salt), hash: hashDJB2, buckets: flagmintBuckets,
		unit: unitFlagmint, none: noUnitDefault,
	}
}

// What the unit is made of.
var (
	flagmintKind   = newAttrRef("kind")
	flagmintUserID = newAttrRef("user_id")
)

// flagmintUnit appends the kind of the context, "user" if it has none, a dot
// and the key; without a key, the attribute user_id. Of a context of several
// kinds the key is that of the user: the client puts everyone of that kind into
// one bucket, which is not what anybody wants.
func (e *evaluation) flagmintUnit(b []byte) ([]byte, unitState) {
	if e.subject.key == "" {
		v, _ := e.get(&flagmintUserID)
		if !v.isTextual() || v.text() == "" {
			return b, unitMissing
		}
		return append(b, v.text()...), unitFound
	}
	kind := "user"
	if v, _ := e.get(&flagmintKind); v.isTextual() && v.text() != "multi" && v.text() != "" {
		kind = v.text()
	}
	b = append(append(b, kind...), '.')
	return append(b, e.subject.key...), unitFound
}

// flagmintExposure compiles a percentage: fractions are cut off, and below 0 or
// above 100 is all or nothing.
func flagmintExposure(k *compiler, e *Exposure, at *place) *exposure {
	out := &exposure{rollout: flagmintRollout(k, e.Salt), threshold: flagmintThreshold(e.Percent)}
	if e.Ramp == nil {
		return out
	}
	out.ramp = &ramp{}
	for _, s := range e.Ramp.Stages {
		out.ramp.stages = append(out.ramp.stages, stage{clampNanos(s.At), flagmintThreshold(s.Percent)})
	}
	if out.ramp.stages == nil {
		k.add(at.to("ramp"), "want stages")
	}
	return out
}

func flagmintThreshold(percent float64) uint32 {
	if !(percent > 0) {
		return 0
	}
	return uint32(math.Min(percent, 100))
}

// flagmintSplit compiles a rollout over variations: cumulative weights, which
// must make 100 within 0.001, or else the default is served.
func flagmintSplit(k *compiler, s *Split, at *place) *split {
	out := &split{rollout: flagmintRollout(k, s.Salt), rest: arm{action: useDefault}}
	arms := at.to("split")
	total := 0.0
	for _, a := range s.Arms {
		total += a.Weight
	}
	if math.Abs(total-100) > 0.001 {
		return out
	}
	sum := 0.0
	for _, a := range s.Arms {
		sum += a.Weight
		// A bucket is below a bound if it is below the next whole number.
		bound := uint32(math.Ceil(math.Max(0, math.Min(sum, 100))))
		out.arms = append(out.arms, arm{bound: bound, target: k.wantVariant(a.Variant, arms.to(a.Variant))})
	}
	return out
}
