package hoist

import (
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/spaolacci/murmur3"
)

// naive is the specification of native evaluation: the slow, obvious evaluator
// over the plain model. It prepares nothing and remembers nothing; every step
// parses what it needs when it needs it. The engine is tested against it, so
// when the two differ, one of them contradicts the documentation.
type naive struct {
	flags       map[string]*Flag
	segments    map[string]*Segment
	environment string
	now         time.Time
	common      Subject // has the attributes that are the same for all subjects
}

// newNaive returns the specification of set, which must be valid.
func newNaive(set Set, environment string, now time.Time, common []Attr) naive {
	n := naive{map[string]*Flag{}, map[string]*Segment{}, environment, now, NewSubject("", common...)}
	for _, f := range set.Flags {
		n.flags[f.Key] = f
	}
	for _, s := range set.Segments {
		n.segments[s.Key] = s
	}
	return n
}

// speaksOf reports whether the specification is about set: flags and segments
// of other semantics are not.
func (naive) speaksOf(set Set) bool {
	native := func(s Semantics) bool { return s == "" || s == Native }
	return !slices.ContainsFunc(set.Flags, func(f *Flag) bool { return !native(f.Semantics) }) &&
		!slices.ContainsFunc(set.Segments, func(s *Segment) bool { return !native(s.Semantics) })
}

// A naiveDecision is what evaluation says about one flag and one subject.
type naiveDecision struct {
	variant string // "" is the caller's fallback
	value   string // text of the variant's value
	reason  Reason
	err     ErrorKind
	rule    int // -1 if none decided
	bucket  int // of the split, else of the exposure; -1 if neither decided
}

func (d naiveDecision) String() string {
	return fmt.Sprintf("variant=%q value=%q reason=%v error=%q rule=%d bucket=%d",
		d.variant, d.value, d.reason, d.err.String(), d.rule, d.bucket)
}

// noBucket stands for the bucket where no percentage was looked at.
const noBucket = -1

// decide takes the first step that applies: off, override, rule, default.
func (n naive) decide(key string, s Subject) naiveDecision {
	f := n.flags[key]
	if f == nil || f.Archived {
		return naiveDecision{reason: ReasonError, err: FlagNotFound, rule: -1, bucket: noBucket}
	}
	d := n.decideTargeting(f, f.In(n.environment), s)
	if d.variant != "" {
		d.value = f.naiveValue(d.variant).String()
	}
	return d
}

func (n naive) decideTargeting(f *Flag, t *Targeting, s Subject) naiveDecision {
	if t == nil {
		return naiveDecision{reason: ReasonDisabled, rule: -1, bucket: noBucket}
	}
	if t.Disabled || !n.allMet(t.Requires, s) {
		return naiveDecision{variant: t.Off, reason: ReasonDisabled, rule: -1, bucket: noBucket}
	}
	if variant, ok := t.naiveOverride(s.Key()); ok {
		return naiveDecision{variant: variant, reason: ReasonTargetingMatch, rule: -1, bucket: noBucket}
	}
	for i := range t.Rules {
		if d, ok := n.applyRule(f, &t.Rules[i], s); ok {
			d.rule = i
			return d
		}
	}
	d := n.serveDefault(f, t, s)
	d.rule = -1
	return d
}

// naiveValue returns the value of a variant. A boolean flag has "true" and
// "false" without declaring them.
func (f *Flag) naiveValue(variant string) Value {
	for _, v := range f.Variants {
		if v.Name == variant {
			return v.Value
		}
	}
	return BoolValue(variant == "true")
}

// naiveOverride returns the variant that the subject of this key was given by
// name.
func (t *Targeting) naiveOverride(key string) (variant string, ok bool) {
	for _, o := range t.Overrides {
		if key != "" && slices.Contains(o.Keys, key) {
			return o.Variant, true
		}
	}
	return "", false
}

func (n naive) allMet(requirements []Requirement, s Subject) bool {
	for _, r := range requirements {
		if !n.met(r, s) {
			return false
		}
	}
	return true
}

// met evaluates the other flag in full. The requirement is met if that gave a
// variant of which the name or the text of the value is wanted.
func (n naive) met(r Requirement, s Subject) bool {
	d := n.decide(r.Flag, s)
	return d.variant != "" && (slices.Contains(r.Variants, d.variant) || slices.Contains(r.Variants, d.value))
}

// applyRule gives the decision of a rule, or false where evaluation goes on
// with the next.
func (n naive) applyRule(f *Flag, r *Rule, s Subject) (naiveDecision, bool) {
	if r.Disabled || !r.Window.naiveOpen(n.now) || n.condition(r.When, s) != naiveYes {
		return naiveDecision{}, false
	}
	d := naiveDecision{reason: ReasonTargetingMatch, bucket: noBucket}
	if r.Exposure != nil {
		bucket, admitted := n.admits(r.Exposure, f.Key, s)
		if !admitted {
			return naiveDecision{}, false
		}
		d.reason, d.bucket = ReasonSplit, bucket
	}
	served := Arm{Variant: r.Serve.Variant, Action: r.Serve.Action}
	if r.Serve.Split != nil {
		arm, bucket, ok := n.choose(r.Serve.Split, f.Key, s)
		if !ok {
			return naiveDecision{}, false
		}
		served, d.reason, d.bucket = arm, ReasonSplit, bucket
	}
	d.variant = served.Variant
	return d, served.Action != NextRule
}

// serveDefault gives what those get whom no rule applies to. There is no next
// rule, so every action is the caller's fallback.
func (n naive) serveDefault(f *Flag, t *Targeting, s Subject) naiveDecision {
	d := naiveDecision{reason: ReasonDefault, bucket: noBucket}
	if len(t.Rules) == 0 && len(t.Overrides) == 0 {
		d.reason = ReasonStatic
	}
	if t.Default == nil {
		return d
	}
	d.variant = t.Default.Variant
	if t.Default.Split != nil {
		arm, bucket, ok := n.choose(t.Default.Split, f.Key, s)
		if !ok {
			return naiveDecision{reason: ReasonError, err: TargetingKeyMissing, bucket: noBucket}
		}
		d.variant, d.bucket, d.reason = arm.Variant, bucket, ReasonSplit
	}
	return d
}

// naiveOpen reports whether now is in the window. Both ends belong to it.
func (w *Window) naiveOpen(now time.Time) bool {
	if w == nil {
		return true
	}
	early := !w.NotBefore.IsZero() && now.Before(w.NotBefore)
	late := !w.NotAfter.IsZero() && now.After(w.NotAfter)
	return !early && !late
}

// attr returns an attribute of the subject, or else the one that all subjects
// have.
func (n naive) attr(name string, s Subject) (Value, bool) {
	if v, has := s.Attr(name); has {
		return v, true
	}
	return n.common.Attr(name)
}

// Rollouts.

// naiveBuckets is how many buckets there are: each is 0.001 %.
const naiveBuckets = 100000

// admits returns the bucket of the subject and whether the share includes it.
func (n naive) admits(e *Exposure, defaultSalt string, s Subject) (bucket int, admitted bool) {
	bucket, ok := n.bucket(e.By, e.Salt, defaultSalt, ":", s)
	return bucket, ok && bucket < n.share(e)
}

// choose returns the arm of the subject. An override decides before the
// weights and needs no unit.
func (n naive) choose(sp *Split, defaultSalt string, s Subject) (arm Arm, bucket int, ok bool) {
	for _, o := range sp.Overrides {
		if text, ok := n.unit(o.Attribute, s); ok && slices.Contains(o.Values, text) {
			return Arm{Variant: o.Variant}, noBucket, true
		}
	}
	bucket, ok = n.bucket(sp.By, sp.Salt, defaultSalt, "#", s)
	if !ok {
		return Arm{}, noBucket, false
	}
	return armOf(sp.Arms, bucket), bucket, true
}

// armOf lays the arms out in the order of their names, each as wide as its
// weight, and returns the one that the bucket lies in.
func armOf(arms []Arm, bucket int) Arm {
	arms = slices.Clone(arms)
	slices.SortFunc(arms, func(a, b Arm) int {
		return strings.Compare(a.Variant+"\x00"+string(a.Action), b.Variant+"\x00"+string(b.Action))
	})
	total := 0.0
	for _, a := range arms {
		total += a.Weight
	}
	sum := 0.0
	for _, a := range arms {
		sum += a.Weight
		if float64(bucket) < math.Round(sum*naiveBuckets/total) {
			return a
		}
	}
	return arms[len(arms)-1]
}

// bucket hashes the salt and the unit of the subject; it is false if the
// subject has no unit.
func (n naive) bucket(by []string, salt, defaultSalt, separator string, s Subject) (bucket int, ok bool) {
	if len(by) == 0 {
		by = []string{"key"}
	}
	if salt == "" {
		salt = defaultSalt
	}
	for _, name := range by {
		if unit, ok := n.unit(name, s); ok {
			return int(murmur3.Sum64([]byte(salt+separator+unit)) % naiveBuckets), true
		}
	}
	return noBucket, false
}

// unit returns an attribute as the text that is hashed: a text that is
// not empty, or an integer in decimal. A subject whose key is empty has no key.
func (n naive) unit(name string, s Subject) (unit string, ok bool) {
	if name == "key" {
		return s.Key(), s.Key() != ""
	}
	v, _ := n.attr(name, s)
	switch v.Kind() {
	case KindString, KindVersion:
		unit, _ = v.Text()
	case KindInt:
		i, _ := v.Int()
		unit = strconv.FormatInt(i, 10)
	}
	return unit, unit != ""
}

// share returns how many buckets the exposure includes now.
func (n naive) share(e *Exposure) int {
	switch {
	case e.Ramp == nil:
		return naiveThousandths(e.Percent)
	case len(e.Ramp.Stages) > 0:
		return naiveThousandths(e.Ramp.naiveStage(n.now))
	}
	r := e.Ramp
	switch {
	case n.now.Before(r.Start):
		return naiveThousandths(r.From)
	case !n.now.Before(r.End):
		return naiveThousandths(r.To)
	}
	return r.naiveBetween(n.now)
}

// naiveThousandths returns a share as a number of buckets.
func naiveThousandths(percent float64) int { return int(math.Round(percent * 1000)) }

// naiveBetween returns how many buckets the ramp includes while it is under
// way: From and a part of the way to To, rounded down. The part is that of the
// time that has gone by, with steps that of the steps that have been made.
func (r *Ramp) naiveBetween(now time.Time) int {
	done := big.NewRat(int64(now.Sub(r.Start)), int64(r.End.Sub(r.Start)))
	if r.Steps > 0 {
		steps := big.NewRat(int64(r.Steps), 1)
		done.Quo(naiveFloor(done.Mul(done, steps)), steps)
	}
	from, to := naiveThousandths(r.From), naiveThousandths(r.To)
	way := big.NewRat(int64(to-from), 1)
	share := way.Add(way.Mul(way, done), big.NewRat(int64(from), 1))
	return int(naiveFloor(share).Num().Int64())
}

// naiveFloor returns the greatest integer that is not above x. (Euclidean
// division rounds down because denominators are above 0.)
func naiveFloor(x *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Div(x.Num(), x.Denom()))
}

// naiveStage returns the share of the latest stage that has begun.
func (r *Ramp) naiveStage(now time.Time) float64 {
	latest := Stage{}
	for _, stage := range r.Stages {
		if !stage.At.After(now) && !stage.At.Before(latest.At) {
			latest = stage
		}
	}
	return latest.Percent
}

// Conditions.

// A naiveTruth is the answer of a condition. The order of the three makes the
// least of them the answer of All, and the greatest that of Any.
type naiveTruth int

const (
	naiveNo naiveTruth = iota
	naiveUnknown
	naiveYes
)

func naiveTruthOf(holds bool) naiveTruth {
	if holds {
		return naiveYes
	}
	return naiveNo
}

// not turns yes and no round and leaves what cannot be told.
func (a naiveTruth) not() naiveTruth { return naiveYes - a }

func (n naive) condition(c Condition, s Subject) naiveTruth {
	switch {
	case c.All != nil:
		return n.all(c.All, s)
	case c.Any != nil:
		return n.any(c.Any, s)
	case c.Not != nil:
		return n.condition(*c.Not, s).not()
	case c.Constraint != nil:
		return n.constraint(c.Constraint, s)
	case c.Segment != "":
		return n.segment(n.segments[c.Segment], s)
	case c.Flag != nil:
		return naiveTruthOf(n.met(*c.Flag, s))
	}
	return naiveYes
}

func (n naive) all(conditions []Condition, s Subject) naiveTruth {
	least := naiveYes
	for _, c := range conditions {
		least = min(least, n.condition(c, s))
	}
	return least
}

func (n naive) any(conditions []Condition, s Subject) naiveTruth {
	greatest := naiveNo
	for _, c := range conditions {
		greatest = max(greatest, n.condition(c, s))
	}
	return greatest
}

// segment holds for those whom its condition holds for and its share includes.
func (n naive) segment(segment *Segment, s Subject) naiveTruth {
	in := n.condition(segment.When, s)
	if segment.Exposure != nil {
		_, admitted := n.admits(segment.Exposure, segment.Key, s)
		in = min(in, naiveTruthOf(admitted))
	}
	return in
}

// constraint tests the attribute as a whole; Negate turns that result round.
func (n naive) constraint(c *Constraint, s Subject) naiveTruth {
	v, has := n.attr(c.Attribute, s)
	result := naiveUnknown
	if c.Operator == Present {
		want, _ := c.Operands[0].Bool()
		result = naiveTruthOf(has == want)
	} else if has {
		result = n.attribute(c, v)
	}
	if c.Negate {
		return result.not()
	}
	return result
}

// attribute tests a list element by element: one has to hold, with Every each.
// An empty list is as good as missing.
func (n naive) attribute(c *Constraint, v Value) naiveTruth {
	elements, isList := v.List()
	if !isList {
		return n.test(c, v)
	}
	if len(elements) == 0 {
		return naiveUnknown
	}
	least, greatest := naiveYes, naiveNo
	for _, e := range elements {
		result := n.test(c, e)
		least, greatest = min(least, result), max(greatest, result)
	}
	if c.Every {
		return least
	}
	return greatest
}

// test compares one value with the operands of a constraint.
func (n naive) test(c *Constraint, v Value) naiveTruth {
	switch c.Operator {
	case Is, In:
		return naiveEqualsOne(v, c)
	case StartsWith, EndsWith, Contains, Matches:
		return naiveText(v, c)
	case LessThan, AtMost, AtLeast, MoreThan:
		return naiveNumber(v, c)
	case VersionIs, VersionBelow, VersionAtMost, VersionAtLeast, VersionAbove:
		return naiveVersion(v, c)
	case Before, After:
		return n.instant(v, c)
	case InNetwork:
		return naiveNetwork(v, c)
	}
	panic("no such operator: " + c.Operator)
}

// naiveEqualsOne is unknown if no operand is of the sort of v: boolean, number
// or text. Nothing else can be compared.
func naiveEqualsOne(v Value, c *Constraint) naiveTruth {
	result := naiveUnknown
	for _, operand := range c.Operands {
		if equal, comparable := naiveEqual(v, operand, c.IgnoreCase); comparable && result != naiveYes {
			result = naiveTruthOf(equal)
		}
	}
	return result
}

func naiveEqual(v, w Value, ignoreCase bool) (equal, comparable bool) {
	if a, ok := v.Bool(); ok {
		b, ok := w.Bool()
		return a == b, ok
	}
	if order, ordered := naiveCompare(v, w); ordered {
		return order == 0, true
	}
	a, isText := naiveFold(v, ignoreCase)
	b, alsoText := naiveFold(w, ignoreCase)
	return a == b, isText && alsoText
}

// naiveFold returns a text, in lower case if case does not matter. Strings and
// versions are texts.
func naiveFold(v Value, ignoreCase bool) (text string, ok bool) {
	if v.Kind() != KindString && v.Kind() != KindVersion {
		return "", false
	}
	text, _ = v.Text()
	if ignoreCase {
		text = strings.ToLower(text)
	}
	return text, true
}

// naiveCompare compares numbers exactly. Not-a-number has no order: it cannot
// be told how it compares.
func naiveCompare(v, w Value) (order int, ordered bool) {
	a, b := naiveBig(v), naiveBig(w)
	if a == nil || b == nil {
		return 0, false
	}
	return a.Cmp(b), true
}

// naiveBig returns a number without loss, nil if v is none.
func naiveBig(v Value) *big.Float {
	switch v.Kind() {
	case KindInt:
		i, _ := v.Int()
		return new(big.Float).SetInt64(i)
	case KindFloat:
		if f, _ := v.Float(); !math.IsNaN(f) {
			return new(big.Float).SetFloat64(f)
		}
	}
	return nil
}

func naiveNumber(v Value, c *Constraint) naiveTruth {
	order, ordered := naiveCompare(v, c.Operands[0])
	if !ordered {
		return naiveUnknown
	}
	return naiveTruthOf(naiveInOrder(c.Operator, order))
}

// naiveInOrder reports whether an operator accepts the order of the attribute
// and the operand: below 0, 0, or above 0.
func naiveInOrder(operator Operator, order int) bool {
	switch operator {
	case VersionIs:
		return order == 0
	case LessThan, VersionBelow, Before:
		return order < 0
	case AtMost, VersionAtMost:
		return order <= 0
	case AtLeast, VersionAtLeast:
		return order >= 0
	default: // MoreThan, VersionAbove, After
		return order > 0
	}
}

func naiveText(v Value, c *Constraint) naiveTruth {
	if c.Operator == Matches {
		return naiveMatches(v, c)
	}
	find := map[Operator]func(text, part string) bool{
		StartsWith: strings.HasPrefix,
		EndsWith:   strings.HasSuffix,
		Contains:   strings.Contains,
	}[c.Operator]
	text, ok := naiveFold(v, c.IgnoreCase)
	if !ok {
		return naiveUnknown
	}
	return naiveTruthOf(slices.ContainsFunc(c.Operands, func(operand Value) bool {
		part, _ := naiveFold(operand, c.IgnoreCase)
		return find(text, part)
	}))
}

func naiveMatches(v Value, c *Constraint) naiveTruth {
	text, ok := naiveFold(v, false)
	if !ok {
		return naiveUnknown
	}
	return naiveTruthOf(slices.ContainsFunc(c.Operands, func(operand Value) bool {
		pattern, _ := operand.Text()
		if c.IgnoreCase {
			pattern = "(?i)" + pattern
		}
		return regexp.MustCompile(pattern).MatchString(text)
	}))
}

func naiveVersion(v Value, c *Constraint) naiveTruth {
	text, _ := naiveFold(v, false)
	version, err := semver.NewVersion(text)
	if err != nil {
		return naiveUnknown
	}
	operand := semver.MustParse(c.Operands[0].String())
	return naiveTruthOf(naiveInOrder(c.Operator, version.Compare(operand)))
}

// instant compares instants. An attribute is a time or says one; "now" is for
// operands.
func (n naive) instant(v Value, c *Constraint) naiveTruth {
	at, ok := v.Time()
	if v.Kind() == KindString {
		at, ok = naiveParseTime(v.String())
	}
	if !ok {
		return naiveUnknown
	}
	operand, _ := c.Operands[0].Text()
	return naiveTruthOf(naiveInOrder(c.Operator, at.Compare(n.operandTime(operand))))
}

func (n naive) operandTime(text string) time.Time {
	if at, ok := naiveParseTime(text); ok {
		return at
	}
	return n.now.Add(naiveMove(strings.TrimPrefix(text, "now")))
}

// naiveParseTime reads an RFC 3339 time, or a date, which is midnight UTC.
func naiveParseTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// naiveMove reads what may follow "now": nothing, or a sign and a duration that
// may begin with days of 24 hours.
func naiveMove(text string) time.Duration {
	if text == "" {
		return 0
	}
	var move time.Duration
	sign, rest := text[:1], text[1:]
	if days, after, ok := strings.Cut(rest, "d"); ok {
		count, _ := strconv.Atoi(days)
		move, rest = time.Duration(count)*24*time.Hour, after
	}
	if rest != "" {
		d, _ := time.ParseDuration(rest)
		move += d
	}
	if sign == "-" {
		return -move
	}
	return move
}

// naiveNetwork looks an address up. Addresses of IPv4 in the form of IPv6 are
// those of IPv4; a zone does not count.
func naiveNetwork(v Value, c *Constraint) naiveTruth {
	text, _ := v.Text()
	address, err := netip.ParseAddr(text)
	if err != nil || v.Kind() != KindString {
		return naiveUnknown
	}
	address = address.Unmap().WithZone("")
	return naiveTruthOf(slices.ContainsFunc(c.Operands, func(operand Value) bool {
		text, _ := operand.Text()
		if strings.Contains(text, "/") {
			return netip.MustParsePrefix(text).Contains(address)
		}
		return netip.MustParseAddr(text).Unmap().WithZone("") == address
	}))
}
