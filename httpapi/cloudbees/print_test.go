package cloudbees

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hoistflags/hoist"
)

func raws(documents ...string) (list []json.RawMessage) {
	for _, d := range documents {
		list = append(list, json.RawMessage(d))
	}
	return list
}

// flagOf translates a document for the environments given, "" if none are.
func flagOf(t *testing.T, document string, environments ...string) *hoist.Flag {
	t.Helper()
	var r reader
	d := r.flag(json.RawMessage(document), "")
	f := &hoist.Flag{Key: d.Name, Semantics: hoist.CloudBees}
	if environments == nil {
		environments = []string{""}
	}
	for _, name := range environments {
		f = r.configure(f, d, name, "")
	}
	if r.errs != nil {
		t.Fatal(r.errs)
	}
	return f
}

func printed(t *testing.T, f *hoist.Flag, environment string) map[string]any {
	t.Helper()
	d, errs := printFlag(f, environment)
	if errs != nil {
		t.Fatal(errs)
	}
	return decoded(t, marshalAny(d)).(map[string]any)
}

const elaborate = `{"name":"f","availableValues":["red","blue"],"stickinessProperty":"company",
	"platforms":[{"name":"Go","conditions":[{"property":{"name":"p","operator":"eq","operand":["x"]},"value":"red"}],"value":"blue"}],
	"conditions":[
		{"group":{"name":"A"},"dependency":{"flag":"g","value":"true"},"value":"red"},
		{"version":{"operator":"semver-gte","semver":"4"},"value":[{"option":"red"}]}
	],"value":null}`

// What is changed in the model shows in the document, and what is not changed
// stays as it was written.
func TestChangesShow(t *testing.T) {
	for name, test := range map[string]struct {
		change func(f *hoist.Flag, rules []hoist.Rule)
		at     []any
		want   string
	}{
		"nothing":    {func(*hoist.Flag, []hoist.Rule) {}, []any{"conditions", 0, "group", "name"}, `"A"`},
		"enabled":    {func(f *hoist.Flag, _ []hoist.Rule) { f.Targeting.Disabled = true }, []any{"enabled"}, `false`},
		"default":    {func(f *hoist.Flag, _ []hoist.Rule) { f.Targeting.Default = &hoist.Serve{Variant: "blue"} }, []any{"value"}, `"blue"`},
		"served":     {func(_ *hoist.Flag, r []hoist.Rule) { r[2].Serve.Variant = "blue" }, []any{"conditions", 0, "value"}, `"blue"`},
		"platform":   {func(_ *hoist.Flag, r []hoist.Rule) { r[1].Serve.Variant = "red" }, []any{"platforms", 0, "value"}, `"red"`},
		"operand":    {func(_ *hoist.Flag, r []hoist.Rule) { r[0].When.All[1].Constraint.Operands[0] = hoist.IntValue(5) }, []any{"platforms", 0, "conditions", 0, "property"}, `{"name":"p","operator":"in-array","operand":[5]}`},
		"segment":    {func(_ *hoist.Flag, r []hoist.Rule) { r[2].When.All[1].Any[0].Segment = "B" }, []any{"conditions", 0, "group"}, `{"operator":"or","name":["B"]}`},
		"dependency": {func(_ *hoist.Flag, r []hoist.Rule) { r[2].When.All[0].Flag.Variants[0] = "false" }, []any{"conditions", 0, "dependency", "value"}, `false`},
		"version":    {func(_ *hoist.Flag, r []hoist.Rule) { r[3].When.Constraint.Operator = "semver-lt" }, []any{"conditions", 1, "version", "operator"}, `"semver-lt"`},
		"share":      {func(_ *hoist.Flag, r []hoist.Rule) { r[3].Serve.Split.Arms[0].Weight = 25 }, []any{"conditions", 1, "value", 0, "percentage"}, `25`},
		"sticky":     {func(_ *hoist.Flag, r []hoist.Rule) { r[3].Serve.Split.By = nil }, []any{"stickinessProperty"}, `"rox.distinct_id"`},
		"salt":       {func(_ *hoist.Flag, r []hoist.Rule) { r[3].Serve.Split.Salt = "s" }, []any{"seed"}, `"s"`},
		"variant":    {func(f *hoist.Flag, _ []hoist.Rule) { f.Variants[0].Value = hoist.StringValue("crimson") }, []any{"conditions", 0, "value"}, `"crimson"`},
		"variants": {func(f *hoist.Flag, _ []hoist.Rule) {
			f.Variants = append(f.Variants, hoist.Variant{Name: "n", Value: hoist.StringValue("new")})
		}, []any{"availableValues", 2}, `"new"`},
		"condition": {func(_ *hoist.Flag, r []hoist.Rule) { r[3].When = hoist.Condition{} }, []any{"conditions", 1}, `{"value":[{"option":"red"}]}`},
	} {
		f := flagOf(t, elaborate)
		test.change(f, f.Targeting.Rules)
		var got any = printed(t, f, "")
		for _, step := range test.at {
			if i, ok := step.(int); ok {
				got = got.([]any)[i]
			} else {
				got = got.(map[string]any)[step.(string)]
			}
		}
		if want := decoded(t, []byte(test.want)); !cmp.Equal(got, want) {
			t.Errorf("%s: got %s at %v, want %s", name, marshalAny(got), test.at, test.want)
		}
	}
}

// A flag that was made in Go, without any note, is printed as well.
func TestPrintOfOwnFlag(t *testing.T) {
	begin := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	ramp := &hoist.Exposure{Ramp: &hoist.Ramp{Stages: []hoist.Stage{{At: begin, Percent: 10}}}}
	f := &hoist.Flag{Key: "f", Semantics: hoist.CloudBees, Labels: []string{"l"}, Targeting: &hoist.Targeting{
		Rules: []hoist.Rule{
			{When: hoist.AllOf(hoist.InSegment("A"), hoist.Where("p", "is-true")), Serve: hoist.Serve{Variant: "true"}},
			{When: hoist.AllOf(hoist.InSegment("A"), hoist.InSegment("B")), Serve: hoist.Serve{Variant: "false"}},
			{When: hoist.Not(hoist.InSegment("C")), Exposure: ramp, Serve: hoist.Serve{Variant: "true"}},
			{When: hoist.Not(hoist.InSegment("C")), Serve: hoist.Serve{Variant: "false"}},
			{When: hoist.AllOf(hoist.Where(AppRelease, "semver-gt", "4"), hoist.Where(AppRelease, "semver-lt", "5")), Serve: hoist.Serve{Action: hoist.CallersFallback}},
			{Exposure: ramp, Serve: hoist.Serve{Variant: "true"}},
		},
		Default: &hoist.Serve{Variant: "false"},
	}}
	want := decoded(t, []byte(`{"type":"flag","name":"f","availableValues":[true,false],"description":"","created":"","updated":"",
		"enabled":true,"isPermanent":false,"labels":["l"],"stickinessProperty":"rox.distinct_id","platforms":[],"conditions":[
		{"group":{"operator":"or","name":["A"]},"property":{"name":"p","operator":"is-true"},"value":true},
		{"group":{"operator":"and","name":["A","B"]},"value":false},
		{"group":{"operator":"not","name":["C"]},"value":[{"from":"2026-05-01T08:00:00Z","percentage":10}]},
		{"version":{"operator":"semver-gt","semver":"4"},"property":{"name":"rox.app_release","operator":"semver-lt","operand":"5"},"value":null}
		],"value":[{"from":"2026-05-01T08:00:00Z","percentage":10}]}`))
	if diff := cmp.Diff(want, any(printed(t, f, ""))); diff != "" {
		t.Error(diff)
	}
}

// What a document of the product cannot say is refused and not left out.
func TestPrintRefuses(t *testing.T) {
	rule := func(r hoist.Rule) func(*hoist.Targeting) {
		if r.Serve == (hoist.Serve{}) {
			r.Serve.Variant = "true"
		}
		return func(t *hoist.Targeting) {
			t.Rules = append(t.Rules, r, hoist.Rule{Serve: hoist.Serve{Variant: "false"}})
		}
	}
	for want, change := range map[string]func(*hoist.Targeting){
		"/requires: ":              func(t *hoist.Targeting) { t.Requires = []hoist.Requirement{{Flag: "g", Variants: []string{"true"}}} },
		"/overrides: ":             func(t *hoist.Targeting) { t.Overrides = []hoist.Override{{Variant: "true", Keys: []string{"k"}}} },
		"/off: ":                   func(t *hoist.Targeting) { t.Off = "true" },
		"/rules/0/enabled: ":       rule(hoist.Rule{Disabled: true}),
		"/rules/0/window: ":        rule(hoist.Rule{Window: &hoist.Window{}}),
		"/rules/0/exposure: ":      rule(hoist.Rule{Exposure: &hoist.Exposure{Percent: 5}}),
		`/rules/0/serve: the`:      rule(hoist.Rule{Serve: hoist.Serve{Action: hoist.NextRule}}),
		`/rules/0/serve: unknown`:  rule(hoist.Rule{Serve: hoist.Serve{Variant: "x"}}),
		"/rules/0/serve/by: ":      rule(hoist.Rule{Serve: hoist.Serve{Split: &hoist.Split{By: []string{"a", "b"}}}}),
		"/rules/0/serve: buckets":  rule(hoist.Rule{Serve: hoist.Serve{Split: &hoist.Split{Buckets: 5}}}),
		"/rules/0/when: want at":   rule(hoist.Rule{When: hoist.Not(hoist.Where("p", "is-true"))}),
		"/rules/0/when: a negated": rule(hoist.Rule{When: hoist.Condition{Constraint: &hoist.Constraint{Attribute: "p", Operator: "is-true", Negate: true}}}),
		"/rules/0/when: unknown":   rule(hoist.Rule{When: hoist.Where("p", hoist.Is, "x")}),
		"/rules/0/when/flag: ":     rule(hoist.Rule{When: hoist.FlagIs("g", "a", "b")}),
		"/rules/0: the rules of":   rule(hoist.Rule{When: onPlatform("Go"), Extensions: extension(ruleNote{Platform: "Go"})}),
		"/rules/1: want the rules": func(t *hoist.Targeting) {
			t.Rules = []hoist.Rule{
				{Serve: hoist.Serve{Variant: "true"}},
				{When: onPlatform("Go"), Serve: hoist.Serve{Variant: "true"}, Extensions: extension(ruleNote{Platform: "Go", End: true})},
			}
		},
		"/rules/0/when: want a test": rule(hoist.Rule{Extensions: extension(ruleNote{Platform: "Go", End: true})}),
	} {
		f := &hoist.Flag{Key: "f", Semantics: hoist.CloudBees, Targeting: &hoist.Targeting{}}
		change(f.Targeting)
		if _, errs := printFlag(f, ""); errs == nil || !strings.Contains("\n"+errs.Error(), "\n"+want) {
			t.Errorf("got %v, want %s…", errs, want)
		}
	}
	for want, f := range map[string]*hoist.Flag{
		"/semantics: ": {Key: "f"},
		"/type: ":      {Key: "f", Semantics: hoist.CloudBees, Type: hoist.TypeJSON},
	} {
		if _, errs := printFlag(f, ""); errs == nil || !strings.HasPrefix(errs.Error(), want) {
			t.Errorf("got %v, want %s…", errs, want)
		}
	}
}

func TestPrintOfGroupRefuses(t *testing.T) {
	for want, s := range map[string]*hoist.Segment{
		"/semantics: ": {Key: "A"},
		"/exposure: ":  {Key: "A", Semantics: hoist.CloudBees, Exposure: &hoist.Exposure{Percent: 5}},
		"/when: ":      {Key: "A", Semantics: hoist.CloudBees, When: hoist.InSegment("B")},
		"/when/1: ":    {Key: "A", Semantics: hoist.CloudBees, When: hoist.AllOf(hoist.Where("p", "is-true"), hoist.InSegment("B"))},
	} {
		if _, errs := printGroup(s); errs == nil || !strings.HasPrefix(errs.Error(), want) {
			t.Errorf("got %v, want %s…", errs, want)
		}
	}
}

// Each environment has its own configuration: what is put into one leaves the
// others as they were.
func TestEnvironments(t *testing.T) {
	f := flagOf(t, `{"name":"f","availableValues":["a","b"],"description":"first","labels":["x"],"value":"a"}`, "development")
	before := printed(t, f, "development")
	var r reader
	second := `{"name":"f","availableValues":["c","b"],"description":"second","labels":["y"],"isPermanent":true,"value":"c"}`
	f = r.configure(f, r.flag(json.RawMessage(second), ""), "production", "")
	if r.errs != nil {
		t.Fatal(r.errs)
	}
	before["isPermanent"] = true // which belongs to the flag
	if diff := cmp.Diff(before, printed(t, f, "development")); diff != "" {
		t.Errorf("the other environment has changed:\n%s", diff)
	}
	got := printed(t, f, "production")
	for name, want := range decoded(t, []byte(second)).(map[string]any) {
		if !cmp.Equal(want, got[name]) {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	if got := printed(t, f, "staging"); got["enabled"] != false || got["value"] != nil {
		t.Errorf("an environment that nobody has configured: got %v", got)
	}
	r.configure(f, r.flag(json.RawMessage(`{"name":"f"}`), ""), "production", "")
	if got, want := fmt.Sprint(r.errs), "/availableValues: want values of a string flag, which it is elsewhere, found those of a boolean flag"; got != want {
		t.Errorf("another type: got %s, want %s", got, want)
	}
	if err := f.Validate(); err != nil {
		t.Error(err)
	}
}

// Values that cannot name a variant have a name that stands for them.
func TestVariantNames(t *testing.T) {
	long := strings.Repeat("x", 300)
	values := marshalAny([]string{"", `""`, "plain", "two\nlines", long, long + "y"})
	f := flagOf(t, `{"name":"f","availableValues":`+string(values)+`,"value":""}`)
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	if got := marshalAny(printed(t, f, "")["availableValues"]); string(got) != string(values) {
		t.Errorf("got %s, want %s", got, values)
	}
	if got := f.Targeting.Default.Variant; got != `""` {
		t.Errorf("the empty text is called %q", got)
	}
}
