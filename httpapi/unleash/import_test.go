package unleash

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/hoistflags/hoist"
)

const goodFeature = `{"name":"good","enabled":true,"strategies":[]}`

// badFeatures are members of a feature that cannot be read, with the place and
// the problem of the report.
var badFeatures = []struct{ members, want string }{
	{`"strategies":"x"`, `/features/1/strategies: want a list, found a text`},
	{`"enabled":"yes"`, `/features/1/enabled: want true or false, found a text`},
	{`"strategies":[7]`, `/features/1/strategies/0: want an object, found a number`},
	{`"strategies":[null]`, `/features/1/strategies/0: want an object, found null`},
	{`"strategies":[{"name":5}]`, `/features/1/strategies/0/name: want a text, found a number`},
	{`"strategies":[{"name":"default","parameters":[]}]`, `/features/1/strategies/0/parameters: want an object, found a list`},
	{`"strategies":[{"name":"userWithId","parameters":{"userIds":5}}]`, `/features/1/strategies/0/parameters/userIds: want a text, found a number`},
	{`"strategies":[{"name":"flexibleRollout","parameters":{"rollout":[]}}]`, `/features/1/strategies/0/parameters/rollout: want a text, found a list`},
	{`"strategies":[{"name":"default","segments":[1.5]}]`, `/features/1/strategies/0/segments/0: want a whole number, found a number`},
	{`"strategies":[{"name":"default","constraints":[{"operator":"IN","contextName":"a","values":[1]}]}]`, `/features/1/strategies/0/constraints/0/values/0: want a text, found a number`},
	{`"strategies":[{"name":"default","constraints":[{"operator":"IN","contextName":"a","values":[null]}]}]`, `/features/1/strategies/0/constraints/0/values/0: want a text, found null`},
	{`"strategies":[{"name":"default","constraints":[{"operator":"IN","values":[]}]}]`, `/features/1/strategies/0/constraints/0/contextName: want the name of a context field`},
	{`"strategies":[{"name":"default","constraints":[{"operator":"NUM_EQ","contextName":"a","value":{}}]}]`, `/features/1/strategies/0/constraints/0/value: want a text, found an object`},
	{`"strategies":[{"name":"default","constraints":[{"operator":"IN","contextName":"a","inverted":"x"}]}]`, `/features/1/strategies/0/constraints/0/inverted: want true or false, found a text`},
	{`"strategies":[{"name":"default","variants":[{"name":"a","weight":-1}]}]`, `/features/1/strategies/0/variants/0/weight: want a whole number of at least 0, found -1`},
	{`"variants":[{"name":"a","weight":"1"}]`, `/features/1/variants/0/weight: want a number, found a text`},
	{`"variants":[{"name":"a","weight":0.5}]`, `/features/1/variants/0/weight: want a whole number of at least 0, found 0.5`},
	{`"variants":[{"name":"a","weight":1,"payload":"x"}]`, `/features/1/variants/0/payload: want an object, found a text`},
	{`"variants":[{"name":"a","weight":1,"payload":{"type":"number","value":5}}]`, `/features/1/variants/0/payload/value: want a text, found a number`},
	{`"variants":[{"name":"a","weight":1,"payload":{"type":"string"}}]`, `/features/1/variants/0/payload/value: want a text`},
	{`"variants":[{"name":"a","weight":1,"overrides":[{"values":["1"]}]}]`, `/features/1/variants/0/overrides/0/contextName: want the name of a context field`},
	{`"dependencies":[{"enabled":true}]`, `/features/1/dependencies/0/feature: want the name of a feature`},
	{`"dependencies":[{"feature":"p"},{"feature":"p","enabled":false}]`, `/features/1/dependencies/1: the dependencies on "p" can never hold together`},
	{`"variants":[{"name":"` + strings.Repeat("x", 300) + `","weight":1}]`, `/features/1: /variants/0: the name "`},
}

// What is wrong with a feature is reported with its place, and harms no other.
func TestImportBadFeatures(t *testing.T) {
	for _, c := range badFeatures {
		document := `{"features":[` + goodFeature + `,{"name":"bad",` + c.members + `}]}`
		set, report, err := Import([]byte(document), nil)
		if err != nil || !strings.HasPrefix(report.Error(), c.want) {
			t.Errorf("Import(%s): %v, report:\n%v\nwant %s", document, err, report, c.want)
			continue
		}
		if len(set.Flags) != 1 || set.Flags[0].Key != "good" {
			t.Errorf("Import(%s): got %s, want the good feature only", document, rawJSON(set))
		}
	}
}

// What is not of a feature is reported too.
func TestImportReport(t *testing.T) {
	cases := []struct{ document, want string }{
		{`{"features":[{}]}`, `/features/0/name: want the name of a feature`},
		{`{"features":[5]}`, `/features/0: want an object, found a number`},
		{`{"features":{}}`, `/features: want a list, found an object`},
		{`{"features":[{"name":" x"}]}`, `/features/0: /key: key " x" has blanks at its ends`},
		{`{"features":[` + goodFeature + `,` + goodFeature + `]}`, `/features/1: "good" is there twice, the last one counts`},
		{`{"features":[],"segments":[{"name":"x"}]}`, `/segments/0/id: want a whole number`},
		{`{"features":[],"segments":[{"id":1,"constraints":[{"operator":"IN"}]}]}`, `/segments/0/constraints/0/contextName: want the name of a context field`},
		{`{"events":[{"type":"hydration","features":[{"name":"f","enabled":7}]}]}`, `/events/0/features/0/enabled: want true or false, found a number`},
		{`{"events":[{"type":"feature-updated"}]}`, `/events/0/feature: want an object, found null`},
		{`{"events":[{"type":"other"}]}`, `/events/0/type: unknown event "other"`},
		{`{"featureStrategies":[5],"features":[]}`, `/featureStrategies/0: want an object, found a number`},
	}
	for _, c := range cases {
		if _, report, err := Import([]byte(c.document), nil); err != nil || !strings.HasPrefix(report.Error(), c.want) {
			t.Errorf("Import(%s): %v, report:\n%v\nwant %s", c.document, err, report, c.want)
		}
	}
}

func TestImportUnreadable(t *testing.T) {
	for _, document := range []string{``, `{`, `[]`, `{}`, `null`, `{"version":2}`} {
		if set, _, err := Import([]byte(document), nil); err == nil {
			t.Errorf("Import(%s): got %s, want an error", document, rawJSON(set))
		}
	}
	if _, _, err := Import(make([]byte, hoist.MaxDocumentBytes+1), nil); err == nil {
		t.Error("a document that is too large: want an error")
	}
}

// Documents that are short and stand for much are refused.
func TestImportLimits(t *testing.T) {
	many := func(element string, n int) string { return strings.Repeat(element+",", n-1) + element }
	for _, document := range []string{
		`{"features":[{"name":"f","strategies":[` + many(`{}`, hoist.MaxRules+1) + `]}]}`,
		`{"features":[{"name":"f","variants":[` + many(`{}`, hoist.MaxVariants+1) + `]}]}`,
		`{"features":[{"name":"f","strategies":[` + many(`{}`, 200) + `],"variants":[` + many(`{"name":"a","weight":1}`, 200) + `]}]}`,
		`{"features":[{"name":"f","dependencies":[` + many(`{"feature":"p"}`, hoist.MaxReferences+1) + `]}]}`,
		`{"features":[{"name":"f","strategies":[{"name":"default","segments":[` + many(`1`, hoist.MaxReferences+1) + `]}]}]}`,
	} {
		if _, report, err := Import([]byte(document), nil); err != nil || !strings.Contains(report.Error(), "limit") {
			t.Errorf("Import(%.80s…): %v, report %.200v, want a limit", document, err, report)
		}
	}
}

func TestImportEnvironment(t *testing.T) {
	set, report, err := Import([]byte(`{"features":[`+goodFeature+`]}`), &ImportOptions{Environment: "production", Project: "shop"})
	if err != nil || report != nil {
		t.Fatal(err, report)
	}
	want := `{"project":"shop","environments":["production"],"flags":{"good":{"type":"boolean","semantics":"unleash",` +
		`"environments":{"production":{"default":true,"off":false,"x-unleash":{"without":["description","impressionData","project","stale","type","variants"]}}}}}}`
	if got := string(rawJSON(set)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, report := Export(set, &ExportOptions{Environment: "production"}); !equalJSON(got, []byte(`{"version":2,"features":[`+goodFeature+`],"segments":[]}`)) {
		t.Errorf("got %s, %v", got, report)
	}
}

// TestImportExport reads the export of the admin API.
func TestImportExport(t *testing.T) {
	const document = `{
		"features":[{"name":"a","description":"d","type":"release","project":"default","stale":false,"impressionData":true,"archived":false},
			{"name":"b","type":"kill-switch","project":"default"},{"name":"gone","archived":true}],
		"featureStrategies":[
			{"name":"flexibleRollout","id":"1","featureName":"a","title":"half","parameters":{"groupId":"a","rollout":"50","stickiness":"userId"},"constraints":[],"variants":[],"disabled":false,"segments":[3]},
			{"name":"default","id":"2","featureName":"a","title":null,"parameters":{},"constraints":[],"variants":[],"disabled":true,"segments":[]}],
		"featureEnvironments":[
			{"enabled":true,"featureName":"a","environment":"development","variants":[{"name":"v","weight":1000}],"name":"a"},
			{"enabled":false,"featureName":"b","environment":"development","variants":[],"name":"b"}],
		"dependencies":[{"feature":"a","dependencies":[{"feature":"b","enabled":false}]}],
		"segments":[{"id":3,"name":"beta"}],"tagTypes":[],"contextFields":[],"featureTags":[],"links":[]}`
	set, report, err := Import([]byte(document), nil)
	if err != nil || len(report) != 1 || report[0].Path != "/segments" {
		t.Fatal(err, report)
	}
	a := set.Flags[0]
	if rules := a.Targeting.Rules; a.Description != "d" || len(rules) != 2 || rules[0].ID != "1" || rules[0].Title != "half" || !rules[1].Disabled {
		t.Errorf("got %s", rawJSON(a))
	}
	if !set.Flags[2].Archived {
		t.Errorf("got %s, want it archived", rawJSON(set.Flags[2]))
	}
	set.Segments = append(set.Segments, &hoist.Segment{Key: "3", Semantics: hoist.Unleash})
	flags := openSet(t, set, nil)
	on := 0
	for _, user := range []string{"1", "2", "3", "4", "5", "6"} {
		v := VariantOf(flags.For(hoist.NewSubject(user)).Evaluate("a"))
		if v.FeatureEnabled != v.Enabled || v.Enabled && v.Name != "v" {
			t.Errorf("user %s: got %s, want the variant of the environment", user, rawJSON(v))
		}
		if v.Enabled {
			on++
		}
	}
	if on == 0 || on == 6 {
		t.Errorf("got %d of 6 users, want about half", on)
	}
}

func TestImportExportEnvironments(t *testing.T) {
	const document = `{"features":[{"name":"a"}],"featureStrategies":[],"featureEnvironments":[
		{"enabled":true,"featureName":"a","environment":"development"},{"enabled":false,"featureName":"a","environment":"production"}]}`
	keys := func(opts *ImportOptions) []string {
		set, report, err := Import([]byte(document), opts)
		if err != nil || report != nil {
			t.Fatal(err, report)
		}
		var names []string
		for name := range set.Flags[0].Environments {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	if got := keys(nil); !slices.Equal(got, []string{"development", "production"}) {
		t.Errorf("got %q, want both environments", got)
	}
	if got := keys(&ImportOptions{Environment: "production"}); !slices.Equal(got, []string{"production"}) {
		t.Errorf("got %q, want the one that was asked for", got)
	}
}

// TestImportTranscriptExport reads the export of the real server.
func TestImportTranscriptExport(t *testing.T) {
	for _, body := range transcriptBodies(t) {
		if strings.Contains(string(body), `"featureStrategies"`) {
			set, report, err := Import(body, nil)
			if err != nil || report != nil || len(set.Flags) != 1 || len(set.Flags[0].Targeting.Rules) != 2 {
				t.Errorf("got %s, %v, %v", rawJSON(set), report, err)
			}
			return
		}
	}
	t.Error("there is no export among the transcripts")
}

// Events change what an SDK knows, in their order.
func TestImportEvents(t *testing.T) {
	feature := func(name string, on bool) string {
		return `{"name":"` + name + `","enabled":` + string(rawJSON(on)) + `,"strategies":[]}`
	}
	hydration := `{"eventId":1,"type":"hydration","features":[` + feature("a", true) + `,` + feature("b", true) + `],"segments":[{"id":1,"name":"s","constraints":[]}]}`
	cases := []struct{ rule, events, want string }{
		{"a hydration is everything", hydration, "a=true b=true segments 1"},
		{"an update takes the place", hydration + `,{"eventId":2,"type":"feature-updated","feature":` + feature("a", false) + `}`, "a=false b=true segments 1"},
		{"an update adds", hydration + `,{"eventId":2,"type":"feature-updated","feature":` + feature("c", true) + `}`, "a=true b=true c=true segments 1"},
		{"a removal removes", hydration + `,{"eventId":2,"type":"feature-removed","featureName":"a","project":"default"}`, "b=true segments 1"},
		{"what was removed comes back last", hydration + `,{"type":"feature-removed","featureName":"a"},{"type":"feature-updated","feature":` + feature("a", false) + `}`, "b=true a=false segments 1"},
		{"removing what is not there is no matter", hydration + `,{"eventId":2,"type":"feature-removed","featureName":"x"},{"type":"segment-removed","segmentId":7}`, "a=true b=true segments 1"},
		{"segments come", hydration + `,{"eventId":2,"type":"segment-updated","segment":{"id":2,"name":"t","constraints":[]}}`, "a=true b=true segments 1 2"},
		{"and go", hydration + `,{"eventId":2,"type":"segment-removed","segmentId":1}`, "a=true b=true segments"},
		{"a second hydration replaces the first", hydration + `,{"eventId":9,"type":"hydration","features":[` + feature("z", true) + `],"segments":[]}`, "z=true segments"},
		{"no events, no flags", "", "segments"},
	}
	for _, c := range cases {
		set := importAll(t, `{"events":[`+c.events+`]}`)
		var got strings.Builder
		for _, f := range set.Flags {
			got.WriteString(f.Key + "=" + string(rawJSON(!f.Targeting.Disabled)) + " ")
		}
		got.WriteString("segments")
		for _, s := range set.Segments {
			got.WriteString(" " + s.Key)
		}
		if got.String() != c.want {
			t.Errorf("%s: got %q, want %q", c.rule, got.String(), c.want)
		}
	}
}

// A change of the model shows in the document, whatever its spelling was.
func TestEdits(t *testing.T) {
	const strange = `{"name":"f","enabled":true,"strategies":[{"name":"flexibleRollout","id":"01J","parameters":{"rollout":"abc","x":"y"},
		"constraints":[{"contextName":"c","operator":"NUM_EQ","value":5,"inverted":false},{"contextName":"d","operator":"WHAT"}],
		"variants":[{"name":"v","weight":10,"payload":{"type":"json","value":"{\"a\": 1}"}}]}],"dependencies":[{"feature":"p"}]}`
	rule := func(f *hoist.Flag) *hoist.Rule { return &f.Targeting.Rules[0] }
	cases := []struct {
		what     string
		edit     func(f *hoist.Flag)
		old, new string
	}{
		{"the share", func(f *hoist.Flag) { rule(f).Exposure.Percent = 12.5 }, `"rollout":"abc"`, `"rollout":"12.5"`},
		{"the stickiness", func(f *hoist.Flag) {
			rule(f).Exposure.By, rule(f).Serve.Split.By = []string{"userId"}, []string{"userId"}
		}, `"x":"y"`, `"x":"y","stickiness":"userId"`},
		{"an operand", func(f *hoist.Flag) { rule(f).When.All[0].Constraint.Operands[0] = hoist.IntValue(6) }, `"value":5,`, `"value":"6",`},
		{"an inversion", func(f *hoist.Flag) { rule(f).When.All[0].Constraint.Negate = true }, `"inverted":false`, `"inverted":true`},
		{"an unknown operator", func(f *hoist.Flag) { *rule(f).When.All[1].Constraint = *hoist.Where("d", "IN", "x").Constraint }, `"operator":"WHAT"`, `"operator":"IN","values":["x"]`},
		{"a weight", func(f *hoist.Flag) { rule(f).Serve.Split.Arms[0].Weight = 20 }, `"weight":10`, `"weight":20`},
		{"a payload", func(f *hoist.Flag) { f.Variants[0].Payload, _ = hoist.JSONValue([]byte(`{"a":2}`)) }, `{\"a\": 1}`, `{\"a\":2}`},
		{"a dependency", func(f *hoist.Flag) { f.Targeting.Requires[0].Variants = []string{"false"} }, `{"feature":"p"}`, `{"feature":"p","enabled":false}`},
		{"the switch", func(f *hoist.Flag) { f.Targeting.Disabled = true }, `"name":"f","enabled":true`, `"name":"f","enabled":false`},
	}
	for _, c := range cases {
		var r reader
		f := r.flag(json.RawMessage(strange), "", "")
		c.edit(f)
		w := writer{flag: stored(t, f)}
		want := strings.Replace(strange, c.old, c.new, 1)
		if want == strange {
			t.Fatalf("%s: %s is not there", c.what, c.old)
		}
		if got := w.feature(""); !equalJSON(got, json.RawMessage(want)) {
			t.Errorf("%s:\ngot  %s\nwant %s\n%v", c.what, got, want, w.problems)
		}
	}
}

// What Unleash cannot say is reported with the place in the flag.
func TestExportReport(t *testing.T) {
	on := hoist.Serve{Variant: "true"}
	cases := []struct {
		want string
		t    hoist.Targeting
	}{
		{"/flags/f/rules/0/when: Unleash has conditions", hoist.Targeting{Rules: []hoist.Rule{{When: hoist.Not(hoist.Where("a", "IN", "b")), Serve: on}}}},
		{"/flags/f/rules/0/when/all/1: Unleash has conditions", hoist.Targeting{Rules: []hoist.Rule{{When: hoist.AllOf(hoist.InSegment("1"), hoist.AnyOf(hoist.InSegment("2"))), Serve: on}}}},
		{"/flags/f/rules/0/when: Unleash does not have the operator", hoist.Targeting{Rules: []hoist.Rule{{When: hoist.Where("a", hoist.Is, "b"), Serve: on}}}},
		{"/flags/f/rules/0/exposure: Unleash has a percentage", hoist.Targeting{Rules: []hoist.Rule{{Exposure: &hoist.Exposure{By: []string{"a", "b"}}, Serve: on}}}},
		{"/flags/f/rules/0/window: Unleash does not have windows", hoist.Targeting{Rules: []hoist.Rule{{Window: &hoist.Window{}, Serve: on}}}},
		{"/flags/f/rules/0/serve: Unleash has strategies that switch", hoist.Targeting{Rules: []hoist.Rule{{Serve: hoist.Serve{Variant: "false"}}}}},
		{"/flags/f/rules/0/serve: Unleash has strategies that switch", hoist.Targeting{Rules: []hoist.Rule{{Serve: hoist.Serve{Action: hoist.NextRule}}}}},
		{"/flags/f/overrides: Unleash does not have overrides", hoist.Targeting{Overrides: []hoist.Override{{Variant: "true", Keys: []string{"u"}}}}},
		{"/flags/f/off: Unleash has features", hoist.Targeting{Off: "true"}},
		{"/flags/f/requires/p: Unleash demands", hoist.Targeting{Requires: []hoist.Requirement{{Flag: "p", Variants: []string{"true", "a"}}}}},
		{"/flags/f/rules/0: Unleash cannot have this", hoist.Targeting{Rules: []hoist.Rule{{When: hoist.Where("userId", "userWithId", "a,b"), Serve: on}}}},
	}
	for _, c := range cases {
		set := &hoist.Set{Flags: []*hoist.Flag{{Key: "f", Semantics: hoist.Unleash, Targeting: &c.t}}}
		document, report := Export(set, nil)
		if len(report) == 0 || !strings.HasPrefix(report.Error(), c.want) || !strings.Contains(string(document), `"features":[]`) {
			t.Errorf("got %s, %v, want %s", document, report, c.want)
		}
	}
	set := &hoist.Set{Flags: []*hoist.Flag{{Key: "n"}}, Segments: []*hoist.Segment{{Key: "m"}}}
	if _, report := Export(set, nil); len(report) != 2 {
		t.Errorf("got %v, want a flag and a segment that are not of Unleash", report)
	}
}

// Flags that were made in Go are written so that Unleash answers as we do.
func TestExportMade(t *testing.T) {
	split := func(salt string, arms ...hoist.Arm) hoist.Serve {
		return hoist.Serve{Split: &hoist.Split{Salt: salt, Arms: arms}}
	}
	a, b := hoist.Arm{Variant: "a", Weight: 1}, hoist.Arm{Variant: "b", Weight: 1}
	off, on := &hoist.Serve{Variant: "false"}, &hoist.Serve{Variant: "true"}
	cases := map[string]hoist.Targeting{
		"always on":                  {Default: on},
		"always off":                 {Default: off},
		"nothing":                    {},
		"on behind rules":            {Rules: []hoist.Rule{{When: hoist.InSegment("1"), Serve: *on}}, Default: on},
		"all rules disabled":         {Rules: []hoist.Rule{{Disabled: true, Serve: *on}}, Default: off},
		"variants by default":        {Default: new(split("", a, b))},
		"variants of another group":  {Default: new(split("other", a, b))},
		"rules share variants":       {Rules: []hoist.Rule{{When: hoist.InSegment("1"), Serve: split("", a, b)}, {Serve: split("", a, b)}}, Default: off},
		"rules have their own":       {Rules: []hoist.Rule{{When: hoist.InSegment("1"), Serve: split("", a)}, {Serve: split("", b)}}, Default: off},
		"share by the key":           {Rules: []hoist.Rule{{Exposure: &hoist.Exposure{Percent: 50}, Serve: *on}}, Default: off},
		"a rule that never holds":    {Rules: []hoist.Rule{{When: hoist.AnyOf(), Serve: *on}}, Default: off},
		"a group that is empty":      {Rules: []hoist.Rule{{Exposure: &hoist.Exposure{Percent: 50, Salt: ":"}, Serve: *on}}, Default: off},
		"all of all":                 {Rules: []hoist.Rule{{When: hoist.AllOf(hoist.AllOf(hoist.InSegment("1")), hoist.Condition{}), Serve: *on}}, Default: off},
		"users, and a disabled rule": {Rules: []hoist.Rule{{When: hoist.Where("userId", "userWithId", "7", "8"), Serve: *on}, {Disabled: true, Serve: *on}}, Default: off},
	}
	for what, targeting := range cases {
		f := &hoist.Flag{
			Key: "f", Semantics: hoist.Unleash, Targeting: &targeting,
			Variants: []hoist.Variant{{Name: "a", Value: hoist.BoolValue(true)}, {Name: "b", Value: hoist.BoolValue(true)}},
		}
		document, report := Export(&hoist.Set{Flags: []*hoist.Flag{f}}, nil)
		if report != nil {
			t.Errorf("%s: %v", what, report)
			continue
		}
		back := importAll(t, string(document)).Flags[0]
		for i := range 20 {
			context := `{"userId":"` + string(rune('a'+i)) + `"}`
			if got, want := answerOf(t, back, context), answerOf(t, f, context); got != want {
				t.Errorf("%s: %s gives %s in the context %s, %s gives %s", what, rawJSON(f), want, context, document, got)
			}
		}
	}
}

// A strategy that is switched off does not get to SDKs. One that does all the
// same is evaluated as any other, as SDKs do; for admins it is off.
func TestDisabledStrategy(t *testing.T) {
	const strategy = `{"name":"default","parameters":{},"constraints":[],"disabled":true}`
	set := importAll(t, `{"features":[{"name":"f","enabled":true,"strategies":[`+strategy+`]}]}`)
	if got := answerOf(t, set.Flags[0], `{}`); !strings.Contains(got, `"feature_enabled":true`) {
		t.Errorf("for SDKs: got %s, want it on", got)
	}
	set = importAll(t, `{"features":[{"name":"f"}],"featureEnvironments":[{"featureName":"f","environment":"e","enabled":true}],
		"featureStrategies":[`+strings.Replace(strategy, `{`, `{"featureName":"f",`, 1)+`]}`)
	if got := answerOf(t, set.Flags[0], `{}`); !strings.Contains(got, `"feature_enabled":false`) {
		t.Errorf("for admins: got %s, want it off", got)
	}
	document, report := Export(set, nil)
	if report != nil || !strings.Contains(string(document), `"enabled":false`) || strings.Contains(string(document), `"disabled"`) {
		t.Errorf("got %s, %v, want a feature that is off without strategies", document, report)
	}
}
