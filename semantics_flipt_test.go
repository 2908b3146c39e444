package hoist_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hoistflags/hoist"
)

// fliptFlag returns a variant flag of Flipt with a rule for two segments and
// one for a third, which decides.
func fliptFlag(key string) *hoist.Flag {
	return &hoist.Flag{
		Key: key, Semantics: hoist.Flipt,
		Variants: []hoist.Variant{{Name: "a", Value: hoist.StringValue("a")}, {Name: "b", Value: hoist.StringValue("b")}},
		Targeting: &hoist.Targeting{
			Rules: []hoist.Rule{
				{When: hoist.AllOf(hoist.InSegment("pro"), hoist.InSegment("dated")), Serve: hoist.Serve{Variant: "a"}},
				{When: hoist.AnyOf(hoist.InSegment("dated"), hoist.InSegment("adult"), hoist.InSegment("pro")), Serve: fliptSplit(50, 50)},
			},
		},
	}
}

func fliptSplit(a, b float64) hoist.Serve {
	return hoist.Serve{Split: &hoist.Split{Arms: []hoist.Arm{{Variant: "a", Weight: a}, {Variant: "b", Weight: b}}}}
}

func fliptSegments() []*hoist.Segment {
	segment := func(key string, when hoist.Condition) *hoist.Segment {
		return &hoist.Segment{Key: key, Semantics: hoist.Flipt, When: when}
	}
	return []*hoist.Segment{
		segment("pro", hoist.AllOf(
			hoist.Where("plan", "string isoneof", `["pro","team"]`),
			hoist.Where("entityId", "entityId notcontains", "bot"),
			hoist.Where("beta", "boolean true"))),
		segment("adult", hoist.AnyOf(hoist.Where("age", "number gte", "18"), hoist.Where("age", "number isoneof", "[1,2]"))),
		segment("dated", hoist.AllOf(
			hoist.Where("since", "datetime lt", "2024-02-03T04:05:06Z"),
			hoist.Where("mail", "string suffix", "@shop.example"))),
	}
}

func openFlipt(t testing.TB, flags ...*hoist.Flag) *hoist.Flags {
	t.Helper()
	return openSource(t, hoist.Static(hoist.Set{Flags: flags, Segments: fliptSegments()}), nil)
}

func TestAllocFlipt(t *testing.T) {
	skipUnderRace(t)
	threshold := &hoist.Flag{Key: "threshold", Semantics: hoist.Flipt, Targeting: &hoist.Targeting{
		Rules:   []hoist.Rule{{Exposure: &hoist.Exposure{Percent: 50}, Serve: hoist.Serve{Variant: "true"}}},
		Default: &hoist.Serve{Variant: "false"},
	}}
	flags := openFlipt(t, fliptFlag("rules"), threshold)
	subject := func(age, since string) hoist.Subject {
		return hoist.NewSubject("user-42", hoist.String("plan", "pro"), hoist.String("age", age), hoist.String("beta", "yes"),
			hoist.String("since", since), hoist.String("mail", " a@shop.example "))
	}
	calls := map[string]func(){
		"threshold":     func() { flags.For(subject("18", "")).Bool("threshold", false) },
		"rules":         func() { flags.For(subject("18", "2024-02-03T04:05:06+02:00")).String("rules", "") },
		"not readable":  func() { flags.For(subject("old", "yesterday, at noon")).String("rules", "") },
		"nothing":       func() { flags.For(hoist.Subject{}).String("rules", "") },
		"other kinds":   func() { flags.For(hoist.NewSubject("u", hoist.Int("age", 20))).String("rules", "") },
		"long entityId": func() { flags.For(hoist.NewSubject(longEntity)).Bool("threshold", false) },
	}
	for name, call := range calls {
		if n := testing.AllocsPerRun(100, call); n != 0 {
			t.Errorf("%s: got %v allocations by evaluation, want 0", name, n)
		}
	}
}

var longEntity = strings.Repeat("x", 150)

// All segments that hold are listed, also where one would do.
func TestFliptSegments(t *testing.T) {
	flags := openFlipt(t, fliptFlag("f"))
	subject := hoist.NewSubject("u", hoist.String("plan", "team"), hoist.String("beta", "T"), hoist.Int("age", 40))
	d := flags.For(subject).Evaluate("f")
	if got, want := d.Segments(), []string{"pro", "adult"}; !slices.Equal(got, want) || d.RuleIndex() != 1 {
		t.Errorf("rule %d, segments %q, want rule 1, %q", d.RuleIndex(), got, want)
	}
	bot := hoist.NewSubject("robot", hoist.String("plan", "team"), hoist.String("beta", "T"))
	if d := flags.For(bot).Evaluate("f"); !d.IsFallback() || d.Reason() != hoist.ReasonDefault || d.Segments() != nil {
		t.Errorf("robot: variant %q, %v, segments %q", d.Variant(), d.Reason(), d.Segments())
	}
}

// The entity id is what constraints of its type are about, and nothing else:
// "key" and "entityId" are names of properties like any other.
func TestFliptEntityID(t *testing.T) {
	key, name := hoist.String("key", "x"), hoist.String("entityId", "x")
	tests := []struct {
		where   hoist.Condition
		subject hoist.Subject
		want    bool
	}{
		{hoist.Where("entityId", "entityId eq", "x"), hoist.NewSubject("x"), true},
		{hoist.Where("whatever", "entityId eq", "x"), hoist.NewSubject("x"), true},
		{hoist.Where("entityId", "entityId eq", "x"), hoist.NewSubject("u", key, name), false},
		{hoist.Where("entityId", "entityId eq", "x"), hoist.NewSubject("", key, name), false},
		{hoist.Where("key", "entityId neq", "x"), hoist.NewSubject("", key, name), false},
		{hoist.Where("key", "string eq", "x"), hoist.NewSubject("u", key), true},
		{hoist.Where("key", "string eq", "x"), hoist.NewSubject("x"), false},
		{hoist.Where("entityId", "string eq", "x"), hoist.NewSubject("u", name), true},
		{hoist.Where("entityId", "string eq", "x"), hoist.NewSubject("x"), false},
	}
	for _, test := range tests {
		if got := fliptHolds(t, test.where, test.subject); got != test.want {
			t.Errorf("%s of subject %q: %v, want %v", jsonText(t, test.where), test.subject.Key(), got, test.want)
		}
	}
}

// fliptHolds reports whether a condition holds under Flipt's semantics.
func fliptHolds(t *testing.T, where hoist.Condition, subject hoist.Subject) bool {
	t.Helper()
	segment := &hoist.Segment{Key: "s", Semantics: hoist.Flipt, When: where}
	flag := &hoist.Flag{Key: "f", Semantics: hoist.Flipt, Targeting: &hoist.Targeting{
		Rules:   []hoist.Rule{{When: hoist.InSegment("s"), Serve: hoist.Serve{Variant: "true"}}},
		Default: &hoist.Serve{Variant: "false"},
	}}
	set := hoist.Set{Flags: []*hoist.Flag{flag}, Segments: []*hoist.Segment{segment}}
	return openSource(t, hoist.Static(set), nil).For(subject).Bool("f", false)
}

func jsonText(t *testing.T, c hoist.Condition) string {
	t.Helper()
	text, err := c.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What was observed on the server besides what the vectors have, and
// attributes that are not texts, which only Go programs have.
func TestFliptOperators(t *testing.T) {
	tests := []struct {
		operator hoist.Operator
		value    any
		given    any
		want     bool
	}{
		{"datetime eq", "2024-02-03", "2024-02-03T0:00:00Z", true},
		{"datetime eq", "2024-02-03T00:00:00.5Z", "2024-02-03T00:00:00,5Z", true},
		{"datetime eq", "2024-02-02", "2024-02-03T00:00:00+24:00", true},
		{"datetime neq", "2024-02-03", "2024-02-03T00:00:00+25:00", false},
		{"datetime neq", "2024-02-03", "2024-02-03T00:00:60Z", false},
		{"datetime lt", "0001-01-01", "0000-01-01", true},
		{"datetime gt", "9999-12-30", "9999-12-31", true},
		{"datetime eq", "2024-02-30", "2024-02-30", false},
		{"datetime lt", "2024-02-03", time.Date(2024, 2, 2, 0, 0, 0, 0, time.UTC), true},
		{"datetime lt", "2024-02-03", nil, false},
		{"number eq", "10.5", "1_0.5_0", true},
		{"number neq", "10.5", "+NaN", false},
		{"number neq", "10.5", "٣", false},
		{"number neq", "NaN", "NaN", true},
		{"number eq", "9007199254740993", "9007199254740992", true},
		{"number gte", "18", 18, true},
		{"number gte", 18, "18", true},
		{"number lt", 18.5, 18, true},
		{"number isoneof", "[5, null]", "0", true},
		{"number isnotoneof", "null", "1", true},
		{"number isnotoneof", `["1"]`, "2", false},
		{"number notpresent", nil, "\u00a0\u3000", true},
		{"number notpresent", nil, "\u001f", false},
		{"number notpresent", nil, "\u200b", false},
		{"number notpresent", nil, nil, true},
		{"boolean true", nil, true, true},
		{"boolean false", nil, "F", true},
		{"boolean false", nil, "no", false},
		{"boolean false", nil, nil, false},
		{"string eq", "20", 20.0, true},
		{"string eq", "true", true, true},
		{"string eq", "2024-02-02T00:00:00Z", time.Date(2024, 2, 2, 0, 0, 0, 0, time.UTC), true},
		{"string prefix", " a", " ab", false},
		{"string prefix", "a", " ab", true},
		{"string suffix", "b", "ab\u00a0", true},
		{"string isnotoneof", `["a", null]`, "", false},
		{"string isnotoneof", `["a"`, "b", false},
		{"string isoneof", `["a","b","c","d","e","f","g","h","i"]`, "i", true},
		{"string neq", "a", nil, false},
		{"string empty", nil, nil, true},
		{"string empty", nil, " ", true},
		{"never", nil, "a", false},
	}
	for _, test := range tests {
		where := hoist.Where("p", test.operator)
		if test.value != nil {
			where = hoist.Where("p", test.operator, test.value)
		}
		if got := fliptHolds(t, where, hoist.NewSubject("u", hoist.Any("p", test.given))); got != test.want {
			t.Errorf("%q %v %v: %v, want %v", test.given, test.operator, test.value, got, test.want)
		}
	}
}

// A rule without shares gives the default as a match; what shares leave over
// gets the default as the default, and other rules are not tried.
func TestFliptRemainder(t *testing.T) {
	dflt := &hoist.Serve{Variant: "b"}
	tests := []struct {
		name    string
		serve   hoist.Serve
		orElse  *hoist.Serve
		variant string
		reason  hoist.Reason
	}{
		{"no shares", hoist.Serve{Split: &hoist.Split{}}, dflt, "b", hoist.ReasonSplit},
		{"no shares and no default", fliptSplit(0, 0), nil, "", hoist.ReasonSplit},
		{"tiny shares", fliptSplit(0.09, 0.05), dflt, "b", hoist.ReasonDefault},
		{"tiny shares and no default", fliptSplit(0.09, 0.05), nil, "", hoist.ReasonDefault},
		{"too much", fliptSplit(100, 100), dflt, "a", hoist.ReasonSplit},
	}
	for _, test := range tests {
		f := fliptFlag("f")
		f.Targeting = &hoist.Targeting{Default: test.orElse, Rules: []hoist.Rule{
			{When: hoist.InSegment("adult"), Serve: test.serve},
			{Serve: hoist.Serve{Variant: "a"}},
		}}
		d := openFlipt(t, f).For(hoist.NewSubject("u", hoist.String("age", "18"))).Evaluate("f")
		if d.Variant() != test.variant || d.Reason() != test.reason || fmt.Sprint(d.Segments()) != "[adult]" {
			t.Errorf("%s: %q, %v, %v, want %q, %v", test.name, d.Variant(), d.Reason(), d.Segments(), test.variant, test.reason)
		}
	}
}

// What a flag of Flipt cannot have is an error.
func TestFliptInvalid(t *testing.T) {
	exposure := func(e hoist.Exposure) hoist.Rule {
		return hoist.Rule{Exposure: &e, Serve: hoist.Serve{Variant: "a"}}
	}
	tests := []struct {
		rule hoist.Rule
		want string
	}{
		{exposure(hoist.Exposure{Percent: 100.5}), "/rules/0/exposure/share: want a share from 0 % to 100 %, found 100.5"},
		{exposure(hoist.Exposure{Ramp: &hoist.Ramp{}}), `/rules/0/exposure/ramp: ramps are not for the semantics "flipt"`},
		{hoist.Rule{Serve: fliptSplit(101, 0)}, "/rules/0/serve/split/a: want a weight from 0 to 100, found 101"},
		{hoist.Rule{Serve: fliptSplit(-1, 0)}, "/rules/0/serve/split/a: want a weight of at least 0, found -1"},
		{hoist.Rule{Serve: hoist.Serve{Split: &hoist.Split{Arms: []hoist.Arm{{Variant: "c"}}}}}, `/rules/0/serve/split/c: unknown variant "c", want "a" or "b"`},
		{hoist.Rule{Serve: hoist.Serve{Split: &hoist.Split{Buckets: 5}}}, `/rules/0/serve: buckets and overrides are not for the semantics "flipt"`},
	}
	for _, test := range tests {
		f := fliptFlag("f")
		f.Targeting = &hoist.Targeting{Rules: []hoist.Rule{test.rule}}
		if err := f.Validate(); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}
