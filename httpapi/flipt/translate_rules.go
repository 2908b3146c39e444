package flipt

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/hoistflags/hoist"
)

// Model to documents, the rules: those of variant flags and the rollouts of
// boolean flags.

// ranksOf returns the ranks of rules: those that were kept if they are in
// order, else the positions.
func ranksOf(rules []hoist.Rule) []int32 {
	ranks := make([]int32, len(rules))
	for i := range rules {
		ranks[i] = int32(i + 1)
		if x := extensionOf[ruleExtension](rules[i].Extensions); x.Rank != nil {
			ranks[i] = *x.Rank
		}
	}
	if !slices.IsSorted(ranks) {
		for i := range ranks {
			ranks[i] = int32(i + 1)
		}
	}
	return ranks
}

// ruleID returns the id of rule i of the targeting.
func (w *writer) ruleID(i int) string {
	return cmp.Or(w.targeting.Rules[i].ID, derivedID("rule", w.flag.Key, strconv.Itoa(i)))
}

// checkRule notes what rules and rollouts of Flipt do not have.
func (w *writer) checkRule(r *hoist.Rule, path string) {
	if r.Disabled {
		w.problem(path+"/enabled", "rules of Flipt cannot be switched off")
	}
	if r.Window != nil {
		w.problem(path+"/window", "rules of Flipt are not limited to a time")
	}
}

func (w *writer) rule(i int, path string) rule {
	r, f := &w.targeting.Rules[i], &w.out.Flag
	x := extensionOf[ruleExtension](r.Extensions)
	out := rule{
		ID: w.ruleID(i), FlagKey: f.Key, CreatedAt: x.CreatedAt, UpdatedAt: x.UpdatedAt, NamespaceKey: f.NamespaceKey,
		Distributions: []distribution{},
	}
	w.checkRule(r, path)
	if r.Exposure != nil {
		w.problem(path+"/exposure", "rules of Flipt have no threshold")
	}
	out.SegmentKey, out.SegmentKeys, out.SegmentOperator = w.segments(&r.When, path+"/when")
	for n, arm := range w.arms(&r.Serve, path+"/serve") {
		out.Distributions = append(out.Distributions, w.distribution(&arm, out.ID, n, at(path+"/serve/split", n)))
	}
	return out
}

// arms returns the shares of a rule. One that serves a variant gives it all of
// them.
func (w *writer) arms(s *hoist.Serve, path string) []hoist.Arm {
	switch {
	case s.Variant != "":
		return []hoist.Arm{{Variant: s.Variant, Weight: 100}}
	case s.Split == nil:
		w.problem(path, "rules of Flipt give variants")
		return nil
	case len(s.Split.By) > 0 || s.Split.Salt != "" || s.Split.Buckets != 0 || len(s.Split.Overrides) > 0:
		w.problem(path, "distributions of Flipt are by entity id and flag only")
	}
	return s.Split.Arms
}

func (w *writer) distribution(a *hoist.Arm, rule string, n int, path string) distribution {
	x := extensionOf[armExtension](a.Extensions)
	i := slices.IndexFunc(w.out.Flag.Variants, func(v variant) bool { return v.Key == a.Variant })
	if i < 0 || a.Action != "" || len(a.Ranges) > 0 {
		w.problem(path, "distributions of Flipt have a variant of the flag and a share")
		return distribution{}
	}
	return distribution{
		ID: cmp.Or(x.ID, derivedID("distribution", rule, strconv.Itoa(n))), RuleID: rule,
		VariantID: w.out.Flag.Variants[i].ID, Rollout: float32(a.Weight), CreatedAt: x.CreatedAt, UpdatedAt: x.UpdatedAt,
		variant: a.Variant,
	}
}

// segments returns the segments that a condition asks for, in Flipt's form for
// one and for several.
func (w *writer) segments(c *hoist.Condition, path string) (key string, keys []string, operator string) {
	if c.Segment != "" {
		return c.Segment, []string{}, orSegments
	}
	operator = orSegments
	parts := c.Any
	if c.All != nil {
		operator, parts = andSegments, c.All
	}
	for _, part := range parts {
		if part.Segment != "" && !slices.Contains(keys, part.Segment) {
			keys = append(keys, part.Segment)
		}
	}
	switch plain := !slices.ContainsFunc(parts, func(part hoist.Condition) bool { return part.Segment == "" }); {
	case c.All != nil && c.Any != nil || !plain || len(keys) == 0:
		w.problem(path, "rules of Flipt are about segments: one, any or all of several")
	case len(keys) == 1:
		return keys[0], []string{}, orSegments
	}
	return "", keys, operator
}

func (w *writer) rollout(i int, path string) rollout {
	r, f := &w.targeting.Rules[i], &w.out.Flag
	x := extensionOf[ruleExtension](r.Extensions)
	out := rollout{
		ID: w.ruleID(i), NamespaceKey: f.NamespaceKey, FlagKey: f.Key, Description: r.Title,
		CreatedAt: x.CreatedAt, UpdatedAt: x.UpdatedAt,
	}
	w.checkRule(r, path)
	value := r.Serve.Variant == "true"
	if !value && r.Serve.Variant != "false" {
		w.problem(path+"/serve", "rollouts of Flipt give true or false")
	}
	if c := &r.When; r.Exposure == nil && hasCondition(c) {
		out.Type, out.Segment = segmentRollout, &rolloutSegment{Value: value}
		s := out.Segment
		s.SegmentKey, s.SegmentKeys, s.SegmentOperator = w.segments(c, path+"/when")
		return out
	}
	out.Type = thresholdRollout
	out.Threshold = &rolloutThreshold{Percentage: w.threshold(r, path), Value: value}
	return out
}

// threshold returns the share of a rule, which is everyone if it has none.
func (w *writer) threshold(r *hoist.Rule, path string) float32 {
	e := r.Exposure
	if e == nil {
		return 100
	}
	switch {
	case hasCondition(&r.When):
		w.problem(path, "rollouts of Flipt have a segment or a threshold, not both")
	case len(e.By) > 0 || e.Salt != "" || e.Ramp != nil:
		w.problem(path+"/exposure", "thresholds of Flipt are by entity id and flag only, and fixed")
	}
	return float32(e.Percent)
}

// unusedRules and unusedRollouts return what is kept without being evaluated,
// under the names that the flag has now.
func unusedRules(kept []rule, f *flag) []rule {
	for i := range kept {
		r := &kept[i]
		r.ID = cmp.Or(r.ID, derivedID("rule", f.Key, strconv.Itoa(i)))
		r.FlagKey, r.NamespaceKey = f.Key, f.NamespaceKey
		r.SegmentKeys = orEmpty(r.SegmentKeys)
		r.Distributions = orEmpty(r.Distributions)
		for n := range r.Distributions {
			d := &r.Distributions[n]
			d.ID, d.RuleID = cmp.Or(d.ID, derivedID("distribution", r.ID, strconv.Itoa(n))), r.ID
		}
	}
	return kept
}

func unusedRollouts(kept []rollout, f *flag) []rollout {
	for i := range kept {
		r := &kept[i]
		r.ID = cmp.Or(r.ID, derivedID("rule", f.Key, strconv.Itoa(i)))
		r.FlagKey, r.NamespaceKey = f.Key, f.NamespaceKey
		if r.Segment != nil {
			r.Segment.SegmentKeys = orEmpty(r.Segment.SegmentKeys)
		}
	}
	return kept
}

// hasCondition reports whether c is a condition that need not hold.
func hasCondition(c *hoist.Condition) bool {
	return c.All != nil || c.Any != nil || c.Not != nil || c.Constraint != nil || c.Segment != "" || c.Flag != nil
}

// orEmpty returns a list that is written as one, not as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
