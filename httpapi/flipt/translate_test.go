package flipt

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hoistflags/hoist"
	"pgregory.net/rapid"
)

// Documents to model to documents is the identity, also through the model's
// JSON, in which it is stored.
func TestBundleRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &source{T: rt}
		environment := draw(s, "", "production")
		b := s.bundle("f", []string{"one", "two", "three"})
		model, problems := flagFromWire(b, environment)
		if problems != nil {
			rt.Fatal(problems)
		}
		if err := model.Validate(); err != nil {
			rt.Fatal(err)
		}
		stored := &hoist.Flag{}
		throughJSON(rt, model, stored)
		back, problems := flagToWire(stored, testNamespace, environment)
		if problems != nil {
			rt.Fatal(problems)
		}
		if diff := cmp.Diff(jsonOf(rt, b), jsonOf(rt, back)); diff != "" {
			rt.Fatalf("(-sent +back):\n%s", diff)
		}
	})
}

func TestSegmentRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &source{T: rt}
		w := &s.segments([]string{"s"})[0]
		model, problems := segmentFromWire(w)
		if problems != nil {
			rt.Fatal(problems)
		}
		if err := model.Validate(); err != nil {
			rt.Fatal(err)
		}
		stored := &hoist.Segment{}
		throughJSON(rt, model, stored)
		back, problems := segmentToWire(stored, testNamespace)
		if problems != nil {
			rt.Fatal(problems)
		}
		if diff := cmp.Diff(jsonOf(rt, w), jsonOf(rt, back)); diff != "" {
			rt.Fatalf("(-sent +back):\n%s", diff)
		}
	})
}

// throughJSON reads what is written as stores do it.
func throughJSON(t rapid.TB, from json.Marshaler, to any) {
	text, err := from.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatal(err)
	}
}

// jsonOf returns what the JSON form of v says.
func jsonOf(t rapid.TB, v any) (out any) {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}
