package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/httpapi/cloudbees"
	"github.com/hoistflags/hoist/httpapi/confidence"
	"github.com/hoistflags/hoist/httpapi/flagmint"
	"github.com/hoistflags/hoist/httpapi/flipt"
	"github.com/hoistflags/hoist/httpapi/unleash"
	"github.com/hoistflags/hoist/store/filestore"
)

// An export is what a product gives out, and subjects to ask about.
type export struct {
	document []byte
	subjects []hoist.Subject
}

// exports are made from the recorded evaluations of each product.
var exports = map[string]func(t *testing.T) export{
	"cloudbees": cloudbeesExport, "confidence": confidenceExport, "flagmint": flagmintExport,
	"flipt": fliptExport, "unleash": unleashExport,
}

func readVectors(t *testing.T, product, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../testdata/upstream", product, file))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// subjects reads each context by a product's own function.
func subjects(t *testing.T, read func([]byte) (hoist.Subject, error), contexts []json.RawMessage) []hoist.Subject {
	t.Helper()
	var out []hoist.Subject
	for _, c := range contexts {
		if s, err := read(c); err == nil {
			out = append(out, s)
		}
	}
	return out
}

func cloudbeesExport(t *testing.T) export {
	var vectors struct {
		Splits struct{ IDs []string }
		Flags  []struct {
			ID    string
			Flags []map[string]any
			Props json.RawMessage
		}
	}
	readVectors(t, "cloudbees", "cloudbees.json", &vectors)
	var flags []map[string]any
	var contexts []json.RawMessage
	for _, v := range vectors.Flags {
		contexts = append(contexts, v.Props)
		if len(v.Flags) == 1 {
			v.Flags[0]["name"] = v.ID
			flags = append(flags, v.Flags[0])
		}
	}
	for _, id := range vectors.Splits.IDs[:50] {
		contexts = append(contexts, marshal(t, map[string]string{cloudbees.DistinctID: id}))
	}
	return export{marshal(t, flags), subjects(t, cloudbees.Subject, contexts)}
}

func confidenceExport(t *testing.T) export {
	var vectors struct {
		State map[string]json.RawMessage
		Cases []struct{ Ctx json.RawMessage }
	}
	readVectors(t, "confidence", "confidence.json", &vectors)
	var contexts []json.RawMessage
	for _, c := range vectors.Cases {
		contexts = append(contexts, c.Ctx)
	}
	read := func(c []byte) (hoist.Subject, error) { return confidence.Subject(c) }
	delete(vectors.State, "bitsets") // they are recipes there, not what the product writes
	return export{marshal(t, vectors.State), subjects(t, read, contexts)}
}

func flagmintExport(t *testing.T) export {
	return export{
		[]byte(`{"flags":[{"key":"half","type":"boolean","is_active":true,"default_value":false,
			"variations":[{"id":"1","key":"on","value":"true"},{"id":"2","key":"off","value":"false"}],
			"targeting_rules":[{"kind":"custom","conditions":[{"attribute":"user.plan","operator":"in","value":["pro"]}],"rollout_id":"r"}],
			"rollouts":{"r":{"strategy":"percentage","percentage":50,"salt":"s"}}}]}`),
		subjects(t, flagmint.Subject, []json.RawMessage{
			json.RawMessage(`{"kind":"user","key":"a","plan":"pro"}`), json.RawMessage(`{"kind":"user","key":"b","plan":"pro"}`), json.RawMessage(`{}`),
		}),
	}
}

func fliptExport(t *testing.T) export {
	var vectors struct {
		State    json.RawMessage
		Entities []string
		Contexts map[string]map[string]string
	}
	readVectors(t, "flipt", "flipt.json", &vectors)
	e := export{document: vectors.State}
	for i, name := range slices.Sorted(maps.Keys(vectors.Contexts)) {
		for _, id := range vectors.Entities[10*i : 10*i+10] {
			e.subjects = append(e.subjects, flipt.Subject(id, vectors.Contexts[name]))
		}
	}
	return e
}

func unleashExport(t *testing.T) export {
	var vectors struct {
		Parents []map[string]any
		Cases   []struct {
			Feature map[string]any
			Context json.RawMessage
		}
	}
	readVectors(t, "unleash", "unleash-edge-cases.json", &vectors)
	features, seen := vectors.Parents, map[any]bool{}
	var contexts []json.RawMessage
	for _, c := range vectors.Cases {
		contexts = append(contexts, c.Context)
		if !seen[c.Feature["name"]] {
			features = append(features, c.Feature)
		}
		seen[c.Feature["name"]] = true
	}
	return export{marshal(t, map[string]any{"version": 2, "features": features}), subjects(t, unleash.Subject, contexts)}
}

// engineOptions make an engine's chance and time the same each time.
func engineOptions() *hoist.Options {
	return &hoist.Options{
		Clock:  func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) },
		Random: func() uint64 { return 7 },
	}
}

func openFlags(t *testing.T, source hoist.Source) *hoist.Flags {
	t.Helper()
	flags, err := hoist.Open(context.Background(), source, engineOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flags.Close() })
	return flags
}

// What the file that migrate writes evaluates to is what the imported flags
// do, whose agreement with the product the dialects' own tests show.
func TestMigrate(t *testing.T) {
	for product, make := range exports {
		t.Run(product, func(t *testing.T) {
			e := make(t)
			var out, report bytes.Buffer
			err := run([]string{"-from", product}, bytes.NewReader(e.document), &out, &report)
			if err != nil && !errors.Is(err, errReport) {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "flags.yaml")
			if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			set, _, err := imports[product](e.document, options{})
			if err != nil {
				t.Fatal(err)
			}
			before, after := openFlags(t, hoist.Static(*set)), openFlags(t, filestore.New(file, nil))
			compared := 0
			for _, s := range e.subjects {
				want, got := before.For(s), after.For(s)
				for d := range want.All() {
					compared++
					if w, g := string(marshal(t, d)), string(marshal(t, got.Evaluate(d.Key()))); w != g {
						t.Fatalf("flag %q: imported %s, from the file %s", d.Key(), w, g)
					}
				}
			}
			if compared == 0 {
				t.Fatal("nothing was compared")
			}
			t.Logf("%d decisions compared; %s", compared, lastLine(report.String()))
		})
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"-from", "other"}, {"-from", "flipt", "a", "b"}, {"-no-such-flag"}} {
		if err := run(args, strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}); !errors.Is(err, errUsage) {
			t.Errorf("run(%q): %v, want the usage", args, err)
		}
	}
	if err := run([]string{"-from", "flipt"}, strings.NewReader("{"), &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
		t.Error("an export that cannot be read is no error")
	}
	if err := run([]string{"-from", "flipt", "no-such-file"}, nil, &bytes.Buffer{}, &bytes.Buffer{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that does not exist: %v", err)
	}
}
