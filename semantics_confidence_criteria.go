package hoist

import (
	"encoding/json"
	"math"
	"strings"
	"time"
)

// The criteria of Confidence. Operands are the product's values: booleans,
// numbers and texts as they are, others as a text that begins with their type:
//
//	"timestamp 2026-05-01T00:00:00Z"  "version 1.2.0"  "number Infinity"
//	"list [{"stringValue":"a"}]"      "value"
//
// where "value" alone is a value of no type, and "string version 2" is the text
// "version 2". A range has up to two bounds, each an operand behind one of
// ">", ">=", "<" and "<=".

// The operators of Confidence, under its own names for the rules of criteria.
const (
	confidenceEq           = "eqRule"
	confidenceSet          = "setRule"
	confidenceRange        = "rangeRule"
	confidencePrefix       = "startsWithRule"
	confidenceSuffix       = "endsWithRule"
	confidenceContains     = "containsRule"
	confidenceNoRule       = "noRule"              // a criterion without a rule: the rule of the flag is skipped
	confidenceMaterialized = "materializedSegment" // the unit has an assignment in a group
)

var confidenceOperators = []operatorRule{
	{confidenceEq, texts | numbers | booleans, MaxOperands, 0, false, compileConfidenceEq},
	{confidenceSet, texts | numbers | booleans, MaxOperands, 0, false, compileConfidenceSet},
	{confidenceRange, texts | numbers | booleans, MaxOperands, 0, false, compileConfidenceRange},
	{confidencePrefix, texts, 1, 0, false, compileConfidenceText},
	{confidenceSuffix, texts, 1, 0, false, compileConfidenceText},
	{confidenceContains, texts, 1, 0, false, compileConfidenceText},
	{confidenceNoRule, texts, MaxOperands, 0, false, compileConfidenceNoRule},
	{confidenceMaterialized, texts, 1, 0, false, compileConfidenceMaterialized},
}

// A criterionType is the type of a value of the product.
type criterionType uint8

const (
	noCriterionType criterionType = iota // none, a list, or nothing to tell it from: never equal to anything
	criterionBool
	criterionNumber
	criterionText
	criterionTime
	criterionVersion
)

// A criterionValue is an operand.
type criterionValue struct {
	typ     criterionType
	number  float64 // 1 for true
	text    string  // also of a version
	at      instant
	version versionKey
}

// A criterion is a compiled rule of a criterion. Attributes are converted to
// its type, which is that of its first operand (3.5).
type criterion struct {
	op       Operator
	typ      criterionType
	every    bool
	nullText bool // an operand is the text "null", which stands for what cannot be converted
	operands []criterionValue
	set      textSet // the operands of a set of many texts
	from, to bound
}

// A bound is an end of a range.
type bound struct {
	given  bool
	accept ordering
	value  criterionValue
}

func compileConfidenceEq(k *compiler, _ *operatorRule, c *Constraint, at *place) cond {
	if len(c.Operands) > 1 {
		k.add(at, "want at most one operand, found %d", len(c.Operands))
	}
	if len(c.Operands) == 0 {
		return cond{op: opConst, num: uint64(skips)} // 3.5: without value
	}
	return k.confidenceCriterion(c, at, 0)
}

func compileConfidenceSet(k *compiler, _ *operatorRule, c *Constraint, at *place) cond {
	return k.confidenceCriterion(c, at, fewTexts)
}

// confidenceCriterion compiles the operands of an equality or a set. Texts
// beyond a number of them are looked up in a set.
func (k *compiler) confidenceCriterion(c *Constraint, at *place, few int) cond {
	t := &criterion{op: c.Operator, every: c.Every}
	for i, v := range c.Operands {
		operand := k.confidenceOperand(v, at.nth(i))
		if i == 0 {
			t.typ = operand.typ
		}
		isNull := operand.typ == criterionText && operand.text == "null"
		t.nullText = t.nullText || isNull
		if operand.typ == t.typ {
			t.operands = append(t.operands, operand)
		}
	}
	if t.typ == criterionText && few > 0 && len(t.operands) > few {
		t.set = textSet{}
		for _, operand := range t.operands {
			t.set[operand.text] = struct{}{}
		}
	}
	return t.cond(c)
}

func (t *criterion) cond(c *Constraint) cond {
	run := runCriterion
	switch t.op {
	case confidencePrefix, confidenceSuffix, confidenceContains:
		run = runTextCriterion
	}
	text := listText(mapSlice(c.Operands, Value.String))
	return cond{op: opProduct, arg: &productTest{run: run, text: text, extra: t}}
}

func compileConfidenceText(k *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
	needle := criterionValue{typ: criterionText, text: k.names.text(c.Operands[0].text())}
	t := &criterion{op: c.Operator, every: c.Every, operands: []criterionValue{needle}}
	return t.cond(c)
}

func compileConfidenceNoRule(*compiler, *operatorRule, *Constraint, *place) cond {
	return cond{op: opConst, num: uint64(skips)}
}

func compileConfidenceMaterialized(k *compiler, _ *operatorRule, c *Constraint, at *place) cond {
	unit := k.confidenceRollout([]string{c.Attribute}, "", 0, at)
	unit.unit = unitOfRule
	return cond{op: opKept, arg: &keptTest{rollout: unit, group: k.names.text(c.Operands[0].text())}}
}

// compileConfidenceRange compiles pairs of a comparison and a bound.
func compileConfidenceRange(k *compiler, _ *operatorRule, c *Constraint, at *place) cond {
	t := &criterion{op: c.Operator, every: c.Every}
	if len(c.Operands)%2 != 0 || len(c.Operands) > 4 {
		k.add(at, `want up to two bounds, each behind one of ">", ">=", "<" and "<="`)
		return cond{}
	}
	for i := 0; i < len(c.Operands); i += 2 {
		comparison, _ := c.Operands[i].Text()
		b := &t.from
		if strings.HasPrefix(comparison, "<") {
			b = &t.to
		}
		accept, ok := map[string]ordering{">": greater, ">=": greater | equal, "<": less, "<=": less | equal}[comparison]
		if !ok || b.given {
			k.add(at.nth(i), `want one of ">" and ">=", and one of "<" and "<="`)
			return cond{}
		}
		*b = bound{true, accept, k.confidenceOperand(c.Operands[i+1], at.nth(i+1))}
	}
	switch {
	case t.from.given:
		t.typ = t.from.value.typ
	case t.to.given:
		t.typ = t.to.value.typ
	}
	return t.cond(c)
}

// confidenceOperand reads an operand.
func (k *compiler) confidenceOperand(v Value, at *place) criterionValue {
	switch v.kind {
	case KindBool:
		return criterionValue{typ: criterionBool, number: float64(v.num)}
	case KindInt, KindFloat:
		f, _ := v.Float()
		return criterionValue{typ: criterionNumber, number: f}
	}
	text := k.names.text(v.text())
	typ, rest, _ := strings.Cut(text, " ")
	switch typ {
	case "string":
		return criterionValue{typ: criterionText, text: rest}
	case "version":
		return criterionValue{typ: criterionVersion, text: rest, version: readVersion(rest)}
	case "number":
		f, ok := readNumber(rest)
		if !ok {
			k.add(at, "%q is not a number", shorten(rest))
		}
		return criterionValue{typ: criterionNumber, number: f}
	case "timestamp":
		t, err := time.Parse(time.RFC3339Nano, rest)
		if err != nil {
			k.add(at, "%q is not a time such as 2026-05-01T08:00:00Z", shorten(rest))
		}
		return criterionValue{typ: criterionTime, at: instantOf(t)}
	case "list":
		if !json.Valid([]byte(rest)) {
			k.add(at, "%q is not a list", shorten(rest))
		}
		return criterionValue{}
	case "value":
		return criterionValue{}
	}
	return criterionValue{typ: criterionText, text: text}
}

// runTextCriterion looks for a text in texts; nothing is converted (3.5).
func runTextCriterion(p *productTest, v Value, _ bool, _ int64) truth {
	return p.extra.(*criterion).eachItem(v, (*criterion).hasText)
}

// runCriterion converts an attribute and compares it (3.5).
func runCriterion(p *productTest, v Value, present bool, _ int64) truth {
	t := p.extra.(*criterion)
	if !present {
		v = Value{}
	}
	if t.typ == criterionNumber && !isNumeric(v) {
		return breaks // upstream fails the whole request
	}
	return t.eachItem(v, (*criterion).holds)
}

// eachItem tests an attribute or, of a list, its elements: one must pass, or
// with every each.
func (t *criterion) eachItem(v Value, test func(*criterion, Value) bool) truth {
	if v.kind != KindList {
		return truthOf(test(t, v))
	}
	for _, item := range v.list() {
		if test(t, item) != t.every {
			return truthOf(!t.every)
		}
	}
	return truthOf(t.every)
}

func (t *criterion) hasText(v Value) bool {
	if !v.isTextual() {
		return false
	}
	needle := t.operands[0].text
	switch t.op {
	case confidencePrefix:
		return strings.HasPrefix(v.text(), needle)
	case confidenceSuffix:
		return strings.HasSuffix(v.text(), needle)
	}
	return strings.Contains(v.text(), needle)
}

// isNumeric reports whether converting v to numbers succeeds: whether each
// text in it is one.
func isNumeric(v Value) bool {
	if v.isTextual() {
		_, ok := readNumber(v.text())
		return ok
	}
	if v.kind == KindList {
		for _, item := range v.list() {
			if !isNumeric(item) {
				return false
			}
		}
	}
	return true
}

// holds tests one item. What cannot be converted is the text "null", and a
// list in a list is never equal to anything.
func (t *criterion) holds(v Value) bool {
	if t.op == confidenceRange && !t.from.given && !t.to.given {
		return true
	}
	if v.kind == KindList {
		return false
	}
	switch t.typ {
	case criterionBool:
		b, ok := convertBool(v)
		return t.holdsNumber(b, ok && t.op != confidenceRange, ok)
	case criterionNumber:
		f, ok := convertNumber(v)
		return t.holdsNumber(f, ok, ok)
	case criterionText:
		return t.holdsText(v)
	case criterionTime:
		return t.holdsTime(v)
	case criterionVersion:
		return t.holdsVersion(v)
	}
	return t.nullText && v.kind == KindNull
}

func (t *criterion) holdsNumber(f float64, comparable, converted bool) bool {
	switch {
	case !converted:
		return t.nullText
	case !comparable:
		return false
	case t.op == confidenceRange:
		return t.within(t.typ, func(b *criterionValue) (int, bool) {
			return compareOrdered(f, b.number), !math.IsNaN(f) && !math.IsNaN(b.number)
		})
	}
	for i := range t.operands {
		if t.operands[i].number == f {
			return true
		}
	}
	return false
}

// holdsText tests a text: a number in decimal, and "null" for what is neither
// text nor number.
func (t *criterion) holdsText(v Value) bool {
	switch {
	case v.isTextual():
		return t.hasOperand(v.text())
	case v.isNumber():
		return t.holdsDecimal(v)
	}
	return t.hasOperand("null")
}

// decimalBuffer is the room for the longest number without an exponent.
const decimalBuffer = 344

func (t *criterion) holdsDecimal(v Value) bool {
	var buffer [decimalBuffer]byte
	b := appendDecimal(buffer[:0], v)
	if t.op == confidenceRange {
		return t.within(criterionText, func(o *criterionValue) (int, bool) { return compareBytes(b, o.text), true })
	}
	if t.set != nil {
		_, ok := t.set[string(b)]
		return ok
	}
	for i := range t.operands {
		if t.operands[i].text == string(b) {
			return true
		}
	}
	return false
}

func compareBytes(b []byte, s string) int {
	switch {
	case string(b) < s:
		return -1
	case string(b) > s:
		return 1
	}
	return 0
}

// hasOperand tests a text or version as text.
func (t *criterion) hasOperand(s string) bool {
	if t.op == confidenceRange {
		return t.within(criterionText, func(o *criterionValue) (int, bool) { return compareText(s, o.text), true })
	}
	if t.set != nil {
		_, ok := t.set[s]
		return ok
	}
	for i := range t.operands {
		if t.operands[i].text == s {
			return true
		}
	}
	return false
}

func (t *criterion) holdsTime(v Value) bool {
	at, ok := convertTime(v)
	switch {
	case !ok:
		return t.nullText
	case t.op == confidenceRange:
		return t.within(criterionTime, func(o *criterionValue) (int, bool) { return at.compare(o.at), true })
	}
	for i := range t.operands {
		if t.operands[i].at == at {
			return true
		}
	}
	return false
}

// holdsVersion compares versions: for equality as texts, in ranges by their
// keys (3.5, 3.6).
func (t *criterion) holdsVersion(v Value) bool {
	switch {
	case !v.isTextual():
		return t.nullText
	case t.op != confidenceRange:
		return t.hasOperand(v.text())
	}
	key := readVersion(v.text())
	return t.within(criterionVersion, func(o *criterionValue) (int, bool) { return key.compare(o.version), true })
}

// within reports whether an item is within the bounds, each by itself. A bound
// of another type than the item is one that it is beyond of.
func (t *criterion) within(typ criterionType, compare func(*criterionValue) (int, bool)) bool {
	for _, b := range [...]*bound{&t.from, &t.to} {
		if !b.given {
			continue
		}
		if b.value.typ != typ {
			return false
		}
		c, ok := compare(&b.value)
		if !ok || orderingOf(c)&b.accept == 0 {
			return false
		}
	}
	return true
}
