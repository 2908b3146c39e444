package hoist

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// Generators of random scenes: valid sets, the subjects to ask about, and the
// instant to ask at. Names and values come from small pools that sets and
// subjects share, so that conditions hold about as often as they fail.

// A scene is a valid set, and where and when it is evaluated.
type scene struct {
	set         Set
	environment string
	now         time.Time
	common      []Attr // of all subjects
}

// GoString is what rapid prints.
func (w scene) GoString() string {
	return fmt.Sprintf("environment %q at %s, all have %#v: %s", w.environment, w.now.Format(time.RFC3339Nano), person{attrs: w.common}, textOf(w.set))
}

// textOf returns v as indented JSON for failure texts.
func textOf(v any) string {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Sprintf("%+v (%v)", v, err)
	}
	return string(text)
}

func (w scene) naive() naive { return newNaive(w.set, w.environment, w.now, w.common) }

var scenes = rapid.Custom(drawScene)

func drawScene(t *rapid.T) scene {
	set := drawSet(t)
	w := scene{set: set, environment: pick(t, append(environmentsOf(set), "")...), now: drawInstant(t)}
	if instants := turningPoints(set, w.environment); len(instants) > 0 && chance(t, 70) {
		w.now = pick(t, instants...).Add(pick[time.Duration](t, 0, 0, -1, 1))
	}
	if chance(t, 20) {
		w.common = slices.DeleteFunc(drawAttrs(t), func(a Attr) bool { return a.Name == "key" })
	}
	return w
}

// turningPoints returns the instants at which windows open and shares change.
func turningPoints(set Set, environment string) []time.Time {
	var instants []time.Time
	exposure := func(e *Exposure) {
		if e != nil && e.Ramp != nil {
			instants = append(instants, e.Ramp.turningPoints()...)
		}
	}
	for _, s := range set.Segments {
		exposure(s.Exposure)
	}
	for _, f := range set.Flags {
		t := f.In(environment)
		for i := 0; t != nil && i < len(t.Rules); i++ {
			exposure(t.Rules[i].Exposure)
			if w := t.Rules[i].Window; w != nil {
				instants = append(instants, w.NotBefore, w.NotAfter)
			}
		}
	}
	return slices.DeleteFunc(instants, time.Time.IsZero)
}

func (r *Ramp) turningPoints() []time.Time {
	instants := mapSlice(r.Stages, func(s Stage) time.Time { return s.At })
	jumps := max(r.Steps, 10)
	for i := range jumps + 1 {
		instants = append(instants, r.Start.Add(r.End.Sub(r.Start)*time.Duration(i)/time.Duration(jumps)))
	}
	return instants
}

// pick draws one of from.
func pick[T any](t *rapid.T, from ...T) T { return rapid.SampledFrom(from).Draw(t, "pick") }

// chance is true in so many of 100 cases.
func chance(t *rapid.T, percent int) bool {
	return rapid.IntRange(0, 99).Draw(t, "chance") >= 100-percent
}

// some draws from least to most of what draw gives.
func some[T any](t *rapid.T, least, most int, draw func() T) []T {
	list := make([]T, 0, most)
	for range rapid.IntRange(least, most).Draw(t, "count") {
		list = append(list, draw())
	}
	return list
}

// shuffled draws an order of from and returns the first least to most of it.
func shuffled[T any](t *rapid.T, least, most int, from []T) []T {
	n := rapid.IntRange(min(least, len(from)), min(most, len(from))).Draw(t, "count")
	return rapid.Permutation(from).Draw(t, "order")[:n]
}

// Instants.

var (
	// noon is the instant that windows, ramps and times lie around.
	noon = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

	poolOffsets = []time.Duration{
		0, -1, 1, time.Second, -time.Second, time.Minute, time.Hour, -time.Hour,
		12 * time.Hour, -12 * time.Hour, 24 * time.Hour, -24*time.Hour - 1, 1234567890 * time.Microsecond, -31 * 24 * time.Hour,
	}
)

func drawInstant(t *rapid.T) time.Time { return noon.Add(pick(t, poolOffsets...)) }

// Names and values.

var (
	poolEnvironments = []string{"production", "staging", "dev"}
	poolUserKeys     = []string{"user-0", "user-1", "user-2", "user-3", "user-4", "42", "Ünal"}
	poolTexts        = []string{"SE", "se", "NO", "DK", "pro", "free", "beta", "", "Ada@Shop.example", "ops@shop.example", "İ", "\u212a", "k", "1", "true", "a.b", "\x00", "line\nbreak", "<&>\u2028"}
	poolVersions     = []string{"1.2.3", "v1.2.3", "1.2", "1.10.0", "2.0.0-rc.1", "2.0.0-rc.2", "2.0.0-rc.10", "2.0.0", "v2", "2.0.0+build.7", "0.0.0", "2.0.0-alpha-1", "18446744073709551615.0.0"}
	poolNoVersions   = []string{"1.2.3.4", "latest", " 1.2.3", "", "1.2.3-01", "-1", "1..2"}
	poolTimes        = []string{"2024-05-01T12:00:00Z", "2024-05-01", "2024-05-01T14:00:00+02:00", "2024-05-01T12:00:00.000000001Z", "2024-04-30T12:00:00Z", "1969-12-31T23:59:59Z", "2262-01-01", "1677-12-01"}
	poolNoTimes      = []string{"now", "yesterday", "2024-13-01", "2024-05-01 12:00:00", "12:00", "2024-5-1", ""}
	poolMoves        = []string{"now", "now-30d", "now+1h30m", "now-1d", "now-12h", "now+24h", "now+1s", "now-1d12h", "now+2500000h", "now-2500000h"}
	poolAddresses    = []string{"10.1.2.3", "10.255.0.1", "192.168.0.1", "::ffff:10.1.2.3", "2001:db8::1", "fe80::1%eth0", "fe80::1", "::1", "0.0.0.0"}
	poolNoAddresses  = []string{"10.1.2", "10.1.2.3:80", "localhost", "", "010.1.2.3"}
	poolNetworks     = []string{"10.0.0.0/8", "10.1.2.3/32", "192.168.0.0/16", "2001:db8::/32", "fe80::/10", "0.0.0.0/0", "::/0", "10.1.2.3", "::1", "fe80::1", "10.99.0.0/12"}
	poolPatterns     = []string{"^S", "e$", "^[a-z]+$", "shop", `@shop\.example$`, "(?i)ADA", "", ".", "^(pro|free)$", `\d+`, "[A-Z]{2}", "(?s)^.*$", "k", "^SE$", "\ufffd"}
	poolInts         = []int64{0, 1, -1, 5, 17, 18, 19, 1 << 53, 1<<53 + 1, math.MaxInt64, math.MaxInt64 - 1, math.MinInt64}
	poolFloats       = []float64{0, math.Copysign(0, -1), 1, 1.5, -0.5, 17.999, 18, 1 << 53, 1 << 63, -(1 << 63), 1e300, -1e300, 5e-324, 1e21, 0.1}
	poolHostile      = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
)

// poolSorts says what sort of values the attributes have, if nobody errs.
var poolSorts = map[string]func(*rapid.T) Value{
	"country":    drawText,
	"email":      drawText,
	"plan":       drawText,
	"age":        drawNumber,
	"score":      drawNumber,
	"vip":        drawBool,
	"app":        drawVersion,
	"since":      func(t *rapid.T) Value { return pick(t, drawTime(t), TimeValue(drawInstant(t))) },
	"ip":         drawAddress,
	"tags":       drawText,
	"geo.city":   drawText,
	"geo.zone.n": drawNumber,
	"dotted.one": drawText,
	"key":        func(t *rapid.T) Value { return StringValue(pick(t, poolUserKeys...)) },
}

// poolNames are the names of poolSorts and some that nothing has.
var poolNames = []string{"country", "email", "plan", "age", "score", "vip", "app", "since", "ip", "tags", "geo.city", "geo.zone.n", "dotted.one", "key", "geo", "missing", "geo.missing", "country.x", "tags.0"}

func drawText(t *rapid.T) Value { return StringValue(pick(t, poolTexts...)) }
func drawBool(t *rapid.T) Value { return BoolValue(chance(t, 50)) }

func drawNumber(t *rapid.T) Value {
	if chance(t, 50) {
		return FloatValue(pick(t, poolFloats...))
	}
	return IntValue(pick(t, poolInts...))
}

func drawVersion(t *rapid.T) Value {
	if chance(t, 20) {
		return StringValue(pick(t, poolNoVersions...))
	}
	return StringValue(pick(t, poolVersions...))
}

func drawTime(t *rapid.T) Value {
	if chance(t, 20) {
		return StringValue(pick(t, poolNoTimes...))
	}
	return StringValue(pick(t, poolTimes...))
}

func drawAddress(t *rapid.T) Value {
	if chance(t, 20) {
		return StringValue(pick(t, poolNoAddresses...))
	}
	return StringValue(pick(t, poolAddresses...))
}

// drawScalar draws a value that JSON can hold, of any kind but null.
func drawScalar(t *rapid.T) Value {
	return pick(t, drawText, drawBool, drawNumber, drawVersion, drawTime, drawAddress)(t)
}

// Sets.

// A setGen draws a set in an order in which each flag and segment refers only
// to earlier ones, so that there are no circles.
type setGen struct {
	t            *rapid.T
	set          Set
	environments []string // those that flags may name
	flag         *Flag    // the one being drawn
}

func environmentsOf(set Set) []string {
	var names []string
	for _, e := range set.Environments {
		names = append(names, e.Key)
	}
	if names == nil {
		return slices.Clone(poolEnvironments)
	}
	return names
}

func drawSet(t *rapid.T) Set {
	g := &setGen{t: t}
	if chance(t, 50) {
		g.set.Environments = []Environment{{Key: "production"}, {Key: "staging", Name: "Stage", Description: "before production"}}
	}
	if chance(t, 20) {
		g.set.Project = "shop"
	}
	g.environments = environmentsOf(g.set)
	for i := range rapid.IntRange(1, 6).Draw(t, "size") {
		if chance(t, 35) {
			g.set.Segments = append(g.set.Segments, g.drawSegment(i))
		} else {
			g.set.Flags = append(g.set.Flags, g.drawFlag(i))
		}
	}
	return g.set
}

func (g *setGen) pick(from ...string) string { return pick(g.t, from...) }
func (g *setGen) chance(percent int) bool    { return chance(g.t, percent) }

func (g *setGen) key(i int) string {
	return fmt.Sprint(g.pick("flag", "a/b~c", "ключ", "new checkout", `"quoted"`, "f."), i)
}

func (g *setGen) extensions() Extensions {
	if !g.chance(10) {
		return nil
	}
	return Extensions{g.pick("unleash", "flipt"): json.RawMessage(g.pick("null", `{"a":[1,2.50,"ü"]}`, `"text"`, "9007199254740993"))}
}

func (g *setGen) drawSegment(i int) *Segment {
	s := &Segment{Key: g.key(i), When: g.condition(3), Extensions: g.extensions()}
	if g.chance(30) {
		s.Name, s.Description = g.pick("", "Beta testers"), "who wants it early"
	}
	if g.chance(50) {
		s.Exposure = g.exposure()
	}
	return s
}

func (g *setGen) drawFlag(i int) *Flag {
	f := &Flag{Key: g.key(i), Archived: g.chance(5), Permanent: g.chance(10), ClientSide: g.chance(30), Extensions: g.extensions()}
	g.flag = f
	f.Type = pick(g.t, TypeBoolean, TypeString, TypeNumber, TypeJSON)
	f.Variants = g.variants(f.Type)
	if g.chance(30) {
		f.Type = ""
	}
	if g.chance(30) {
		f.Name, f.Description, f.Owner = "A flag", "What it is for.", g.pick("", "team-a")
		f.Labels = []string{"checkout", "web"}
		f.Expires = noon.Add(pick(g.t, 0, time.Hour, 90*24*time.Hour))
		f.Metadata = map[string]Value{"ticket": drawScalar(g.t), "more": g.jsonValue()}
	}
	if g.chance(92) {
		f.Targeting = g.targeting()
	}
	for _, name := range shuffled(g.t, 0, 3, g.environments) {
		if f.Environments == nil {
			f.Environments = map[string]*Targeting{}
		}
		f.Environments[name] = g.targeting()
	}
	return f
}

// variants draws the variants of a flag. A boolean flag may have further ones
// beside those that it has in any case.
func (g *setGen) variants(of Type) []Variant {
	least := 1
	if of == TypeBoolean {
		least = 0
	}
	names := shuffled(g.t, least, 4, []string{"on", "off", "blue", "grün", "v 1", "10", "a/b"})
	variants := make([]Variant, len(names))
	for i, name := range names {
		variants[i] = Variant{Name: name, Value: g.valueOf(of), Extensions: g.extensions()}
		if g.chance(20) {
			variants[i].Payload, variants[i].Description = g.jsonValue(), "first choice"
		}
	}
	return variants
}

func (g *setGen) valueOf(t Type) Value {
	switch t {
	case TypeBoolean:
		return drawBool(g.t)
	case TypeString:
		return drawText(g.t)
	case TypeNumber:
		return drawNumber(g.t)
	}
	return g.jsonValue()
}

func (g *setGen) jsonValue() Value {
	v, err := JSONValue([]byte(g.pick(`{"a":{"b":[1,2,3]}}`, `[]`, `{}`, `["x",null,1.0]`, `"text"`, `1`, `1.0`, `false`, `[9007199254740993]`)))
	if err != nil {
		panic(err)
	}
	return v
}

// variantNames returns the names that the flag may serve.
func variantNames(f *Flag) []string {
	var names []string
	for _, v := range f.Variants {
		names = append(names, v.Name)
	}
	if f.ValueType() == TypeBoolean {
		names = append(names, "true", "false")
	}
	return names
}

func (g *setGen) variant() string { return g.pick(variantNames(g.flag)...) }

func (g *setGen) targeting() *Targeting {
	t := &Targeting{Disabled: g.chance(5), Extensions: g.extensions()}
	if len(g.live()) > 0 && g.chance(15) {
		t.Requires = []Requirement{g.requirement()}
	}
	if g.chance(20) {
		t.Overrides = g.overrides()
	}
	t.Rules = some(g.t, 0, 4, g.rule)
	if g.chance(80) {
		t.Default = new(g.serve(false))
	}
	if g.chance(60) {
		t.Off = g.variant()
	}
	return t
}

// live returns the flags that may be referred to: those that are not archived.
func (g *setGen) live() []*Flag {
	return slices.DeleteFunc(slices.Clone(g.set.Flags), func(f *Flag) bool { return f.Archived })
}

func (g *setGen) requirement() Requirement {
	other := pick(g.t, g.live()...)
	wanted := variantNames(other)
	for _, v := range other.Variants {
		if text := v.Value.String(); text != "" {
			wanted = append(wanted, text)
		}
	}
	slices.Sort(wanted)
	return Requirement{Flag: other.Key, Variants: shuffled(g.t, 1, 3, slices.Compact(wanted))}
}

// overrides draws variants with keys of their own each.
func (g *setGen) overrides() []Override {
	keys := shuffled(g.t, 2, len(poolUserKeys), poolUserKeys)
	var overrides []Override
	for i, variant := range shuffled(g.t, 1, 2, variantNames(g.flag)) {
		overrides = append(overrides, Override{variant, slices.Clone(keys[i*len(keys)/2 : (i+1)*len(keys)/2])})
	}
	return overrides
}

func (g *setGen) rule() Rule {
	r := Rule{Disabled: g.chance(8), When: g.condition(3), Serve: g.serve(true), Extensions: g.extensions()}
	if g.chance(40) {
		r.ID, r.Title = g.pick("r1", "r2", "the rule"), "some of them"
	}
	if g.chance(15) {
		r.Window = g.window()
	}
	if g.chance(40) {
		r.Exposure = g.exposure()
	}
	return r
}

func (g *setGen) window() *Window {
	a, b := drawInstant(g.t), drawInstant(g.t)
	if b.Before(a) {
		a, b = b, a
	}
	return pick(g.t, &Window{a, b}, &Window{NotBefore: a}, &Window{NotAfter: b})
}

func (g *setGen) percent() float64 {
	if g.chance(50) {
		return pick(g.t, 0, 100, 50, 25, 33.333, 99.999, 0.001, 10, 29, 57.3)
	}
	return float64(rapid.IntRange(0, 100000).Draw(g.t, "thousandths")) / 1000
}

func (g *setGen) by() []string {
	return pick(g.t, nil, nil, nil, []string{"key"}, []string{"email", "key"}, []string{"missing", "age", "country"}, []string{"geo.city"}, []string{"tags", "vip"}, []string{"app"})
}

func (g *setGen) salt() string { return g.pick("", "", "shared", "ünique") }

func (g *setGen) exposure() *Exposure {
	e := &Exposure{By: g.by(), Salt: g.salt(), Extensions: g.extensions()}
	if g.chance(60) {
		e.Percent = g.percent()
	} else {
		e.Ramp = g.ramp()
	}
	return e
}

func (g *setGen) ramp() *Ramp {
	if g.chance(35) {
		return &Ramp{Stages: g.stages()}
	}
	r := &Ramp{From: g.percent(), To: g.percent(), Start: drawInstant(g.t)}
	r.End = r.Start.Add(pick(g.t, time.Hour, 24*time.Hour, 7*24*time.Hour, 3*time.Second, 400*24*time.Hour))
	if g.chance(40) {
		r.Steps = pick(g.t, 1, 2, 3, 7, 10, 49, 100)
	}
	return r
}

func (g *setGen) stages() []Stage {
	stages := some(g.t, 1, 4, func() Stage { return Stage{drawInstant(g.t), g.percent()} })
	slices.SortFunc(stages, func(a, b Stage) int { return a.At.Compare(b.At) })
	return slices.CompactFunc(stages, func(a, b Stage) bool { return a.At.Equal(b.At) })
}

// serve draws what a rule gives, or with next false what the default gives.
func (g *setGen) serve(next bool) Serve {
	switch {
	case g.chance(30):
		return Serve{Split: g.split(next)}
	case g.chance(8):
		return Serve{Action: CallersFallback}
	case next && g.chance(8):
		return Serve{Action: NextRule}
	}
	return Serve{Variant: g.variant()}
}

func (g *setGen) split(next bool) *Split {
	sp := &Split{By: g.by(), Salt: g.salt()}
	for _, name := range shuffled(g.t, 1, 4, variantNames(g.flag)) {
		sp.Arms = append(sp.Arms, Arm{Variant: name, Weight: g.weight()})
	}
	if g.chance(20) {
		sp.Arms = append(sp.Arms, Arm{Action: CallersFallback, Weight: g.weight()})
	}
	if next && g.chance(20) {
		sp.Arms = append(sp.Arms, Arm{Action: NextRule, Weight: g.weight()})
	}
	sp.Arms[0].Weight++ // the sum is above 0
	sp.Arms = rapid.Permutation(sp.Arms).Draw(g.t, "arms")
	if g.chance(20) {
		sp.Overrides = some(g.t, 1, 2, g.splitOverride)
	}
	return sp
}

func (g *setGen) weight() float64 {
	return pick(g.t, 50, 1, 0, 33.3, 0.001, 199999, 7, 1e9, 0.1)
}

func (g *setGen) splitOverride() SplitOverride {
	return SplitOverride{
		Attribute: g.pick("country", "age", "key", "geo.city", "app"),
		Values:    []string{g.pick("SE", "pro", "user-1"), g.pick("18", "1.2.3", "42")},
		Variant:   g.variant(),
	}
}

// Conditions.

func (g *setGen) condition(depth int) Condition {
	kinds := []func(int) Condition{g.constraint, g.constraint, g.constraint, g.always}
	if depth > 0 {
		kinds = append(kinds, g.allOf, g.anyOf, g.notOf)
	}
	if len(g.set.Segments) > 0 {
		kinds = append(kinds, g.inSegment)
	}
	if len(g.live()) > 0 {
		kinds = append(kinds, g.flagIs)
	}
	return pick(g.t, kinds...)(depth - 1)
}

func (g *setGen) always(int) Condition { return Condition{} }

func (g *setGen) conditions(depth int) []Condition {
	return some(g.t, 0, 3, func() Condition { return g.condition(depth) })
}

func (g *setGen) allOf(depth int) Condition { return Condition{All: g.conditions(depth)} }
func (g *setGen) anyOf(depth int) Condition { return Condition{Any: g.conditions(depth)} }
func (g *setGen) notOf(depth int) Condition { return Not(g.condition(depth)) }

func (g *setGen) inSegment(int) Condition {
	c := InSegment(pick(g.t, g.set.Segments...).Key)
	if g.chance(30) {
		return Not(c)
	}
	return c
}

func (g *setGen) flagIs(int) Condition { return Condition{Flag: new(g.requirement())} }

// poolOperators says for each operator what its operands are, how many there
// may be, and which attributes suit it.
var poolOperators = map[Operator]struct {
	draw       func(*rapid.T) Value
	most       int
	text       bool // IgnoreCase means something
	attributes []string
}{
	Is:             {drawOperand, 1, true, []string{"country", "age", "vip", "plan", "score", "app", "key"}},
	In:             {drawOperand, 12, true, []string{"country", "age", "tags", "geo.city", "plan", "email", "key"}},
	StartsWith:     {drawText, 3, true, []string{"country", "email", "tags", "app"}},
	EndsWith:       {drawText, 3, true, []string{"country", "email", "tags", "app"}},
	Contains:       {drawText, 3, true, []string{"country", "email", "tags", "geo.city"}},
	Matches:        {from(poolPatterns), 1, true, []string{"country", "email", "tags", "plan"}},
	LessThan:       {drawNumber, 1, false, []string{"age", "score", "geo.zone.n"}},
	AtMost:         {drawNumber, 1, false, []string{"age", "score", "geo.zone.n"}},
	AtLeast:        {drawNumber, 1, false, []string{"age", "score", "geo.zone.n"}},
	MoreThan:       {drawNumber, 1, false, []string{"age", "score", "geo.zone.n"}},
	VersionIs:      {from(poolVersions), 1, false, []string{"app"}},
	VersionBelow:   {from(poolVersions), 1, false, []string{"app"}},
	VersionAtMost:  {from(poolVersions), 1, false, []string{"app"}},
	VersionAtLeast: {from(poolVersions), 1, false, []string{"app"}},
	VersionAbove:   {from(poolVersions), 1, false, []string{"app"}},
	Before:         {from(slices.Concat(poolTimes, poolMoves)), 1, false, []string{"since"}},
	After:          {from(slices.Concat(poolTimes, poolMoves)), 1, false, []string{"since"}},
	Present:        {drawBool, 1, false, poolNames},
	InNetwork:      {from(poolNetworks), 3, false, []string{"ip"}},
}

// operators are the keys of poolOperators in a fixed order.
var operators = []Operator{Is, In, StartsWith, EndsWith, Contains, Matches, LessThan, AtMost, AtLeast, MoreThan, VersionIs, VersionBelow, VersionAtMost, VersionAtLeast, VersionAbove, Before, After, Present, InNetwork}

func from(texts []string) func(*rapid.T) Value {
	return func(t *rapid.T) Value { return StringValue(pick(t, texts...)) }
}

// drawOperand draws a value to be equal to.
func drawOperand(t *rapid.T) Value {
	return pick(t, drawText, drawText, drawNumber, drawBool, from(poolVersions), from(poolUserKeys))(t)
}

func (g *setGen) constraint(int) Condition { return g.constraintOf(pick(g.t, operators...)) }

func (g *setGen) constraintOf(operator Operator) Condition {
	how := poolOperators[operator]
	c := &Constraint{
		Attribute:  g.pick(how.attributes...),
		Operator:   operator,
		Operands:   some(g.t, 1, how.most, func() Value { return how.draw(g.t) }),
		Negate:     g.chance(25),
		IgnoreCase: how.text && g.chance(25),
		Every:      operator != Present && g.chance(25),
		Extensions: g.extensions(),
	}
	if g.chance(10) {
		c.Attribute = g.pick(poolNames...)
	}
	return Condition{Constraint: c}
}

// Subjects.

// A person is a random subject, and what it was made of.
type person struct {
	key   string
	attrs []Attr
	form  string // how it is made a Subject
	Subject
}

// GoString is what rapid and failure texts print.
func (p person) GoString() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s key=%q", p.form, p.key)
	for _, a := range p.attrs {
		text := a.Value.String()
		fmt.Fprintf(&b, " %s=%v:%.200q", a.Name, a.Value.Kind(), text)
	}
	return b.String()
}

var people = rapid.Custom(drawPerson)

// drawPerson draws a subject in one of the forms that there are.
func drawPerson(t *rapid.T) person {
	p := person{key: drawKey(t), attrs: drawAttrs(t), form: pick(t, "attrs", "map", "document", "with")}
	if p.form == "document" {
		p.attrs = withoutSpecial(p.attrs)
	}
	p.Subject = p.as(p.form)
	return p
}

// as returns the subject in one of the forms.
func (p person) as(form string) Subject {
	switch form {
	case "map":
		return SubjectFromMap(p.key, p.members())
	case "document":
		return p.document()
	case "with":
		half := len(p.attrs) / 2
		return NewSubject(p.key, p.attrs[half:]...).With(p.attrs[:half]...)
	}
	return NewSubject(p.key, p.attrs...)
}

func (p person) members() map[string]any {
	m := map[string]any{}
	for _, a := range slices.Backward(p.attrs) {
		m[a.Name] = a.Value
		if a.Value.Kind() == KindObject || a.Value.Kind() == KindList {
			m[a.Name] = a.Value.Any()
		}
	}
	return m
}

// document returns the subject as it is read from JSON.
func (p person) document() Subject {
	attrs := p.attrs
	if p.key != "" {
		attrs = append([]Attr{String("key", p.key)}, attrs...)
	}
	s, err := SubjectFromJSON(ObjectValue(attrs...).appendJSON(nil))
	if err != nil {
		panic(err)
	}
	return s
}

func drawKey(t *rapid.T) string {
	if chance(t, 10) {
		return ""
	}
	return pick(t, poolUserKeys...)
}

// drawAttrs draws values for most of the names that constraints use.
func drawAttrs(t *rapid.T) []Attr {
	var attrs []Attr
	for _, name := range poolNames {
		sort, known := poolSorts[name]
		if !known || strings.Contains(name, "geo.") || name == "key" || chance(t, 25) {
			continue
		}
		attrs = append(attrs, Attr{name, drawAttr(t, sort)})
	}
	if chance(t, 80) {
		attrs = append(attrs, drawGeo(t))
	}
	if chance(t, 5) {
		attrs = append(attrs, Attr{"", drawScalar(t)})
	}
	if chance(t, 5) {
		attrs = append(attrs, String("key", "user-1")) // beside the subject's key
	}
	return rapid.Permutation(attrs).Draw(t, "attrs")
}

// drawGeo draws a nested attribute, which may be broken.
func drawGeo(t *rapid.T) Attr {
	if chance(t, 10) {
		return Attr{"geo", drawAttr(t, drawText)}
	}
	zone := Object("zone", Attr{"n", drawAttr(t, drawNumber)})
	return Object("geo", Attr{"city", drawAttr(t, drawText)}, zone)
}

// drawAttr draws a value of the expected sort, a list of them, or mischief.
func drawAttr(t *rapid.T, expected func(*rapid.T) Value) Value {
	switch n := rapid.IntRange(0, 19).Draw(t, "how"); {
	case n < 12:
		return expected(t)
	case n < 15:
		return ListValue(some(t, 0, 3, func() Value { return expected(t) })...)
	case n == 15:
		return ListValue(some(t, 0, 3, func() Value { return drawMischief(t) })...)
	case n == 16:
		return drawMischief(t)
	}
	return drawScalar(t)
}

// drawMischief draws what no constraint expects.
func drawMischief(t *rapid.T) Value {
	return pick(t,
		Value{},
		FloatValue(pick(t, poolHostile...)),
		StringValue(strings.Repeat("hoist", 2000)),
		StringValue("\x00\x1b[31m\u202e\xff\xfe"),
		ListValue(ListValue(StringValue("SE"))),
		ObjectValue(),
		ObjectValue(String("", "x"), String("a", "y")),
		VersionValue(pick(t, poolVersions...)),
		VersionValue("SE"),
		TimeValue(drawInstant(t)),
		TimeValue(time.Time{}),
	)
}

// withoutSpecial leaves out of attributes what JSON cannot say: not-a-number,
// infinities and bytes that are not UTF-8. Times and versions become texts.
func withoutSpecial(attrs []Attr) []Attr {
	return mapSlice(attrs, func(a Attr) Attr { return Attr{a.Name, plain(a.Value)} })
}

func plain(v Value) Value {
	switch v.Kind() {
	case KindFloat:
		if f, _ := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return Value{}
		}
	case KindString, KindVersion, KindTime:
		return StringValue(strings.ToValidUTF8(v.String(), "\ufffd"))
	case KindList:
		return ListValue(mapSlice(v.list(), plain)...)
	case KindObject:
		return ObjectValue(withoutSpecial(v.object())...)
	}
	return v
}
