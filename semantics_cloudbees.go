package hoist

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The rules are those of CloudBees' SDKs as their results show them, where those
// differ those of its Go SDK; docs/semantics.md lists what is decided otherwise.
// Tests of properties are two-valued: a property that is missing, or of a kind
// that the operator cannot use, gives a plain yes or no, which differs by
// operator.

// cloudbeesDistinctID is the property that rollouts stick to by default.
const cloudbeesDistinctID = "rox.distinct_id"

// cloudbeesOperand is what operands can be. One of a kind that an operator cannot
// use is not an error: the test fails for everyone.
const cloudbeesOperand = texts | numbers | booleans

var cloudbeesOperators = []operatorRule{
	{"is-undefined", cloudbeesOperand, 0, 0, false, cloudbeesState(cloudbeesUndefined)},
	{"is-true", cloudbeesOperand, 0, 0, false, cloudbeesState(cloudbeesTrue)},
	{"is-false", cloudbeesOperand, 0, 0, false, cloudbeesState(cloudbeesFalse)},
	{"eq", cloudbeesOperand, 1, 0, false, compileCloudbeesEqual},
	{"ne", cloudbeesOperand, 1, 0, false, compileCloudbeesUnequal},
	{"gt", cloudbeesOperand, 1, greater, false, compileCloudbeesOrder},
	{"gte", cloudbeesOperand, 1, greater | equal, false, compileCloudbeesOrder},
	{"lt", cloudbeesOperand, 1, less, false, compileCloudbeesOrder},
	{"lte", cloudbeesOperand, 1, less | equal, false, compileCloudbeesOrder},
	{"regex", cloudbeesOperand, 1, 0, false, compileCloudbeesRegexp},
	{"in-array", cloudbeesOperand, MaxOperands, 0, false, compileCloudbeesIn},
	{"semver-gt", cloudbeesOperand, 1, greater, false, compileCloudbeesVersion},
	{"semver-gte", cloudbeesOperand, 1, greater | equal, false, compileCloudbeesVersion},
	{"semver-lt", cloudbeesOperand, 1, less, false, compileCloudbeesVersion},
	{"semver-lte", cloudbeesOperand, 1, less | equal, false, compileCloudbeesVersion},
	{"semver-eq", cloudbeesOperand, 1, equal, false, compileCloudbeesVersion},
	{"semver-ne", cloudbeesOperand, 1, less | greater, false, compileCloudbeesVersion},
}

// cloudbeesTest returns the test of a constraint.
func cloudbeesTest(c *Constraint, run func(p *productTest, v Value, present bool, now int64) truth) cond {
	p := &productTest{run: run}
	switch len(c.Operands) {
	case 0:
	case 1:
		p.text = strings.Clone(string(c.Operands[0].appendJSON(nil)))
	default:
		p.text = listText(mapSlice(c.Operands, Value.String))
	}
	return cond{op: opProduct, arg: p}
}

// cloudbeesState compiles the operators that have no operand.
func cloudbeesState(run func(*productTest, Value, bool, int64) truth) func(*compiler, *operatorRule, *Constraint, *place) cond {
	return func(_ *compiler, _ *operatorRule, c *Constraint, _ *place) cond { return cloudbeesTest(c, run) }
}

func cloudbeesUndefined(_ *productTest, _ Value, present bool, _ int64) truth {
	return truthOf(!present)
}

func cloudbeesTrue(_ *productTest, v Value, present bool, _ int64) truth {
	return truthOf(present && v.kind == KindBool && v.num == 1)
}

// cloudbeesFalse holds for false and for what is not defined.
func cloudbeesFalse(_ *productTest, v Value, present bool, _ int64) truth {
	return truthOf(!present || v.kind == KindBool && v.num == 0)
}

// compileCloudbeesEqual compiles "eq", which depends on the kind of the
// operand: booleans are compared as they are, with what is not defined as
// false; numbers with numbers and numeric texts; texts with texts.
func compileCloudbeesEqual(k *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
	operand := k.detach(c.Operands[0])
	switch operand.kind {
	case KindBool:
		if operand.num == 1 {
			return cloudbeesTest(c, cloudbeesTrue)
		}
		return cloudbeesTest(c, cloudbeesFalse)
	case KindString:
		return cloudbeesTest(c, func(_ *productTest, v Value, present bool, _ int64) truth {
			return truthOf(present && v.isTextual() && v.text() == operand.text())
		})
	}
	wanted, _ := operand.Float()
	return cloudbeesTest(c, func(_ *productTest, v Value, _ bool, _ int64) truth {
		n, ok := cloudbeesNumber(v)
		return truthOf(ok && n == wanted)
	})
}

// compileCloudbeesUnequal compiles "ne": the opposite of "eq", but for numbers.
// There what is no number satisfies neither.
func compileCloudbeesUnequal(k *compiler, r *operatorRule, c *Constraint, at *place) cond {
	if wanted, ok := c.Operands[0].Float(); ok {
		return cloudbeesTest(c, func(_ *productTest, v Value, _ bool, _ int64) truth {
			n, ok := cloudbeesNumber(v)
			return truthOf(ok && n != wanted)
		})
	}
	equal := compileCloudbeesEqual(k, r, c, at).arg.(*productTest).run
	return cloudbeesTest(c, func(p *productTest, v Value, present bool, now int64) truth {
		return equal(p, v, present, now).not()
	})
}

// cloudbeesNumber returns a number, or a text that is one as a whole.
func cloudbeesNumber(v Value) (float64, bool) {
	if f, ok := v.Float(); ok {
		return f, true
	}
	if !v.isTextual() || v.num == 0 || !mayBeNumber(v.text()[0]) {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.text(), 64)
	return f, err == nil
}

// mayBeNumber reports whether a number can begin with c: the signs, digits, and
// the words for infinity and not-a-number. It spares building an error.
func mayBeNumber(c byte) bool { return c >= '0' && c <= '9' || strings.IndexByte("+-.iInN", c) >= 0 }

// compileCloudbeesOrder compiles the comparisons of numbers. There is no order
// of texts.
func compileCloudbeesOrder(_ *compiler, r *operatorRule, c *Constraint, _ *place) cond {
	limit, isNumber := cloudbeesNumber(c.Operands[0])
	accept := r.accept
	return cloudbeesTest(c, func(_ *productTest, v Value, _ bool, _ int64) truth {
		n, ok := cloudbeesNumber(v)
		return truthOf(ok && isNumber && accept.holds(n, limit))
	})
}

// holds reports whether the comparison of a with b is in o. Not-a-number
// satisfies none.
func (o ordering) holds(a, b float64) bool {
	return o&less != 0 && a < b || o&equal != 0 && a == b || o&greater != 0 && a > b
}

// compileCloudbeesRegexp compiles "regex", which searches anywhere in a text. A
// pattern that is not valid is found nowhere.
func compileCloudbeesRegexp(k *compiler, _ *operatorRule, c *Constraint, at *place) cond {
	pattern, ok := c.Operands[0].Text()
	if len(pattern) > MaxRegexpBytes {
		k.add(at, "regular expression of %d bytes, limit %d", len(pattern), MaxRegexpBytes)
		return cond{}
	}
	re, err := regexp.Compile(strings.Clone(pattern))
	if !ok || err != nil {
		return cloudbeesTest(c, never)
	}
	return cloudbeesTest(c, func(_ *productTest, v Value, _ bool, _ int64) truth {
		return truthOf(v.isTextual() && re.MatchString(v.text()))
	})
}

func never(*productTest, Value, bool, int64) truth { return no }

// compileCloudbeesIn compiles "in-array": a text that is one of the elements. A
// number among the elements is its text; an attribute that is a number is in no
// list.
func compileCloudbeesIn(k *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
	list := make([]string, len(c.Operands))
	for i, v := range c.Operands {
		list[i] = k.names.text(string(appendPlain(nil, v)))
	}
	if len(list) <= fewTexts {
		return cloudbeesTest(c, func(_ *productTest, v Value, _ bool, _ int64) truth {
			return truthOf(v.isTextual() && slices.Contains(list, v.text()))
		})
	}
	set := make(textSet, len(list))
	for _, s := range list {
		set[s] = struct{}{}
	}
	return cloudbeesTest(c, func(_ *productTest, v Value, _ bool, _ int64) truth {
		if !v.isTextual() {
			return no
		}
		_, in := set[v.text()]
		return truthOf(in)
	})
}

// appendPlain appends a text as it is, and other values as the shortest text
// that says them: 5 for 5.0, exponents from 1e21 on and below 1e-6.
func appendPlain(b []byte, v Value) []byte {
	switch v.kind {
	case KindString, KindVersion:
		return append(b, v.text()...)
	case KindFloat:
		return appendPlainFloat(b, v.float())
	}
	return v.appendJSON(b)
}

func appendPlainFloat(b []byte, f float64) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	b = strconv.AppendFloat(b, f+0, format, -1, 64) // + 0 takes the sign off -0
	// Go writes 1e-07 for 1e-7.
	if n := len(b); format == 'e' && b[n-2] == '0' && (b[n-3] == '-' || b[n-3] == '+') {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}

// compileCloudbeesVersion compiles the comparisons of versions. Where one of
// the two is not of the form 1.2.3, with any number of numbers, none of them
// holds, not even "semver-ne".
func compileCloudbeesVersion(k *compiler, r *operatorRule, c *Constraint, _ *place) cond {
	operand, ok := c.Operands[0].Text()
	if !ok || !isDotted(operand) {
		return cloudbeesTest(c, never)
	}
	operand = k.names.text(operand)
	accept := r.accept
	return cloudbeesTest(c, func(_ *productTest, v Value, _ bool, _ int64) truth {
		return truthOf(v.isTextual() && isDotted(v.text()) && accept&orderingOf(compareDotted(v.text(), operand)) != 0)
	})
}

// isDotted reports whether s is numbers with dots between them.
func isDotted(s string) bool {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && digits > 0:
			digits = 0
		default:
			return false
		}
	}
	return digits > 0
}

// compareDotted compares number by number, with 0 for those that the shorter of
// the two does not have. If that does not decide, the shorter one is less: 4 is
// less than 4.0.
func compareDotted(a, b string) int {
	longer := strings.Count(a, ".") - strings.Count(b, ".")
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if c := compareDigits(x, y); c != 0 {
			return c
		}
	}
	return longer
}

// compareDigits compares decimal numbers of any length; no digits are 0.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(len(a)-len(b), strings.Compare(a, b))
}

// cloudbeesRollout compiles what exposures and splits have in common: md5 of
// unit, dot and seed, as a fraction u/(2^32-1) of which 1 becomes 0. That is
// what the remainder does with the greatest u.
func cloudbeesRollout(k *compiler, by []string, salt string, at *place) rollout {
	if len(by) == 0 {
		by = []string{cloudbeesDistinctID}
	}
	r := k.compileRollout(by, salt, "", at)
	r.tail, r.salt = k.names.text("."+r.salt), ""
	r.hash, r.buckets = hashMD5, math.MaxUint32
	r.unit, r.none = unitPlain, noUnitEnds
	return r
}

// plainUnit appends the unit of a rollout to which every scalar is one: text as
// it is, also if it is empty, anything else by its shortest text.
func (e *evaluation) plainUnit(b []byte, by []*attrRef) ([]byte, unitState) {
	for _, ref := range by {
		v, ok := e.get(ref)
		switch {
		case !ok:
		case v.isTextual() || v.isNumber() || v.kind == KindBool:
			return appendPlain(b, v), unitFound
		default:
			return b, unitInvalid
		}
	}
	return b, unitMissing
}

// cloudbeesBound returns how many buckets are below a share. The fractions are
// compared as the SDKs do, in 64-bit floats; that they grow with the bucket
// makes it a whole number once and for all.
func cloudbeesBound(percent float64) uint32 {
	limit := percent / 100
	low, high := uint32(0), uint32(math.MaxUint32)
	for low < high {
		middle := low + (high-low)/2
		if float64(middle)/math.MaxUint32 < limit {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// cloudbeesExposure compiles a percentage, or a schedule of percentages in any
// order: the latest that has begun counts, none before the first.
func cloudbeesExposure(k *compiler, e *Exposure, at *place) *exposure {
	out := &exposure{rollout: cloudbeesRollout(k, e.By, e.Salt, at)}
	if e.Ramp == nil {
		out.threshold = k.cloudbeesShare(e.Percent, at.to("share"))
		return out
	}
	if e.Percent != 0 {
		k.add(at, "want a share or a ramp, found both")
	}
	out.ramp = k.cloudbeesRamp(e.Ramp, at.to("ramp"))
	return out
}

func (k *compiler) cloudbeesRamp(r *Ramp, at *place) *ramp {
	if len(r.Stages) == 0 || r.From != 0 || r.To != 0 || r.Steps != 0 || !r.Start.IsZero() || !r.End.IsZero() {
		k.add(at, "want stages and nothing else")
	}
	stages := at.to("stages")
	out := &ramp{stages: make([]stage, len(r.Stages))}
	for i, s := range r.Stages {
		out.stages[i] = stage{clampNanos(s.At), k.cloudbeesShare(s.Percent, stages.nth(i).to("share"))}
	}
	slices.SortStableFunc(out.stages, func(a, b stage) int { return cmp.Compare(a.at, b.at) })
	return out
}

// cloudbeesShare returns how many buckets a share has.
func (k *compiler) cloudbeesShare(percent float64, at *place) uint32 {
	if !(percent >= 0 && percent <= 100) {
		k.add(at, "want a share from 0 %% to 100 %%, found %v", percent)
	}
	return cloudbeesBound(percent)
}

// cloudbeesSplit compiles a list of options: ranges that follow each other in
// the order of the list.
func cloudbeesSplit(k *compiler, s *Split, at *place) *split {
	out := &split{rollout: cloudbeesRollout(k, s.By, s.Salt, at)}
	arms := at.to("split")
	if len(s.Arms) == 0 || len(s.Arms) > MaxVariants {
		k.add(arms, "want 1 to %d arms, found %d", MaxVariants, len(s.Arms))
	}
	if s.Buckets != 0 || len(s.Overrides) > 0 {
		k.add(at, "buckets and overrides are for other semantics")
	}
	sum := 0.0
	for i := range s.Arms {
		a := &s.Arms[i]
		k.checkArm(a, arms)
		sum += a.Weight
		next := arm{bound: cloudbeesBound(sum), action: k.action(a.Action, arms.nth(i))}
		if a.Action == "" {
			next.target = k.wantVariant(a.Variant, arms.nth(i))
		}
		out.arms = append(out.arms, next)
	}
	if sum > 100+1e-9 { // room for the error of the addition
		k.add(arms, "want percentages of at most 100 together, found %v", sum)
	}
	out.rest = k.cloudbeesRest(out.arms)
	return out
}

// cloudbeesRest returns what those get who are in no arm: false from a boolean
// flag, or true if false is its only arm, and else the caller's fallback.
func (k *compiler) cloudbeesRest(arms []arm) arm {
	if !k.boolean {
		return arm{action: callersFallback}
	}
	rest := false
	if len(arms) == 1 && arms[0].target != nil {
		rest = arms[0].target.value.num == 0
	}
	return arm{target: k.variant(boolName(rest))}
}

// cloudbeesWanted compares the text of the other flag's value. A flag that
// gives none, for whatever reason, reads as false, and so does one that gives
// the empty text.
func cloudbeesWanted(v *variant, wanted []string) bool {
	if v == nil || v.value.isTextual() && v.value.num == 0 {
		return isOneOf("false", wanted)
	}
	if v.value.isTextual() {
		return isOneOf(v.value.text(), wanted)
	}
	var buffer [32]byte
	text := appendPlain(buffer[:0], v.value)
	return slices.Contains(wanted, string(text))
}
