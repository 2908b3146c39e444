package hoist

import (
	"math"
	"slices"
	"strconv"
)

// The rules of Spotify Confidence, as its published resolver evaluates them.
// Numbers in parentheses are sections of the measured description that this
// was written from.
//
// A rule has one segment as its condition and the attribute of its split as
// its unit, which also the segments it refers to use.

// confidenceKey is the attribute that is the unit of a rule that names none
// (3.2, step 4).
const confidenceKey = "targeting_key"

// confidenceBuckets is how many buckets segments admit units by (3.1).
const confidenceBuckets = orderedBuckets

// confidenceSeparator stands between salt and unit in all that is hashed (3.1).
const confidenceSeparator = "|"

// confidenceRollout compiles what exposures and splits have in common: the hash
// (3.1) and that what they hash is the unit of the rule.
func (k *compiler) confidenceRollout(by []string, salt string, buckets uint32, at *place) rollout {
	if salt == "" {
		salt = k.salt
	}
	r := k.confidenceUnitRule(by, at)
	if len(by) == 0 {
		r.unit = unitOfRule
	}
	r.salt, r.hash, r.buckets = k.names.text(salt+confidenceSeparator), hashMurmur60, buckets
	return r
}

// confidenceUnitRule says how the value of an attribute is read as a unit (3.3).
func (k *compiler) confidenceUnitRule(by []string, at *place) rollout {
	name := confidenceKey
	switch {
	case len(by) > 1:
		k.add(at.to("by"), "%d attributes, want one", len(by))
	case len(by) == 1:
		name = by[0]
		if problem := keyProblem(name); problem != "" {
			k.add(at.to("by"), "attribute name %q %s", shorten(name), problem)
		}
	}
	return rollout{by: []*attrRef{k.names.attr(name, k.semantics.keyRole(name))}, unit: unitConfidence}
}

// confidenceExposure compiles which units a segment admits (3.4): those of a
// list or, in a share, the first ones in the segment's own order.
func confidenceExposure(k *compiler, e *Exposure, at *place) *exposure {
	if e.Ramp != nil {
		k.add(at.to("ramp"), "ramps are for native semantics, want a share")
		return nil
	}
	out := &exposure{rollout: k.confidenceRollout(e.By, e.Salt, confidenceBuckets, at)}
	if e.Population != nil {
		k.confidencePopulation(e, out, at)
	} else {
		out.threshold = k.confidenceShare(e.Percent, at)
		out.population = &population{order: newBucketOrder(k.salt), first: out.threshold}
	}
	if out.threshold == confidenceBuckets {
		return nil // everyone, also who has no unit
	}
	return out
}

func (k *compiler) confidencePopulation(e *Exposure, out *exposure, at *place) {
	if len(e.Population) > confidenceBuckets/8 {
		k.add(at.to("population"), "%d bytes, limit %d", len(e.Population), confidenceBuckets/8)
	}
	if e.Percent != 0 {
		k.add(at, "want a share or a population, found both")
	}
	out.threshold = ones(e.Population)
	out.population = &population{bits: append([]byte{}, e.Population...)}
	if out.threshold == 8*uint32(len(e.Population)) {
		out.none = noUnitAdmits // no bit is 0
	}
}

// confidenceShare returns a share as a number of buckets: the service takes
// round(p·10⁶) of them (3.4).
func (k *compiler) confidenceShare(percent float64, at *place) uint32 {
	if !(percent >= 0 && percent <= 100) {
		k.add(at.to("share"), "want a share from 0 %% to 100 %%, found %v", percent)
		return 0
	}
	return uint32(math.Round(percent * (confidenceBuckets / 100)))
}

// confidenceSplit compiles an assignment spec (3.2, step 8). Its default salt
// is the segment of the rule, which confidenceRule puts in.
func confidenceSplit(k *compiler, s *Split, at *place) *split {
	out := &split{rollout: k.confidenceRollout(s.By, s.Salt, uint32(max(0, s.Buckets)), at)}
	if len(s.Overrides) > 0 {
		k.add(at.to("overrides"), "overrides are not for these semantics")
	}
	for i := range s.Arms {
		arms := at.to("split")
		k.checkConfidenceArm(&s.Arms[i], arms.nth(i))
	}
	out.rest = arm{action: nextRule, quiet: true}
	if s.Buckets <= 0 {
		out.rest = arm{action: giveUp, quiet: true} // upstream fails the whole request
		return out
	}
	k.confidenceArms(s, out, at)
	return out
}

func (k *compiler) checkConfidenceArm(a *Arm, at *place) {
	switch {
	case a.Variant != "" && a.Action != "":
		k.add(at, "want an arm with a variant or an action, found both")
	case a.Weight != 0:
		k.add(at.to("weight"), "weights are not for these semantics, want ranges")
	}
	k.action(a.Action, at.to("action"))
}

// maxRanges is how many ranges the arms of a split may have in all.
const maxRanges = 2000

// confidenceArms gives each bucket to the first arm that has it in a range, be
// there overlaps or gaps.
func (k *compiler) confidenceArms(s *Split, out *split, at *place) {
	bounds := []int{0, s.Buckets}
	for i := range s.Arms {
		for _, r := range s.Arms[i].Ranges {
			bounds = append(bounds, min(max(r.Lower, 0), s.Buckets), min(max(r.Upper, 0), s.Buckets))
		}
	}
	if len(bounds)/2 > maxRanges+1 {
		k.add(at.to("split"), "%d ranges, limit %d", len(bounds)/2-1, maxRanges)
		return
	}
	slices.Sort(bounds)
	bounds = slices.Compact(bounds)
	for i, bound := range bounds[1:] {
		a := out.rest
		if of := armWith(s.Arms, bounds[i]); of >= 0 {
			a = k.confidenceArm(&s.Arms[of])
		}
		a.bound = uint32(bound)
		out.arms = append(out.arms, a)
	}
}

// armWith returns the first arm that has a bucket in a range, -1 if none has.
func armWith(arms []Arm, bucket int) int {
	return slices.IndexFunc(arms, func(a Arm) bool {
		return slices.ContainsFunc(a.Ranges, func(r Range) bool { return r.Lower <= bucket && bucket < r.Upper })
	})
}

// confidenceArm compiles what an assignment gives (3.2, step 9). An assignment
// without a kind gives nothing, and one with a variant that the flag lacks
// fails; upstream that is the whole request.
func (k *compiler) confidenceArm(a *Arm) arm {
	switch {
	case a.Action == NextRule:
		return arm{action: nextRule}
	case a.Action == CallersFallback:
		return arm{action: callersFallback}
	case a.Variant == "":
		return arm{action: nextRule, quiet: true}
	}
	if v := k.variant(a.Variant); v != nil {
		return arm{target: v}
	}
	return arm{action: giveUp}
}

// confidenceRule compiles what comes before the condition of a rule (3.2, steps
// 2 to 6), and makes of a full rollout what it is: something that needs no
// bucket.
func confidenceRule(k *compiler, r *Rule, out *rule, at *place) {
	u := &ruleUnit{exists: -1}
	out.unit = u
	k.confidenceCondition(out)
	s := r.Serve.Split
	by := []string(nil)
	if s != nil {
		by = s.By
	}
	serve := at.to("serve")
	u.rollout = k.confidenceUnitRule(by, serve)
	u.required = len(by) > 0
	u.idle = r.Serve.Action == NextRule || s != nil && isEmptySplit(s)
	switch {
	case s == nil:
		u.tolerant = !u.idle
	case isFullRollout(s):
		only := k.confidenceArm(&s.Arms[0])
		out.serve = serveOf(only)
		u.tolerant, u.arm, u.quiet = !u.required, k.names.text(s.Arms[0].ID), only.quiet
	case out.serve.split != nil:
		k.confidenceSplitOf(s, out)
	}
	if r.Sticky != nil {
		u.sticky = stickyOf(k, r, s, at.to("sticky"))
	}
}

// confidenceSplitOf completes the split of a rule: its salt is the segment (3.1),
// and decisions name its arms.
func (k *compiler) confidenceSplitOf(s *Split, out *rule) {
	if s.Salt == "" && out.unit.exists >= 0 {
		out.serve.split.salt = k.names.text(k.scope.segKeys[out.unit.exists] + confidenceSeparator)
	}
	lower := 0
	for _, a := range out.serve.split.arms {
		id := ""
		if of := armWith(s.Arms, lower); of >= 0 {
			id = k.names.text(s.Arms[of].ID)
		}
		out.unit.arms, lower = append(out.unit.arms, id), int(a.bound)
	}
}

func serveOf(a arm) serve { return serve{variant: a.target, action: a.action} }

// isEmptySplit reports whether a split is what a rule without an assignment spec
// has: it has nothing to assign, and is only by an attribute (3.2, step 5).
func isEmptySplit(s *Split) bool { return len(s.Arms) == 0 && s.Buckets == 0 }

// isFullRollout reports whether a split is one arm with one range that is all
// there is, be that nothing (3.2).
func isFullRollout(s *Split) bool {
	return len(s.Arms) == 1 && len(s.Arms[0].Ranges) == 1 && s.Arms[0].Ranges[0] == Range{0, s.Buckets}
}

// confidenceCondition takes the condition of a rule apart: the segment, which
// is what depends on the unit, and what stands before it, which are the
// environments of the rule.
func (k *compiler) confidenceCondition(out *rule) {
	conds := k.scope.conds
	before, rest := span{first: out.when.first}, out.when
	for rest.n > 0 && conds[rest.first].isUnitless() {
		before.n++
		rest.first++
		rest.n--
	}
	if rest.n == 1 && conds[rest.first].op == opSegment {
		out.unit.exists = int(conds[rest.first].ref)
	}
	out.unit.before, out.when = before, rest
}

// isUnitless reports whether a node is a test of an attribute or a constant:
// something that the unit of a rule cannot matter to.
func (c *cond) isUnitless() bool {
	_, n := c.children()
	return c.op >= opPresent || c.op == opConst || c.op == opAny && n == 0
}

// maxUnitBytes is how long a unit may be (3.3).
const maxUnitBytes = 100

// unitOfRule appends the unit of the rule under way. Outside of a rule that has
// one, such as where a native flag refers to a segment of this product, it is
// the attribute of r.
func (e *evaluation) unitOfRule(b []byte, r *rollout) ([]byte, unitState) {
	switch {
	case e.unit == nil:
		return e.confidenceUnit(b, r)
	case e.noUnit:
		return b, unitMissing
	}
	return e.confidenceUnit(b, e.unit)
}

// confidenceUnit appends an attribute as a unit (3.3).
func (e *evaluation) confidenceUnit(b []byte, r *rollout) ([]byte, unitState) {
	v, ok := e.get(r.by[0])
	n := len(b)
	switch {
	case !ok:
		return b, unitMissing
	case v.isTextual() && v.num <= maxUnitBytes:
		return append(b, v.text()...), unitFound
	case v.isNumber():
		if f, _ := v.Float(); f != math.Trunc(f) || math.IsInf(f, 0) {
			return b, unitInvalid
		}
		if b = appendDecimal(b, v); len(b)-n <= maxUnitBytes {
			return b, unitFound
		}
	}
	return b[:n], unitInvalid
}

// appendDecimal appends a number as the product writes it: in full, without an
// exponent. It has no integers; those beyond 2^53 are rounded.
func appendDecimal(b []byte, v Value) []byte {
	if n := int64(v.num); v.kind == KindInt && n <= 1<<53 && n >= -1<<53 {
		return strconv.AppendInt(b, n, 10)
	}
	f, _ := v.Float()
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}
