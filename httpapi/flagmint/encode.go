package flagmint

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hoistflags/hoist"
)

// A writer turns one flag of the model into the product's form.
type writer struct {
	flag       *hoist.Flag
	out        *config
	segmentIDs map[string]string // key to id
	ids        map[string]string // variant to variation id
	err        error
}

// flagToWire returns a flag as it is in one environment. SegmentIDs maps the
// keys of segments to their ids. It is an error if the flag does something that
// the product has no form for.
func flagToWire(f *hoist.Flag, environment string, segmentIDs map[string]string) (*config, error) {
	x := extension[flagExtension](f.Extensions)
	w := writer{flag: f, segmentIDs: segmentIDs, ids: map[string]string{}, out: &config{
		ID: x.ID, Key: f.Key, Name: f.Name, Description: f.Description, Type: string(f.ValueType()),
		ClientSide: f.ClientSide, AnalyticsEnabled: x.AnalyticsEnabled,
		TargetingRules: []targetingRule{}, Variations: []variation{}, Rollouts: map[string]rollout{},
	}}
	if f.Metadata != nil {
		w.out.Metadata, w.err = json.Marshal(f.Metadata)
	}
	w.variations()
	if t := f.In(environment); t != nil {
		w.targeting(t)
	}
	return w.out, w.err
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("flag %q: "+format, append([]any{w.flag.Key}, args...)...)
	}
}

func (w *writer) variations() {
	for _, v := range w.flag.Variants {
		x := extension[variantExtension](v.Extensions)
		if x.Made {
			continue
		}
		if x.ID == "" {
			x.ID, x.Key = v.Name, v.Name // made in Go
		}
		out := variation{
			ID: x.ID, Key: x.Key, Name: x.Name, Description: v.Description, Type: x.Type,
			Value: x.Value, IsDefault: x.IsDefault, OrderIndex: x.OrderIndex,
		}
		if kept, ok := coerce(x.Value, w.flag.ValueType()); !ok || !kept.Equal(v.Value) {
			out.Value = wireValue(v.Value)
		}
		w.ids[v.Name] = x.ID
		w.out.Variations = append(w.out.Variations, out)
	}
}

// value returns the value of a variant, also of those a boolean flag has
// without declaring them.
func (w *writer) value(variant string) hoist.Value {
	for _, v := range w.flag.Variants {
		if v.Name == variant {
			return v.Value
		}
	}
	return hoist.BoolValue(variant == "true")
}

func (w *writer) targeting(t *hoist.Targeting) {
	x := extension[targetingExtension](t.Extensions)
	w.out.IsActive = !t.Disabled
	maps.Copy(w.out.Rollouts, x.Rollouts)
	for i := range t.Rules {
		w.rule(t, i)
	}
	standard := ""
	if t.Default != nil {
		standard = t.Default.Variant
		if standard == "" {
			w.fail("the default is not a variation")
		}
	}
	w.defaultValue(standard, x.DefaultValue)
	if !x.NoOff || t.Off != standard {
		w.out.OffVariationID = w.id(t.Off)
	}
}

// defaultValue writes what was sent, as long as it still leads to the default.
func (w *writer) defaultValue(standard string, sent json.RawMessage) {
	r := reader{c: w.out, flag: &hoist.Flag{Type: w.flag.ValueType(), Variants: slices.Clone(w.flag.Variants)}}
	w.out.DefaultValue = sent
	if r.defaultVariant(len(w.out.TargetingRules) == 0 && len(w.out.Rollouts) == 0) == standard {
		return
	}
	w.out.DefaultValue = json.RawMessage("null")
	if standard != "" {
		w.out.DefaultValue, _ = w.value(standard).MarshalJSON()
	}
}

func (w *writer) id(variant string) string {
	id, ok := w.ids[variant]
	if !ok && variant != "" {
		w.fail("there is no variation for %q", variant)
	}
	return id
}

func (w *writer) rule(t *hoist.Targeting, i int) {
	r := &t.Rules[i]
	x := extension[ruleExtension](r.Extensions)
	if x.Rest {
		if i == 0 || t.Rules[i-1].Exposure == nil {
			w.fail("rule %d serves the rest of a rollout that is not there", i)
		}
		return
	}
	out := targetingRule{ID: r.ID, Name: r.Title, Kind: cmp.Or(x.Kind, "custom"), OrderIndex: x.OrderIndex, VariationID: x.VariationID, RolloutID: x.RolloutID}
	w.when(&r.When, &out)
	switch {
	case r.Exposure != nil || r.Serve.Split != nil || x.Strategy == "off":
		w.rollout(t, i, x, &out)
	case r.Serve.Variant != "":
		out.VariationID = w.id(r.Serve.Variant)
	case r.Serve.Action != hoist.NextRule:
		w.fail("rule %d serves the caller's fallback", i)
	}
	if r.Disabled || r.Window != nil {
		w.fail("rule %d is disabled or has a window", i)
	}
	if !x.WholeFlag {
		w.out.TargetingRules = append(w.out.TargetingRules, out)
	}
}

// rollout writes the rollout of a rule, and the rule's reference to it.
func (w *writer) rollout(t *hoist.Targeting, i int, x ruleExtension, out *targetingRule) {
	r := &t.Rules[i]
	out.RolloutID = cmp.Or(x.RolloutID, fmt.Sprintf("rollout-%d", i+1))
	var form rollout
	switch {
	case r.Serve.Split != nil:
		form = rollout{Strategy: "variant", Salt: r.Serve.Split.Salt}
		for _, a := range r.Serve.Split.Arms {
			form.Variants = append(form.Variants, weights{cmp.Or(w.ids[a.Variant], a.Variant), a.Weight})
		}
	case r.Exposure == nil:
		form = rollout{Strategy: "off"}
	default:
		if i+1 == len(t.Rules) || !extension[ruleExtension](t.Rules[i+1].Extensions).Rest || r.Serve.Variant != "true" {
			w.fail("rule %d has an exposure, and no rule after it that serves the rest", i)
		}
		form = rollout{Strategy: "percentage", Salt: r.Exposure.Salt, Percentage: r.Exposure.Percent}
		if x.Strategy == "gradual" || r.Exposure.Ramp != nil {
			form = gradualToWire(r.Exposure, &x)
		}
	}
	w.out.Rollouts[out.RolloutID] = form
}

func (w *writer) when(c *hoist.Condition, out *targetingRule) {
	switch {
	case c.Segment != "":
		out.Kind = "segment"
		out.SegmentID = cmp.Or(w.segmentIDs[c.Segment], c.Segment)
	case c.All != nil:
		for i := range c.All {
			out.Conditions = append(out.Conditions, w.condition(&c.All[i]))
		}
	case c.Constraint != nil:
		out.Conditions = []condition{w.condition(c)}
	case c.Any != nil || c.Not != nil || c.Flag != nil:
		w.fail("a condition that is not a list of constraints")
	}
}

func (w *writer) condition(c *hoist.Condition) condition {
	if c.Constraint == nil || c.Constraint.Negate {
		w.fail("a condition that is not a plain constraint")
		return condition{}
	}
	return conditionToWire(c.Constraint)
}

func conditionToWire(c *hoist.Constraint) condition {
	x := constraintExtension(extension[constraintExtension](c.Extensions))
	out := condition{Type: x.Type, Attribute: c.Attribute, Operator: string(c.Operator), Value: x.Value, LogicalOp: x.LogicalOp}
	switch {
	case x.Value != nil:
	case c.Operator == "in" || c.Operator == "nin":
		out.Value, _ = json.Marshal(append([]hoist.Value{}, c.Operands...))
	case len(c.Operands) > 0:
		out.Value, _ = c.Operands[0].MarshalJSON()
	}
	return out
}

// segmentToWire returns a segment.
func segmentToWire(s *hoist.Segment) (*segment, error) {
	x := extension[segmentExtension](s.Extensions)
	w := writer{flag: &hoist.Flag{Key: s.Key}}
	out := &segment{ID: cmp.Or(x.ID, s.Key), Key: s.Key, Name: s.Name, Description: s.Description, LogicalOp: x.LogicalOp, Rules: []condition{}}
	if x.ID == s.Key {
		out.Key = ""
	}
	when := &s.When
	if len(when.Any) == 2 && when.Any[0].All != nil && len(when.Any[0].All) == 0 {
		out.Force, when = true, &when.Any[1]
	}
	conditions := when.All
	switch {
	case when.Any != nil:
		conditions, out.LogicalOp = when.Any, "OR"
	case when.Not != nil && when.Not.Any != nil:
		conditions, out.LogicalOp = when.Not.Any, "NOT"
	case when.All == nil:
		w.fail("a condition that is not a list of constraints")
	}
	for i := range conditions {
		out.Rules = append(out.Rules, w.condition(&conditions[i]))
	}
	return out, w.err
}
