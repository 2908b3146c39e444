package unleash

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/hoistflags/hoist"
)

// TestRoundTripVectors writes the features of the vectors again.
func TestRoundTripVectors(t *testing.T) {
	var v vectors
	readVectors(t, "unleash-edge-cases.json", &v)
	features := v.Parents
	for _, c := range v.Cases {
		features = append(features, c.Feature)
	}
	for _, text := range features {
		checkFeature(t, text)
	}
	t.Logf("%d features", len(features))
}

// TestRoundTripTranscripts writes again what the real server has answered:
// features and segments for SDKs, strategies and segments for admins.
func TestRoundTripTranscripts(t *testing.T) {
	counts := map[string]int{}
	for _, body := range transcriptBodies(t) {
		var v any
		if json.Unmarshal(body, &v) != nil {
			continue
		}
		eachObject(v, func(o map[string]any) {
			text := rawJSON(o)
			switch kind := kindOfDocument(o); kind {
			case "feature":
				checkFeature(t, text)
			case "strategy":
				checkStrategy(t, text, clientForm)
				checkStrategy(t, text, adminForm)
			case "segment":
				checkSegment(t, text, clientForm)
				checkSegment(t, text, adminForm)
			default:
				return
			}
			counts[kindOfDocument(o)]++
		})
	}
	t.Log(counts)
	if counts["feature"] < 50 || counts["strategy"] < 100 || counts["segment"] < 10 {
		t.Errorf("got %v documents, want more", counts)
	}
}

// transcriptBodies returns the bodies of successful answers of the server.
func transcriptBodies(t tester) []json.RawMessage {
	t.Helper()
	data, err := os.ReadFile("../../testdata/upstream/unleash/unleash.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var bodies []json.RawMessage
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var exchange struct {
			Name   string          `json:"name"`
			Status int             `json:"status"`
			Body   json.RawMessage `json:"responseBody"`
		}
		if err := json.Unmarshal(lines.Bytes(), &exchange); err != nil {
			t.Fatal(err)
		}
		if exchange.Status < 300 && exchange.Name != "playground" { // which has segments in the place of their ids
			bodies = append(bodies, exchange.Body)
		}
	}
	return bodies
}

func eachObject(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, member := range v {
			eachObject(member, visit)
		}
	case []any:
		for _, element := range v {
			eachObject(element, visit)
		}
	}
}

// kindOfDocument tells documents apart by their members.
func kindOfDocument(o map[string]any) string {
	has := func(names ...string) bool {
		for _, name := range names {
			if _, ok := o[name]; !ok {
				return false
			}
		}
		return true
	}
	_, numbered := o["id"].(float64)
	switch {
	case has("name", "strategies", "variants", "impressionData") && !has("environments"):
		return "feature"
	case has("name", "parameters", "constraints"):
		return "strategy"
	case has("name", "constraints") && numbered:
		return "segment"
	}
	return ""
}

// checkFeature reads a feature, by way of the JSON of the model, and writes it
// again.
func checkFeature(t tester, text json.RawMessage) {
	t.Helper()
	r := reader{}
	f := r.flag(text, "production", "")
	if r.problems != nil {
		t.Fatalf("%s:\n%v", text, r.problems)
	}
	w := writer{flag: stored(t, f)}
	expectJSON(t, w.feature("production"), text, w.problems)
}

func checkStrategy(t tester, text json.RawMessage, form form) {
	t.Helper()
	r := reader{}
	f := &hoist.Flag{Key: "feature", Semantics: hoist.Unleash, Type: hoist.TypeBoolean}
	f.Targeting = &hoist.Targeting{Rules: []hoist.Rule{r.rule(f, text, form, hoist.Serve{Variant: "true"}, "")}}
	if r.problems != nil {
		t.Fatalf("%s:\n%v", text, r.problems)
	}
	w := writer{flag: stored(t, f)}
	expectJSON(t, w.strategy(&w.flag.Targeting.Rules[0], form, ""), text, w.problems)
}

func checkSegment(t tester, text json.RawMessage, form form) {
	t.Helper()
	r := reader{}
	s := r.segmentFromWire(text, form, "")
	if r.problems != nil {
		t.Fatalf("%s:\n%v", text, r.problems)
	}
	var back hoist.Segment
	if err := json.Unmarshal(rawJSON(s), &back); err != nil {
		t.Fatal(err)
	}
	w := writer{}
	expectJSON(t, w.segment(&back, form), text, w.problems)
}

// stored returns a flag as it comes back from a store.
func stored(t tester, f *hoist.Flag) *hoist.Flag {
	t.Helper()
	if err := f.Validate(); err != nil {
		t.Fatalf("flag %s is not valid: %v", rawJSON(f), err)
	}
	var back hoist.Flag
	if err := json.Unmarshal(rawJSON(f), &back); err != nil {
		t.Fatal(err)
	}
	if !f.Equal(&back) {
		t.Fatalf("flag %s comes back as %s", rawJSON(f), rawJSON(&back))
	}
	return &back
}

func expectJSON(t tester, got, want json.RawMessage, problems hoist.Errors) {
	t.Helper()
	if problems != nil {
		t.Errorf("%s cannot be written: %v", want, problems)
	}
	if !equalJSON(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A plain document of the server needs no spelling: nothing but its words is in
// the extensions.
func TestPlainExtensions(t *testing.T) {
	const feature = `{"name":"f","type":"release","enabled":true,"project":"default","stale":false,"strategies":[{
		"name":"flexibleRollout","constraints":[{"contextName":"appName","operator":"IN","values":["a"]}],
		"parameters":{"rollout":"25","stickiness":"sessionId","groupId":"g"},
		"variants":[{"name":"a","weight":1000,"weightType":"variable","stickiness":"default","payload":{"type":"string","value":"x"}}],"segments":[1]
	}],"variants":[],"description":null,"impressionData":false}`
	var r reader
	f := r.flag(json.RawMessage(feature), "", "")
	f.Extensions = nil
	if text := string(rawJSON(f)); strings.Contains(text, "x-unleash") {
		t.Errorf("got extensions in %s, want none", text)
	}
}
