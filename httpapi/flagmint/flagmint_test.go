package flagmint

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/hoistflags/hoist"
)

// open returns the flags of a document as an engine evaluates them.
func open(t testing.TB, doc string, now time.Time) *hoist.Flags {
	t.Helper()
	set, report, err := Import([]byte(doc), nil)
	if err != nil || len(report) > 0 {
		t.Fatalf("Import(%s): %v, report %v", doc, err, report)
	}
	flags, err := hoist.Open(t.Context(), hoist.Static(*set), &hoist.Options{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flags.Close() })
	return flags
}

func subject(t testing.TB, context string) hoist.Subject {
	t.Helper()
	s, err := Subject([]byte(context))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bucketOf is the bucketing of the Go client, written down from the dossier:
// djb2 of kind, dot, key and salt, modulo 100.
func bucketOf(text string) int {
	h := uint32(5381)
	for _, c := range []byte(text) {
		h = h*33 + uint32(c)
	}
	return int(h % 100)
}

func TestBucketVectors(t *testing.T) {
	for text, want := range map[string]uint32{"": 5381, "a": 177670, "abc": 193485963, "test": 2090756197, "hello": 261238937, "user123salt": 240410286} {
		h := uint32(5381)
		for _, c := range []byte(text) {
			h = h*33 + uint32(c)
		}
		if h != want {
			t.Errorf("hash of %q = %d, want %d", text, h, want)
		}
	}
}

const onOff = `"variations":[{"id":"v1","key":"on","value":"true"},{"id":"v2","key":"off","value":"false"}]`

func TestOrderOfEvaluation(t *testing.T) {
	rule := func(outcome string) string {
		return `"targeting_rules":[{"kind":"custom","conditions":[{"attribute":"plan","operator":"eq","value":"pro"}],` + outcome + `,"order_index":2},
		 {"kind":"custom","conditions":[{"attribute":"plan","operator":"eq","value":"basic"}],"variation_id":"v2","order_index":1}]`
	}
	for _, test := range []struct{ name, flag, context, want string }{
		{"inactive serves the off variation", `"is_active":false,"default_value":true,"off_variation_id":"v2",` + onOff, `{}`, "false"},
		{"inactive without off variation serves the default", `"is_active":false,"default_value":true,` + onOff, `{}`, "true"},
		{"plain boolean is on if it has a variation that is", `"is_active":true,"default_value":false,` + onOff, `{}`, "true"},
		{"plain boolean without one is off", `"is_active":true,"default_value":true,"variations":[{"id":"v2","value":"false"}]`, `{}`, "false"},
		{"rule that matches", `"is_active":true,"default_value":false,` + onOff + "," + rule(`"variation_id":"v1"`), `{"key":"u","plan":"pro"}`, "true"},
		{"rule that does not", `"is_active":true,"default_value":false,` + onOff + "," + rule(`"variation_id":"v1"`), `{"key":"u","plan":"x"}`, "false"},
		{"prefix of the context's kind", `"is_active":true,"default_value":false,` + onOff + `,"targeting_rules":[{"kind":"custom","conditions":[{"attribute":"user.plan","operator":"eq","value":"pro"}],"variation_id":"v1"}]`, `{"kind":"user","key":"u","plan":"pro"}`, "true"},
		{"organization of several kinds", `"is_active":true,"default_value":false,` + onOff + `,"targeting_rules":[{"kind":"custom","conditions":[{"attribute":"organization.plan","operator":"eq","value":"pro"}],"variation_id":"v1"}]`, `{"kind":"multi","user":{"key":"u"},"organization":{"key":"o","plan":"pro"}}`, "true"},
		{"rollout without rules", `"is_active":true,"default_value":false,` + onOff + `,"rollouts":{"r":{"strategy":"percentage","percentage":100,"salt":"s"}}`, `{"key":"u"}`, "true"},
		{"rollout without a key serves the default", `"is_active":true,"default_value":false,` + onOff + `,"rollouts":{"r":{"strategy":"percentage","percentage":100,"salt":"s"}}`, `{}`, "false"},
	} {
		t.Run(test.name, func(t *testing.T) {
			flags := open(t, `{"flags":[{"key":"f","type":"boolean",`+test.flag+`}]}`, time.Now())
			d := flags.For(subject(t, test.context)).Evaluate("f")
			if got := d.Value().String(); got != test.want {
				t.Errorf("f for %s = %s, want %s\n%s", test.context, got, test.want, flags.For(subject(t, test.context)).Explain("f"))
			}
		})
	}
}

func TestOperators(t *testing.T) {
	for _, test := range []struct {
		operator, operand string
		holds, fails      []string // values of the attribute, as JSON; "" is missing
	}{
		{"eq", `"a"`, []string{`"a"`}, []string{`"b"`, ``, `null`}},
		{"eq", `5`, []string{`5`, `5.0`, `"5"`}, []string{`6`, `"x"`}},
		{"eq", `"5"`, []string{`5`, `"5"`}, []string{`"5.0"`}},
		{"eq", `true`, []string{`true`, `"true"`}, []string{`false`, `1`}},
		{"neq", `"a"`, []string{`"b"`, `5`}, []string{`"a"`, ``}},
		{"contains", `"b"`, []string{`"abc"`, `["b"]`}, []string{`"xyz"`, `["abc"]`, ``}},
		{"not_contains", `"b"`, []string{`"xyz"`}, []string{`"abc"`, ``}},
		{"gt", `5`, []string{`6`, `"6"`}, []string{`5`, `"x"`, ``}},
		{"lt", `5`, []string{`4`, `"4.5"`}, []string{`5`, `true`, ``}},
		{"in", `["a",2]`, []string{`"a"`, `2`, `"2"`}, []string{`"b"`, ``}},
		{"in", `"a"`, nil, []string{`"a"`, ``}},
		{"nin", `["a"]`, []string{`"b"`}, []string{`"a"`, ``}},
		{"nin", `"a"`, []string{`"a"`, `"b"`}, []string{``}},
		{"startsWith", `"ab"`, []string{`"abc"`}, []string{`"bab"`, ``}},
		{"endsWith", `"bc"`, []string{`"abc"`}, []string{`"bcd"`, ``}},
		{"exists", ``, []string{`"x"`, `false`}, []string{``, `null`}},
		{"not_exists", ``, []string{``, `null`}, []string{`"x"`}},
		{"matches", `"^a.c$"`, []string{`"abc"`}, []string{`"abcd"`, ``}},
		{"matches", `"("`, nil, []string{`"("`}},
	} {
		value := ""
		if test.operand != "" {
			value = `,"value":` + test.operand
		}
		flags := open(t, `{"flags":[{"key":"f","type":"boolean","is_active":true,"default_value":false,`+onOff+`,
			"targeting_rules":[{"kind":"custom","conditions":[{"attribute":"x","operator":"`+test.operator+`"`+value+`}],"variation_id":"v1"}]}]}`, time.Now())
		check := func(attributes []string, want bool) {
			for _, x := range attributes {
				context := `{"key":"u"}`
				if x != "" {
					context = `{"key":"u","x":` + x + `}`
				}
				if got := flags.For(subject(t, context)).Bool("f", !want); got != want {
					t.Errorf("%s %s on %q = %v, want %v", test.operator, test.operand, x, got, want)
				}
			}
		}
		check(test.holds, true)
		check(test.fails, false)
	}
}

func TestRollouts(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	share := func(rollout string, now time.Time) func(bucket int) bool {
		flags := open(t, `{"flags":[{"key":"f","type":"boolean","is_active":true,"default_value":false,`+onOff+`,"rollouts":{"r":`+rollout+`}}]}`, now)
		return func(i int) bool {
			return flags.For(subject(t, fmt.Sprintf(`{"kind":"user","key":"u%d"}`, i))).Bool("f", false)
		}
	}
	for _, test := range []struct {
		rollout string
		now     time.Time
		below   int
	}{
		{`{"strategy":"percentage","percentage":25.9,"salt":"s"}`, start, 25},
		{`{"strategy":"percentage","percentage":-3,"salt":"s"}`, start, 0},
		{`{"strategy":"percentage","percentage":250,"salt":"s"}`, start, 100},
		{`{"strategy":"off","salt":"s"}`, start, 0},
		{`{"strategy":"gradual","target_percentage":35,"increment":10,"interval_hours":24,"salt":"s"}`, start, 0},
		{`{"strategy":"gradual","target_percentage":35,"increment":10,"interval_hours":24,"salt":"s","start_at":"2026-01-01T00:00:00Z"}`, start.Add(23 * time.Hour), 0},
		{`{"strategy":"gradual","target_percentage":35,"increment":10,"interval_hours":24,"salt":"s","start_at":"2026-01-01T00:00:00Z"}`, start.Add(49 * time.Hour), 20},
		{`{"strategy":"gradual","target_percentage":35,"increment":10,"interval_hours":24,"salt":"s","start_at":"2026-01-01T00:00:00Z"}`, start.Add(999 * time.Hour), 35},
		{`{"strategy":"gradual","target_percentage":35,"increment":10,"interval_hours":0,"salt":"s","start_at":"2026-01-01T00:00:00Z"}`, start, 35},
	} {
		in := share(test.rollout, test.now)
		for i := range 200 {
			if want := bucketOf("user.u"+strconv.Itoa(i)+"s") < test.below; in(i) != want {
				t.Errorf("%s at %s: user u%d = %v, want %v", test.rollout, test.now, i, !want, want)
			}
		}
	}
}

func TestVariantRollout(t *testing.T) {
	for _, test := range []struct {
		weights [2]float64
		want    func(bucket int) string
	}{
		{[2]float64{30, 70}, func(b int) string {
			if b < 30 {
				return "A"
			}
			return "B"
		}},
		{[2]float64{33.3333, 66.6667}, func(b int) string {
			if b < 34 {
				return "A"
			}
			return "B"
		}},
		{[2]float64{30, 60}, func(int) string { return "D" }},
	} {
		flags := open(t, fmt.Sprintf(`{"flags":{"f":{"key":"f","type":"string","is_active":true,"default_value":"D",
			"variations":[{"id":"1","key":"a","value":"A"},{"id":"2","key":"b","value":"B"}],
			"rollouts":{"r":{"strategy":"variant","salt":"s","variants":[{"variation_id":"1","weight":%v},{"variation_id":"2","weight":%v}]}}}}}`,
			test.weights[0], test.weights[1]), time.Now())
		for i := range 200 {
			key := "u" + strconv.Itoa(i)
			got := flags.For(subject(t, `{"kind":"user","key":"`+key+`"}`)).String("f", "")
			if want := test.want(bucketOf("user." + key + "s")); got != want {
				t.Errorf("weights %v, user %s: %q, want %q", test.weights, key, got, want)
			}
		}
	}
}

func TestSegments(t *testing.T) {
	rules := `"rules":[{"type":"rule","attribute":"plan","operator":"eq","value":"pro"},{"type":"rule","attribute":"country","operator":"eq","value":"SE"}]`
	for _, test := range []struct {
		segment string
		want    []bool // of nobody, pro, pro in SE
	}{
		{`"logical_op":"AND",` + rules, []bool{false, false, true}},
		{`"logical_op":"OR",` + rules, []bool{false, true, true}},
		{`"logical_op":"NOT",` + rules, []bool{true, false, false}},
		{`"logical_op":"AND","force":true,` + rules, []bool{true, true, true}},
	} {
		flags := open(t, `{"segments":[{"id":"s1","key":"seg",`+test.segment+`}],"flags":[{"key":"f","type":"boolean","is_active":true,"default_value":false,`+onOff+`,
			"targeting_rules":[{"kind":"segment","segment_id":"gone","variation_id":"v2"},{"kind":"segment","segment_id":"s1","variation_id":"v1","order_index":1}]}]}`, time.Now())
		for i, context := range []string{`{"key":"u"}`, `{"key":"u","plan":"pro"}`, `{"key":"u","plan":"pro","country":"SE"}`} {
			if got := flags.For(subject(t, context)).Bool("f", false); got != test.want[i] {
				t.Errorf("segment %s, %s = %v, want %v", test.segment, context, got, test.want[i])
			}
		}
	}
}

// drawConfig returns a random document that the product could have written.
func drawConfig(t *rapid.T) *config {
	kind := rapid.SampledFrom([]string{"boolean", "string", "number"}).Draw(t, "type")
	values := map[string][]string{"boolean": {"true", "false"}, "string": {"x", "y", "true"}, "number": {"1", "2.5", "9007199254740993"}}[kind]
	c := &config{
		Key: "flag", Name: rapid.SampledFrom([]string{"", "Flag"}).Draw(t, "name"), Type: kind,
		IsActive: rapid.Bool().Draw(t, "active"), ClientSide: rapid.Bool().Draw(t, "client"), AnalyticsEnabled: rapid.Bool().Draw(t, "analytics"),
		TargetingRules: []targetingRule{}, Variations: []variation{}, Rollouts: map[string]rollout{},
	}
	for i, v := range values {
		value, _ := json.Marshal(v)
		c.Variations = append(c.Variations, variation{ID: fmt.Sprint("v", i), Key: rapid.SampledFrom([]string{"", fmt.Sprint("key-", i)}).Draw(t, "key"), Value: value, OrderIndex: i, IsDefault: i == 0})
	}
	c.DefaultValue = c.Variations[rapid.IntRange(0, len(values)-1).Draw(t, "default")].Value
	if rapid.Bool().Draw(t, "off") {
		c.OffVariationID = "v1"
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "rollouts") {
		c.Rollouts[fmt.Sprint("r", i)] = drawRollout(t, kind)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "rules") {
		c.TargetingRules = append(c.TargetingRules, drawRule(t, i))
	}
	return c
}

func drawRollout(t *rapid.T, kind string) rollout {
	r := rollout{Salt: rapid.StringMatching(`[a-z]{0,3}`).Draw(t, "salt"), Strategy: "variant"}
	if kind == "boolean" {
		r.Strategy = rapid.SampledFrom([]string{"off", "percentage", "gradual", "variant"}).Draw(t, "strategy")
	}
	switch r.Strategy {
	case "off":
		r.Salt = ""
	case "percentage":
		r.Percentage = rapid.SampledFrom([]float64{0, 12.5, 50, 100}).Draw(t, "percentage")
	case "gradual":
		r.TargetPercentage = rapid.SampledFrom([]float64{30, 55, 100}).Draw(t, "target")
		r.Increment, r.IntervalHours = rapid.SampledFrom([]float64{0, 10, 30}).Draw(t, "increment"), rapid.SampledFrom([]float64{0, 12, 0.5}).Draw(t, "interval")
		if rapid.Bool().Draw(t, "started") {
			r.StartAt = new("2026-01-01T00:00:00Z")
		}
	default:
		w := rapid.SampledFrom([]float64{0, 40, 100}).Draw(t, "weight")
		r.Variants = []weights{{"v0", w}, {"v1", 100 - w}}
	}
	return r
}

func drawRule(t *rapid.T, i int) targetingRule {
	r := targetingRule{ID: fmt.Sprint("rule-", i), Kind: "custom", OrderIndex: i}
	switch rapid.IntRange(0, 2).Draw(t, "serves") {
	case 0:
		r.VariationID = "v0"
	case 1:
		r.RolloutID = rapid.SampledFrom([]string{"r0", "r1", "r2", "gone"}).Draw(t, "rollout")
	}
	if rapid.Bool().Draw(t, "segment") {
		r.Kind, r.SegmentID = "segment", "s1"
		return r
	}
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		c := condition{Attribute: "x", Operator: rapid.SampledFrom([]string{"eq", "in", "exists", "gt"}).Draw(t, "operator"), LogicalOp: rapid.SampledFrom([]string{"", "AND"}).Draw(t, "op")}
		if c.Operator != "exists" {
			c.Value = json.RawMessage(rapid.SampledFrom([]string{`"a"`, `5`, `true`, `["a",1]`, `null`, `{"a":1}`}).Draw(t, "value"))
		}
		r.Conditions = append(r.Conditions, c)
	}
	return r
}

// Wire to model to wire is the identity, also through the model's own form.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawConfig(t)
		flag, _ := flagFromWire(want, "production", map[string]string{"s1": "seg"})
		text, err := flag.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		read := &hoist.Flag{}
		if err := read.UnmarshalJSON(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, err := flagToWire(read, "production", map[string]string{"seg": "s1"})
		if err != nil {
			t.Fatalf("flagToWire(%s): %v", text, err)
		}
		if diff := cmp.Diff(asJSON(want), asJSON(got)); diff != "" {
			t.Fatalf("wire → model → wire (-sent +got):\n%s\nmodel: %s", diff, text)
		}
	})
}

func asJSON(v any) (out any) {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	_ = json.Unmarshal(text, &out)
	return out
}

func TestSegmentRoundTrip(t *testing.T) {
	for _, op := range []string{"AND", "OR", "NOT", ""} {
		for _, force := range []bool{false, true} {
			want := &segment{ID: "s1", Key: "seg", Name: "Seg", LogicalOp: op, Force: force, Rules: []condition{
				{Type: "rule", Attribute: "x", Operator: "eq", Value: json.RawMessage(`"a"`)},
				{Type: "rule", Attribute: "y", Operator: "in", Value: json.RawMessage(`["a"]`)},
			}}
			got, err := segmentToWire(segmentFromWire(want))
			if diff := cmp.Diff(asJSON(want), asJSON(got)); diff != "" || err != nil {
				t.Errorf("segment %s, force %v: %v\n%s", op, force, err, diff)
			}
		}
	}
}

// An edit of the model shows on the wire.
func TestEditsShow(t *testing.T) {
	c := &config{Key: "f", Type: "boolean", IsActive: true, DefaultValue: json.RawMessage("false"), Variations: []variation{{ID: "1", Key: "on", Value: json.RawMessage(`"true"`)}},
		Rollouts: map[string]rollout{"r": {Strategy: "percentage", Percentage: 10, Salt: "s"}}}
	flag, _ := flagFromWire(c, "", nil)
	flag.Targeting.Rules[0].Exposure.Percent = 40
	flag.Targeting.Disabled = true
	got, err := flagToWire(flag, "", nil)
	if err != nil || got.Rollouts["r"].Percentage != 40 || got.IsActive {
		t.Errorf("after the edit: %+v, %v", got, err)
	}
}

func TestTemplates(t *testing.T) {
	ids := 0
	newID := func() string { ids++; return fmt.Sprint("id-", ids) }
	for _, test := range []struct {
		options NewFlagOptions
		value   string
		rules   int
	}{
		{NewFlagOptions{}, "true", 0},
		{NewFlagOptions{Template: KillSwitch}, "true", 0},
		{NewFlagOptions{Template: GradualRollout}, "false", 2},
		{NewFlagOptions{Template: ABTest, Flavor: hoist.TypeString}, "", 1},
	} {
		test.options.Environments, test.options.NewID = []string{"live", "staging"}, newID
		flag, err := NewFlag("f", test.options)
		if err != nil {
			t.Fatal(err)
		}
		if err := flag.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, environment := range test.options.Environments {
			flags, err := hoist.Open(t.Context(), hoist.Static(hoist.Set{Flags: []*hoist.Flag{flag}}), &hoist.Options{Environment: environment})
			if err != nil {
				t.Fatal(err)
			}
			d := flags.For(hoist.NewSubject("u")).Evaluate("f")
			if test.value != "" && d.Value().String() != test.value {
				t.Errorf("template %q in %s = %s, want %s", test.options.Template, environment, d.Value(), test.value)
			}
			if n := len(flag.Environments[environment].Rules); n != test.rules {
				t.Errorf("template %q in %s: %d rules, want %d", test.options.Template, environment, n, test.rules)
			}
			_ = flags.Close()
		}
	}
	for _, o := range []NewFlagOptions{
		{Template: ABTest}, {Template: "other"}, {Template: KillSwitch, Type: hoist.TypeString}, {Template: ABTest, Flavor: hoist.TypeBoolean},
	} {
		o.NewID = newID
		if _, err := NewFlag("f", o); !errors.Is(err, ErrTemplate) {
			t.Errorf("NewFlag(%+v): %v, want ErrTemplate", o, err)
		}
	}
}

func TestImportReports(t *testing.T) {
	set, report, err := Import([]byte(`{"flags":[{"key":"ok","type":"boolean","is_active":true,"default_value":true},{"key":"","type":"boolean"},
		{"key":"odd","type":"number","is_active":true,"default_value":"x","variations":[{"id":"1","value":"nan"}]}]}`), nil)
	if err != nil || len(set.Flags) != 2 {
		t.Fatalf("Import: %v, %d flags, want ok and odd", err, len(set.Flags))
	}
	var paths []string
	for _, e := range report {
		paths = append(paths, e.Path)
	}
	want := []string{"/flags/1/key", "/flags/2/variations/0/value", "/flags/2/default_value"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("places of the report (-want +got):\n%s\n%v", diff, report)
	}
	if _, _, err := Import([]byte(`{"flags":`), nil); err == nil {
		t.Error("a broken document is imported without an error")
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(`{"flags":[{"key":"f","type":"boolean","is_active":true,` + onOff + `,"rollouts":{"r":{"strategy":"gradual","increment":1e-300,"target_percentage":1e300,"interval_hours":1,"start_at":"2026-01-01T00:00:00Z"}}}],"segments":{"s":{"id":"s","rules":[]}}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		set, _, err := Import(doc, nil)
		if err != nil {
			return
		}
		for _, flag := range set.Flags {
			_, _ = flagToWire(flag, "", nil)
		}
		for _, s := range set.Segments {
			_, _ = segmentToWire(s)
		}
	})
}
