package unleash

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/httpapi/unleash"
)

const specifications = "node_modules/@unleash/client-specification/specifications"

// allCases is how many cases version 6.1.0 of the specification has.
const allCases = 279

// A specification is a state of the server, and what SDKs must answer then.
type specification struct {
	Name  string          `json:"name"`
	State json.RawMessage `json:"state"`
	Tests []struct {
		specificationCase
		Want bool `json:"expectedResult"`
	} `json:"tests"`
	VariantTests []struct {
		specificationCase
		Want json.RawMessage `json:"expectedResult"`
	} `json:"variantTests"`
}

type specificationCase struct {
	Description string          `json:"description"`
	Context     json.RawMessage `json:"context"`
	Feature     string          `json:"toggleName"`
}

func TestClientSpecification(t *testing.T) {
	install(t)
	var names []string
	readJSON(t, filepath.Join(specifications, "index.json"), &names)
	compared := 0
	for _, name := range names {
		t.Run(name, func(t *testing.T) { compared += checkSpecification(t, name) })
	}
	t.Logf("%d cases of %d files", compared, len(names))
	if compared != allCases {
		t.Errorf("compared %d cases, want %d", compared, allCases)
	}
}

// checkSpecification returns how many cases it has compared.
func checkSpecification(t *testing.T, name string) int {
	var s specification
	readJSON(t, filepath.Join(specifications, name), &s)
	flags := open(t, s.State, nil)
	for _, c := range s.Tests {
		if got := evaluate(t, flags, c.Context, c.Feature).Value().Any() == true; got != c.Want {
			t.Errorf("%s: %s: got %v, want %v", s.Name, c.Description, got, c.Want)
		}
	}
	for _, c := range s.VariantTests {
		v := unleash.VariantOf(evaluate(t, flags, c.Context, c.Feature))
		if got := rawJSON(t, v); !sameJSON(t, got, c.Want) {
			t.Errorf("%s: %s: got %s, want %s", s.Name, c.Description, got, c.Want)
		}
	}
	return len(s.Tests) + len(s.VariantTests)
}

// What is imported is exported as it was.
func TestSpecificationRoundTrip(t *testing.T) {
	install(t)
	var names []string
	readJSON(t, filepath.Join(specifications, "index.json"), &names)
	compared := 0
	for _, name := range names {
		var s specification
		readJSON(t, filepath.Join(specifications, name), &s)
		compared += expectRoundTrip(t, s.State)
	}
	t.Logf("%d features and segments", compared)
}

// expectRoundTrip imports and exports a document, and returns how many features
// and segments it has: none that could be compared, if they come in events.
func expectRoundTrip(t *testing.T, document []byte) int {
	t.Helper()
	set, report, err := unleash.Import(document, nil)
	if err != nil || report != nil {
		t.Fatalf("Import(%s): %v, report:\n%v", document, err, report)
	}
	exported, report := unleash.Export(set, nil)
	if report != nil {
		t.Errorf("Export(%s): %v", document, report)
	}
	var got, want struct {
		Features []json.RawMessage `json:"features"`
		Segments []json.RawMessage `json:"segments"`
	}
	unmarshal(t, exported, &got)
	unmarshal(t, document, &want)
	n := len(want.Features) + len(want.Segments)
	if n > 0 && (!sameList(t, got.Features, want.Features) || !sameList(t, got.Segments, want.Segments)) {
		t.Errorf("got %s, want %s", exported, document)
	}
	return n
}

func sameList(t *testing.T, a, b []json.RawMessage) bool {
	t.Helper()
	return slices.EqualFunc(a, b, func(a, b json.RawMessage) bool { return sameJSON(t, a, b) })
}

// open opens the features of a document.
func open(t *testing.T, document []byte, opts *hoist.Options) *hoist.Flags {
	t.Helper()
	set, report, err := unleash.Import(document, nil)
	if err != nil || report != nil {
		t.Fatalf("Import(%s): %v, report:\n%v", document, err, report)
	}
	flags, err := hoist.Open(t.Context(), hoist.Static(*set), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { flags.Close() })
	return flags
}

func evaluate(t *testing.T, flags *hoist.Flags, context []byte, feature string) hoist.Decision {
	t.Helper()
	subject, err := unleash.Subject(context)
	if err != nil {
		t.Fatal(err)
	}
	return flags.For(subject).Evaluate(feature)
}

func readJSON(t *testing.T, name string, v any) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	unmarshal(t, data, v)
}

func unmarshal(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

func rawJSON(t *testing.T, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func sameJSON(t *testing.T, a, b json.RawMessage) bool {
	t.Helper()
	var x, y any
	unmarshal(t, a, &x)
	unmarshal(t, b, &y)
	return reflect.DeepEqual(x, y)
}
