package hoist

import (
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// nativeBuckets is how many buckets a native rollout has: steps of 0.001 %.
const nativeBuckets = 100_000

// The separators between salt and unit keep exposures and splits independent.
const (
	exposureSeparator = ":"
	splitSeparator    = "#"
)

// A rollout is how a subject becomes a bucket: a hash of salt, unit and tail,
// brought down to a number of buckets.
type rollout struct {
	by      []*attrRef   // the first that is a unit counts; nil: the key
	salt    string       // before the unit, with its separator; "" if only salted is used
	salted  saltedMurmur // the same for a unit that follows it
	tail    string       // after the unit
	buckets uint32       // 0: all 2^32
	seed    uint32       // of hashes that have one
	hash    hashRule
	unit    unitRule
	none    noUnitRule
}

// An exposure is a compiled [Exposure].
type exposure struct {
	rollout
	threshold  uint32 // buckets below it are admitted
	ramp       *ramp
	population *population // says instead which buckets are admitted
}

// A ramp is a compiled [Ramp]. Instants are nanoseconds.
type ramp struct {
	from, to   float64 // percent
	start, end int64
	steps      int64
	stages     []stage
}

type stage struct {
	at        int64
	threshold uint32
}

// A split is a compiled [Split].
type split struct {
	rollout
	arms      []arm
	rest      arm // for buckets beyond the last arm
	overrides []splitOverride
}

// An arm has the buckets from the bound of the arm before it up to its own.
type arm struct {
	bound  uint32
	action actionCode
	quiet  bool // stands for no arm of the model, so that it was not passed by
	target *variant
}

type splitOverride struct {
	attr    *attrRef
	values  []string
	variant *variant
}

func (k *compiler) compileRollout(by []string, salt, separator string, at *place) rollout {
	if salt == "" {
		salt = k.salt
	}
	r := rollout{salt: k.names.text(salt + separator), buckets: nativeBuckets}
	r.salted = newSaltedMurmur(r.salt)
	if len(by) == 1 && k.semantics.keyRole(by[0]) == isKey {
		return r
	}
	for i, name := range by {
		if problem := keyProblem(name); problem != "" {
			by := at.to("by")
			k.add(by.nth(i), "attribute name %q %s", shorten(name), problem)
		}
		r.by = append(r.by, k.names.attr(name, k.semantics.keyRole(name)))
	}
	return r
}

func (k *compiler) nativeRollout(by []string, salt, separator string, at *place) rollout {
	r := k.compileRollout(by, salt, separator, at)
	if r.by == nil {
		r.salt = ""
	}
	return r
}

func (k *compiler) compileExposure(e *Exposure, at *place) *exposure {
	if e == nil {
		return nil
	}
	return k.semantics.exposure(k, e, at)
}

func nativeExposure(k *compiler, e *Exposure, at *place) *exposure {
	if e.Population != nil {
		k.add(at.to("population"), "populations are for semantics that have them, want a share")
	}
	out := &exposure{rollout: k.nativeRollout(e.By, e.Salt, exposureSeparator, at)}
	if e.Ramp == nil {
		share := at
		if e.By != nil || e.Salt != "" {
			share = at.to("share")
		}
		out.threshold = k.threshold(e.Percent, share)
		return out
	}
	if e.Percent != 0 {
		k.add(at, "want a share or a ramp, found both")
	}
	out.ramp = k.compileRamp(e.Ramp, at.to("ramp"))
	return out
}

// threshold returns a share as a number of buckets.
func (k *compiler) threshold(percent float64, at *place) uint32 {
	buckets := percent * (nativeBuckets / 100)
	rounded := math.Round(buckets)
	switch {
	case !(percent >= 0 && percent <= 100):
		k.add(at, "want a share from 0 %% to 100 %%, found %v", percent)
		return 0
	case math.Abs(buckets-rounded) > 1e-6:
		k.add(at, "%v %% is finer than the steps of 0.001 %%", percent)
	}
	return uint32(rounded)
}

func (k *compiler) compileRamp(r *Ramp, at *place) *ramp {
	if len(r.Stages) > 0 {
		return k.compileStages(r, at)
	}
	k.threshold(r.From, at.to("from"))
	k.threshold(r.To, at.to("to"))
	if r.Start.IsZero() || r.End.IsZero() || !r.Start.Before(r.End) {
		k.add(at, "want a start that is before the end, or stages")
	}
	if r.Steps < 0 || r.Steps > nativeBuckets {
		k.add(at.to("steps"), "want 0 to %d steps, found %d", nativeBuckets, r.Steps)
	}
	return &ramp{from: r.From, to: r.To, start: clampNanos(r.Start), end: clampNanos(r.End), steps: int64(r.Steps)}
}

func (k *compiler) compileStages(r *Ramp, at *place) *ramp {
	if r.From != 0 || r.To != 0 || r.Steps != 0 || !r.Start.IsZero() || !r.End.IsZero() {
		k.add(at, "stages go without from, to, start, end and steps")
	}
	stages := at.to("stages")
	out := &ramp{}
	for i, s := range r.Stages {
		here := stages.nth(i)
		if s.At.IsZero() || i > 0 && !r.Stages[i-1].At.Before(s.At) {
			k.add(here.to("at"), "want stages in the order of their times")
		}
		out.stages = append(out.stages, stage{clampNanos(s.At), k.threshold(s.Percent, here.to("share"))})
	}
	return out
}

// at returns how many buckets are admitted at a time.
func (r *ramp) at(now int64) uint32 {
	if r.stages != nil {
		t := uint32(0)
		for _, s := range r.stages {
			if s.at <= now {
				t = s.threshold
			}
		}
		return t
	}
	switch {
	case now < r.start:
		return percentBuckets(r.from)
	case now >= r.end:
		return percentBuckets(r.to)
	}
	// The distance of two instants can need 64 bits without a sign.
	elapsed, whole := uint64(now)-uint64(r.start), uint64(r.end)-uint64(r.start)
	if r.steps > 0 {
		hi, lo := bits.Mul64(elapsed, uint64(r.steps))
		elapsed, _ = bits.Div64(hi, lo, whole)
		whole = uint64(r.steps)
	}
	from, to := percentBuckets(r.from), percentBuckets(r.to)
	if to >= from {
		hi, lo := bits.Mul64(elapsed, uint64(to-from))
		way, _ := bits.Div64(hi, lo, whole)
		return from + uint32(way)
	}
	hi, lo := bits.Mul64(elapsed, uint64(from-to))
	way, rest := bits.Div64(hi, lo, whole)
	if rest > 0 {
		way++
	}
	return from - uint32(way)
}

// percentBuckets rounds down to whole buckets, with room for the error of the
// computation.
func percentBuckets(percent float64) uint32 {
	return uint32(math.Floor(percent*(nativeBuckets/100) + 1e-6))
}

func nativeSplit(k *compiler, s *Split, at *place) *split {
	out := &split{rollout: k.nativeRollout(s.By, s.Salt, splitSeparator, at)}
	arms := at.to("split")
	if s.Buckets != 0 {
		k.add(at.to("buckets"), "buckets are for semantics with ranges")
	}
	if len(s.Arms) == 0 || len(s.Arms) > MaxVariants {
		k.add(arms, "want 1 to %d arms, found %d", MaxVariants, len(s.Arms))
		return out
	}
	out.arms = k.compileArms(s.Arms, arms)
	for i := range s.Overrides {
		overrides := at.to("overrides")
		out.overrides = append(out.overrides, k.compileSplitOverride(&s.Overrides[i], overrides.nth(i)))
	}
	return out
}

// compileArms gives each arm its buckets, in the order of the variants' names:
// neither the order in a document nor that of an object's members, which many
// tools change, moves anyone.
func (k *compiler) compileArms(given []Arm, at *place) []arm {
	arms := slices.Clone(given)
	slices.SortStableFunc(arms, func(a, b Arm) int {
		if c := strings.Compare(a.Variant, b.Variant); c != 0 {
			return c
		}
		return strings.Compare(string(a.Action), string(b.Action))
	})
	total := 0.0
	for _, a := range arms {
		k.checkArm(&a, at)
		total += a.Weight
	}
	if !(total > 0) || math.IsInf(total, 0) {
		k.add(at, "want weights with a sum above 0, found %v", total)
		return nil
	}
	out, sum := make([]arm, len(arms)), 0.0
	for i, a := range arms {
		sum += a.Weight
		here := at.to(a.Variant)
		out[i] = arm{bound: uint32(math.Round(sum * nativeBuckets / total)), action: k.action(a.Action, here)}
		if a.Action == "" {
			out[i].target = k.wantVariant(a.Variant, here)
		}
		if i > 0 && arms[i-1].Variant == a.Variant && arms[i-1].Action == a.Action {
			k.add(here, "the arm is there twice")
		}
	}
	return out
}

func (k *compiler) checkArm(a *Arm, at *place) {
	here := at.to(a.Variant)
	switch {
	case (a.Variant == "") == (a.Action == ""):
		k.add(at, "want an arm with a variant or an action")
	case !(a.Weight >= 0) || math.IsInf(a.Weight, 0):
		k.add(here, "want a weight of at least 0, found %v", a.Weight)
	case a.ID != "":
		k.add(here, "IDs of arms are for semantics that have them")
	case len(a.Ranges) > 0:
		k.add(here, "ranges are for semantics that have them, want a weight")
	}
}

func (k *compiler) compileSplitOverride(o *SplitOverride, at *place) splitOverride {
	if problem := keyProblem(o.Attribute); problem != "" {
		k.add(at.to("attribute"), "attribute name %q %s", shorten(o.Attribute), problem)
	}
	return splitOverride{
		attr:    k.names.attr(o.Attribute, k.semantics.keyRole(o.Attribute)),
		values:  mapSlice(o.Values, k.names.text),
		variant: k.wantVariant(o.Variant, at.to("variant")),
	}
}

// A unitState says whether a subject has a unit for a rollout.
type unitState uint8

const (
	unitFound unitState = iota
	unitMissing
	unitInvalid // there is one, of a kind that cannot be hashed
)

// A unitRule says which values can be units, and as what text.
type unitRule uint8

const (
	unitTextOrInteger unitRule = iota // native: text that is not empty, an integer in decimal
	unitConfidence                    // text, also empty, or a whole number in decimal; at most 100 bytes
	unitOfRule                        // as the rule under way reads its unit, outside of one as unitConfidence
	unitFlagmint                      // the kind of the context, a dot and its key
	unitFlipt                         // any value as text, "" if there is none
	unitPlain                         // text as it is, numbers and booleans by their shortest text
	unitUnleash                       // any scalar by JavaScript's text, if that is not empty
)

// A noUnitRule says what a rollout does with a subject that has no unit.
type noUnitRule uint8

const (
	noUnitSkips   noUnitRule = iota // the rule does not apply
	noUnitEnds                      // the caller's fallback
	noUnitRandom                    // a bucket by chance
	noUnitBreaks                    // the flag cannot be evaluated
	noUnitDefault                   // the default of the targeting
	noUnitAdmits                    // an exposure admits it
)

// bucket returns the bucket of the subject, and whether it has a unit.
func (e *evaluation) bucket(r *rollout) (uint32, unitState) {
	if r.by == nil && r.hash == hashMurmur64 {
		if e.subject.key == "" {
			return 0, unitMissing
		}
		return uint32(r.salted.sum(e.subject.key) % nativeBuckets), unitFound
	}
	return e.bucketOfBytes(r)
}

// bucketOfBytes puts what is hashed together in a buffer.
func (e *evaluation) bucketOfBytes(r *rollout) (uint32, unitState) {
	var buffer [murmurBuffer]byte
	b, state := e.appendUnit(append(buffer[:0], r.salt...), r)
	if state != unitFound {
		return 0, state
	}
	return r.reduce(append(b, r.tail...)), unitFound
}

// appendUnit appends the unit of the subject.
func (e *evaluation) appendUnit(b []byte, r *rollout) ([]byte, unitState) {
	switch r.unit {
	case unitConfidence:
		return e.confidenceUnit(b, r)
	case unitOfRule:
		return e.unitOfRule(b, r)
	case unitFlagmint:
		return e.flagmintUnit(b)
	case unitFlipt:
		return e.fliptUnit(b, r)
	case unitPlain:
		return e.plainUnit(b, r.by)
	case unitUnleash:
		return e.unleashUnit(b, r.by)
	}
	n := len(b)
	if r.by == nil {
		b = append(b, e.subject.key...)
	}
	for _, ref := range r.by {
		switch v, _ := e.get(ref); v.kind {
		case KindString, KindVersion:
			b = append(b, v.text()...)
		case KindInt:
			b = strconv.AppendInt(b, int64(v.num), 10)
		}
		if len(b) > n {
			break
		}
	}
	if len(b) == n {
		return b, unitMissing
	}
	return b, unitFound
}

// choose returns the arm of the subject and the bucket it fell into, -1 if an
// override decided.
func (e *evaluation) choose(s *split) (a arm, bucket int32, state unitState) {
	for i := range s.overrides {
		o := &s.overrides[i]
		if v, _ := e.get(o.attr); v.kind != KindNull && slices.Contains(o.values, v.unitText()) {
			return arm{target: o.variant}, -1, unitFound
		}
	}
	b, state := e.bucket(&s.rollout)
	if state != unitFound {
		if s.none != noUnitRandom {
			return arm{}, -1, state
		}
		b = e.chance(s.buckets)
	}
	for i := range s.arms {
		if b < s.arms[i].bound {
			return s.arms[i], int32(b), unitFound
		}
	}
	return s.rest, int32(b), unitFound
}
