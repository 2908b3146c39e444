package flipt

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hoistflags/hoist"
)

// A recorded exchange with a Flipt server.
type exchange struct {
	N        int             `json:"n"`
	Server   string          `json:"server"`
	Response json.RawMessage `json:"responseBody"`
}

// refusedDocuments are documents that are not translated, by number of the
// exchange, with the reason. One that is translated is an error.
var refusedDocuments = map[int]string{
	44: "a flag of the type 7, which the server stores and answers every evaluation of with 400",
}

// Every flag, variant, segment, constraint, rule, distribution and rollout that
// the server has sent comes back from the model as it was.
func TestTranscriptDocuments(t *testing.T) {
	file, err := os.Open(filepath.Join(upstream, "flipt.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	count := map[string]int{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var x exchange
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		var body any
		if json.Unmarshal(x.Response, &body) == nil {
			eachDocument(body, func(kind string, document map[string]any) {
				count[kind]++
				checkDocument(t, &x, kind, document)
			})
			checkList(t, &x)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	t.Logf("translated %v", count)
	for _, kind := range []string{"flag", "variant", "segment", "constraint", "rule", "distribution", "rollout"} {
		if count[kind] == 0 {
			t.Errorf("there is no %s", kind)
		}
	}
}

func checkDocument(t *testing.T, x *exchange, kind string, document map[string]any) {
	back, err := roundTrip(kind, document)
	reason, refused := refusedDocuments[x.N]
	switch {
	case refused && err == nil:
		t.Errorf("exchange %d is translated: %s", x.N, reason)
	case refused:
	case err != nil:
		t.Errorf("exchange %d, %s: %v", x.N, kind, err)
	default:
		if diff := cmp.Diff(normal(document, x.Server), normal(back, "")); diff != "" {
			t.Errorf("exchange %d, %s (-sent +back):\n%s", x.N, kind, diff)
		}
	}
}

// checkList checks a list of rules or rollouts as what one flag has, with its
// order and ranks.
func checkList(t *testing.T, x *exchange) {
	var asRules struct{ Rules []rule }
	var asRollouts struct{ Rules []rollout }
	if json.Unmarshal(x.Response, &asRules) != nil || len(asRules.Rules) == 0 {
		return
	}
	_ = json.Unmarshal(x.Response, &asRollouts)
	w := &wrapped{bundle: bundle{Flag: flag{Key: asRules.Rules[0].FlagKey, NamespaceKey: asRules.Rules[0].NamespaceKey}}}
	var want any = asRules.Rules
	if asRollouts.Rules[0].Type == "" {
		w.bundle.Rules = asRules.Rules
	} else {
		want, w.bundle.Rollouts, w.bundle.Flag.Type = asRollouts.Rules, asRollouts.Rules, booleanFlag
	}
	back, err := w.throughModel()
	if err != nil {
		t.Errorf("exchange %d: %v", x.N, err)
		return
	}
	got := anyOf(back.Rules)
	if back.Rules == nil {
		got = anyOf(back.Rollouts)
	}
	if diff := cmp.Diff(anyOf(want), got); diff != "" {
		t.Errorf("exchange %d (-sent +back):\n%s", x.N, diff)
	}
}

// eachDocument finds the documents in a response: the objects that have the
// members of one. (Those of a snapshot are others.)
func eachDocument(v any, found func(kind string, document map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			eachDocument(element, found)
		}
	case map[string]any:
		for kind, members := range map[string]string{
			"flag": "enabled variants type namespaceKey", "variant": "id flagKey attachment", "segment": "constraints matchType namespaceKey",
			"constraint": "id segmentKey property operator", "rule": "id flagKey distributions segmentKeys", "distribution": "ruleId variantId rollout createdAt",
			"rollout": "id flagKey rank namespaceKey description type",
		} {
			if hasMembers(v, members) {
				found(kind, v)
			}
		}
		for _, member := range v {
			eachDocument(member, found)
		}
	}
}

func hasMembers(object map[string]any, names string) bool {
	for name := range strings.FieldsSeq(names) {
		if _, ok := object[name]; !ok {
			return false
		}
	}
	return true
}

// normal leaves out what is not always written: metadata that is empty, and
// the flag of a variant on a server that reads files.
func normal(v any, server string) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = normal(v[i], server)
		}
	case map[string]any:
		if m, ok := v["metadata"].(map[string]any); ok && len(m) == 0 {
			delete(v, "metadata")
		}
		if _, ok := v["attachment"]; ok && (server == "readonly" || v["flagKey"] == "v") {
			delete(v, "flagKey")
		}
		for name := range v {
			v[name] = normal(v[name], server)
		}
	}
	return v
}

// roundTrip takes a document to the model and back, within a flag or segment
// where it is only a part of one.
func roundTrip(kind string, document map[string]any) (back any, err error) {
	w := wrapping(document)
	into := map[string]any{
		"flag": &w.bundle.Flag, "variant": &w.variant, "segment": &w.segment, "constraint": &w.constraint,
		"rule": &w.rule, "distribution": &w.distribution, "rollout": &w.rollout,
	}[kind]
	text, _ := json.Marshal(document)
	if err := json.Unmarshal(text, into); err != nil {
		return nil, err
	}
	if kind == "segment" || kind == "constraint" {
		if kind == "constraint" {
			w.segment.Constraints = []constraint{w.constraint}
		}
		return w.roundTripSegment(kind)
	}
	return w.roundTripFlag(kind)
}

// A wrapped is a document with what it is part of.
type wrapped struct {
	bundle       bundle
	variant      variant
	segment      segment
	constraint   constraint
	rule         rule
	distribution distribution
	rollout      rollout
}

// wrapping returns objects of the names that a document gives to what it is
// part of.
func wrapping(document map[string]any) *wrapped {
	text := func(name string) string {
		s, _ := document[name].(string)
		return s
	}
	return &wrapped{
		bundle:  bundle{Flag: flag{Key: text("flagKey"), NamespaceKey: text("namespaceKey"), Type: variantFlag}},
		segment: segment{Key: text("segmentKey"), NamespaceKey: text("namespaceKey")},
	}
}

func (w *wrapped) roundTripSegment(kind string) (any, error) {
	model, problems := segmentFromWire(&w.segment)
	if problems != nil {
		return nil, problems
	}
	back, problems := segmentToWire(model, w.segment.NamespaceKey)
	if problems != nil {
		return nil, problems
	}
	if kind == "constraint" {
		return anyOf(back.Constraints[0]), nil
	}
	return anyOf(back), nil
}

func (w *wrapped) roundTripFlag(kind string) (any, error) {
	f := &w.bundle.Flag
	switch kind {
	case "variant":
		f.Variants = []variant{w.variant}
	case "distribution":
		w.rule = rule{ID: w.distribution.RuleID, SegmentKey: "s", Distributions: []distribution{w.distribution}}
		w.bundle.Rules = []rule{w.rule}
	case "rule":
		w.bundle.Rules = []rule{w.rule}
	case "rollout":
		f.Type = booleanFlag
		w.bundle.Rollouts = []rollout{w.rollout}
	}
	back, err := w.throughModel()
	if err != nil {
		return nil, err
	}
	switch kind {
	case "variant":
		return anyOf(back.Flag.Variants[0]), nil
	case "distribution":
		return anyOf(back.Rules[0].Distributions[0]), nil
	case "rule":
		return anyOf(back.Rules[0]), nil
	case "rollout":
		return anyOf(back.Rollouts[0]), nil
	}
	return anyOf(back.Flag), nil
}

// throughModel takes the bundle to the model and back, with a variant for each
// id that rules name.
func (w *wrapped) throughModel() (*bundle, error) {
	f := &w.bundle.Flag
	for _, r := range w.bundle.Rules {
		for _, d := range r.Distributions {
			f.Variants = append(f.Variants, variant{ID: d.VariantID, Key: fmt.Sprint(len(f.Variants))})
		}
	}
	model, problems := flagFromWire(&w.bundle, "")
	if problems != nil {
		return nil, problems
	}
	back, problems := flagToWire(model, f.NamespaceKey, "")
	if problems != nil {
		return nil, problems
	}
	return back, nil
}

func anyOf(v any) (out any) {
	text, _ := json.Marshal(v)
	_ = json.Unmarshal(text, &out)
	return out
}

// The call that the project began with: its body has a comma and a brace too
// many, of which the server refuses the comma, and its answer is an example
// out of range.
func TestSeedRollout(t *testing.T) {
	const request = `{"rank": 1, "threshold": {"percentage": 50.0, "value": true}}`
	var w rollout
	if err := json.Unmarshal([]byte(request), &w); err != nil {
		t.Fatal(err)
	}
	f, problems := flagFromWire(&bundle{Flag: flag{Key: "f", Type: booleanFlag}, Rollouts: []rollout{w}}, "")
	if problems != nil {
		t.Fatal(problems)
	}
	want := hoist.Rule{Exposure: &hoist.Exposure{Percent: 50}, Serve: hoist.Serve{Variant: "true"}}
	if got := f.Targeting.Rules[0]; textOf(got) != textOf(want) {
		t.Errorf("rule %s, want %s", textOf(got), textOf(want))
	}

	const response = `{"id": "<string>", "namespaceKey": "<string>", "flagKey": "<string>", "type": "UNKNOWN_ROLLOUT_TYPE", "rank": 123,
		"segment": {"segmentKey": "<string>", "value": true, "segmentKeys": ["<string>"], "segmentOperator": "OR_SEGMENT_OPERATOR"},
		"threshold": {"percentage": 123, "value": true}}`
	if err := json.NewDecoder(bytes.NewReader([]byte(response))).Decode(&w); err != nil {
		t.Fatal(err)
	}
	_, problems = flagFromWire(&bundle{Flag: flag{Key: "f", Type: booleanFlag}, Rollouts: []rollout{w}}, "")
	if got := problems.Error(); got != "/rollouts/0/threshold/percentage: want 0 to 100, found 123" {
		t.Errorf("problems: %s", got)
	}
}

func textOf(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
