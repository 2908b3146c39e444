package flipt

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hoistflags/hoist"
)

const upstream = "../../testdata/upstream/flipt"

// skippedVectors are vectors that we do not agree with, by the name that
// TestVectors gives them, with the reason. One that passes is an error.
var skippedVectors = map[string]string{}

// vectors are answers of a Flipt server, see their member howToRead.
type vectors struct {
	State    json.RawMessage              `json:"state"`
	Entities []string                     `json:"entities"`
	Contexts map[string]map[string]string `json:"contexts"`

	ConstraintValues       []*string `json:"constraintValues"`
	EntityConstraintValues []string  `json:"entityConstraintValues"`

	Hashes []struct {
		FlagKey  string `json:"flagKey"`
		EntityID string `json:"entityId"`
		Mod100   int    `json:"mod100"`
		Mod1000  int    `json:"mod1000"`
	} `json:"hashes"`

	Tables []struct {
		FlagKey  string    `json:"flagKey"`
		Context  string    `json:"context"`
		Outcomes []outcome `json:"outcomes"`
		Results  []int     `json:"results"`
	} `json:"tables"`
	ConstraintTables []struct {
		FlagKey string `json:"flagKey"`
		Over    string `json:"over"`
		Matches string `json:"matches"`
	} `json:"constraintTables"`
}

// An outcome is the answer of the server about a flag of either type.
type outcome struct {
	Enabled           bool     `json:"enabled"`
	Match             bool     `json:"match"`
	Reason            string   `json:"reason"`
	VariantKey        string   `json:"variantKey"`
	VariantAttachment string   `json:"variantAttachment"`
	SegmentKeys       []string `json:"segmentKeys"` // sorted
}

// outcomeOf returns a decision in the words of the server.
func outcomeOf(d hoist.Decision) outcome {
	out := outcome{SegmentKeys: d.Segments(), Reason: reasonOf(d)}
	slices.Sort(out.SegmentKeys)
	if d.Error() != hoist.NoError {
		out.Reason = d.Error().String()
	}
	if d.Type() == hoist.TypeBoolean {
		out.Enabled, _ = d.Value().Bool()
		return out
	}
	out.Match, out.VariantKey, out.VariantAttachment = out.Reason == reasonMatch, d.Variant(), answeredAttachment(d)
	return out
}

// open returns the flags of a set.
func open(t testing.TB, set *hoist.Set) *hoist.Flags {
	t.Helper()
	flags, err := hoist.Open(t.Context(), hoist.Static(*set), &hoist.Options{Project: set.Project})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { flags.Close() })
	return flags
}

func readVectors(t *testing.T) *vectors {
	t.Helper()
	folder := upstream
	if other := os.Getenv("VECTORS_DIR"); other != "" {
		folder = other
	}
	text, err := os.ReadFile(filepath.Join(folder, "flipt.json"))
	if err != nil {
		t.Fatal(err)
	}
	v := &vectors{}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// A comparison compares answers and keeps count.
type comparison struct {
	t     *testing.T
	count int
}

func (c *comparison) check(name string, got, want outcome) {
	c.count++
	if len(want.SegmentKeys) == 0 {
		want.SegmentKeys = nil
	}
	diff := cmp.Diff(want, got)
	switch reason, skipped := skippedVectors[name]; {
	case skipped && diff == "":
		c.t.Errorf("%s passes, though it is skipped: %s", name, reason)
	case !skipped && diff != "":
		c.t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestVectors(t *testing.T) {
	v := readVectors(t)
	set, report, err := Import(v.State, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(report) > 0 {
		t.Errorf("Import reports %v", report)
	}
	flags := open(t, set)
	c := &comparison{t: t}
	for _, table := range v.Tables {
		for i, result := range table.Results {
			name := fmt.Sprintf("%s/%s/%q", table.FlagKey, table.Context, v.Entities[i])
			subject := Subject(v.Entities[i], v.Contexts[table.Context])
			c.check(name, outcomeOf(flags.For(subject).Evaluate(table.FlagKey)), table.Outcomes[result])
		}
	}
	for _, table := range v.ConstraintTables {
		segments := []string{"s" + table.FlagKey[1:]}
		for i, match := range table.Matches {
			want := outcome{Reason: reasonDefault}
			if match == '1' {
				want = outcome{Reason: reasonMatch, Enabled: true, SegmentKeys: segments}
			}
			name, subject := v.constraintSubject(table.Over, i)
			c.check(table.FlagKey+"/"+name, outcomeOf(flags.For(subject).Evaluate(table.FlagKey)), want)
		}
	}
	t.Logf("compared %d evaluations", c.count)
	if c.count == 0 {
		t.Error("there is nothing to compare")
	}
}

// The buckets are those that the vectors list: of entity and flag for a
// threshold, of flag and entity for distributions.
func TestBuckets(t *testing.T) {
	v := readVectors(t)
	for _, h := range v.Hashes {
		threshold := &rolloutThreshold{Percentage: 100, Value: true}
		for _, test := range []struct {
			want int
			b    bundle
		}{
			{h.Mod100, bundle{Flag: flag{Key: h.FlagKey, Type: booleanFlag}, Rollouts: []rollout{{Threshold: threshold}}}},
			{h.Mod1000, bundle{
				Flag:  flag{Key: h.FlagKey, Enabled: true, Variants: []variant{{ID: "1", Key: "a"}}},
				Rules: []rule{{SegmentKey: "everyone", Distributions: []distribution{{VariantID: "1", Rollout: 100}}}},
			}},
		} {
			f, problems := flagFromWire(&test.b, "")
			if problems != nil {
				t.Fatal(problems)
			}
			everyone := &hoist.Segment{Key: "everyone", Semantics: hoist.Flipt}
			flags := open(t, &hoist.Set{Flags: []*hoist.Flag{f}, Segments: []*hoist.Segment{everyone}})
			if got, ok := flags.For(Subject(h.EntityID, nil)).Evaluate(h.FlagKey).Bucket(); !ok || got != int64(test.want) {
				t.Errorf("bucket of %q in %q: %d, %v, want %d", h.EntityID, h.FlagKey, got, ok, test.want)
			}
		}
	}
	if len(v.Hashes) == 0 {
		t.Error("there is nothing to compare")
	}
}

// constraintSubject returns who a constraint was tested with.
func (v *vectors) constraintSubject(over string, i int) (name string, s hoist.Subject) {
	if over == "entityId" {
		id := v.EntityConstraintValues[i]
		return fmt.Sprintf("%q", id), Subject(id, nil)
	}
	value := v.ConstraintValues[i]
	if value == nil {
		return "absent", Subject("u1", nil)
	}
	return fmt.Sprintf("%q", *value), Subject("u1", map[string]string{"p": *value})
}
