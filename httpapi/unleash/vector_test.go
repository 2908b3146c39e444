package unleash

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/hoistflags/hoist"
)

// A vectors document has features and contexts, and what the official SDKs gave
// for them.
type vectors struct {
	Parents []json.RawMessage `json:"parents"`
	Cases   []vectorCase      `json:"cases"`
}

type vectorCase struct {
	Kind        string          `json:"kind"` // isEnabled or getVariant
	Description string          `json:"description"`
	Feature     json.RawMessage `json:"feature"`
	Context     json.RawMessage `json:"context"`
	Node        string          `json:"node"`
}

// skippedVectors are cases in which it is decided to differ from the Node SDK,
// by description.
var skippedVectors = map[string]string{}

// TestVectors compares with the answers of the Node SDK.
func TestVectors(t *testing.T) {
	var v vectors
	readVectors(t, "unleash-edge-cases.json", &v)
	compared := 0
	for _, c := range v.Cases {
		got := c.evaluate(t, v.Parents)
		switch why, skipped := skippedVectors[c.Description]; {
		case skipped && got == c.Node:
			t.Errorf("%s: is skipped (%s) and passes: take it off the list", c.Description, why)
		case skipped:
			continue
		case got != c.Node:
			t.Errorf("%s %s in the context %s: got %s, want %s", c.Description, c.Feature, c.Context, got, c.Node)
		}
		compared++
	}
	t.Logf("%d results compared, %d skipped", compared, len(skippedVectors))
	if compared == 0 {
		t.Error("nothing was compared")
	}
}

// evaluate returns the answer in the form of the vectors.
func (c *vectorCase) evaluate(t *testing.T, parents []json.RawMessage) string {
	t.Helper()
	set := importAll(t, string(rawJSON(map[string]any{"features": append(parents[:len(parents):len(parents)], c.Feature)})))
	d := evaluate(t, set, c.Context, nameOf(t, c.Feature))
	v := VariantOf(d)
	if c.Kind == "isEnabled" {
		return fmt.Sprint(v.FeatureEnabled)
	}
	return fmt.Sprintf("%s/%v/%v", v.Name, v.Enabled, v.FeatureEnabled)
}

// readVectors reads a file of the directory that VECTORS_DIR names, or else of
// testdata.
func readVectors(t *testing.T, name string, v any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(os.Getenv("VECTORS_DIR"), name))
	if os.Getenv("VECTORS_DIR") == "" || os.IsNotExist(err) {
		data, err = os.ReadFile(filepath.Join("../../testdata/upstream/unleash", name))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

// importAll imports a document of which nothing must be left out.
func importAll(t tester, document string) *hoist.Set {
	t.Helper()
	set, report, err := Import([]byte(document), nil)
	if err != nil || report != nil {
		t.Fatalf("Import(%s): %v, report:\n%v", document, err, report)
	}
	return set
}

func nameOf(t tester, feature json.RawMessage) string {
	t.Helper()
	var f feature0
	if err := json.Unmarshal(feature, &f); err != nil {
		t.Fatal(err)
	}
	return f.Name
}

type feature0 struct {
	Name string `json:"name"`
}

// openSet opens a set by way of its records, as from a store.
func openSet(t tester, set *hoist.Set, opts *hoist.Options) *hoist.Flags {
	t.Helper()
	flags, err := hoist.Open(context.Background(), hoist.Static(*set), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { flags.Close() })
	return flags
}

func evaluate(t tester, set *hoist.Set, document json.RawMessage, name string) hoist.Decision {
	t.Helper()
	subject, err := Subject(document)
	if err != nil {
		t.Fatal(err)
	}
	return openSet(t, set, nil).For(subject).Evaluate(name)
}

// A tester is what [testing.T] and [rapid.T] have in common here.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}
