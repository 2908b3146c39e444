package confidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/hoistflags/hoist"
)

// anything is a JSON text decoded, for comparing.
func anything(t testing.TB, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// normal returns a document as the product prints it: in camelCase, and without
// members that have the zero value. Values of variants stay as they are, and so
// does what has names of its own.
func normal(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		if name == "value" && !slices.ContainsFunc([]string{"boolValue", "numberValue", "stringValue", "timestampValue", "versionValue", "listValue"}, func(n string) bool { return v[n] != nil }) {
			if _, decimal := v["value"]; !decimal {
				return v
			}
		}
		out := map[string]any{}
		for name, member := range v {
			member = normal(member, camelCase(name))
			list, isList := member.([]any)
			zero := member == nil || member == "" || member == false || member == 0.0 || isList && len(list) == 0
			if !zero || slices.Contains([]string{"boolValue", "numberValue", "stringValue", "ref"}, name) {
				out[name] = member
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = normal(v[i], name)
		}
		return out
	}
	return v
}

// again translates a flag to the model, through the model's own form, and back.
func againFlag(text []byte) ([]byte, error) {
	f, err := flagFromWire(text, "")
	if err != nil {
		return nil, err
	}
	if err := f.Validate(); err != nil {
		return nil, err
	}
	stored, err := f.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var read hoist.Flag
	if err := read.UnmarshalJSON(stored); err != nil {
		return nil, fmt.Errorf("%s: %w", stored, err)
	}
	return flagToWire(&read, "")
}

func againSegment(text []byte) ([]byte, error) {
	s, err := segmentFromWire(text, "acc", false)
	if err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	stored, err := s.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var read hoist.Segment
	if err := read.UnmarshalJSON(stored); err != nil {
		return nil, fmt.Errorf("%s: %w", stored, err)
	}
	return segmentToWire(&read, "acc")
}

func expectSame(t interface {
	Helper()
	Fatalf(string, ...any)
}, sent []byte, again func([]byte) ([]byte, error)) {
	t.Helper()
	got, err := again(sent)
	if err != nil {
		t.Fatalf("%s: %v", sent, err)
	}
	var x, y any
	if err := errors.Join(json.Unmarshal(got, &x), json.Unmarshal(sent, &y)); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if diff := cmp.Diff(normal(y, ""), x); diff != "" {
		t.Fatalf("wire, model, wire (-sent +got):\n%s", diff)
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expectSame(t, plain(t, drawFlag(t, "f")), againFlag)
		expectSame(t, plain(t, drawSegment(t, "s")), againSegment)
	})
}

// Every document of the recorded results, and the example of the public API
// reference.
func TestRoundTripDocuments(t *testing.T) {
	v := readVectors(t)
	for _, text := range v.State.Flags {
		expectSame(t, text, againFlag)
	}
	for _, text := range v.State.SegmentsNoBitsets {
		expectSame(t, text, againSegment)
	}
	for i, c := range v.Matrix.Criteria {
		rule := object{"attributeName": json.RawMessage(`"x"`)}
		maps.Copy(rule, c.Rule)
		text := fmt.Appendf(nil, `{"name":"segments/m%d","targeting":{"criteria":{"k":{"attribute":%s}},"expression":{"ref":"k"}}}`, i, plain(t, rule))
		expectSame(t, text, againSegment)
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "upstream", "confidence", "flag.json"))
	if err != nil {
		t.Fatal(err)
	}
	expectSame(t, plain(t, filledIn(anything(t, text), "")), againFlag)
}

// filledIn returns the skeleton of a flag as a document: the reference shows
// enumerations and times as objects, maps as lists, and every text as
// "<string>".
func filledIn(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		switch {
		case name == "state":
			return "ACTIVE"
		case strings.HasSuffix(name, "Time"):
			return "2025-08-25T13:18:35.341635Z"
		}
		for member := range v {
			v[member] = filledIn(v[member], strings.TrimPrefix(name+"."+member, "."))
			switch member {
			case "labels":
				v[member] = map[string]any{"team": "x"}
			case "state", "createTime", "updateTime", "archiveTime":
				v[member] = filledIn(map[string]any{}, member)
			}
		}
	case []any:
		for i := range v {
			v[i] = filledIn(v[i], name)
		}
	case string:
		known := map[string]string{
			"name": "flags/my-flag", "variants.name": "flags/my-flag/variants/on", "rules.name": "flags/my-flag/rules/r1",
			"rules.segment": "segments/everyone", "rules.environments": "environments/production", "clients": "clients/web",
		}
		if text, ok := known[name]; ok {
			return text
		}
	}
	return v
}

// A state is what the product's own tools send, too: in snake_case, with
// numbers for enumerations and null for what is not there.
func TestSpellings(t *testing.T) {
	for _, test := range []struct {
		sent, want string
		again      func([]byte) ([]byte, error)
	}{
		{`{"name":"flags/f","display_name":"F","state":1,"description":null,"rules":[{"targeting_key_selector":"a","assignment_spec":{"bucket_count":"10","assignments":
			[{"assignment_id":"x","client_default":{},"bucket_ranges":[{"lower":"0","upper":10.0}]}]},"materialization_spec":{"read_materialization":"materializedSegments/m"}}],
			"variants":[{"name":"flags/f/variants/v","value":{"snake_case":1},"image_uri":"x"}]}`,
			`{"name":"flags/f","displayName":"F","state":"ACTIVE","rules":[{"targetingKeySelector":"a","assignmentSpec":{"bucketCount":10,"assignments":
			[{"assignmentId":"x","clientDefault":{},"bucketRanges":[{"upper":10}]}]},"materializationSpec":{"readMaterialization":"materializedSegments/m"}}],
			"variants":[{"name":"flags/f/variants/v","value":{"snake_case":1},"image_uri":"x"}]}`, againFlag},
		{`{"name":"segments/s","state":4,"targeting":{"criteria":{"a_b":{"attribute":{"attribute_name":"x","range_rule":{"start_inclusive":{"number_value":"5"},"end_exclusive":{"version_value":{}}}}},
			"m":{"materialized_segment":{"materialized_segment":"materializedSegments/m"}}},"expression":{"and":{"operands":[{"ref":"a_b"},{"ref":"m"}]}}},"bitset_allocation":{"bitset":"AQ=="}}`,
			`{"name":"segments/s","state":"OK","targeting":{"criteria":{"a_b":{"attribute":{"attributeName":"x","rangeRule":{"startInclusive":{"numberValue":5},"endExclusive":{"versionValue":{}}}}},
			"m":{"materializedSegment":{"materializedSegment":"materializedSegments/m"}}},"expression":{"and":{"operands":[{"ref":"a_b"},{"ref":"m"}]}}},"bitsetAllocation":{"bitset":"AQ=="}}`, againSegment},
	} {
		got, err := test.again([]byte(test.sent))
		if err != nil {
			t.Fatalf("%s: %v", test.sent, err)
		}
		if diff := cmp.Diff(anything(t, []byte(test.want)), anything(t, got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.sent, diff)
		}
	}
}

// What is changed in the model shows in the document.
func TestEditsShow(t *testing.T) {
	f, err := flagFromWire([]byte(`{"name":"flags/f","state":"ACTIVE","schema":{"schema":{"a":{"stringSchema":{}},"b":{"stringSchema":{}}}},
		"variants":[{"name":"flags/f/variants/v","value":{}}],
		"rules":[{"name":"flags/f/rules/r","segment":"segments/s","enabled":true,"assignmentSpec":{"bucketCount":2,"assignments":[{"assignmentId":"x","variant":{"variant":"flags/f/variants/v"},"bucketRanges":[{"upper":1}]}]}}]}`), "")
	if err != nil {
		t.Fatal(err)
	}
	f.Archived = true
	f.Variants[0].Value = hoist.AnyValue(json.RawMessage(`{"a":"now set","b":null,"c":null}`))
	f.Variants = append(f.Variants, hoist.Variant{Name: "w", Value: hoist.AnyValue(json.RawMessage(`{"a":1}`))})
	r := &f.Targeting.Rules[0]
	r.When = hoist.AllOf(hoist.Where(EnvironmentsAttribute, "setRule", "environments/e"), hoist.InSegment("t"))
	r.Disabled = true
	r.Serve.Split.By = []string{"account"}
	r.Serve.Split.Arms = append(r.Serve.Split.Arms, hoist.Arm{Action: hoist.CallersFallback, Ranges: []hoist.Range{{Lower: 1, Upper: 2}}})
	r.Sticky = &hoist.Sticky{Write: "m", MustMatch: true}
	f.Targeting.Rules = append(f.Targeting.Rules, hoist.Rule{ID: "all", When: hoist.InSegment("t"), Serve: hoist.Serve{Variant: "w"}})
	want := `{"name":"flags/f","state":"ARCHIVED","schema":{"schema":{"a":{"stringSchema":{}},"b":{"stringSchema":{}}}},
		"variants":[{"name":"flags/f/variants/v","value":{"a":"now set","c":null}},{"name":"flags/f/variants/w","value":{"a":1}}],
		"rules":[{"name":"flags/f/rules/r","segment":"segments/t","environments":["environments/e"],"targetingKeySelector":"account","assignmentSpec":{"bucketCount":2,"assignments":[
		{"assignmentId":"x","variant":{"variant":"flags/f/variants/v"},"bucketRanges":[{"upper":1}]},{"clientDefault":{},"bucketRanges":[{"lower":1,"upper":2}]}]},
		"materializationSpec":{"writeMaterialization":"materializedSegments/m","mode":{"materializationMustMatch":true}}},
		{"name":"flags/f/rules/all","segment":"segments/t","enabled":true,"assignmentSpec":{"bucketCount":1,"assignments":[{"variant":{"variant":"flags/f/variants/w"},"bucketRanges":[{"upper":1}]}]}}]}`
	got, err := flagToWire(f, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(anything(t, []byte(want)), anything(t, got)); diff != "" {
		t.Errorf("flag (-want +got):\n%s", diff)
	}
}

func TestSegmentEditsShow(t *testing.T) {
	s, err := segmentFromWire([]byte(`{"name":"segments/s","state":"OK","targeting":{"criteria":{"a":{"attribute":{"attributeName":"x","eqRule":{"value":{"stringValue":"1"}}}},"unused":{"segment":{"segment":"segments/t"}}},
		"expression":{"and":{"operands":[{"ref":"a"},{"ref":"zzz"},{"ref":"a"},{}]}}},"allocation":{"proportion":{"value":"0.50"},"exclusivityTags":["t"]}}`), "acc", false)
	if err != nil {
		t.Fatal(err)
	}
	s.When.All[0].Constraint.Negate = true
	s.When.All[2] = hoist.Where("zzz", "setRule", 5, "version 1.2", "string version")
	s.When.All = append(s.When.All, hoist.InSegment("new"), hoist.Condition{}, hoist.AnyOf())
	s.Exposure.Percent = 7
	want := `{"name":"segments/s","state":"OK","targeting":{"criteria":{"a":{"attribute":{"attributeName":"x","eqRule":{"value":{"stringValue":"1"}}}},"unused":{"segment":{"segment":"segments/t"}},
		"c1":{"attribute":{"attributeName":"zzz","setRule":{"values":[{"numberValue":5},{"versionValue":{"version":"1.2"}},{"stringValue":"version"}]}}},"c2":{"segment":{"segment":"segments/new"}}},
		"expression":{"and":{"operands":[{"not":{"ref":"a"}},{"ref":"zzz"},{"ref":"c1"},{},{"ref":"c2"},{"and":{}},{"or":{}}]}}},"allocation":{"proportion":{"value":"0.07"},"exclusivityTags":["t"]}}`
	got, err := segmentToWire(s, "acc")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(anything(t, []byte(want)), anything(t, got)); diff != "" {
		t.Errorf("segment (-want +got):\n%s", diff)
	}
}

// What the product has no form for is an error, with its place in the model.
func TestNoForm(t *testing.T) {
	flag := func(change func(f *hoist.Flag, r *hoist.Rule)) func() error {
		return func() error {
			f := &hoist.Flag{Key: "f", Type: hoist.TypeJSON, Semantics: hoist.Confidence, Targeting: &hoist.Targeting{Rules: []hoist.Rule{{
				When: hoist.InSegment("s"), Serve: hoist.Serve{Action: hoist.NextRule},
			}}}}
			change(f, &f.Targeting.Rules[0])
			_, err := flagToWire(f, "")
			return err
		}
	}
	segment := func(change func(s *hoist.Segment)) func() error {
		return func() error {
			s := &hoist.Segment{Key: "s", Semantics: hoist.Confidence}
			change(s)
			_, err := segmentToWire(s, "acc")
			return err
		}
	}
	for want, got := range map[string]func() error{
		`/semantics: want "confidence", found ""`:             flag(func(f *hoist.Flag, _ *hoist.Rule) { f.Semantics = "" }),
		`/type: want "json", found "string"`:                  flag(func(f *hoist.Flag, _ *hoist.Rule) { f.Type = hoist.TypeString }),
		`/enabled: the product's flags consist of rules only`: flag(func(f *hoist.Flag, _ *hoist.Rule) { f.Targeting.Disabled = true }),
		`/default: the product's flags consist of rules only`: flag(func(f *hoist.Flag, _ *hoist.Rule) { f.Targeting.Default = &hoist.Serve{} }),
		`/variants/0/payload: the product's variants have only a value`: flag(func(f *hoist.Flag, _ *hoist.Rule) {
			f.Variants = []hoist.Variant{{Name: "v", Payload: hoist.BoolValue(true)}}
		}),
		`/rules/0: the product's rules have no window and no exposure of their own`: flag(func(_ *hoist.Flag, r *hoist.Rule) { r.Window = &hoist.Window{} }),
		`/rules/0/when: the condition of the product's rules is one segment`:        flag(func(_ *hoist.Flag, r *hoist.Rule) { r.When = hoist.Condition{} }),
		`/rules/0/when/all/0: want a test of confidence:environments`: flag(func(_ *hoist.Flag, r *hoist.Rule) {
			r.When = hoist.AllOf(hoist.InSegment("a"), hoist.InSegment("b"))
		}),
		`/rules/0/serve: the product's splits are by one attribute and salted by the segment, without overrides`: flag(func(_ *hoist.Flag, r *hoist.Rule) {
			r.Serve = hoist.Serve{Split: &hoist.Split{Salt: "own"}}
		}),
		`/rules/0/serve/split/0/weight: the product's assignments have ranges of buckets instead of weights`: flag(func(_ *hoist.Flag, r *hoist.Rule) {
			r.Serve = hoist.Serve{Split: &hoist.Split{Arms: []hoist.Arm{{Weight: 1}}}}
		}),
		`/rules/0/serve/buckets: 4294967296 is beyond what the product's numbers can hold`: flag(func(_ *hoist.Flag, r *hoist.Rule) {
			r.Serve = hoist.Serve{Split: &hoist.Split{Buckets: int(beyond)}}
		}),
		`/exposure: the product's segments have a share of an account's units, want the salt "MegaSalt-acc"`: segment(func(s *hoist.Segment) { s.Exposure = &hoist.Exposure{Percent: 5} }),
		`/when/flag: the product's segments do not refer to flags`:                                           segment(func(s *hoist.Segment) { s.When = hoist.FlagIs("f", "a") }),
		`/when: unknown operator "is"`: segment(func(s *hoist.Segment) { s.When = hoist.Where("a", hoist.Is, 1) }),
		`/when/all/0/ignoreCase: the product compares text as it is`: segment(func(s *hoist.Segment) {
			s.When = hoist.AllOf(hoist.Where("a", "eqRule", "x"))
			s.When.All[0].Constraint.IgnoreCase = true
		}),
		`/semantics: want "confidence", found "native"`: segment(func(s *hoist.Segment) { s.Semantics = hoist.Native }),
	} {
		if err := got(); err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestProportions(t *testing.T) {
	for proportion, percent := range map[string]float64{"0": 0, "1": 100, "0.5556": 55.56, "0.07": 7, "0.000001": 0.0001, "0.29": 29, "0.123456789": 12.3456789} {
		got, ok := percentOf(proportion)
		if !ok || got != percent {
			t.Errorf("percentOf(%q) = %v, %v, want %v", proportion, got, ok, percent)
		}
		if back := proportionOf(percent); back != proportion {
			t.Errorf("proportionOf(%v) = %q, want %q", percent, back, proportion)
		}
	}
	for proportion, percent := range map[string]float64{"": 0, "5e-1": 50, "0.50": 50, "1.0": 100, "+0.5": 50, "5E-1": 50} {
		if got, ok := percentOf(proportion); !ok || got != percent {
			t.Errorf("percentOf(%q) = %v, %v, want %v", proportion, got, ok, percent)
		}
	}
	for _, proportion := range []string{"1.1", "-0.1", "x", "0x1", "inf", "1e", "e5", "0.5.5", "1e99999999999999999999"} {
		if got, ok := percentOf(proportion); ok {
			t.Errorf("percentOf(%q) = %v, want none", proportion, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		percent := float64(rapid.IntRange(0, 1_000_000).Draw(t, "buckets")) / 10_000
		if got, ok := percentOf(proportionOf(percent)); !ok || got != percent {
			t.Fatalf("percentOf(%q) = %v, %v, want %v", proportionOf(percent), got, ok, percent)
		}
	})
}

// beyond is more buckets than the product can count. It is a variable so that
// this compiles where an int has 32 bits.
var beyond int64 = 1 << 32
