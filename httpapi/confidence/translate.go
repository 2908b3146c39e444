package confidence

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/hoistflags/hoist"
)

// EnvironmentsAttribute is the attribute of a subject that lists the
// environments of who asks for it, as "environments/x": rules that are limited
// to environments look at it. It is for the program that asks to set, see
// [Subject]; a list in [hoist.Options.Attributes] holds for all subjects.
const EnvironmentsAttribute = "confidence:environments"

var (
	flagStates    = enum{"STATE_UNSPECIFIED", "ACTIVE", "ARCHIVED"}
	segmentStates = enum{"STATE_UNSPECIFIED", "UNALLOCATED", "ALLOCATED", "ARCHIVED", "OK"}
)

// What the product has and the model does not, by the object it belongs to.
// Rest holds members that only round-trip.
type (
	flagExtension struct {
		Schema  json.RawMessage `json:"schema,omitempty"`
		Clients []string        `json:"clients,omitempty"`
		State   string          `json:"state,omitempty"` // one that keeps the flag out, other than ARCHIVED
		Rest    object          `json:"rest,omitempty"`
	}
	variantExtension struct {
		Unset []string `json:"unset,omitempty"` // what is null because it was left out, as JSON pointers
		Rest  object   `json:"rest,omitempty"`
	}
	ruleExtension struct {
		Mode   bool   `json:"mode,omitempty"`                // there was one that says nothing
		Sticky object `json:"materializationSpec,omitempty"` // further members
		Spec   object `json:"assignmentSpec,omitempty"`      // further members
		Rest   object `json:"rest,omitempty"`
	}
	armExtension struct {
		None bool   `json:"none,omitempty"` // there is no assignment, see reader.assignmentSpec
		Rest object `json:"rest,omitempty"`
	}
)

// flagFromWire returns a flag as it is in one environment, "" for all, or what
// is wrong with it. The environments of the product are no concern of this
// one: its rules say by themselves where they apply.
func flagFromWire(text []byte, environment string) (*hoist.Flag, error) {
	r := &reader{}
	var in flag
	rest := r.message(text, "", &in)
	key := r.id("/name", in.Name, "flags")
	x := flagExtension{Clients: in.Clients, Rest: rest}
	f := &hoist.Flag{
		Key: key, Name: in.DisplayName, Description: in.Description, Owner: in.Owner,
		Type: hoist.TypeJSON, Semantics: hoist.Confidence,
	}
	state := r.enum(in.State, "/state", flagStates)
	if f.Archived = state != "ACTIVE"; f.Archived && state != "ARCHIVED" {
		x.State = cmp.Or(state, flagStates[0])
	}
	s := r.schema(in.Schema, &x)
	for i, v := range in.Variants {
		f.Variants = append(f.Variants, r.variant(v, nth("/variants", i), key, s))
	}
	t := &hoist.Targeting{}
	for i, text := range in.Rules {
		t.Rules = append(t.Rules, r.rule(text, nth("/rules", i), key))
	}
	f.Extensions = extend(x)
	if environment == "" {
		f.Targeting = t
	} else {
		f.Environments = map[string]*hoist.Targeting{environment: t}
	}
	return f, r.err()
}

// id reads the name of a resource and returns what it is within its
// collection.
func (r *reader) id(at, name, collection string) string {
	within, ok := id(name, collection)
	if !ok || strings.Contains(within, "/") {
		r.fail(at, "want a name such as %q, found %q", collection+"/x", name)
	}
	return within
}

// schema reads the schema of a flag, nil if there is none.
func (r *reader) schema(text []byte, x *flagExtension) *structSchema {
	if text == nil {
		return nil
	}
	s := &structSchema{}
	rest := r.message(text, "/schema", s)
	x.Schema = print(s, rest)
	return s
}

func (r *reader) variant(text []byte, at, flag string, s *structSchema) hoist.Variant {
	var in variant
	rest := r.message(text, at, &in)
	v := hoist.Variant{Name: r.id(at+"/name", in.Name, "flags/"+flag+"/variants"), Description: in.Description}
	x := variantExtension{Rest: rest}
	v.Value, x.Unset = r.value(in.Value, at+"/value", s)
	v.Extensions = extend(x)
	return v
}

// variantName returns what a reference to a variant says in the model: its name
// within the flag. Others, which no flag has, stay as they are.
func variantName(reference, flag string) string {
	if name, ok := id(reference, "flags/"+flag+"/variants"); ok && !strings.Contains(name, "/") {
		return name
	}
	return reference
}

func variantReference(name, flag string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return "flags/" + flag + "/variants/" + name
}

func (r *reader) rule(text []byte, at, flag string) hoist.Rule {
	var in rule
	rest := r.message(text, at, &in)
	x := ruleExtension{Rest: rest}
	out := hoist.Rule{Title: in.Description, Disabled: !in.Enabled}
	if in.Name != "" {
		out.ID = r.id(at+"/name", in.Name, "flags/"+flag+"/rules")
	}
	out.When = r.ruleCondition(&in, at)
	out.Serve = r.assignmentSpec(&in, at, flag, &x)
	if in.MaterializationSpec != nil {
		out.Sticky = r.materializationSpec(in.MaterializationSpec, at+"/materializationSpec", &x)
	}
	out.Extensions = extend(x)
	return out
}

// ruleCondition reads the segment of a rule and the environments it is limited
// to. A rule without a segment applies nowhere.
func (r *reader) ruleCondition(in *rule, at string) hoist.Condition {
	within := hoist.AnyOf()
	if in.Segment != "" {
		within = hoist.InSegment(r.segmentKey(in.Segment, at+"/segment"))
	}
	if len(in.Environments) == 0 {
		return within
	}
	of := hoist.Condition{Constraint: &hoist.Constraint{Attribute: EnvironmentsAttribute, Operator: "setRule"}}
	for i, name := range in.Environments {
		if _, ok := id(name, "environments"); !ok {
			r.fail(nth(at+"/environments", i), "want a name such as %q, found %q", "environments/x", name)
		}
		of.Constraint.Operands = append(of.Constraint.Operands, hoist.StringValue(name))
	}
	return hoist.AllOf(of, within)
}

// segmentKey returns the key of a segment: what stands behind the first slash
// of its name.
func (r *reader) segmentKey(name, at string) string {
	key, ok := id(name, "segments")
	if !ok {
		r.fail(at, "want a name such as %q, found %q", "segments/x", name)
	}
	return key
}

// assignmentSpec reads what a rule assigns. Without that, it has a split of no
// arms, and is skipped; a spec of no assignments and no buckets, which fails, is
// one of an arm that is nothing.
func (r *reader) assignmentSpec(in *rule, at, flag string, x *ruleExtension) hoist.Serve {
	split := &hoist.Split{}
	if in.TargetingKeySelector != "" {
		split.By = []string{in.TargetingKeySelector}
	}
	if in.AssignmentSpec == nil {
		return hoist.Serve{Split: split}
	}
	at += "/assignmentSpec"
	var spec assignmentSpec
	x.Spec = r.message(in.AssignmentSpec, at, &spec)
	if split.Buckets = int(spec.BucketCount); split.Buckets == 0 && len(spec.Assignments) == 0 {
		split.Arms = []hoist.Arm{{Extensions: extend(armExtension{None: true})}}
	}
	for i, text := range spec.Assignments {
		split.Arms = append(split.Arms, r.assignment(text, nth(at+"/assignments", i), flag))
	}
	return hoist.Serve{Split: split}
}

func (r *reader) assignment(text []byte, at, flag string) hoist.Arm {
	var in assignment
	rest := r.message(text, at, &in)
	out := hoist.Arm{ID: in.AssignmentID, Extensions: extend(armExtension{Rest: rest})}
	kinds := 0
	if in.Variant != nil {
		var v variantAssignment
		r.closed(in.Variant, at+"/variant", &v)
		if out.Variant = variantName(v.Variant, flag); v.Variant == "" {
			r.fail(at+"/variant/variant", "want the name of a variant")
		}
		kinds++
	}
	if in.Fallthrough != nil {
		out.Action = hoist.NextRule
		kinds++
	}
	if in.ClientDefault != nil {
		out.Action = hoist.CallersFallback
		kinds++
	}
	if kinds > 1 {
		r.fail(at, "want one of variant, fallthrough and clientDefault")
	}
	for _, b := range in.BucketRanges {
		out.Ranges = append(out.Ranges, hoist.Range{Lower: int(b.Lower), Upper: int(b.Upper)})
	}
	return out
}

func (r *reader) materializationSpec(text []byte, at string, x *ruleExtension) *hoist.Sticky {
	var in materializationSpec
	x.Sticky = r.message(text, at, &in)
	out := &hoist.Sticky{Read: materialization(in.ReadMaterialization), Write: materialization(in.WriteMaterialization)}
	if in.Mode != nil {
		var mode materializationMode
		r.closed(in.Mode, at+"/mode", &mode)
		out.MustMatch, out.IgnoreSegment = mode.MaterializationMustMatch, mode.SegmentTargetingCanBeIgnored
		x.Mode = mode == materializationMode{}
	}
	return out
}

// materialization returns the group in which a materialization keeps
// assignments: its name within the collection. Others stay as they are.
func materialization(name string) string {
	if group, ok := id(name, "materializedSegments"); ok && !strings.Contains(group, "/") {
		return group
	}
	return name
}

func materializationReference(group string) string {
	if group == "" || strings.Contains(group, "/") {
		return group
	}
	return "materializedSegments/" + group
}

// Clients returns the clients that a flag is enabled for, such as "clients/web".
func Clients(f *hoist.Flag) []string {
	return slices.Clone(extension[flagExtension](f.Extensions).Clients)
}

// Resolves reports whether a client may resolve a flag: what the flag gives is
// no concern of others, to whom it is as if it did not exist.
func Resolves(client string, f *hoist.Flag) bool {
	return !f.Archived && slices.Contains(Clients(f), client)
}

// Reason returns what the product calls the reason of a decision, such as
// "RESOLVE_REASON_MATCH". The caller's fallback is a match there, too, if a
// rule assigned it.
func Reason(d hoist.Decision) string {
	switch {
	case d.Error() == hoist.InvalidContext:
		return "RESOLVE_REASON_TARGETING_KEY_ERROR"
	case d.Error() == hoist.NoAssignments:
		return "RESOLVE_REASON_MATERIALIZATION_NOT_SUPPORTED"
	case d.Reason() == hoist.ReasonError:
		return "RESOLVE_REASON_ERROR"
	case d.RuleIndex() >= 0 || !d.IsFallback():
		return "RESOLVE_REASON_MATCH"
	}
	return "RESOLVE_REASON_NO_SEGMENT_MATCH"
}
