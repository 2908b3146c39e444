package confidence

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/hoistflags/hoist"
)

// Random flags, segments and contexts give here what they give by the product's
// rules as they are written down.
func TestDifferential(t *testing.T) {
	outcomes := map[string]int{}
	rapid.Check(t, func(t *rapid.T) { compareRandom(t, outcomes) })
	t.Logf("outcomes: %v", outcomes)
	// Answers for want of a store are too rare to count on; the vectors have them.
	for _, reason := range []string{"MATCH", "NO_SEGMENT_MATCH", "TARGETING_KEY_ERROR", "ERROR"} {
		if outcomes[reason] == 0 {
			t.Errorf("no flag gave %s", reason)
		}
	}
}

func compareRandom(t *rapid.T, outcomes map[string]int) {
	flag := drawFlag(t, "f")
	flag["state"] = "ACTIVE"
	naive := naiveResolver{account: "acc", segments: map[string]doc{}, noStore: chance(t, 30)}
	var segments []any
	for _, name := range segmentIDs[:len(segmentIDs)-1] {
		s := drawSegment(t, name)
		delete(s, "allocation") // who is in a share is our own decision
		naive.segments["segments/"+name] = s
		segments = append(segments, s)
	}
	document := plain(t, doc{"flags": []any{flag}, "segments": segments})
	set, report, err := Import(document, &ImportOptions{Account: naive.account})
	if err != nil || report != nil {
		t.Fatalf("%s: %v, %v", document, err, report)
	}
	source := importOnce(t, set)
	for range 5 {
		naive.context, naive.environs = drawContext(t), pick(t, nil, []string{"environments/prod"}, []string{"environments/x", "environments/qa"})
		naive.kept, naive.writes = drawRows(t, flag), nil
		want := naive.resolve(flag)
		got, written := resolveHere(t, source, &naive)
		outcomes[want.Reason]++
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s for %s (-naive +engine):\n%s", document, plain(t, naive.context), diff)
		}
		for _, row := range naive.writes {
			if !slices.Contains(written, row.assignment()) {
				t.Fatalf("%s for %s: %v was not written, but %v", document, plain(t, naive.context), row, written)
			}
		}
	}
}

// drawRows returns assignments that were kept before.
func drawRows(t *rapid.T, flag doc) (rows []row) {
	for _, rule := range docs(flag, "rules") {
		if text(rule, "name") == "" || !chance(t, 50) {
			continue
		}
		rows = append(rows, row{
			Materialization: "materializedSegments/" + pick(t, "m1", "m2"), Rule: text(rule, "name"), Unit: pick(t, "u1", "u2", "acc1", "5"),
			Variant: pick(t, "", "flags/f/variants/a", "flags/f/variants/b", "flags/f/variants/zz"),
		})
	}
	return rows
}

// resolveHere resolves the flag through the model and the engine.
func resolveHere(t *rapid.T, source hoist.Source, n *naiveResolver) (o outcome, kept []hoist.Assignment) {
	store := assignmentsOf(n.kept)
	opts := &hoist.Options{Assignments: store}
	if n.noStore {
		opts.Assignments = nil
	}
	flags, err := hoist.Open(t.Context(), source, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer flags.Close()
	subject, err := Subject(plain(t, n.context), n.environs...)
	if err != nil {
		t.Fatal(err)
	}
	view := flags.For(subject)
	x := view.Explain("f")
	d := view.Evaluate("f")
	if d != x.Decision {
		t.Fatalf("explained otherwise than decided: %v, %v", d, x)
	}
	o.Reason = strings.TrimPrefix(Reason(d), "RESOLVE_REASON_")
	for _, p := range x.Passed {
		o.Fallthroughs = append(o.Fallthroughs, p.RuleID)
	}
	if o.Reason == "MATCH" {
		o.Rule, o.AssignmentID, o.Variant = d.RuleID(), d.ArmID(), new("")
		if d.Variant() != "" {
			*o.Variant = fmt.Sprintf("flags/f/variants/%s", d.Variant())
		}
	}
	return o, store.All()
}
