package hoist

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The schema of the file takes the operators of every product, and no others,
// where it takes those of products.
func TestSchemaProductOperators(t *testing.T) {
	text, err := os.ReadFile("docs/flags.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs struct {
			Constraint struct {
				Patterns map[string]any `json:"patternProperties"`
			} `json:"productConstraint"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, s := range semanticsTable[1:] {
		for _, r := range s.operators {
			if operatorIndex(nativeOperators, r.name) < 0 {
				want[regexp.QuoteMeta(string(r.name))] = true
			}
		}
	}
	got := map[string]bool{}
	for pattern := range schema.Defs.Constraint.Patterns {
		inner, ok := strings.CutPrefix(pattern, "^(")
		if !ok {
			continue
		}
		for name := range strings.SplitSeq(strings.TrimSuffix(inner, ")$"), "|") {
			got[name] = true
		}
	}
	for name := range want {
		if !got[name] {
			t.Errorf("the schema does not take the operator %s", name)
		}
	}
	for name := range got {
		if !want[name] {
			t.Errorf("the schema takes %s, which is no product's operator", name)
		}
	}
}
