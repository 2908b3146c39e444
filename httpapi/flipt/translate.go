package flipt

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/hoistflags/hoist"
)

// Documents to model. The other direction is in translate_out.go and
// translate_rules.go, segments are in translate_segment.go. Nothing else knows
// both vocabularies.

// A reader turns one bundle into a flag.
type reader struct {
	bundle    *bundle
	flag      *hoist.Flag
	targeting *hoist.Targeting
	problems  hoist.Errors
}

// flagFromWire returns what b says, as a flag with the targeting of one
// environment, or with that of all if environment is "". The problems have
// paths into b as a features file has it: /rules, /rollouts, and the members of
// the flag.
func flagFromWire(b *bundle, environment string) (*hoist.Flag, hoist.Errors) {
	w := &b.Flag
	r := &reader{bundle: b, targeting: &hoist.Targeting{}, flag: &hoist.Flag{
		Key: w.Key, Name: w.Name, Description: w.Description, Metadata: w.Metadata, Semantics: hoist.Flipt,
	}}
	x := flagExtension{CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt}
	switch w.Type {
	case variantFlag, "":
		r.variantFlag()
	case booleanFlag:
		x.Variants = r.unusedVariants()
		if w.DefaultVariant != nil {
			x.DefaultVariant = w.DefaultVariant.Key
		}
		r.booleanFlag()
	default:
		r.problem("/type", "unknown type %.60q, want %s or %s", w.Type, variantFlag, booleanFlag)
	}
	r.flag.Extensions = extend(x)
	if environment == "" {
		r.flag.Targeting = r.targeting
	} else {
		r.flag.Environments = map[string]*hoist.Targeting{environment: r.targeting}
	}
	return r.flag, r.problems
}

func (r *reader) problem(path, format string, args ...any) {
	r.problems = append(r.problems, &hoist.FieldError{Path: path, Problem: fmt.Sprintf(format, args...)})
}

// variantFlag reads a variant flag: a disabled one, a remainder and a subject
// that no rule matches all get the default variant.
func (r *reader) variantFlag() {
	w := &r.bundle.Flag
	r.flag.Type = hoist.TypeString
	for i := range w.Variants {
		r.variant(&w.Variants[i], at("/variants", i))
	}
	r.targeting.Disabled = !w.Enabled
	if w.DefaultVariant != nil {
		name := w.DefaultVariant.Key
		if !slices.ContainsFunc(w.Variants, func(v variant) bool { return v.Key == name }) {
			r.problem("/defaultVariant", "the flag has no variant %.60q", name)
		}
		r.targeting.Default, r.targeting.Off = &hoist.Serve{Variant: name}, name
	}
	ranks := make([]int32, len(r.bundle.Rules))
	rules := make([]hoist.Rule, len(r.bundle.Rules))
	for i := range rules {
		ranks[i] = r.bundle.Rules[i].Rank
		rules[i] = r.rule(&r.bundle.Rules[i], at("/rules", i))
	}
	r.targeting.Rules = byRank(rules, ranks)
	r.targeting.Extensions = extend(targetingExtension{Rollouts: r.bundle.Rollouts})
}

func (r *reader) variant(w *variant, path string) {
	out := hoist.Variant{Name: w.Key, Value: hoist.StringValue(w.Key), Description: w.Description}
	x := variantExtension{ID: w.ID, Name: w.Name, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt}
	payload, err := payloadOf(w.Attachment)
	if err != nil {
		r.problem(path+"/attachment", "want JSON: %v", err)
	}
	out.Payload = payload
	if w.Attachment != attachmentOf(payload) {
		x.Attachment = w.Attachment
	}
	out.Extensions = extend(x)
	r.flag.Variants = append(r.flag.Variants, out)
}

// payloadOf returns an attachment as a value.
func payloadOf(attachment string) (hoist.Value, error) {
	if attachment == "" {
		return hoist.Value{}, nil
	}
	return hoist.JSONValue([]byte(attachment))
}

// attachmentOf returns a payload as an attachment, without blanks as Flipt
// gives it with an answer.
func attachmentOf(payload hoist.Value) string {
	if payload.IsNull() {
		return ""
	}
	text, _ := payload.MarshalJSON()
	return string(text)
}

// byRank returns the rules sorted by rank, keeping ranks that are not the
// position.
func byRank(rules []hoist.Rule, ranks []int32) []hoist.Rule {
	order := make([]int, len(rules))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(ranks[i], ranks[j]) })
	var out []hoist.Rule
	for position, i := range order {
		rule := rules[i]
		if rank := ranks[i]; int(rank) != position+1 {
			x := extensionOf[ruleExtension](rule.Extensions)
			x.Rank = &rank
			rule.Extensions = extend(x)
		}
		out = append(out, rule)
	}
	return out
}

// rule reads a rule: segments and shares. One without shares gives the default
// variant, as a match; that is what the semantics make of a split without
// arms.
func (r *reader) rule(w *rule, path string) hoist.Rule {
	split := &hoist.Split{}
	for i := range w.Distributions {
		split.Arms = append(split.Arms, r.distribution(&w.Distributions[i], at(path+"/distributions", i)))
	}
	return hoist.Rule{
		ID:         w.ID,
		When:       r.segments(w.SegmentKey, w.SegmentKeys, w.SegmentOperator, path+"/segment"),
		Serve:      hoist.Serve{Split: split},
		Extensions: extend(ruleExtension{CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt}),
	}
}

func (r *reader) distribution(w *distribution, path string) hoist.Arm {
	name := w.variant
	for _, v := range r.bundle.Flag.Variants {
		if name == "" && v.ID == w.VariantID {
			name = v.Key
		}
	}
	switch {
	case name == "":
		r.problem(path+"/variantId", "the flag has no variant with the id %.60q", w.VariantID)
	case w.variant != "" && !slices.ContainsFunc(r.bundle.Flag.Variants, func(v variant) bool { return v.Key == name }):
		r.problem(path+"/variant", "the flag has no variant %.60q", name)
	}
	return hoist.Arm{
		Variant:    name,
		Weight:     r.percentage(w.Rollout, path+"/rollout"),
		Extensions: extend(armExtension{ID: w.ID, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt}),
	}
}

// percentage returns a number of 32 bits as one of 64 that is written alike.
func (r *reader) percentage(p float32, path string) float64 {
	if !(p >= 0 && p <= 100) {
		r.problem(path, "want 0 to 100, found %v", p)
		return 0
	}
	wide, _ := strconv.ParseFloat(strconv.FormatFloat(float64(p), 'g', -1, 32), 64)
	if float32(wide) != p {
		return float64(p)
	}
	return wide
}

// segments returns the condition for being in one of the segments, or in all.
func (r *reader) segments(key string, keys []string, operator, path string) hoist.Condition {
	if key != "" {
		keys = append([]string{key}, keys...)
	}
	var parts []hoist.Condition
	for i, key := range keys {
		if !slices.Contains(keys[:i], key) {
			parts = append(parts, hoist.InSegment(key))
		}
	}
	switch {
	case key != "" && len(keys) > 1:
		r.problem(path, "want one segment or several, found both")
	case slices.Contains(keys, ""):
		r.problem(path, "the key of a segment is empty")
	case len(parts) == 0:
		r.problem(path, "want a segment")
	case operator != "" && operator != orSegments && operator != andSegments:
		r.problem(path, "unknown operator %.60q, want %s or %s", operator, orSegments, andSegments)
	case len(parts) == 1:
		return parts[0]
	case operator == andSegments:
		return hoist.AllOf(parts...)
	}
	return hoist.AnyOf(parts...)
}

// booleanFlag reads a boolean flag: rollouts decide whether it is enabled or
// not, and "enabled" is what is left.
func (r *reader) booleanFlag() {
	r.flag.Type = hoist.TypeBoolean
	r.targeting.Default = &hoist.Serve{Variant: strconv.FormatBool(r.bundle.Flag.Enabled)}
	ranks := make([]int32, len(r.bundle.Rollouts))
	rules := make([]hoist.Rule, len(r.bundle.Rollouts))
	for i := range rules {
		ranks[i] = r.bundle.Rollouts[i].Rank
		rules[i] = r.rollout(&r.bundle.Rollouts[i], at("/rollouts", i))
	}
	r.targeting.Rules = byRank(rules, ranks)
	r.targeting.Extensions = extend(targetingExtension{Rules: r.unusedRules()})
}

// unusedVariants and unusedRules return what Flipt keeps of a boolean flag
// without serving it, with the ids by which they refer to each other.
func (r *reader) unusedVariants() []variant {
	variants := slices.Clone(r.bundle.Flag.Variants)
	for i := range variants {
		v := &variants[i]
		v.ID = cmp.Or(v.ID, derivedID("variant", r.bundle.Flag.Key, v.Key))
	}
	return variants
}

func (r *reader) unusedRules() []rule {
	rules := slices.Clone(r.bundle.Rules)
	for i := range rules {
		rules[i].Distributions = slices.Clone(rules[i].Distributions)
		for n := range rules[i].Distributions {
			d := &rules[i].Distributions[n]
			for _, v := range r.unusedVariants() {
				if d.variant == v.Key {
					d.VariantID = v.ID
				}
			}
		}
	}
	return rules
}

// rollout reads a rollout. Of a threshold and a segment the threshold counts,
// as in Flipt's API.
func (r *reader) rollout(w *rollout, path string) hoist.Rule {
	out := hoist.Rule{
		ID: w.ID, Title: w.Description,
		Extensions: extend(ruleExtension{CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt}),
	}
	switch {
	case w.Threshold != nil:
		out.Exposure = &hoist.Exposure{Percent: r.percentage(w.Threshold.Percentage, path+"/threshold/percentage")}
		out.Serve.Variant = strconv.FormatBool(w.Threshold.Value)
	case w.Segment != nil:
		s := w.Segment
		out.When = r.segments(s.SegmentKey, s.SegmentKeys, s.SegmentOperator, path+"/segment")
		out.Serve.Variant = strconv.FormatBool(s.Value)
	default:
		r.problem(path, "want a threshold or a segment")
	}
	return out
}

// at returns the path of an element.
func at(list string, i int) string { return list + "/" + strconv.Itoa(i) }
