package confidence

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hoistflags/hoist"
)

const (
	// targetingKey is the attribute that is the unit of rules that name none.
	targetingKey = "targeting_key"

	materializedOperator = "materializedSegment"
	noRuleOperator       = "noRule"
)

// constraintExtension is what the product's rules of attributes have and the
// model's constraints do not.
type constraintExtension struct {
	Any  bool            `json:"any,omitempty"`  // the rule stands in an anyRule
	Rule json.RawMessage `json:"rule,omitempty"` // one that says nothing, as it was written
}

// attribute reads a criterion about an attribute.
func (c *conditions) attribute(text json.RawMessage, at string) *hoist.Constraint {
	var in attributeCriterion
	c.closed(text, at, &in)
	k := &hoist.Constraint{Attribute: in.AttributeName}
	var x constraintExtension
	given := c.attributeRule(&in.attributeRule, at, k)
	if inner, name := in.AnyRule, "anyRule"; inner != nil || in.AllRule != nil {
		if x.Any = inner != nil; !x.Any {
			inner, name, k.Every = in.AllRule, "allRule", true
		}
		if in.AnyRule != nil && in.AllRule != nil || given {
			c.fail(at, "want one rule")
		}
		given = c.inner(inner, at+"/"+name, k)
	}
	if !given {
		k.Operator, k.Operands = noRuleOperator, nil
		x = constraintExtension{Rule: encode(in.attributeRule)}
	}
	k.Extensions = extend(x)
	return k
}

// inner reads the rule in an anyRule or allRule.
func (c *conditions) inner(text json.RawMessage, at string, k *hoist.Constraint) (given bool) {
	var in innerRule
	c.closed(text, at, &in)
	if in.Rule == nil {
		return false
	}
	var rule attributeRule
	c.closed(in.Rule, at+"/rule", &rule)
	if rule.AnyRule != nil || rule.AllRule != nil {
		c.fail(at+"/rule", "anyRule and allRule do not nest")
	}
	return c.attributeRule(&rule, at+"/rule", k)
}

// attributeRule reads the one rule there is into a constraint, and reports
// false if there is none of the simple ones.
func (c *conditions) attributeRule(in *attributeRule, at string, k *hoist.Constraint) (given bool) {
	for _, rule := range []struct {
		name hoist.Operator
		text json.RawMessage
		read func(text json.RawMessage, at string) []hoist.Value
	}{
		{"eqRule", in.EqRule, c.eqRule}, {"setRule", in.SetRule, c.setRule}, {"rangeRule", in.RangeRule, c.rangeRule},
		{"startsWithRule", in.StartsWithRule, c.textRule}, {"endsWithRule", in.EndsWithRule, c.textRule},
		{"containsRule", in.ContainsRule, c.textRule},
	} {
		if rule.text == nil {
			continue
		}
		if given {
			c.fail(at, "want one rule, found %s and %s", k.Operator, rule.name)
			return true
		}
		k.Operator, given = rule.name, true
		k.Operands = rule.read(rule.text, at+"/"+string(rule.name))
	}
	return given
}

func (c *conditions) eqRule(text json.RawMessage, at string) []hoist.Value {
	var in eqRule
	c.closed(text, at, &in)
	if in.Value == nil {
		return nil
	}
	return []hoist.Value{c.operand(in.Value, at+"/value")}
}

func (c *conditions) setRule(text json.RawMessage, at string) (list []hoist.Value) {
	var in setRule
	c.closed(text, at, &in)
	for i, v := range in.Values {
		list = append(list, c.operand(v, nth(at+"/values", i)))
	}
	return list
}

func (c *conditions) textRule(text json.RawMessage, at string) []hoist.Value {
	var in textRule
	c.closed(text, at, &in)
	return []hoist.Value{hoist.StringValue(in.Value)}
}

// bounds are the bounds of a range: their names, and the comparisons that stand
// before them among the operands.
var bounds = []struct {
	name, comparison string
	of               func(*rangeRule) *json.RawMessage
}{
	{"startInclusive", ">=", func(r *rangeRule) *json.RawMessage { return &r.StartInclusive }},
	{"startExclusive", ">", func(r *rangeRule) *json.RawMessage { return &r.StartExclusive }},
	{"endInclusive", "<=", func(r *rangeRule) *json.RawMessage { return &r.EndInclusive }},
	{"endExclusive", "<", func(r *rangeRule) *json.RawMessage { return &r.EndExclusive }},
}

func (c *conditions) rangeRule(text json.RawMessage, at string) (list []hoist.Value) {
	var in rangeRule
	c.closed(text, at, &in)
	if in.StartInclusive != nil && in.StartExclusive != nil || in.EndInclusive != nil && in.EndExclusive != nil {
		c.fail(at, "want one start and one end")
	}
	for _, b := range bounds {
		if v := *b.of(&in); v != nil {
			list = append(list, hoist.StringValue(b.comparison), c.operand(v, at+"/"+b.name))
		}
	}
	return list
}

// The types of values that operands say in words, see hoist's operators of
// Confidence.
var operandTypes = []string{"string", "version", "number", "timestamp", "list", "value"}

// textOperand returns a text as an operand that cannot be taken for another
// type.
func textOperand(text string) hoist.Value {
	first, _, _ := strings.Cut(text, " ")
	if slices.Contains(operandTypes, first) {
		return hoist.StringValue("string " + text)
	}
	return hoist.StringValue(text)
}

// operand reads a value.
func (c *conditions) operand(text json.RawMessage, at string) hoist.Value {
	var in value
	c.closed(text, at, &in)
	var list []hoist.Value
	if in.BoolValue != nil {
		list = append(list, hoist.BoolValue(*in.BoolValue))
	}
	if in.NumberValue != nil {
		list = append(list, c.number(in.NumberValue, at+"/numberValue"))
	}
	if in.StringValue != nil {
		list = append(list, textOperand(*in.StringValue))
	}
	if in.TimestampValue != nil {
		if _, err := time.Parse(time.RFC3339Nano, *in.TimestampValue); err != nil {
			c.fail(at+"/timestampValue", "want a time such as 2026-05-01T08:00:00Z, found %q", *in.TimestampValue)
		}
		list = append(list, hoist.StringValue("timestamp "+*in.TimestampValue))
	}
	if in.VersionValue != nil {
		var v versionValue
		c.closed(in.VersionValue, at+"/versionValue", &v)
		list = append(list, hoist.StringValue("version "+v.Version))
	}
	if in.ListValue != nil {
		list = append(list, hoist.StringValue("list "+string(in.ListValue)))
	}
	switch len(list) {
	case 0:
		return hoist.StringValue("value")
	case 1:
		return list[0]
	}
	c.fail(at, "want a value of one type")
	return list[0]
}

// number reads a number, which may be written as a text; only so it can be
// infinite or not a number.
func (c *conditions) number(text json.RawMessage, at string) hoist.Value {
	written := strings.Trim(string(text), `"`)
	f, err := strconv.ParseFloat(written, 64)
	switch {
	case err != nil:
		c.fail(at, "want a number, found %s", found(text))
	case math.IsInf(f, 0) || math.IsNaN(f):
		return hoist.StringValue("number " + written)
	}
	return numberOf(f)
}

// numberOf returns a number as the model has it: an integer if it is a whole
// number that is exact.
func numberOf(f float64) hoist.Value {
	if f == math.Trunc(f) && math.Abs(f) <= 1<<53 && (f != 0 || !math.Signbit(f)) {
		return hoist.IntValue(int64(f))
	}
	return hoist.FloatValue(f)
}

// constraint writes a constraint as a criterion.
func (e *expressions) constraint(k *hoist.Constraint, at string) json.RawMessage {
	if k.Operator == materializedOperator {
		m := materializedSegmentCriterion{}
		if len(k.Operands) == 1 {
			m.MaterializedSegment = materializationReference(k.Operands[0].String())
		}
		return wrap("materializedSegment", encode(m))
	}
	x := extension[constraintExtension](k.Extensions)
	out := attributeCriterion{AttributeName: k.Attribute}
	if k.Operator == noRuleOperator {
		_ = json.Unmarshal(x.Rule, &out.attributeRule)
		return wrap("attribute", encode(out))
	}
	rule := e.simpleRule(k, at)
	switch {
	case k.IgnoreCase:
		e.fail(at+"/ignoreCase", "the product compares text as it is")
	case k.Every:
		out.AllRule = encode(innerRule{encode(rule)})
	case x.Any:
		out.AnyRule = encode(innerRule{encode(rule)})
	default:
		out.attributeRule = rule
	}
	return wrap("attribute", encode(out))
}

func (e *expressions) simpleRule(k *hoist.Constraint, at string) (out attributeRule) {
	switch k.Operator {
	case "eqRule":
		var rule eqRule
		if len(k.Operands) > 0 {
			rule.Value = wireOperand(k.Operands[0])
		}
		out.EqRule = encode(rule)
	case "setRule":
		var rule setRule
		for _, v := range k.Operands {
			rule.Values = append(rule.Values, wireOperand(v))
		}
		out.SetRule = encode(rule)
	case "rangeRule":
		out.RangeRule = e.wireRange(k.Operands, at)
	case "startsWithRule":
		out.StartsWithRule = wireText(k.Operands)
	case "endsWithRule":
		out.EndsWithRule = wireText(k.Operands)
	case "containsRule":
		out.ContainsRule = wireText(k.Operands)
	default:
		e.fail(at, "unknown operator %q", k.Operator)
	}
	return out
}

func wireText(list []hoist.Value) json.RawMessage {
	var rule textRule
	if len(list) > 0 {
		rule.Value = list[0].String()
	}
	return encode(rule)
}

func (e *expressions) wireRange(list []hoist.Value, at string) json.RawMessage {
	var rule rangeRule
	for i := 0; i+1 < len(list); i += 2 {
		for _, b := range bounds {
			if b.comparison == list[i].String() {
				*b.of(&rule) = wireOperand(list[i+1])
			}
		}
	}
	if len(list)%2 != 0 {
		e.fail(at+"/rangeRule", "want pairs of a comparison and a bound")
	}
	return encode(rule)
}

// wireOperand writes an operand as a value.
func wireOperand(v hoist.Value) json.RawMessage {
	var out value
	if b, ok := v.Bool(); ok {
		out.BoolValue = &b
		return encode(out)
	}
	text, ok := v.Text()
	if !ok {
		f, _ := v.Float()
		out.NumberValue = encode(f)
		return encode(out)
	}
	switch typ, rest, _ := strings.Cut(text, " "); typ {
	case "string":
		out.StringValue = &rest
	case "version":
		out.VersionValue = encode(versionValue{rest})
	case "number":
		out.NumberValue = encode(rest)
	case "timestamp":
		out.TimestampValue = &rest
	case "list":
		out.ListValue = json.RawMessage(rest)
	case "value":
	default:
		out.StringValue = &text
	}
	return encode(out)
}
