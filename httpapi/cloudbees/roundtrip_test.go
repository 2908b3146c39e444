package cloudbees

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hoistflags/hoist"
	"pgregory.net/rapid"
)

// fataler is what *testing.T and *rapid.T have in common here.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// roundTrip puts a document through the model, and through the JSON form of the
// model, and returns what is printed and what was read: the document with its
// defaults filled in.
func roundTrip(t fataler, document []byte, environment string) (printed, read any) {
	t.Helper()
	var r reader
	d := r.flag(document, "")
	if r.errs != nil {
		t.Fatalf("reading %s: %v", document, r.errs)
	}
	f := r.configure(&hoist.Flag{Key: d.Name, Semantics: hoist.CloudBees}, d, environment, "")
	if r.errs != nil {
		t.Fatalf("translating %s: %v", document, r.errs)
	}
	if err := f.Validate(); err != nil {
		t.Fatalf("the flag for %s: %v", document, err)
	}
	stored := new(hoist.Flag)
	if err := json.Unmarshal(marshalAny(f), stored); err != nil {
		t.Fatalf("the flag for %s: %v", document, err)
	}
	again, errs := printFlag(stored, environment)
	if errs != nil {
		t.Fatalf("printing %s: %v", marshalAny(f), errs)
	}
	return decoded(t, marshalAny(again)), decoded(t, marshalAny(d))
}

func decoded(t fataler, document []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	return v
}

func TestRoundTripOfFlags(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		document := marshalAny(drawFlag(t, one(t, "name", flagNames)))
		printed, read := roundTrip(t, document, one(t, "environment", []string{"", "production"}))
		if diff := cmp.Diff(read, printed); diff != "" {
			t.Fatalf("%s: read and printed differ:\n%s", document, diff)
		}
		// What is printed is complete: nothing is left to be filled in.
		again, _ := roundTrip(t, marshalAny(printed), "")
		if diff := cmp.Diff(printed, again); diff != "" {
			t.Fatalf("%s: printed once and twice differ:\n%s", document, diff)
		}
	})
}

func TestRoundTripOfGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r reader
		g := r.targetGroup(marshalAny(drawGroup(t, "A")), "")
		s := r.segment(g, "")
		if r.errs != nil {
			t.Fatal(r.errs)
		}
		stored := new(hoist.Segment)
		if err := json.Unmarshal(marshalAny(s), stored); err != nil {
			t.Fatal(err)
		}
		printed, errs := printGroup(stored)
		if errs != nil {
			t.Fatal(errs)
		}
		if diff := cmp.Diff(decoded(t, marshalAny(g)), decoded(t, marshalAny(printed))); diff != "" {
			t.Fatalf("read and printed differ:\n%s", diff)
		}
	})
}

// The documents of the vectors are read as the product reads them, and the
// examples of its documentation come back as they are.
func TestRoundTripOfDocuments(t *testing.T) {
	for _, v := range readVectors(t).Flags {
		for _, document := range v.Flags {
			printed, read := roundTrip(t, document, "")
			if diff := cmp.Diff(read, printed); diff != "" {
				t.Errorf("%s: read and printed differ:\n%s", v.ID, diff)
			}
		}
	}
	data, err := os.ReadFile("../../testdata/upstream/cloudbees/documents.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples struct {
		List, Requests, Conditions, Platforms []json.RawMessage
	}
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	for _, document := range examples.List {
		want := decoded(t, document).(map[string]any)
		want["isPermanent"] = false // which the example lacks
		if printed, _ := roundTrip(t, document, ""); !cmp.Equal(any(want), printed) {
			t.Errorf("written and printed differ:\n%s", cmp.Diff(any(want), printed))
		}
	}
	examples.Requests = append(examples.Requests, marshalAny(map[string]any{
		"name": "f", "conditions": examples.Conditions, "platforms": examples.Platforms,
	}))
	for _, document := range examples.Requests {
		printed, _ := roundTrip(t, document, "")
		got := printed.(map[string]any)
		for name, want := range decoded(t, document).(map[string]any) {
			if name != "platforms" && !cmp.Equal(want, got[name]) { // conditions are filled in there
				t.Errorf("%s: member %q: written and printed differ:\n%s", document, name, cmp.Diff(want, got[name]))
			}
		}
	}
}
