package hoist_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hoistflags/hoist"
)

// confidenceFlag returns a flag of Confidence with one variant for each name.
func confidenceFlag(key string, variants []string, rules ...hoist.Rule) *hoist.Flag {
	f := &hoist.Flag{Key: key, Type: hoist.TypeJSON, Semantics: hoist.Confidence, Targeting: &hoist.Targeting{Rules: rules}}
	for _, name := range variants {
		value, _ := hoist.JSONValue(fmt.Appendf(nil, `{"v":%q}`, name))
		f.Variants = append(f.Variants, hoist.Variant{Name: name, Value: value})
	}
	return f
}

func confidenceSegment(key string, when hoist.Condition) *hoist.Segment {
	return &hoist.Segment{Key: key, Semantics: hoist.Confidence, When: when}
}

// halves is a split of a and b by an attribute, "" for the usual one.
func halves(by string) hoist.Serve {
	s := &hoist.Split{Buckets: 100, Arms: []hoist.Arm{
		{ID: "x", Variant: "a", Ranges: []hoist.Range{{Lower: 0, Upper: 50}}},
		{ID: "y", Variant: "b", Ranges: []hoist.Range{{Lower: 50, Upper: 100}}},
	}}
	if by != "" {
		s.By = []string{by}
	}
	return hoist.Serve{Split: s}
}

func fullRollout(variant string) hoist.Serve {
	return hoist.Serve{Split: &hoist.Split{Buckets: 1, Arms: []hoist.Arm{
		{ID: "full", Variant: variant, Ranges: []hoist.Range{{Lower: 0, Upper: 1}}},
	}}}
}

func openConfidence(t testing.TB, opts *hoist.Options, segments []*hoist.Segment, flags ...*hoist.Flag) *hoist.Flags {
	t.Helper()
	return openSource(t, hoist.Static(hoist.Set{Flags: flags, Segments: segments}), opts)
}

func TestAllocConfidence(t *testing.T) {
	skipUnderRace(t)
	adults := confidenceSegment("adults", hoist.AllOf(
		hoist.Where("country", "setRule", "SE", "NO"),
		hoist.Where("age", "rangeRule", ">=", 18, "<", 65),
		hoist.Where("app", "rangeRule", ">=", "version 2.4"),
		hoist.Where("since", "rangeRule", "<", "timestamp 2026-01-01T00:00:00Z"),
		hoist.Where("tags", "containsRule", "x"),
		hoist.Not(hoist.Where("orders", "eqRule", "12"))))
	adults.Exposure = &hoist.Exposure{Percent: 99.9999, Salt: "MegaSalt-a"}
	listed := confidenceSegment("listed", hoist.AllOf(hoist.InSegment("adults")))
	listed.Exposure = &hoist.Exposure{Population: slices.Repeat([]byte{0xff}, 124_999), Salt: "MegaSalt-a"}
	flags := openConfidence(t, nil, []*hoist.Segment{adults, listed},
		confidenceFlag("f", []string{"a", "b"},
			hoist.Rule{When: hoist.InSegment("none"), Serve: fullRollout("a")},
			hoist.Rule{When: hoist.AllOf(hoist.Where("environments", "setRule", "environments/prod"), hoist.InSegment("listed")), Serve: halves("")}),
		confidenceFlag("by", []string{"a", "b"}, hoist.Rule{When: hoist.InSegment("listed"), Serve: halves("account.id")}))
	subject := hoist.NewSubject("user-42", hoist.String("country", "SE"), hoist.String("age", "42"), hoist.String("app", "2.14.3"),
		hoist.String("since", "2025-05-01 10:00:00"), hoist.Strings("tags", "y", "xx"), hoist.Float("orders", 1e21),
		hoist.Strings("environments", "environments/dev", "environments/prod"), hoist.Object("account", hoist.Int("id", 77)))
	view := flags.For(subject)
	for _, key := range []string{"f", "by"} {
		if d := view.Evaluate(key); d.Reason() != hoist.ReasonSplit {
			t.Fatal(view.Explain(key))
		}
		if n := testing.AllocsPerRun(100, func() { view.JSON(key, nil) }); n != 0 {
			t.Errorf("%s: got %v allocations by evaluation, want 0", key, n)
		}
	}
	nobody := flags.For(hoist.NewSubject("", hoist.String("since", "yesterday, at noon"), hoist.String("app", "x")))
	if n := testing.AllocsPerRun(100, func() { nobody.Evaluate("f") }); n != 0 {
		t.Errorf("nobody: got %v allocations by evaluation, want 0", n)
	}
}

// The unit is looked at before the segment and after what stands before that.
func TestConfidenceUnit(t *testing.T) {
	everyone := confidenceSegment("everyone", hoist.Condition{})
	se := confidenceSegment("se", hoist.Where("country", "eqRule", "SE"))
	inProd := hoist.Where("env", "setRule", "prod")
	rule := func(serve hoist.Serve, when ...hoist.Condition) *hoist.Flag {
		return confidenceFlag("f", []string{"a", "b"}, hoist.Rule{When: hoist.AllOf(when...), Serve: serve})
	}
	bad, long := hoist.Bool("targeting_key", true), hoist.String("targeting_key", strings.Repeat("x", 101))
	for _, test := range []struct {
		name    string
		flag    *hoist.Flag
		subject hoist.Subject
		variant string
		err     hoist.ErrorKind
	}{
		{"unit of the wrong kind, segment would not match", rule(halves(""), hoist.InSegment("se")), hoist.NewSubject("", bad), "", hoist.InvalidContext},
		{"unit that is too long", rule(halves(""), hoist.InSegment("everyone")), hoist.NewSubject("", long), "", hoist.InvalidContext},
		{"fraction", rule(halves(""), hoist.InSegment("everyone")), hoist.NewSubject("", hoist.Float("targeting_key", 1.5)), "", hoist.InvalidContext},
		{"full rollout does not mind", rule(fullRollout("a"), hoist.InSegment("everyone")), hoist.NewSubject("", bad), "a", hoist.NoError},
		{"nor without any", rule(fullRollout("a"), hoist.InSegment("everyone")), hoist.Subject{}, "a", hoist.NoError},
		{"a split skips the rule without any", rule(halves(""), hoist.InSegment("everyone")), hoist.Subject{}, "", hoist.NoError},
		{"of another environment", rule(halves(""), inProd, hoist.InSegment("everyone")), hoist.NewSubject("", bad, hoist.Strings("env", "dev")), "", hoist.NoError},
		{"of this environment", rule(halves(""), inProd, hoist.InSegment("everyone")), hoist.NewSubject("", bad, hoist.Strings("env", "dev", "prod")), "", hoist.InvalidContext},
		{"segment that does not exist", rule(halves(""), hoist.InSegment("nowhere")), hoist.NewSubject("", bad), "", hoist.NoError},
		{"no segment at all", rule(halves(""), hoist.AnyOf()), hoist.NewSubject("", bad), "", hoist.NoError},
		{"own attribute before the key", rule(halves(""), hoist.InSegment("everyone")), hoist.NewSubject("user-1", hoist.String("targeting_key", "")), "b", hoist.NoError},
		{"key", rule(halves(""), hoist.InSegment("everyone")), hoist.NewSubject("user-1"), "a", hoist.NoError},
		{"whole float", rule(halves(""), hoist.InSegment("everyone")), hoist.NewSubject("", hoist.Float("targeting_key", -5)), "b", hoist.NoError},
		{"nothing to assign", rule(hoist.Serve{Action: hoist.NextRule}, hoist.InSegment("everyone")), hoist.NewSubject("u"), "", hoist.NoError},
		{"nothing to assign to what is no unit", rule(hoist.Serve{Action: hoist.NextRule}, hoist.InSegment("everyone")), hoist.NewSubject("", bad), "", hoist.InvalidContext},
		{"variant alone", rule(hoist.Serve{Variant: "b"}, hoist.InSegment("everyone")), hoist.NewSubject("", bad), "b", hoist.NoError},
	} {
		t.Run(test.name, func(t *testing.T) {
			view := openConfidence(t, nil, []*hoist.Segment{everyone, se}, test.flag).For(test.subject)
			if d := view.Evaluate("f"); d.Variant() != test.variant || d.Error() != test.err {
				t.Errorf("got %q, %v, want %q, %v\n%v", d.Variant(), d.Error(), test.variant, test.err, view.Explain("f"))
			}
		})
	}
}

// A segment that is on the path already has no members; one that is on another
// path, or of another rule, does not matter.
func TestConfidenceCircles(t *testing.T) {
	segment := func(key string, when hoist.Condition) *hoist.Segment { return confidenceSegment(key, when) }
	in := hoist.InSegment
	segments := []*hoist.Segment{
		segment("self-not", hoist.Not(in("self-not"))),
		// c is on a circle that is not one of those that are found on the way
		// from a.
		segment("a", hoist.AnyOf(in("b"), in("c"))), segment("b", in("a")), segment("c", hoist.Not(in("b"))),
		segment("d", hoist.AllOf(in("e"), in("f"))), segment("e", hoist.Not(in("d"))), segment("f", hoist.Not(in("e"))),
		segment("leaf", hoist.Condition{}),
		segment("left", in("leaf")), segment("right", in("leaf")), segment("diamond", hoist.AllOf(in("left"), in("right"), in("leaf"))),
	}
	var flags []*hoist.Flag
	for _, s := range segments {
		flags = append(flags, confidenceFlag(s.Key+"-flag", []string{"a"}, hoist.Rule{When: in(s.Key), Serve: fullRollout("a")}))
	}
	// Rules that share segments in one flag.
	all := confidenceFlag("all", []string{"a"})
	for _, s := range segments {
		all.Targeting.Rules = append(all.Targeting.Rules, hoist.Rule{ID: s.Key, When: in(s.Key), Serve: fullRollout("a")})
	}
	view := openConfidence(t, nil, segments, append(flags, all)...).For(hoist.NewSubject("u"))
	first := ""
	for _, s := range segments {
		want := holdsOnPath(segments, in(s.Key), nil)
		if first == "" && want {
			first = s.Key
		}
		if d := view.Evaluate(s.Key + "-flag"); (d.Variant() == "a") != want || d.Error() != hoist.NoError {
			t.Errorf("segment %s: got %q, want %v\n%v", s.Key, d.Variant(), want, view.Explain(s.Key+"-flag"))
		}
	}
	if got := view.Evaluate("all").RuleID(); got != first {
		t.Errorf("rules that share segments: %s decides, want %s", got, first)
	}
}

// holdsOnPath is the rule as it is written down: the path is copied at each
// branch, and a segment that does not exist has no members.
func holdsOnPath(segments []*hoist.Segment, c hoist.Condition, path []string) bool {
	holds := func(c hoist.Condition) bool { return holdsOnPath(segments, c, path) }
	switch {
	case c.All != nil:
		return !slices.ContainsFunc(c.All, func(c hoist.Condition) bool { return !holds(c) })
	case c.Any != nil:
		return slices.ContainsFunc(c.Any, holds)
	case c.Not != nil:
		return !holds(*c.Not)
	case c.Segment != "":
		i := slices.IndexFunc(segments, func(s *hoist.Segment) bool { return s.Key == c.Segment })
		return i >= 0 && !slices.Contains(path, c.Segment) && holdsOnPath(segments, segments[i].When, append(slices.Clone(path), c.Segment))
	}
	return true
}

// Circles come and go with changes.
func TestConfidenceCirclesChange(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) *hoist.Segment {
			var parts []hoist.Condition
			for range rapid.IntRange(0, 3).Draw(t, "parts") {
				part := hoist.InSegment(rapid.SampledFrom(append(names, "gone")).Draw(t, "segment"))
				if rapid.Bool().Draw(t, "not") {
					part = hoist.Not(part)
				}
				parts = append(parts, part)
			}
			if rapid.Bool().Draw(t, "any") {
				return confidenceSegment(name, hoist.AnyOf(parts...))
			}
			return confidenceSegment(name, hoist.AllOf(parts...))
		}
		set := hoist.Set{}
		for _, name := range names {
			set.Segments = append(set.Segments, draw(name))
			set.Flags = append(set.Flags, confidenceFlag("in-"+name, []string{"a"}, hoist.Rule{When: hoist.InSegment(name), Serve: fullRollout("a")}))
		}
		source := &recordSource{func() []hoist.Record { return mustRecords(t, set) }, make(chan hoist.Batch)}
		flags, err := hoist.Open(t.Context(), source, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer flags.Close()
		inForce := make(chan hoist.Revision)
		defer flags.OnChange(func(c hoist.Change) { inForce <- c.Revision })()
		for revision := hoist.Revision(2); revision < 6; revision++ {
			i := rapid.IntRange(0, len(names)-1).Draw(t, "which")
			set.Segments = slices.Clone(set.Segments)
			set.Segments[i] = draw(names[i])
			// A flag that changes with each batch says when it is in force.
			mark := confidenceFlag(fmt.Sprint("mark-", revision), nil)
			source.changes <- hoist.Batch{Revision: revision, Changes: mustRecords(t, hoist.Set{Segments: set.Segments[i : i+1], Flags: []*hoist.Flag{mark}})}
			<-inForce
			view := flags.For(hoist.NewSubject("u"))
			for _, name := range names {
				want := holdsOnPath(set.Segments, hoist.InSegment(name), nil)
				if d := view.Evaluate("in-" + name); (d.Variant() == "a") != want || d.Error() != hoist.NoError {
					t.Fatalf("%s after changes: %v, want %v: %s", name, view.Explain("in-"+name), want, documentText(set))
				}
			}
		}
	})
}

func mustRecords(t *rapid.T, set hoist.Set) []hoist.Record {
	records, err := set.Records()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func documentText(set hoist.Set) string {
	text, _ := set.MarshalJSON()
	return string(text)
}

// The unit of a rule is that of its segments, also of those they refer to; a
// flag that a condition asks for has its own.
func TestConfidenceUnitOfSegments(t *testing.T) {
	half := confidenceSegment("half", hoist.Condition{})
	half.Exposure = &hoist.Exposure{Percent: 50, Salt: "MegaSalt-a"}
	inner := confidenceSegment("inner", hoist.AllOf(hoist.FlagIs("other", "a", "b"), hoist.InSegment("half")))
	outer := confidenceSegment("outer", hoist.InSegment("inner"))
	other := confidenceFlag("other", []string{"a", "b"}, hoist.Rule{When: hoist.InSegment("everyone"), Serve: halves("company")})
	flags := openConfidence(t, nil, []*hoist.Segment{half, inner, outer, confidenceSegment("everyone", hoist.Condition{})}, other,
		confidenceFlag("direct", []string{"a", "b"}, hoist.Rule{When: hoist.InSegment("half"), Serve: fullRollout("a")}),
		confidenceFlag("nested", []string{"a", "b"}, hoist.Rule{When: hoist.InSegment("outer"), Serve: fullRollout("a")}),
		confidenceFlag("account", []string{"a", "b"}, hoist.Rule{When: hoist.InSegment("outer"), Serve: halves("account")}),
		&hoist.Flag{Key: "native", Targeting: &hoist.Targeting{Rules: []hoist.Rule{{When: hoist.InSegment("outer"), Serve: hoist.Serve{Variant: "true"}}}}})
	in := 0
	for i := range 400 {
		unit := fmt.Sprint("unit-", i)
		rest := hoist.String("company", fmt.Sprint(i%7))
		asKey := flags.For(hoist.NewSubject(unit, rest))
		asAccount := flags.For(hoist.NewSubject("someone", rest, hoist.String("account", unit)))
		want := asKey.Evaluate("direct").Variant() == "a"
		if want {
			in++
		}
		if got := asKey.Evaluate("nested").Variant() == "a"; got != want {
			t.Errorf("%s: nested %v, want %v", unit, got, want)
		}
		if got := asKey.Bool("native", false); got != want {
			t.Errorf("%s: native %v, want %v", unit, got, want)
		}
		if got := asAccount.Evaluate("account").Variant() != ""; got != want {
			t.Errorf("%s: by account %v, want %v", unit, got, want)
		}
	}
	if in < 150 || in > 250 {
		t.Errorf("%d of 400 units are in a half", in)
	}
}

// Shares are of different units in different segments, and grow without moving
// anyone out.
func TestConfidenceShares(t *testing.T) {
	units := func(segment string, percent float64) map[int]bool {
		s := confidenceSegment(segment, hoist.Condition{})
		s.Exposure = &hoist.Exposure{Percent: percent, Salt: "MegaSalt-a"}
		flags := openConfidence(t, nil, []*hoist.Segment{s}, confidenceFlag("f", []string{"a"}, hoist.Rule{When: hoist.InSegment(segment), Serve: fullRollout("a")}))
		in := map[int]bool{}
		for i := range 20_000 {
			if flags.For(hoist.NewSubject(fmt.Sprint("user-", i))).Evaluate("f").Variant() == "a" {
				in[i] = true
			}
		}
		return in
	}
	small, large, other := units("one", 30), units("one", 55.56), units("two", 55.56)
	both := 0
	for i := range small {
		if !large[i] {
			t.Fatalf("user-%d is in 30 %%, and not in 55.56 %%", i)
		}
	}
	for i := range large {
		if other[i] {
			both++
		}
	}
	for what, got := range map[string][2]float64{
		"30 %": {float64(len(small)), 6000}, "55.56 %": {float64(len(large)), 11_112}, "both": {float64(both), 20_000 * 0.5556 * 0.5556},
	} {
		if d := got[0] - got[1]; d > 350 || d < -350 {
			t.Errorf("%s: %v of 20000 units, want about %v", what, got[0], got[1])
		}
	}
	if n := len(units("one", 0)); n != 0 {
		t.Errorf("%d units are in 0 %%", n)
	}
	if n := len(units("one", 100)); n != 20_000 {
		t.Errorf("%d of 20000 units are in 100 %%", n)
	}
}

func TestConfidenceProblems(t *testing.T) {
	rule := func(r hoist.Rule) *hoist.Flag { return confidenceFlag("f", []string{"a"}, r) }
	split := func(s hoist.Split) *hoist.Flag { return rule(hoist.Rule{Serve: hoist.Serve{Split: &s}}) }
	where := func(operator hoist.Operator, operands ...any) *hoist.Flag {
		return rule(hoist.Rule{When: hoist.Where("a", operator, operands...), Serve: hoist.Serve{Variant: "a"}})
	}
	exposure := func(e hoist.Exposure) *hoist.Flag {
		return rule(hoist.Rule{Exposure: &e, Serve: hoist.Serve{Variant: "a"}})
	}
	native := func(r hoist.Rule) *hoist.Flag {
		return &hoist.Flag{Key: "f", Targeting: &hoist.Targeting{Rules: []hoist.Rule{r}}}
	}
	for _, test := range []struct {
		flag *hoist.Flag
		want string
	}{
		{split(hoist.Split{By: []string{"a", "b"}}), "/rules/0/serve/by: 2 attributes, want one"},
		{split(hoist.Split{Buckets: 1, Arms: []hoist.Arm{{Variant: "a", Action: hoist.NextRule}}}), "/rules/0/serve/split/0: want an arm with a variant or an action, found both"},
		{split(hoist.Split{Buckets: 1, Arms: []hoist.Arm{{Variant: "a", Weight: 1}}}), "/rules/0/serve/split/0/weight: weights are not for these semantics, want ranges"},
		{split(hoist.Split{Buckets: 1, Overrides: []hoist.SplitOverride{{}}}), "/rules/0/serve/overrides: overrides are not for these semantics"},
		{split(hoist.Split{Buckets: 1 << 20, Arms: []hoist.Arm{{Ranges: make([]hoist.Range, 2001)}}}), "/rules/0/serve/split: 2001 ranges, limit 2000"},
		{where("eqRule", 1, 2), "/rules/0/when/eqRule: want at most one operand, found 2"},
		{where("eqRule", "timestamp x"), `/rules/0/when/eqRule/0: "x" is not a time such as 2026-05-01T08:00:00Z`},
		{where("eqRule", "number x"), `/rules/0/when/eqRule/0: "x" is not a number`},
		{where("eqRule", "list x"), `/rules/0/when/eqRule/0: "x" is not a list`},
		{where("rangeRule", ">="), `/rules/0/when/rangeRule: want up to two bounds, each behind one of ">", ">=", "<" and "<="`},
		{where("rangeRule", ">=", 1, ">", 2), `/rules/0/when/rangeRule/2: want one of ">" and ">=", and one of "<" and "<="`},
		{where("startsWithRule"), "/rules/0/when/startsWithRule: want one operand, found 0"},
		{where("is", 1), `/rules/0/when: unknown operator "is", want "eqRule", "setRule", "rangeRule", "startsWithRule", "endsWithRule", "containsRule", "noRule" or "materializedSegment"`},
		{exposure(hoist.Exposure{Percent: 101}), "/rules/0/exposure/share: want a share from 0 % to 100 %, found 101"},
		{exposure(hoist.Exposure{Percent: 1, Population: []byte{1}}), "/rules/0/exposure: want a share or a population, found both"},
		{exposure(hoist.Exposure{Population: make([]byte, 125_001)}), "/rules/0/exposure/population: 125001 bytes, limit 125000"},
		{exposure(hoist.Exposure{Ramp: &hoist.Ramp{}}), "/rules/0/exposure/ramp: ramps are for native semantics, want a share"},
		{native(hoist.Rule{Serve: hoist.Serve{Variant: "true"}, Sticky: &hoist.Sticky{}}), "/rules/0/sticky: sticky rules are for semantics that have them"},
		{native(hoist.Rule{Serve: hoist.Serve{Variant: "true"}, Exposure: &hoist.Exposure{Population: []byte{}}}), "/rules/0/exposure/population: populations are for semantics that have them, want a share"},
		{native(hoist.Rule{Serve: hoist.Serve{Split: &hoist.Split{Arms: []hoist.Arm{{ID: "x", Variant: "true", Weight: 1}}}}}), "/rules/0/serve/split/true: IDs of arms are for semantics that have them"},
	} {
		if err := test.flag.Validate(); err == nil || err.Error() != test.want {
			t.Errorf("got %v\nwant %s", err, test.want)
		}
	}
}

// What a sticky rule gave is kept when the evaluation is over, and only then.
func TestConfidenceSticky(t *testing.T) {
	kept := hoist.NewMemoryAssignments()
	segments := []*hoist.Segment{
		confidenceSegment("everyone", hoist.Condition{}),
		confidenceSegment("member", hoist.Where("targeting_key", "materializedSegment", "m")),
		confidenceSegment("nobody", hoist.Not(hoist.Where("x", "eqRule", "null"))),
	}
	next := hoist.Serve{Split: &hoist.Split{Buckets: 1, Arms: []hoist.Arm{{ID: "ft", Action: hoist.NextRule, Ranges: []hoist.Range{{Lower: 0, Upper: 1}}}}}}
	flag := confidenceFlag("f", []string{"a", "b"},
		hoist.Rule{ID: "note", When: hoist.InSegment("everyone"), Serve: next, Sticky: &hoist.Sticky{Write: "m"}},
		hoist.Rule{ID: "member", When: hoist.InSegment("member"), Serve: fullRollout("b")},
		hoist.Rule{ID: "split", When: hoist.InSegment("everyone"), Serve: halves(""), Sticky: &hoist.Sticky{Read: "m", Write: "m"}})
	lost := confidenceFlag("lost", []string{"a", "b"},
		hoist.Rule{ID: "r", When: hoist.InSegment("nobody"), Serve: halves(""), Sticky: &hoist.Sticky{Read: "m", IgnoreSegment: true}})
	flags := openConfidence(t, &hoist.Options{Assignments: kept}, segments, flag, lost)
	view := flags.For(hoist.NewSubject("user-1"))
	if x := view.Explain("f"); x.Decision.RuleID() != "split" || len(kept.All()) != 0 || !slices.Equal(x.Passed, []hoist.Passage{{RuleID: "note", ArmID: "ft"}}) {
		t.Errorf("explained: %v, passed %v, kept %v", x, x.Passed, kept.All())
	}
	// The row of the first rule is not there yet when the second asks.
	if d := view.Evaluate("f"); d.RuleID() != "split" || d.Variant() != "a" || d.ArmID() != "x" {
		t.Errorf("first: %v", d)
	}
	want := []hoist.Assignment{{"user-1", "m", "f", "note", ""}, {"user-1", "m", "f", "split", "a"}}
	if got := kept.All(); !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
	if d := view.Evaluate("f"); d.RuleID() != "member" || d.ArmID() != "full" {
		t.Errorf("then: %v", d)
	}
	kept.Assign(hoist.Assignment{Unit: "user-1", Group: "m", Flag: "lost", Rule: "r", Variant: "b"})
	if d := view.Evaluate("lost"); d.Variant() != "b" || d.ArmID() != "y" || d.Reason() != hoist.ReasonTargetingMatch {
		t.Errorf("kept without the segment: %v", d)
	}
	if d := flags.For(hoist.Subject{}).Evaluate("lost"); !d.IsFallback() || d.Error() != hoist.NoError {
		t.Errorf("sticky without a unit: %v", d)
	}
	without := openConfidence(t, nil, segments, flag, lost).For(hoist.NewSubject("user-1"))
	for _, key := range []string{"f", "lost"} {
		if d := without.Evaluate(key); d.Error() != hoist.NoAssignments || d.Reason() != hoist.ReasonError {
			t.Errorf("%s without assignments: %v", key, d)
		}
	}
}

// Where several arms carry the variant that was kept, the hash picks one, or
// none.
func TestConfidenceStickyArms(t *testing.T) {
	serve := hoist.Serve{Split: &hoist.Split{Buckets: 100, Arms: []hoist.Arm{
		{ID: "1", Variant: "a", Ranges: []hoist.Range{{Lower: 0, Upper: 30}}},
		{ID: "2", Variant: "b", Ranges: []hoist.Range{{Lower: 30, Upper: 60}}},
		{ID: "3", Variant: "a", Ranges: []hoist.Range{{Lower: 60, Upper: 90}}},
	}}}
	flag := confidenceFlag("f", []string{"a", "b"}, hoist.Rule{ID: "r", When: hoist.InSegment("everyone"), Serve: serve, Sticky: &hoist.Sticky{Read: "m"}})
	kept := hoist.NewMemoryAssignments()
	flags := openConfidence(t, &hoist.Options{Assignments: kept}, []*hoist.Segment{confidenceSegment("everyone", hoist.Condition{})}, flag)
	plain := confidenceFlag("f", []string{"a", "b"}, hoist.Rule{When: hoist.InSegment("everyone"), Serve: serve})
	unkept := openConfidence(t, nil, []*hoist.Segment{confidenceSegment("everyone", hoist.Condition{})}, plain)
	for i := range 200 {
		unit := fmt.Sprint("user-", i)
		for _, stored := range []string{"a", "b", "c", ""} {
			kept.Assign(hoist.Assignment{Unit: unit, Group: "m", Flag: "f", Rule: "r", Variant: stored})
			hashed := unkept.For(hoist.NewSubject(unit)).Evaluate("f")
			want := [2]string{hashed.Variant(), hashed.ArmID()}
			if stored == "b" {
				want = [2]string{"b", "2"} // one arm, whatever the bucket
			}
			d := flags.For(hoist.NewSubject(unit)).Evaluate("f")
			if got := [2]string{d.Variant(), d.ArmID()}; got != want {
				t.Fatalf("%s with %q: got %q, want %q", unit, stored, got, want)
			}
		}
	}
}

// The key of a subject is not what Confidence calls the attribute "key".
func TestConfidenceKey(t *testing.T) {
	flags := openConfidence(t, nil, []*hoist.Segment{confidenceSegment("s", hoist.Where("key", "eqRule", "null"))},
		confidenceFlag("f", []string{"a"}, hoist.Rule{When: hoist.InSegment("s"), Serve: fullRollout("a")}))
	if d := flags.For(hoist.NewSubject("u")).Evaluate("f"); d.Variant() != "a" {
		t.Errorf("the key was taken for an attribute: %v", d)
	}
}
