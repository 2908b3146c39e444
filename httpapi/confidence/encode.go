package confidence

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/hoistflags/hoist"
)

// A writer turns one object of the model into the product's form, and notes
// what the product has no form for.
type writer struct{ problems hoist.Errors }

func (w *writer) fail(at, format string, args ...any) {
	w.problems = append(w.problems, &hoist.FieldError{Path: at, Problem: fmt.Sprintf(format, args...)})
}

func (w *writer) err() error {
	if len(w.problems) == 0 {
		return nil
	}
	return w.problems
}

// flagToWire returns a flag as it is in one environment, "" for all. It is an
// error, with the places in the flag, if it does something that the product has
// no form for.
func flagToWire(f *hoist.Flag, environment string) (json.RawMessage, error) {
	w := &writer{}
	x := extension[flagExtension](f.Extensions)
	out := flag{
		Name: "flags/" + f.Key, DisplayName: f.Name, Description: f.Description,
		Clients: x.Clients, Owner: f.Owner, Schema: x.Schema, State: json.RawMessage(`"ACTIVE"`),
	}
	switch {
	case f.Semantics != hoist.Confidence:
		w.fail("/semantics", "want %q, found %q", hoist.Confidence, f.Semantics)
	case f.ValueType() != hoist.TypeJSON:
		w.fail("/type", "want %q, found %q", hoist.TypeJSON, f.ValueType())
	case f.Archived && x.State != "":
		out.State = encode(x.State)
	case f.Archived:
		out.State = json.RawMessage(`"ARCHIVED"`)
	}
	if string(out.State) == `"STATE_UNSPECIFIED"` {
		out.State = nil
	}
	for i := range f.Variants {
		out.Variants = append(out.Variants, w.variant(&f.Variants[i], f.Key, nth("/variants", i)))
	}
	out.Rules = w.targeting(f, environment)
	return print(out, x.Rest), w.err()
}

func (w *writer) variant(v *hoist.Variant, flag, at string) json.RawMessage {
	x := extension[variantExtension](v.Extensions)
	if !v.Payload.IsNull() {
		w.fail(at+"/payload", "the product's variants have only a value")
	}
	out := variant{
		Name: "flags/" + flag + "/variants/" + v.Name, Description: v.Description,
		Value: wireValue(v.Value, x.Unset),
	}
	return print(out, x.Rest)
}

func (w *writer) targeting(f *hoist.Flag, environment string) (rules []json.RawMessage) {
	t := f.In(environment)
	if t == nil {
		return nil
	}
	for _, part := range []struct {
		at string
		is bool
	}{
		{"/enabled", t.Disabled}, {"/requires", len(t.Requires) > 0}, {"/overrides", len(t.Overrides) > 0},
		{"/default", t.Default != nil}, {"/off", t.Off != ""},
	} {
		if part.is {
			w.fail(part.at, "the product's flags consist of rules only")
		}
	}
	for i := range t.Rules {
		rules = append(rules, w.rule(&t.Rules[i], f.Key, nth("/rules", i)))
	}
	return rules
}

func (w *writer) rule(r *hoist.Rule, flag, at string) json.RawMessage {
	x := extension[ruleExtension](r.Extensions)
	out := rule{Description: r.Title, Enabled: !r.Disabled}
	if r.ID != "" {
		out.Name = "flags/" + flag + "/rules/" + r.ID
	}
	if r.Window != nil || r.Exposure != nil {
		w.fail(at, "the product's rules have no window and no exposure of their own")
	}
	w.ruleCondition(&r.When, at+"/when", &out)
	w.serve(&r.Serve, flag, at+"/serve", &x, &out)
	if s := r.Sticky; s != nil {
		spec := materializationSpec{
			ReadMaterialization: materializationReference(s.Read), WriteMaterialization: materializationReference(s.Write),
		}
		if x.Mode || s.MustMatch || s.IgnoreSegment {
			spec.Mode = encode(materializationMode{s.MustMatch, s.IgnoreSegment})
		}
		out.MaterializationSpec = print(spec, x.Sticky)
	}
	return print(out, x.Rest)
}

// ruleCondition writes the condition of a rule: a segment, perhaps behind a
// test of environments.
func (w *writer) ruleCondition(c *hoist.Condition, at string, out *rule) {
	parts := c.All
	if c.All == nil {
		parts = []hoist.Condition{*c}
	}
	if len(parts) == 2 {
		k := parts[0].Constraint
		if k == nil || k.Attribute != EnvironmentsAttribute || k.Operator != "setRule" || k.Negate || k.Every {
			w.fail(nth(at+"/all", 0), "want a test of %s", EnvironmentsAttribute)
			return
		}
		for _, v := range k.Operands {
			out.Environments = append(out.Environments, v.String())
		}
		parts = parts[1:]
	}
	switch {
	case len(parts) == 1 && parts[0].Segment != "":
		out.Segment = "segments/" + parts[0].Segment
	case len(parts) == 1 && parts[0].Any != nil && len(parts[0].Any) == 0:
	default:
		w.fail(at, "the condition of the product's rules is one segment")
	}
}

// serve writes what a rule gives; what is not a split becomes one in which
// everyone gets it.
func (w *writer) serve(s *hoist.Serve, flag, at string, x *ruleExtension, out *rule) {
	split := s.Split
	switch {
	case s.Action == hoist.NextRule:
		return
	case split == nil:
		split = &hoist.Split{Buckets: 1, Arms: []hoist.Arm{{Variant: s.Variant, Action: s.Action, Ranges: []hoist.Range{{Lower: 0, Upper: 1}}}}}
	}
	if len(split.By) > 1 || split.Salt != "" && split.Salt != ruleSalt(out) || len(split.Overrides) > 0 {
		w.fail(at, "the product's splits are by one attribute and salted by the segment, without overrides")
	}
	if len(split.By) > 0 {
		out.TargetingKeySelector = split.By[0]
	}
	if len(split.Arms) == 0 && split.Buckets == 0 {
		return
	}
	spec := assignmentSpec{BucketCount: w.int32(split.Buckets, at+"/buckets")}
	for i := range split.Arms {
		a := &split.Arms[i]
		if isNone := extension[armExtension](a.Extensions).None && a.Variant == "" && a.Action == ""; !isNone {
			spec.Assignments = append(spec.Assignments, w.arm(a, flag, nth(at+"/split", i)))
		}
	}
	out.AssignmentSpec = print(spec, x.Spec)
}

// ruleSalt returns the salt of the split of a rule.
func ruleSalt(out *rule) string {
	key, _ := id(out.Segment, "segments")
	return key
}

func (w *writer) arm(a *hoist.Arm, flag, at string) json.RawMessage {
	x := extension[armExtension](a.Extensions)
	out := assignment{AssignmentID: a.ID}
	switch a.Action {
	case hoist.NextRule:
		out.Fallthrough = json.RawMessage("{}")
	case hoist.CallersFallback:
		out.ClientDefault = json.RawMessage("{}")
	}
	if a.Variant != "" {
		out.Variant = encode(variantAssignment{variantReference(a.Variant, flag)})
	}
	if a.Weight != 0 {
		w.fail(at+"/weight", "the product's assignments have ranges of buckets instead of weights")
	}
	for i, b := range a.Ranges {
		here := nth(at+"/ranges", i)
		out.BucketRanges = append(out.BucketRanges, bucketRange{w.int32(b.Lower, here), w.int32(b.Upper, here)})
	}
	return print(out, x.Rest)
}

func (w *writer) int32(n int, at string) int32Number {
	if n < math.MinInt32 || n > math.MaxInt32 {
		w.fail(at, "%d is beyond what the product's numbers can hold", n)
	}
	return int32Number(n)
}
