package hoist

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The rules are those of the Flipt v1 server, as it answered when it was run:
// testdata/upstream/flipt has 23,717 of its answers. Its own clients and its
// later versions differ from it; docs/semantics.md says how.

// fliptOperators are the types and operators of constraints, in Flipt's words:
// what "eq" does depends on the type. The operand is the value of the
// constraint, which is text for every type; Go programs may write numbers. No
// constraint of Flipt errs: what cannot be read matches nobody.
var fliptOperators = []operatorRule{
	{"string eq", texts, 1, 0, false, fliptString(fliptEq)},
	{"string neq", texts, 1, 0, false, fliptString(fliptNeq)},
	{"string empty", 0, 0, 0, false, fliptPresence(no)},
	{"string notempty", 0, 0, 0, false, fliptPresence(yes)},
	{"string prefix", texts, 1, 0, false, fliptString(fliptPrefix)},
	{"string suffix", texts, 1, 0, false, fliptString(fliptSuffix)},
	{"string isoneof", texts, 1, 0, false, fliptStringIn(true)},
	{"string isnotoneof", texts, 1, 0, false, fliptStringIn(false)},
	{"string contains", texts, 1, 0, false, fliptString(fliptContains)},
	{"string notcontains", texts, 1, 0, false, fliptString(fliptNotContains)},

	{"entityId eq", texts, 1, 0, false, ofEntity(fliptString(fliptEq))},
	{"entityId neq", texts, 1, 0, false, ofEntity(fliptString(fliptNeq))},
	{"entityId empty", 0, 0, 0, false, ofEntity(fliptPresence(no))},
	{"entityId notempty", 0, 0, 0, false, ofEntity(fliptPresence(yes))},
	{"entityId prefix", texts, 1, 0, false, ofEntity(fliptString(fliptPrefix))},
	{"entityId suffix", texts, 1, 0, false, ofEntity(fliptString(fliptSuffix))},
	{"entityId isoneof", texts, 1, 0, false, ofEntity(fliptStringIn(true))},
	{"entityId isnotoneof", texts, 1, 0, false, ofEntity(fliptStringIn(false))},
	{"entityId contains", texts, 1, 0, false, ofEntity(fliptString(fliptContains))},
	{"entityId notcontains", texts, 1, 0, false, ofEntity(fliptString(fliptNotContains))},

	{"number eq", texts | numbers, 1, 0, false, fliptNumber(func(v, c float64) bool { return v == c })},
	{"number neq", texts | numbers, 1, 0, false, fliptNumber(func(v, c float64) bool { return v != c })},
	{"number lt", texts | numbers, 1, 0, false, fliptNumber(func(v, c float64) bool { return v < c })},
	{"number lte", texts | numbers, 1, 0, false, fliptNumber(func(v, c float64) bool { return v <= c })},
	{"number gt", texts | numbers, 1, 0, false, fliptNumber(func(v, c float64) bool { return v > c })},
	{"number gte", texts | numbers, 1, 0, false, fliptNumber(func(v, c float64) bool { return v >= c })},
	{"number isoneof", texts, 1, 0, false, fliptNumberIn(true)},
	{"number isnotoneof", texts, 1, 0, false, fliptNumberIn(false)},
	{"number present", 0, 0, 0, false, fliptPresence(yes)},
	{"number notpresent", 0, 0, 0, false, fliptPresence(no)},

	{"boolean true", 0, 0, 0, false, fliptBoolean(true)},
	{"boolean false", 0, 0, 0, false, fliptBoolean(false)},
	{"boolean present", 0, 0, 0, false, fliptPresence(yes)},
	{"boolean notpresent", 0, 0, 0, false, fliptPresence(no)},

	{"datetime eq", texts, 1, equal, false, compileFliptTime},
	{"datetime neq", texts, 1, less | greater, false, compileFliptTime},
	{"datetime lt", texts, 1, less, false, compileFliptTime},
	{"datetime lte", texts, 1, less | equal, false, compileFliptTime},
	{"datetime gt", texts, 1, greater, false, compileFliptTime},
	{"datetime gte", texts, 1, greater | equal, false, compileFliptTime},
	{"datetime present", 0, 0, 0, false, fliptPresence(yes)},
	{"datetime notpresent", 0, 0, 0, false, fliptPresence(no)},

	// What stands for an operator that Flipt does not have, or not for the
	// type. Its server stores such a constraint when it comes from a file, and
	// reads it as false.
	{"never", 0, 0, 0, false, func(*compiler, *operatorRule, *Constraint, *place) cond { return fliptNever }},
}

// fliptNever is a constraint that matches nobody.
var fliptNever = cond{op: opConst, num: uint64(no)}

// A compileOperator is the compile function of an operator.
type compileOperator = func(k *compiler, r *operatorRule, c *Constraint, at *place) cond

// ofEntity has a constraint test the entity id, which is the subject's key,
// whatever its property is called.
func ofEntity(compile compileOperator) compileOperator {
	return func(k *compiler, r *operatorRule, c *Constraint, at *place) cond {
		node := compile(k, r, c, at)
		node.attr = k.names.attr(c.Attribute, onlyKey)
		return node
	}
}

// fliptText returns an attribute as the text that it would be in a context of
// Flipt, where there is nothing else; missing ones are "" there.
func fliptText(v Value, present bool) string {
	switch {
	case !present:
		return ""
	case v.isTextual():
		return v.text()
	case v.kind == KindFloat:
		return strconv.FormatFloat(v.float(), 'f', -1, 64)
	case v.kind == KindTime:
		t, _ := v.Time()
		return t.Format(time.RFC3339Nano)
	}
	return v.String()
}

// fliptPresence returns the compile function of empty, present and their
// opposites: whether there is more than blanks.
func fliptPresence(present truth) compileOperator {
	run := func(_ *productTest, v Value, ok bool, _ int64) truth {
		if strings.TrimSpace(fliptText(v, ok)) == "" {
			return present.not()
		}
		return present
	}
	return func(*compiler, *operatorRule, *Constraint, *place) cond {
		return cond{op: opProduct, arg: &productTest{run: run}}
	}
}

// The tests of texts. They are by case and, but for prefix and suffix, of the
// text with its blanks; the value of the constraint always keeps its own.
func fliptEq(p *productTest, v string) bool          { return v == p.text }
func fliptNeq(p *productTest, v string) bool         { return v != p.text }
func fliptContains(p *productTest, v string) bool    { return strings.Contains(v, p.text) }
func fliptNotContains(p *productTest, v string) bool { return !strings.Contains(v, p.text) }
func fliptPrefix(p *productTest, v string) bool {
	return strings.HasPrefix(strings.TrimSpace(v), p.text)
}
func fliptSuffix(p *productTest, v string) bool {
	return strings.HasSuffix(strings.TrimSpace(v), p.text)
}

// fliptString returns the compile function of a test of texts. The empty text
// passes none, not even neq and notcontains.
func fliptString(test func(p *productTest, v string) bool) compileOperator {
	run := func(p *productTest, v Value, present bool, _ int64) truth {
		s := fliptText(v, present)
		return truthOf(s != "" && test(p, s))
	}
	return func(k *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
		return cond{op: opProduct, arg: &productTest{run: run, text: k.names.text(c.Operands[0].text())}}
	}
}

// fliptStringIn returns the compile function of isoneof and isnotoneof. The
// value is a JSON array; null in it is "".
func fliptStringIn(in bool) compileOperator {
	test := fliptString(func(p *productTest, v string) bool {
		found := false
		if p.set != nil {
			_, found = p.set[v]
		} else {
			found = slices.Contains(p.texts, v)
		}
		return found == in
	})
	return func(k *compiler, r *operatorRule, c *Constraint, at *place) cond {
		node := test(k, r, c, at)
		p := node.arg.(*productTest)
		if json.Unmarshal([]byte(p.text), &p.texts) != nil {
			return fliptNever
		}
		if len(p.texts) > fewTexts {
			p.set = make(textSet, len(p.texts))
			for _, text := range p.texts {
				p.set[text] = struct{}{}
			}
		}
		return node
	}
}

// fliptFloat reads an attribute as a number: what strconv.ParseFloat takes,
// without blanks around it.
func fliptFloat(v Value, present bool) (float64, bool) {
	if f, ok := v.Float(); ok {
		return f, present
	}
	return parseFliptFloat(fliptText(v, present))
}

func parseFliptFloat(s string) (float64, bool) {
	// What cannot be a number is seen first, which spares building an error.
	if s == "" || !strings.ContainsRune("+-.0123456789iInN", rune(s[0])) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// fliptNumber returns the compile function of a comparison of numbers, as
// floats of 64 bits: integers beyond 2^53 are rounded, and not-a-number is
// unequal to everything.
func fliptNumber(test func(v, c float64) bool) compileOperator {
	run := func(p *productTest, v Value, present bool, _ int64) truth {
		f, ok := fliptFloat(v, present)
		return truthOf(ok && test(f, p.value.float()))
	}
	return func(_ *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
		limit, ok := fliptFloat(c.Operands[0], true)
		if !ok {
			return fliptNever
		}
		return cond{op: opProduct, arg: &productTest{run: run, text: c.Operands[0].String(), value: FloatValue(limit)}}
	}
}

// fliptNumberIn returns the compile function of isoneof and isnotoneof of
// numbers. The value is a JSON array; null in it is 0.
func fliptNumberIn(in bool) compileOperator {
	run := func(p *productTest, v Value, present bool, _ int64) truth {
		f, ok := fliptFloat(v, present)
		return truthOf(ok && slices.Contains(p.extra.([]float64), f) == in)
	}
	return func(_ *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
		var list []float64
		if json.Unmarshal([]byte(c.Operands[0].text()), &list) != nil {
			return fliptNever
		}
		return cond{op: opProduct, arg: &productTest{run: run, text: strings.Clone(c.Operands[0].text()), extra: list}}
	}
}

// fliptBoolean returns the compile function of true and false: what
// strconv.ParseBool takes is one of them, everything else neither. (ParseBool
// itself would build an error.)
func fliptBoolean(want bool) compileOperator {
	run := func(_ *productTest, v Value, present bool, _ int64) truth {
		switch fliptText(v, present) {
		case "1", "t", "T", "true", "TRUE", "True":
			return truthOf(want)
		case "0", "f", "F", "false", "FALSE", "False":
			return truthOf(!want)
		}
		return no
	}
	return func(*compiler, *operatorRule, *Constraint, *place) cond {
		return cond{op: opProduct, arg: &productTest{run: run}}
	}
}

// compileFliptTime compiles a comparison of instants.
func compileFliptTime(_ *compiler, r *operatorRule, c *Constraint, _ *place) cond {
	text := c.Operands[0].text()
	limit, ok := parseFliptTime(text)
	if !ok {
		return fliptNever
	}
	accept := r.accept
	run := func(_ *productTest, v Value, present bool, _ int64) truth {
		t, ok := fliptTime(v, present)
		return truthOf(ok && accept&orderingOf(t.Compare(limit)) != 0)
	}
	return cond{op: opProduct, arg: &productTest{run: run, text: strings.Clone(text)}}
}

func fliptTime(v Value, present bool) (time.Time, bool) {
	if t, ok := v.Time(); ok {
		return t, present
	}
	return parseFliptTime(fliptText(v, present))
}

// parseFliptTime reads an RFC 3339 time, as leniently as the time package
// does, or a date, which is its midnight in UTC.
func parseFliptTime(s string) (time.Time, bool) {
	if len(s) < len(time.DateOnly) || s[4] != '-' { // spares building an error
		return time.Time{}, false
	}
	layout := time.RFC3339
	if len(s) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	t, err := time.Parse(layout, s)
	return t, err == nil
}

// fliptRollout compiles what thresholds and distributions have in common:
// CRC-32 of entity id and flag key, in an order of their own.
func (k *compiler) fliptRollout(by []string, salt string, buckets uint32, at *place) rollout {
	r := k.compileRollout(by, salt, "", at)
	r.hash, r.unit, r.buckets = hashCRC32, unitFlipt, buckets
	return r
}

// fliptExposure compiles the threshold of a boolean flag. There are 100
// buckets, of the entity id followed by the key of the flag, and one is in if
// its number is below the percentage, as floats of 32 bits: 0.5 % is 1 %.
// Thresholds of one flag thus admit the same entities first.
func fliptExposure(k *compiler, e *Exposure, at *place) *exposure {
	out := &exposure{rollout: k.fliptRollout(e.By, e.Salt, 100, at)}
	out.salt, out.tail = "", out.salt
	if e.Ramp != nil {
		k.add(at.to("ramp"), "ramps are not for the semantics %q", Flipt)
	}
	percent := float32(e.Percent)
	if !(percent >= 0 && percent <= 100) {
		k.add(at.to("share"), "want a share from 0 %% to 100 %%, found %v", e.Percent)
		return out
	}
	for float32(out.threshold) < percent {
		out.threshold++
	}
	return out
}

// fliptSplit compiles the distributions of a rule. There are 1000 buckets, of
// the key of the flag followed by the entity id. Each share is cut off to
// whole buckets by itself; shares need not add up: what is left over gets the
// default, what is too much is not reached.
func fliptSplit(k *compiler, s *Split, at *place) *split {
	out := &split{rollout: k.fliptRollout(s.By, s.Salt, 1000, at), rest: arm{action: useDefault}}
	if s.Buckets != 0 || len(s.Overrides) > 0 {
		k.add(at, "buckets and overrides are not for the semantics %q", Flipt)
	}
	arms, bound := at.to("split"), uint32(0)
	if len(s.Arms) > MaxVariants {
		k.add(arms, "%d arms, limit %d", len(s.Arms), MaxVariants)
		return out
	}
	for i := range s.Arms {
		a := &s.Arms[i]
		here := arms.to(a.Variant)
		k.checkArm(a, arms)
		compiled := arm{action: k.action(a.Action, here)}
		if a.Action == "" {
			compiled.target = k.wantVariant(a.Variant, here)
		}
		weight := float32(a.Weight)
		if weight > 100 {
			k.add(here, "want a weight from 0 to 100, found %v", a.Weight)
			continue
		}
		if weight > 0 {
			bound += uint32(weight * 10)
			compiled.bound = bound
			out.arms = append(out.arms, compiled)
		}
	}
	if len(out.arms) == 0 {
		out.rest = k.fliptDefault()
	}
	return out
}

// fliptDefault returns what a rule without shares gives: the default, but as
// something that the rule has decided.
func (k *compiler) fliptDefault() arm {
	switch d := k.orElse; {
	case d == nil || d.Action == CallersFallback:
		return arm{action: callersFallback}
	case d.Variant != "":
		return arm{target: k.variant(d.Variant)}
	}
	return arm{action: useDefault}
}

// fliptUnit appends what is hashed: the entity id, also if it is empty.
func (e *evaluation) fliptUnit(b []byte, r *rollout) ([]byte, unitState) {
	if r.by == nil {
		return append(b, e.subject.key...), unitFound
	}
	for _, ref := range r.by {
		if v, ok := e.get(ref); ok {
			return append(b, fliptText(v, true)...), unitFound
		}
	}
	return b, unitFound
}
