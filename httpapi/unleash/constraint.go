package unleash

import (
	"encoding/json"
	"strconv"

	"github.com/hoistflags/hoist"
)

// The operators of constraints, by where their operands are.
var (
	listOperators  = wordSet("IN", "NOT_IN", "STR_STARTS_WITH", "STR_ENDS_WITH", "STR_CONTAINS", "IN_CIDR")
	valueOperators = wordSet(
		"NUM_EQ", "NUM_GT", "NUM_GTE", "NUM_LT", "NUM_LTE", "DATE_AFTER", "DATE_BEFORE",
		"SEMVER_EQ", "SEMVER_GT", "SEMVER_GTE", "SEMVER_LT", "SEMVER_LTE", "REGEX")
)

// never is the operator of constraints that Unleash does not know: they fail,
// also inverted.
const never = "never"

func wordSet(words ...string) map[string]bool {
	set := map[string]bool{}
	for _, word := range words {
		set[word] = true
	}
	return set
}

// constraint reads what a constraint means.
func (r *reader) constraint(o object, at string) constraint {
	c := constraint{Operator: r.text(o, "operator", at)}
	switch {
	case listOperators[c.Operator]:
		c.Values = r.texts(o, "values", at)
	case valueOperators[c.Operator]:
		c.Value, c.Values = r.value(o, at), []string{}
	default:
		return constraint{Operator: never, Values: []string{}}
	}
	c.ContextName = r.text(o, "contextName", at)
	if c.ContextName == "" {
		r.problem(at+"/contextName", "want the name of a context field")
	}
	c.Inverted = r.bool(o, "inverted", at)
	c.CaseInsensitive = r.bool(o, "caseInsensitive", at)
	return c
}

// value reads a value that is written as text, or as a number. It is nil if
// there is none.
func (r *reader) value(o object, at string) *string {
	text := o["value"]
	if isNull(text) {
		return nil
	}
	var number json.Number
	if text[0] != '"' && json.Unmarshal(text, &number) == nil {
		return new(number.String())
	}
	var s string
	r.want(text, at+"/value", "a text", &s)
	return &s
}

// constraints reads a list of constraints as conditions.
func (r *reader) constraints(list []json.RawMessage, at string) []hoist.Condition {
	conditions := make([]hoist.Condition, len(list))
	for i, text := range list {
		here := at + "/" + strconv.Itoa(i)
		written := r.object(text, here)
		conditions[i].Constraint = constraintFromWire(r.constraint(written, here), written)
	}
	return conditions
}

func constraintFromWire(c constraint, written object) *hoist.Constraint {
	out := &hoist.Constraint{
		Attribute: c.ContextName, Operator: hoist.Operator(c.Operator), Negate: c.Inverted, IgnoreCase: c.CaseInsensitive,
		Extensions: extend(spell(written, objectOf(c))),
	}
	if c.Operator == never {
		out.Attribute = never
	}
	if c.Value != nil {
		out.Operands = []hoist.Value{hoist.StringValue(*c.Value)}
	}
	for _, v := range c.Values {
		out.Operands = append(out.Operands, hoist.StringValue(v))
	}
	return out
}

// constraint writes a constraint.
func (w *writer) constraint(k *hoist.Constraint, at string) json.RawMessage {
	c := constraint{
		Operator: string(k.Operator), ContextName: k.Attribute, Values: []string{},
		Inverted: k.Negate, CaseInsensitive: k.IgnoreCase,
	}
	switch {
	case k.Every:
		w.problem(at+"/every", "Unleash does not have lists in contexts")
	case listOperators[c.Operator]:
		c.Values = operandTexts(k)
	case c.Operator == never:
		c = constraint{Operator: never, Values: []string{}}
	case !valueOperators[c.Operator]:
		w.problem(at, "Unleash does not have the operator %q", c.Operator)
	case len(k.Operands) > 0:
		c.Value = new(operandText(k.Operands[0]))
	}
	return respell(c, extensionOf[spelling](k.Extensions), c, func(r *reader, o object) constraint { return r.constraint(o, "") })
}

func operandTexts(k *hoist.Constraint) []string {
	texts := make([]string, len(k.Operands))
	for i, v := range k.Operands {
		texts[i] = operandText(v)
	}
	return texts
}

// operandText returns an operand as the text that Unleash has for it.
func operandText(v hoist.Value) string {
	if f, ok := v.Float(); ok && v.Kind() == hoist.KindFloat {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return v.String()
}
