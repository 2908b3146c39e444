package flipt

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hoistflags/hoist"
	"pgregory.net/rapid"
)

const shopFile = `
version: "1.4"
namespace: {key: shop, name: Shop, description: demo}
flags:
- key: checkout
  name: Checkout
  type: VARIANT_FLAG_TYPE
  description: the new one
  enabled: true
  metadata: {owner: a, tier: 2, tags: [x, y]}
  variants:
  - {key: a, name: A, description: d, default: true, attachment: {c: 1, "on": yes, 7: seven}}
  - key: b
  rules:
  - segment: pro
    distributions: [{variant: a, rollout: 33.3}, {variant: b, rollout: 66.7}]
  - segment: {keys: [pro, adult], operator: AND_SEGMENT_OPERATOR}
- key: beta
  name: Beta
  type: BOOLEAN_FLAG_TYPE
  rollouts:
  - {description: first, segment: {key: pro, value: true}}
  - segment: {keys: [pro, adult], operator: OR_SEGMENT_OPERATOR, value: true}
  - threshold: {percentage: 12.5, value: true}
segments:
- key: pro
  name: Pro
  match_type: ALL_MATCH_TYPE
  constraints:
  - {type: STRING_COMPARISON_TYPE, property: plan, operator: eq, value: pro, description: why}
- key: adult
  name: Adult
  match_type: ANY_MATCH_TYPE
  constraints:
  - {type: NUMBER_COMPARISON_TYPE, property: age, operator: lt, value: 18}
  - {type: NUMBER_COMPARISON_TYPE, property: age, operator: le, value: 0x10}
  - {type: DATETIME_COMPARISON_TYPE, property: born, operator: gt, value: 2024-02-03T06:05:06.9+02:00}
`

func importFile(t testing.TB, file string, opts *ImportOptions) *hoist.Set {
	t.Helper()
	set, report, err := Import([]byte(file), opts)
	if err != nil {
		t.Fatal(err)
	}
	if report != nil {
		t.Fatalf("Import reports %v", report)
	}
	return set
}

func TestImport(t *testing.T) {
	set := importFile(t, shopFile, nil)
	if set.Project != "shop" || len(set.Flags) != 2 || len(set.Segments) != 2 {
		t.Fatalf("Import: project %q, %d flags, %d segments", set.Project, len(set.Flags), len(set.Segments))
	}
	want := []string{
		`{"key":"checkout","name":"Checkout","description":"the new one","type":"string","semantics":"flipt","variants":[` +
			`{"name":"a","value":"a","payload":{"7":"seven","c":1,"on":"yes"},"description":"d","x-flipt":{"name":"A"}},{"name":"b","value":"b"}],` +
			`"metadata":{"owner":"a","tags":["x","y"],"tier":2},"rules":[{"when":{"segment":"pro"},"serve":{"a":33.3,"b":66.7}},` +
			`{"when":{"all":[{"segment":"pro"},{"segment":"adult"}]},"serve":{}}],"default":"a","off":"a"}`,
		`{"key":"beta","name":"Beta","type":"boolean","semantics":"flipt","rules":[{"title":"first","when":{"segment":"pro"},"serve":true},` +
			`{"when":{"any":[{"segment":"pro"},{"segment":"adult"}]},"serve":true},{"exposure":"12.5 %","serve":true}],"default":false}`,
		`{"key":"pro","name":"Pro","semantics":"flipt","when":{"all":[{"attribute":"plan","string eq":"pro","x-flipt":{"description":"why"}}]}}`,
		`{"key":"adult","name":"Adult","semantics":"flipt","when":{"any":[{"attribute":"age","number lt":"18"},` +
			`{"attribute":"age","never":[],"x-flipt":{"type":"NUMBER_COMPARISON_TYPE","operator":"le","value":"0x10"}},` +
			`{"attribute":"born","datetime gt":"2024-02-03T04:05:06Z"}]}}`,
	}
	var got []string
	for _, f := range set.Flags {
		got = append(got, textOf(f))
	}
	for _, s := range set.Segments {
		got = append(got, textOf(s))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestImportEnvironment(t *testing.T) {
	set := importFile(t, shopFile, &ImportOptions{Environment: "production", Project: "web"})
	f := set.Flags[0]
	if set.Project != "web" || f.Targeting != nil || f.Environments["production"] == nil {
		t.Errorf("project %q, flag %s", set.Project, textOf(f))
	}
	document, report, err := Export([]Namespace{{Set: set}}, &ExportOptions{Environment: "production"})
	if err != nil || report != nil || !bytes.Contains(document, []byte("key: checkout")) {
		t.Errorf("Export: %s\n%v, %v", document, report, err)
	}
	if _, report, _ = Export([]Namespace{{Set: set}}, nil); len(report) != 2 {
		t.Errorf("Export of an environment without the flags reports %v", report)
	}
}

// What Export writes is what Import read, and stays what it is.
func TestExport(t *testing.T) {
	namespaces, _, err := ImportAll([]byte(shopFile), nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = `version: "1.4"
namespace:
  key: shop
  name: Shop
  description: demo
flags:
  - key: beta
    name: Beta
    type: BOOLEAN_FLAG_TYPE
    enabled: false
    rollouts:
      - description: first
        segment:
          key: pro
          value: true
      - segment:
          keys:
            - pro
            - adult
          operator: OR_SEGMENT_OPERATOR
          value: true
      - threshold:
          percentage: 12.5
          value: true
  - key: checkout
    name: Checkout
    type: VARIANT_FLAG_TYPE
    description: the new one
    enabled: true
    metadata:
      owner: a
      tags:
        - x
        - "y"
      tier: 2
    variants:
      - key: a
        name: A
        description: d
        default: true
        attachment:
          "7": seven
          c: 1
          "on": "yes"
      - key: b
    rules:
      - segment: pro
        distributions:
          - variant: a
            rollout: 33.3
          - variant: b
            rollout: 66.7
      - segment:
          keys:
            - pro
            - adult
          operator: AND_SEGMENT_OPERATOR
segments:
  - key: adult
    name: Adult
    match_type: ANY_MATCH_TYPE
    constraints:
      - type: NUMBER_COMPARISON_TYPE
        property: age
        operator: lt
        value: "18"
      - type: NUMBER_COMPARISON_TYPE
        property: age
        operator: le
        value: "0x10"
      - type: DATETIME_COMPARISON_TYPE
        property: born
        operator: gt
        value: "2024-02-03T04:05:06Z"
  - key: pro
    name: Pro
    match_type: ALL_MATCH_TYPE
    constraints:
      - type: STRING_COMPARISON_TYPE
        property: plan
        operator: eq
        value: pro
        description: why
`
	document, report, err := Export(namespaces, &ExportOptions{SortByKey: true})
	if err != nil || report != nil {
		t.Fatal(report, err)
	}
	if diff := cmp.Diff(want, string(document)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Namespaces come back from the file that they are written to, evaluate alike,
// and are then written as they were.
func TestExportRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &source{T: rt}
		opts := &ExportOptions{JSON: s.yes(), SortByKey: s.yes()}
		var namespaces []Namespace
		for _, key := range some(s, []string{"default", "shop", "other"}) {
			namespaces = append(namespaces, Namespace{Key: key, Name: "N", Description: draw(s, "", "d"), Set: s.set(key)})
		}
		if namespaces == nil {
			return
		}
		first, report, err := Export(namespaces, opts)
		if err != nil || report != nil {
			rt.Fatal(report, err)
		}
		back, report, err := ImportAll(first, nil)
		if err != nil || report != nil {
			rt.Fatalf("%v, %v: %s", report, err, first)
		}
		second, report, err := Export(back, opts)
		if err != nil || report != nil {
			rt.Fatal(report, err)
		}
		if diff := cmp.Diff(string(first), string(second)); diff != "" {
			rt.Fatalf("(-first +second):\n%s", diff)
		}
		for i := range namespaces {
			sameAnswers(t, s, namespaces[i].Set, back[i].Set)
		}
	})
}

// set returns random flags and segments, as they are in the model.
func (s *source) set(project string) *hoist.Set {
	keys := []string{"one", "two", "three"}
	out := &hoist.Set{Project: project}
	for _, w := range s.segments(keys) {
		model, _ := segmentFromWire(&w)
		out.Segments = append(out.Segments, model)
	}
	for _, key := range []string{"f", "g"} {
		model, _ := flagFromWire(s.bundle(key, keys), "")
		out.Flags = append(out.Flags, model)
	}
	return out
}

func sameAnswers(t *testing.T, s *source, a, b *hoist.Set) {
	x, err := hoist.Open(t.Context(), hoist.Static(*a), &hoist.Options{Project: a.Project})
	if err != nil {
		s.Fatal(err)
	}
	defer x.Close()
	y, err := hoist.Open(t.Context(), hoist.Static(*b), &hoist.Options{Project: b.Project})
	if err != nil {
		s.Fatal(err)
	}
	defer y.Close()
	for range 10 {
		subject := Subject(draw(s, values...), s.context())
		for _, f := range a.Flags {
			want, got := outcomeOf(x.For(subject).Evaluate(f.Key)), outcomeOf(y.For(subject).Evaluate(f.Key))
			// Numbers in attachments may be written otherwise: 1.0 as 1.
			want.VariantAttachment, got.VariantAttachment = "", ""
			if diff := cmp.Diff(want, got); diff != "" {
				s.Fatalf("flag %q (-before +after):\n%s", f.Key, diff)
			}
		}
	}
}

func TestImportVersions(t *testing.T) {
	const file = "flags:\n- {key: f, name: F, enabled: true, variants: [{key: a}], rules: [{segment: s, rank: 2, distributions: [{variant: a, rollout: 100}]}]}\nsegments: [{key: s, name: S}]\n"
	for _, version := range []string{"", "version: \"1.0\"\n", "version: 1.0\n", "version: '1.1'\n", "version: 1.2\n", "version: 1.3\n", "version: \"1.4\"\n"} {
		set := importFile(t, version+file, nil)
		if set.Project != "default" || len(set.Flags) != 1 {
			t.Errorf("%q: project %q, %d flags", version, set.Project, len(set.Flags))
		}
	}
	for _, version := range []string{"0.9", "1", "1.5", "1.10", "2.0", "one"} {
		_, _, err := Import([]byte("version: "+version+"\n"+file), nil)
		if want := "flipt: unsupported version: " + version; err == nil || err.Error() != want {
			t.Errorf("version %s: %v, want %s", version, err, want)
		}
	}
}

// What is wrong is reported with its place, and does not harm what is right.
func TestImportReport(t *testing.T) {
	const good = "\n- {key: good, name: Good, type: BOOLEAN_FLAG_TYPE, enabled: true}"
	tests := []struct{ name, file, want string }{
		{"type of a member", "flags:\n- {key: f, enabled: [1]}" + good, "/flags/0: line 2: cannot unmarshal !!seq into bool"},
		{"no object", "flags:\n- text" + good, "/flags/0: line 2: cannot unmarshal !!str `text` into an object"},
		{"no key", "flags:\n- {name: F}" + good, `/flags/0: key: key "" is empty`},
		{"null", "flags:\n- null" + good, `/flags/0: key: key "" is empty`},
		{"unknown type", "flags:\n- {key: f, type: NUMBER}" + good, `/flags/0/type: unknown type "NUMBER", want VARIANT_FLAG_TYPE or BOOLEAN_FLAG_TYPE`},
		{"twice", "flags:" + good + good, `/flags/1/key: flag "good" is there twice`},
		{"variant twice", "flags:\n- {key: f, variants: [{key: a}, {key: a}]}" + good, `/flags/0: variants/1: there are two variants "a"`},
		{"percentage", "flags:\n- {key: f, type: BOOLEAN_FLAG_TYPE, rollouts: [{threshold: {percentage: 100.1}}]}" + good,
			"/flags/0/rollouts/0/threshold/percentage: want 0 to 100, found 100.1"},
		{"not a number", "flags:\n- {key: f, type: BOOLEAN_FLAG_TYPE, rollouts: [{threshold: {percentage: .nan}}]}" + good,
			"/flags/0/rollouts/0/threshold/percentage: want 0 to 100, found NaN"},
		{"both", "flags:\n- {key: f, type: BOOLEAN_FLAG_TYPE, rollouts: [{threshold: {}, segment: {key: s}}]}" + good,
			"/flags/0/rollouts/0: want a segment or a threshold, found both"},
		{"neither", "flags:\n- {key: f, type: BOOLEAN_FLAG_TYPE, rollouts: [{description: d}]}" + good,
			"/flags/0/rollouts/0: want a threshold or a segment"},
		{"no segment", "flags:\n- {key: f, rules: [{rank: 1}]}" + good, "/flags/0/rules/0/segment: want a segment"},
		{"operator", "flags:\n- {key: f, rules: [{segment: {keys: [a, b], operator: XOR}}]}" + good,
			`/flags/0/rules/0/segment: unknown operator "XOR", want OR_SEGMENT_OPERATOR or AND_SEGMENT_OPERATOR`},
		{"unknown variant", "flags:\n- {key: f, rules: [{segment: s, distributions: [{variant: a, rollout: 1}]}]}" + good,
			`/flags/0/rules/0/distributions/0/variant: the flag has no variant "a"`},
		{"share", "flags:\n- {key: f, variants: [{key: a}], rules: [{segment: s, distributions: [{variant: a, rollout: -1}]}]}" + good,
			"/flags/0/rules/0/distributions/0/rollout: want 0 to 100, found -1"},
		{"attachment", "flags:\n- {key: f, variants: [{key: a, attachment: [.inf]}]}" + good,
			"/flags/0/variants/0/attachment: JSON has no number +Inf"},
		{"name in an attachment", "flags:\n- {key: f, variants: [{key: a, attachment: {1.0: a, '1': b}}]}" + good,
			`/flags/0/variants/0/attachment: member "1" is there twice`},
		{"version", "version: '1.0'\nflags:\n- {key: f, type: BOOLEAN_FLAG_TYPE, metadata: {a: 1}}\n- {key: good}",
			"/flags/0/type: needs version 1.1, the document has 1.0\n/flags/0/metadata: needs version 1.3, the document has 1.0"},
		{"rank", "version: '1.0'\nflags:\n- {key: f, rules: [{segment: s}]}\n- {key: good}",
			"/flags/0/rules/0: want a rank, which version 1.0 does not derive from the position"},
		{"default", "version: '1.2'\nflags:\n- {key: f, variants: [{key: a, default: true}]}\n- {key: good}",
			"/flags/0/variants/0/default: needs version 1.3, the document has 1.2"},
		{"keys", "version: '1.1'\nflags:\n- {key: f, rules: [{segment: {keys: [a, b]}}]}\n- {key: good}",
			"/flags/0/rules/0/segment: needs version 1.2, the document has 1.1"},
		{"number in JSON", `{"flags": [{"key": "f", "variants": [{"key": "a", "attachment": 1e400}]}, {"key": "good"}]}`,
			"/flags/0: cannot decode !!str `1e400` as a !!float"},
		{"match type", "segments: [{key: s, match_type: SOME}]\nflags:" + good,
			`/segments/0/match_type: unknown type "SOME", want ALL_MATCH_TYPE or ANY_MATCH_TYPE`},
		{"constraint type", "segments: [{key: s, constraints: [{type: STRING, property: p, operator: eq}]}]\nflags:" + good,
			`/segments/0/constraints/0/type: unknown type "STRING"`},
		{"property", "segments: [{key: s, constraints: [{type: STRING_COMPARISON_TYPE, operator: eq, value: x}]}]\nflags:" + good,
			`/segments/0: when/all/0/attribute: attribute name "" is empty`},
		{"segment twice", "segments: [{key: s}, {key: s}]\nflags:" + good, `/segments/1/key: segment "s" is there twice`},
		{"nothing", "features: []", "the document has neither flags nor segments"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set, report, err := Import([]byte(test.file), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := report.Error(); got != test.want {
				t.Errorf("reported:\n%s\nwant:\n%s", got, test.want)
			}
			if test.name != "nothing" && (len(set.Flags) != 1 || set.Flags[0].Key != "good") {
				t.Errorf("%d flags, want the good one", len(set.Flags))
			}
			open(t, set)
		})
	}
}

// A segment that the file does not have may be in the project already: the
// flag is imported.
func TestImportUnknownSegment(t *testing.T) {
	set, report, err := Import([]byte("flags: [{key: f, name: F, type: BOOLEAN_FLAG_TYPE, rollouts: [{segment: {keys: [s, t], value: true}}]}]\nsegments: [{key: t, name: T}]"), nil)
	if err != nil || len(set.Flags) != 1 {
		t.Fatal(set, err)
	}
	if want := `/flags/0/rollouts/0/segment: the file has no segment "s" that could be used`; report.Error() != want {
		t.Errorf("reported %v, want %s", report, want)
	}
	got := outcomeOf(open(t, set).For(Subject("u", nil)).Evaluate("f"))
	if want := (outcome{Enabled: true, Reason: reasonMatch, SegmentKeys: []string{"t"}}); !cmp.Equal(got, want) {
		t.Errorf("answer %+v, want %+v", got, want)
	}
}

func TestImportUnreadable(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"empty", "", "flipt: the file is empty"},
		{"comment", "# nothing\n", "flipt: the file is empty"},
		{"null", "null", "flipt: the file is empty"},
		{"text", "text", "flipt: line 1: cannot unmarshal !!str `text` into an object"},
		{"flags", "flags: {a: b}", "flipt: line 1: cannot unmarshal !!map into []yaml.Node"},
		{"syntax", "flags: [", "flipt: line 1: did not find expected node content"},
		{"JSON", `{"flags": [}`, "flipt: invalid character '}' looking for beginning of value"},
		{"half", `{"flags": [`, "flipt: unexpected EOF"},
		{"deep", `{"a": ` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}", "flipt: the document has neither flags nor segments"},
		{"size", strings.Repeat(" ", hoist.MaxDocumentBytes+1), "flipt: 67108865 bytes, limit 67108864"},
	}
	for _, test := range tests {
		_, report, err := Import([]byte(test.file), nil)
		got := fmt.Sprint(err)
		if err == nil {
			got = "flipt: " + report.Error()
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// Namespaces are documents of a stream; two documents may be about one.
func TestImportStream(t *testing.T) {
	const file = `# exported
version: "1.3"
namespace: shop
flags: [{key: f, name: F, rules: [{segment: s}]}]
---
namespace: {key: other, name: Other}
flags: [{key: f, name: F}]
---
---
flags: [{key: g, name: G, type: NOPE}]
---
namespace: shop
segments: [{key: s, name: S}]
`
	namespaces, report, err := ImportAll([]byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, n := range namespaces {
		keys = append(keys, fmt.Sprintf("%s %s %d %d", n.Key, n.Name, len(n.Set.Flags), len(n.Set.Segments)))
	}
	if want := []string{"shop  1 1", "other Other 1 0", "default  0 0"}; !slices.Equal(keys, want) {
		t.Errorf("namespaces %q, want %q", keys, want)
	}
	if want := `/2/flags/0/type: unknown type "NOPE", want VARIANT_FLAG_TYPE or BOOLEAN_FLAG_TYPE`; report.Error() != want {
		t.Errorf("reported %v, want %s", report, want)
	}

	set, report, err := Import([]byte(file), nil)
	if err != nil || set.Project != "default" || len(report) != 3 || report[1].Problem != `namespace "shop" is not imported: a set is one project` {
		t.Errorf("Import: %v, %v, %v", set, report, err)
	}
	set, report, err = Import([]byte(file), &ImportOptions{Namespace: "shop"})
	if err != nil || set.Project != "shop" || len(report) != 1 {
		t.Errorf("Import of shop: %v, %v, %v", set, report, err)
	}
	if _, _, err = Import([]byte(file), &ImportOptions{Namespace: "nope"}); err == nil {
		t.Error("Import of a namespace that is not there: no error")
	}
}

// JSON is read as JSON, below a line of comment and one object after another.
func TestImportJSON(t *testing.T) {
	const file = "# exported by flipt\n{\"version\": \"1.4\", \"flags\": [{\"key\": \"f\", \"name\": \"\\ud83d\\ude00\",\t\"variants\": " +
		"[{\"key\": \"a\", \"attachment\": {\"n\": 12345678901234567890, \"e\": 1e3, \"b\": true, \"z\": null}}]}]}\n{\"namespace\": \"other\", \"flags\": []}"
	namespaces, report, err := ImportAll([]byte(file), nil)
	if err != nil || report != nil || len(namespaces) != 2 {
		t.Fatal(namespaces, report, err)
	}
	f := namespaces[0].Set.Flags[0]
	if got, want := f.Variants[0].Payload.String(), `{"b":true,"e":1000,"n":12345678901234567890,"z":null}`; f.Name != "😀" || got != want {
		t.Errorf("name %q, payload %s, want %s", f.Name, got, want)
	}
}

func TestImportYAML(t *testing.T) {
	const file = `
x-base: &base {type: BOOLEAN_FLAG_TYPE, enabled: true}
flags:
- {<<: *base, key: f, name: F}
- {key: g, name: G, variants: [{key: a, attachment: &a {day: 2024-02-03, text: "2024-02-03"}}, {key: b, attachment: *a, default: true}, {key: c, default: true}]}
`
	set := importFile(t, file, nil)
	if f := set.Flags[0]; f.Type != hoist.TypeBoolean || f.Targeting.Default.Variant != "true" {
		t.Errorf("merged flag: %s", textOf(f))
	}
	g := set.Flags[1]
	if got, want := g.Variants[1].Payload.String(), `{"day":"2024-02-03T00:00:00Z","text":"2024-02-03"}`; got != want {
		t.Errorf("payload %s, want %s", got, want)
	}
	if g.Targeting.Default.Variant != "c" {
		t.Errorf("default %q, want the last one", g.Targeting.Default.Variant)
	}
}

// What Flipt has no form for is not written, and reported.
func TestExportReport(t *testing.T) {
	variants := []hoist.Variant{{Name: "a", Value: hoist.StringValue("a")}}
	always := &hoist.Targeting{Default: &hoist.Serve{Variant: "true"}}
	ruled := func(r hoist.Rule) *hoist.Targeting {
		return &hoist.Targeting{Default: &hoist.Serve{Variant: "true"}, Rules: []hoist.Rule{r}}
	}
	serveTrue := hoist.Serve{Variant: "true"}
	tests := []struct {
		flag hoist.Flag
		want string
	}{
		{hoist.Flag{Key: "f", Targeting: always}, "/flags/f/semantics: the flag is not one of Flipt's"},
		{hoist.Flag{Semantics: hoist.Flipt, Archived: true, Targeting: always}, "/flags/f/archived: flags of Flipt are not archived"},
		{hoist.Flag{Semantics: hoist.Flipt}, `/flags/f: the flag does nothing in the environment ""`},
		{hoist.Flag{Semantics: hoist.Flipt, Type: hoist.TypeNumber, Targeting: always}, "/flags/f/type: flags of Flipt are of type boolean or string, not number"},
		{hoist.Flag{Semantics: hoist.Flipt, Targeting: &hoist.Targeting{}}, "/flags/f/default: the default of a boolean flag of Flipt is true or false"},
		{hoist.Flag{Semantics: hoist.Flipt, Targeting: &hoist.Targeting{Disabled: true, Default: &serveTrue}},
			"/flags/f/enabled: boolean flags of Flipt are never disabled: what they call enabled is the default"},
		{hoist.Flag{Semantics: hoist.Flipt, Targeting: ruled(hoist.Rule{Disabled: true, Window: &hoist.Window{}, Serve: serveTrue})},
			"/flags/f/rules/0/enabled: rules of Flipt cannot be switched off\n/flags/f/rules/0/window: rules of Flipt are not limited to a time"},
		{hoist.Flag{Semantics: hoist.Flipt, Targeting: ruled(hoist.Rule{Exposure: &hoist.Exposure{By: []string{"team"}}, Serve: serveTrue})},
			"/flags/f/rules/0/exposure: thresholds of Flipt are by entity id and flag only, and fixed"},
		{hoist.Flag{Semantics: hoist.Flipt, Targeting: ruled(hoist.Rule{When: hoist.InSegment("s"), Exposure: &hoist.Exposure{}, Serve: serveTrue})},
			"/flags/f/rules/0: rollouts of Flipt have a segment or a threshold, not both"},
		{hoist.Flag{Semantics: hoist.Flipt, Targeting: ruled(hoist.Rule{When: hoist.Not(hoist.InSegment("s")), Serve: serveTrue})},
			"/flags/f/rules/0/when: rules of Flipt are about segments: one, any or all of several"},
		{hoist.Flag{Semantics: hoist.Flipt, Targeting: ruled(hoist.Rule{When: hoist.InSegment("gone"), Serve: serveTrue})},
			`/flags/f: refers to the segment "gone", which is not in the file`},
		{hoist.Flag{Semantics: hoist.Flipt, Variants: variants, Targeting: &hoist.Targeting{Disabled: true, Default: &hoist.Serve{Variant: "a"}}},
			`/flags/f/off: in Flipt a flag that is off gives its default, "a"`},
		{hoist.Flag{Semantics: hoist.Flipt, Variants: []hoist.Variant{{Name: "a", Value: hoist.StringValue("b")}}, Targeting: &hoist.Targeting{}},
			"/flags/f/variants/0: variants of Flipt are their own values, an attachment is the payload"},
		{hoist.Flag{Semantics: hoist.Flipt, Variants: variants, Targeting: &hoist.Targeting{
			Requires:  []hoist.Requirement{{Flag: "g", Variants: []string{"true"}}},
			Overrides: []hoist.Override{{Variant: "a", Keys: []string{"u"}}}}},
			"/flags/f/requires: flags of Flipt do not depend on others\n/flags/f/overrides: flags of Flipt have no overrides"},
	}
	for _, test := range tests {
		test.flag.Key = "f"
		document, report, err := Export([]Namespace{{Set: &hoist.Set{Flags: []*hoist.Flag{&test.flag}}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if report.Error() != test.want || bytes.Contains(document, []byte("flags")) {
			t.Errorf("flag %s: reported:\n%s\nwant:\n%s\nwritten:\n%s", textOf(test.flag), report.Error(), test.want, document)
		}
	}
}

// Flags that Go programs made are written in the form that Flipt has for them.
func TestExportOfGoFlags(t *testing.T) {
	set := &hoist.Set{
		Segments: []*hoist.Segment{{Key: "s", Semantics: hoist.Flipt, When: hoist.Where("age", "number gte", 18)}},
		Flags: []*hoist.Flag{
			{Key: "b", Semantics: hoist.Flipt, Targeting: &hoist.Targeting{
				Rules:   []hoist.Rule{{Serve: hoist.Serve{Variant: "true"}}},
				Default: &hoist.Serve{Variant: "false"},
			}},
			{Key: "v", Semantics: hoist.Flipt, Variants: []hoist.Variant{{Name: "a", Value: hoist.StringValue("a")}}, Targeting: &hoist.Targeting{
				Rules: []hoist.Rule{{When: hoist.InSegment("s"), Serve: hoist.Serve{Variant: "a"}}},
			}},
		},
	}
	if err := set.Validate(); err != nil {
		t.Fatal(err)
	}
	document, report, err := Export([]Namespace{{Set: set}}, nil)
	if err != nil || report != nil {
		t.Fatal(report, err)
	}
	back := importFile(t, string(document), nil)
	x, y := open(t, set), open(t, back)
	for _, age := range []string{"17", "18"} {
		subject := Subject("u", map[string]string{"age": age})
		for _, key := range []string{"b", "v"} {
			if diff := cmp.Diff(outcomeOf(x.For(subject).Evaluate(key)), outcomeOf(y.For(subject).Evaluate(key))); diff != "" {
				t.Errorf("flag %s at age %s (-before +after):\n%s", key, age, diff)
			}
		}
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(shopFile))
	f.Add([]byte("version: 1.0\nflags: [{key: f, rules: [{segment: s, rank: 1}]}]"))
	f.Add([]byte(`{"flags": [{"key": "f", "type": "BOOLEAN_FLAG_TYPE", "rollouts": [{"threshold": {"percentage": 1, "value": true}}]}]}`))
	f.Add([]byte("namespace: n\nflags: [{key: f, variants: [{key: a, attachment: &x {a: [*x]}}]}]"))
	f.Fuzz(func(t *testing.T, document []byte) {
		namespaces, _, err := ImportAll(document, nil)
		if err != nil {
			return
		}
		for _, n := range namespaces {
			if err := n.Set.Validate(); err != nil && !strings.Contains(err.Error(), "/project") {
				t.Fatalf("the set is not valid: %v", err)
			}
		}
		// What was read can be written; flags whose segments are not there are
		// left out.
		written, _, err := Export(namespaces, nil)
		if err != nil {
			t.Fatal(err)
		}
		again, report, err := ImportAll(written, nil)
		if err != nil {
			t.Fatalf("%v:\n%s", err, written)
		}
		for _, problem := range report {
			if !strings.HasSuffix(problem.Problem, "neither flags nor segments") {
				t.Fatalf("%v:\n%s", problem, written)
			}
		}
		if len(again) != len(namespaces) {
			t.Fatalf("%d namespaces of %d:\n%s", len(again), len(namespaces), written)
		}
	})
}
