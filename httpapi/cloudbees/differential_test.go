package cloudbees

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/hoistflags/hoist"
	"pgregory.net/rapid"
)

// Random flags and groups, translated and evaluated by the engine, give random
// subjects what the naive evaluator reads in the documents. There is no
// comparison with the product's own SDKs here: their licence does not allow to
// run them beside another product; the vectors are what is known of them.
func TestDifferential(t *testing.T) {
	now := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	compared, decided := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		set, report, err := Import(w.document, &ImportOptions{Environment: one(t, "environment", []string{"", "production"})})
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Flags) != len(flagNames) || len(set.Segments) != len(groupNames) {
			t.Fatalf("got %d flags and %d segments: %v", len(set.Flags), len(set.Segments), report)
		}
		opts := &hoist.Options{Clock: func() time.Time { return now }}
		if set.Environments != nil {
			opts.Environment = set.Environments[0].Key
		}
		flags, err := hoist.Open(t.Context(), hoist.Static(*set), opts)
		if err != nil {
			t.Fatal(err)
		}
		defer flags.Close()
		for range 20 {
			n := naive{flags: w.flags, groups: w.groups, props: drawProperties(t), now: now}
			n.platform = one(t, "platform", append([]string{""}, platformNames...))
			props := marshalAny(n.props)
			subject, err := Subject(props)
			if err != nil {
				t.Fatal(err)
			}
			if n.platform != "" {
				subject = subject.With(hoist.String(Platform, n.platform))
			}
			for _, name := range flagNames {
				compared++
				got, want := answer(flags.For(subject).Evaluate(name)), n.evaluate(name)
				if want != nil {
					decided++
				}
				if (got == nil) != (want == nil) || got != nil && *got != *want {
					t.Fatalf("flag %q on %q for %s: got %s, want %s\n%s", name, n.platform, props, show(got), show(want), w.document)
				}
			}
		}
	})
	t.Logf("%d answers compared, of which %d are no fallback", compared, decided)
	if decided == 0 {
		t.Error("nothing was decided")
	}
}

// answer returns the text of a decision, nil for the fallback.
func answer(d hoist.Decision) *string {
	if d.IsFallback() {
		return nil
	}
	return new(text(d.Value()))
}

func show(s *string) string {
	if s == nil {
		return "the fallback"
	}
	return string(marshalAny(*s))
}

// A world is flags and groups, as a document and decoded.
type world struct {
	document      []byte
	flags, groups map[string]map[string]any
}

func drawWorld(t *rapid.T) world {
	var w world
	var all struct {
		Flags        []map[string]any `json:"flags"`
		TargetGroups []map[string]any `json:"targetGroups"`
	}
	for _, name := range flagNames {
		all.Flags = append(all.Flags, drawFlag(t, name))
	}
	for _, name := range groupNames {
		all.TargetGroups = append(all.TargetGroups, drawGroup(t, name))
	}
	w.document = marshalAny(all)
	if err := json.Unmarshal(w.document, &all); err != nil { // what is drawn has other types than what is decoded
		t.Fatal(err)
	}
	w.flags, w.groups = map[string]map[string]any{}, map[string]map[string]any{}
	for i, name := range flagNames {
		w.flags[name] = all.Flags[i]
	}
	for i, name := range groupNames {
		w.groups[name] = all.TargetGroups[i]
	}
	return w
}
