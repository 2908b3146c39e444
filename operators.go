package hoist

import (
	"encoding/binary"
	"math"
	"math/big"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// An operatorRule describes one operator: what operands it takes and how it is
// compiled. What it does with missing attributes and attributes of another
// kind is the same for all, see [Operator].
type operatorRule struct {
	name     Operator
	operands kinds
	max      int      // how many operands it takes at most; the least is 1, 0 for lists
	accept   ordering // for comparisons
	fold     bool     // whether case can be ignored
	compile  func(k *compiler, r *operatorRule, c *Constraint, at *place) cond
}

// nativeOperators are the operators of native semantics, as documented at the
// constants.
var nativeOperators = []operatorRule{
	{Is, texts | numbers | booleans, 1, 0, true, compileEqual},
	{In, texts | numbers | booleans, MaxOperands, 0, true, compileEqual},
	{StartsWith, texts, MaxOperands, 0, true, textOperator(opPrefix)},
	{EndsWith, texts, MaxOperands, 0, true, textOperator(opSuffix)},
	{Contains, texts, MaxOperands, 0, true, textOperator(opContains)},
	{Matches, texts, 1, 0, true, compileRegexp},
	{LessThan, numbers, 1, less, false, compileNumber},
	{AtMost, numbers, 1, less | equal, false, compileNumber},
	{AtLeast, numbers, 1, greater | equal, false, compileNumber},
	{MoreThan, numbers, 1, greater, false, compileNumber},
	{VersionIs, texts, 1, equal, false, compileVersion},
	{VersionBelow, texts, 1, less, false, compileVersion},
	{VersionAtMost, texts, 1, less | equal, false, compileVersion},
	{VersionAtLeast, texts, 1, greater | equal, false, compileVersion},
	{VersionAbove, texts, 1, greater, false, compileVersion},
	{Before, texts, 1, less, false, compileTime},
	{After, texts, 1, greater, false, compileTime},
	{Present, booleans, 1, 0, false, compilePresent},
	{InNetwork, texts, MaxOperands, 0, false, compileNetwork},
}

// operatorNames returns the names of the native operators, for error messages.
func operatorNames() []string {
	return mapSlice(nativeOperators, func(r operatorRule) string { return string(r.name) })
}

// knownOperator reports whether name is an operator of some semantics.
func knownOperator(name string) bool {
	for _, s := range semanticsTable {
		if operatorIndex(s.operators, Operator(name)) >= 0 {
			return true
		}
	}
	return false
}

func operatorIndex(table []operatorRule, name Operator) int {
	for i := range table {
		if table[i].name == name {
			return i
		}
	}
	return -1
}

// compileConstraint compiles c into the node at position.
func (k *compiler) compileConstraint(c *Constraint, position int, at *place) {
	if problem := keyProblem(c.Attribute); problem != "" {
		k.add(at.to("attribute"), "attribute name %q %s", shorten(c.Attribute), problem)
	}
	i := operatorIndex(k.semantics.operators, c.Operator)
	if i < 0 {
		names := mapSlice(k.semantics.operators, func(r operatorRule) string { return string(r.name) })
		k.add(at, "unknown operator %q%s", shorten(string(c.Operator)), instead(string(c.Operator), names))
		return
	}
	r := &k.semantics.operators[i]
	operand := at.to(string(c.Operator))
	if !k.checkOperands(r, c, operand) {
		return
	}
	node := k.compileOperator(i, c, operand)
	if c.IgnoreCase && node.op != opRegexp && node.op != opProduct && node.op != opConst {
		inner := node
		node = cond{op: opFold, arg: &inner}
	}
	node.operator, node.negate, node.every, node.accept = uint16(i), c.Negate, c.Every, r.accept
	if node.attr == nil {
		node.attr = k.names.attr(c.Attribute, k.semantics.keyRole(c.Attribute))
	}
	k.scope.conds[position] = node
}

// compileOperator compiles operator i with its operands. Those that several
// flags have in common are compiled and held once, as far as the flags are
// compiled together.
func (k *compiler) compileOperator(i int, c *Constraint, at *place) cond {
	r := &k.semantics.operators[i]
	if k.semantics != native || len(c.Operands) > fewTexts {
		return r.compile(k, r, c, at)
	}
	key := appendOperands(k.names.key[:0], i, c)
	k.names.key = key
	if node, ok := k.names.operators[string(key)]; ok {
		return node
	}
	before := len(k.list)
	node := r.compile(k, r, c, at)
	if len(k.list) == before {
		k.names.operators[string(key)] = node
	}
	return node
}

// appendOperands appends what tells one compiled operator from another.
func appendOperands(b []byte, operator int, c *Constraint) []byte {
	b = append(b, byte(operator), byte(len(c.Operands)))
	b = strconv.AppendBool(b, c.IgnoreCase)
	for _, v := range c.Operands {
		b = binary.LittleEndian.AppendUint64(append(b, byte(v.kind)), v.num)
		if v.kind == KindString {
			b = append(b, v.text()...) // of the length that v.num is
		}
	}
	return b
}

func (k *compiler) checkOperands(r *operatorRule, c *Constraint, at *place) bool {
	before := len(k.list)
	switch n := len(c.Operands); {
	case r.max == 1 && n != 1:
		k.add(at, "want one operand, found %d", n)
	case n > r.max:
		k.add(at, "%d operands, limit %d", n, r.max)
	}
	if c.IgnoreCase && !r.fold {
		k.add(at.parent().to("ignoreCase"), "%s does not compare text by case", r.name)
	}
	for i, v := range c.Operands {
		place := at
		if r.max > 1 {
			place = at.nth(i)
		}
		switch f, isFloat := v.Float(); {
		case kindsOf(v)&r.operands == 0:
			k.add(place, "want a %s, found a %s", r.operands, v.kind)
		case v.kind == KindString && !utf8.ValidString(v.text()):
			k.add(place, "want text in UTF-8")
		case isFloat && notFinite(f):
			k.add(place, "want a finite number")
		}
	}
	return len(k.list) == before
}

// fewTexts is up to how many texts are compared one by one; more are a set.
const fewTexts = 8

// A textSet holds texts to look up.
type textSet map[string]struct{}

func compileEqual(k *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
	for _, v := range c.Operands {
		if v.kind != KindString {
			return cond{op: opEqual, arg: newEquality(k, c)}
		}
	}
	if len(c.Operands) <= fewTexts {
		return cond{op: opText, arg: k.textOperands(c)}
	}
	return cond{op: opTextSet, arg: k.textSetOf(c)}
}

// textOperands returns the operands as texts of their own, in lower case where
// case is ignored.
func (k *compiler) textOperands(c *Constraint) []string {
	list := make([]string, len(c.Operands))
	for i, v := range c.Operands {
		list[i] = k.names.text(foldIf(c.IgnoreCase, v.text()))
	}
	return list
}

// textSetOf does the same for many. One copy holds the text of all of them.
func (k *compiler) textSetOf(c *Constraint) textSet {
	var all strings.Builder
	for _, v := range c.Operands {
		all.WriteString(foldIf(c.IgnoreCase, v.text()))
	}
	set, rest := make(textSet, len(c.Operands)), all.String()
	for _, v := range c.Operands {
		n := len(foldIf(c.IgnoreCase, v.text()))
		set[rest[:n]] = struct{}{}
		rest = rest[n:]
	}
	return set
}

func foldIf(ignoreCase bool, s string) string {
	if ignoreCase {
		return strings.ToLower(s)
	}
	return s
}

func textOperator(op opcode) func(*compiler, *operatorRule, *Constraint, *place) cond {
	return func(k *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
		return cond{op: op, arg: k.textOperands(c)}
	}
}

// An equality holds operands of mixed kinds. Numbers that are integers are in
// ints, however they are written.
type equality struct {
	kinds  kinds
	texts  textSet
	ints   map[int64]struct{}
	floats []float64
	bools  [2]bool
}

func newEquality(k *compiler, c *Constraint) *equality {
	e := &equality{texts: textSet{}, ints: map[int64]struct{}{}}
	for _, v := range c.Operands {
		e.kinds |= kindsOf(v)
		switch v.kind {
		case KindString:
			e.texts[k.names.text(foldIf(c.IgnoreCase, v.text()))] = struct{}{}
		case KindBool:
			e.bools[v.num] = true
		default:
			if n, ok := exactInt(v); ok {
				e.ints[n] = struct{}{}
			} else {
				e.floats = append(e.floats, v.float())
			}
		}
	}
	return e
}

func (e *equality) test(v Value) truth {
	switch {
	case v.isTextual() && e.kinds&texts != 0:
		_, ok := e.texts[v.text()]
		return truthOf(ok)
	case v.kind == KindBool && e.kinds&booleans != 0:
		return truthOf(e.bools[v.num])
	case v.isNumber() && e.kinds&numbers != 0:
		if n, ok := exactInt(v); ok {
			_, ok = e.ints[n]
			return truthOf(ok)
		}
		if math.IsNaN(v.float()) {
			return unknown
		}
		return truthOf(slices.Contains(e.floats, v.float()))
	}
	return unknown
}

// exactInt returns a number as the integer that it is exactly.
func exactInt(v Value) (int64, bool) {
	if v.kind == KindInt {
		return int64(v.num), true
	}
	f := v.float()
	if f == math.Trunc(f) && f >= -1<<63 && f < 1<<63 {
		return int64(f), true
	}
	return 0, false
}

// compileRegexp compiles the pattern; one that is only an anchored or bare
// text becomes the simpler test that it is.
func compileRegexp(k *compiler, _ *operatorRule, c *Constraint, at *place) cond {
	pattern := c.Operands[0].text()
	if len(pattern) > MaxRegexpBytes {
		k.add(at, "regular expression of %d bytes, limit %d", len(pattern), MaxRegexpBytes)
		return cond{}
	}
	source := pattern
	if c.IgnoreCase {
		source = "(?i:" + pattern + ")"
	}
	if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
		k.add(at, "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return cond{}
	}
	re, err := regexp.Compile(source)
	if err != nil {
		k.add(at, "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return cond{}
	}
	if node, ok := literalTest(pattern); ok && !c.IgnoreCase {
		return node
	}
	return cond{op: opRegexp, arg: re}
}

// literalTest returns the test that does the same as a pattern without
// operators, possibly anchored: ^text, text$, ^text$ or text. To a pattern, the
// replacement character is also what is not UTF-8.
func literalTest(pattern string) (cond, bool) {
	body, start := strings.CutPrefix(pattern, "^")
	body, end := strings.CutSuffix(body, "$")
	if body == "" || regexp.QuoteMeta(body) != body || strings.ContainsRune(body, utf8.RuneError) {
		return cond{}, false
	}
	op := opContains
	switch {
	case start && end:
		op = opText
	case start:
		op = opPrefix
	case end:
		op = opSuffix
	}
	return cond{op: op, arg: []string{strings.Clone(body)}}, true
}

func compileNumber(_ *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
	v := c.Operands[0]
	return cond{op: opNumber, arg: &v}
}

// compareNumbers compares exactly, also an integer with a float. It reports
// false if one of them is not a number.
func compareNumbers(a, b Value) (int, bool) {
	switch {
	case a.kind == KindInt && b.kind == KindInt:
		return compareOrdered(int64(a.num), int64(b.num)), true
	case a.kind == KindFloat && b.kind == KindFloat:
		return compareOrdered(a.float(), b.float()), !math.IsNaN(a.float()) && !math.IsNaN(b.float())
	case a.kind == KindFloat:
		c, ok := compareNumbers(b, a)
		return -c, ok
	}
	n, f := int64(a.num), b.float()
	switch {
	case math.IsNaN(f):
		return 0, false
	case n > -1<<53 && n < 1<<53 || math.IsInf(f, 0):
		return compareOrdered(float64(n), f), true
	}
	return new(big.Float).SetInt64(n).Cmp(big.NewFloat(f)), true
}

func compareOrdered[N int64 | float64 | uint64](a, b N) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compileVersion(k *compiler, _ *operatorRule, c *Constraint, at *place) cond {
	text := c.Operands[0].text()
	operand, err := newVersionOperand(k.names.text(text))
	if err != nil {
		k.add(at, "%q is not a version such as 2.4.1", shorten(text))
		return cond{}
	}
	return cond{op: opVersion, arg: operand}
}

// A timeOperand is an instant, or a distance from the time of evaluation.
type timeOperand struct {
	nanos    int64
	relative bool
	text     string
}

func compileTime(k *compiler, _ *operatorRule, c *Constraint, at *place) cond {
	text := strings.Clone(c.Operands[0].text())
	operand := &timeOperand{text: text}
	if rest, ok := strings.CutPrefix(text, "now"); ok {
		distance, ok := parseDistance(rest)
		operand.nanos, operand.relative = int64(distance), true
		if !ok {
			k.add(at, `%q is not "now", "now-30d" or "now+1h30m"`, shorten(text))
		}
	} else if nanos, ok := parseTime(text); ok {
		operand.nanos = nanos
	} else {
		k.add(at, "%q is not a time such as 2026-12-01T09:00:00Z, 2026-12-01 or now-30d", shorten(text))
	}
	return cond{op: opTime, arg: operand}
}

// parseDistance reads "", "-30d", "+1h30m" or "-2d12h".
func parseDistance(s string) (time.Duration, bool) {
	if s == "" {
		return 0, true
	}
	sign, s := s[0], s[1:]
	if sign != '+' && sign != '-' || s == "" || s[0] == '+' || s[0] == '-' {
		return 0, false
	}
	var total time.Duration
	if days, rest, ok := strings.Cut(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, false
		}
		total, s = time.Duration(n)*24*time.Hour, rest
	}
	if s != "" {
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 || total+d < total {
			return 0, false
		}
		total += d
	}
	if sign == '-' {
		total = -total
	}
	return total, true
}

// parseTime reads an RFC 3339 time or a date, which is midnight in UTC.
func parseTime(s string) (nanos int64, ok bool) {
	layout := time.RFC3339
	if len(s) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	if len(s) < len(time.DateOnly) || s[4] != '-' {
		return 0, false // spares building an error
	}
	t, err := time.Parse(layout, s)
	return clampNanos(t), err == nil
}

// timeOf returns an attribute as an instant.
func timeOf(v Value) (nanos int64, ok bool) {
	switch v.kind {
	case KindTime:
		return int64(v.num), true
	case KindString:
		return parseTime(v.text())
	}
	return 0, false
}

func compilePresent(_ *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
	return cond{op: opPresent, num: c.Operands[0].num}
}

func compileNetwork(k *compiler, r *operatorRule, c *Constraint, at *place) cond {
	networks := make([]netip.Prefix, len(c.Operands))
	for i, v := range c.Operands {
		network, ok := parseNetwork(v.text())
		if !ok {
			k.add(at.nth(i), "%q is not a network such as 10.0.0.0/8 or an IP address", shorten(v.text()))
		}
		networks[i] = network
	}
	return cond{op: opNetwork, arg: networks}
}

// parseNetwork reads a network or an address, which is a network of one.
func parseNetwork(s string) (netip.Prefix, bool) {
	if network, err := netip.ParsePrefix(s); err == nil {
		return network.Masked(), true
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	addr = addr.Unmap().WithZone("")
	return netip.PrefixFrom(addr, addr.BitLen()), true
}
