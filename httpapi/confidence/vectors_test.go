package confidence

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hoistflags/hoist"
)

// vectors is what was recorded from the product's resolver.
type vectors struct {
	Account string `json:"account"`
	State   struct {
		Flags             []json.RawMessage `json:"flags"`
		SegmentsNoBitsets []json.RawMessage `json:"segmentsNoBitsets"`
		Bitsets           map[string]recipe `json:"bitsets"`
		Clients           []json.RawMessage `json:"clients"`
		ClientCredentials []json.RawMessage `json:"clientCredentials"`
	} `json:"state"`
	Hash []struct {
		Key     string `json:"key"`
		Million int    `json:"mod1000000"`
		Hundred int    `json:"mod100"`
		Seven   int    `json:"mod7"`
	} `json:"hash"`
	Units    []string                   `json:"units"`
	Values   map[string]json.RawMessage `json:"values"`
	UnitRuns []struct {
		Flag     string         `json:"flag"`
		Context  map[string]any `json:"ctx"`
		UnitPath string         `json:"unitPath"`
		Outcomes []outcome      `json:"outcomes"`
		ByUnit   []int          `json:"byUnit"`
	} `json:"unitRuns"`
	Matrix struct {
		Criteria []struct {
			Name string `json:"name"`
			Rule object `json:"rule"`
		} `json:"criteria"`
		Values []struct {
			Missing bool            `json:"missing"`
			Value   json.RawMessage `json:"value"`
			Results string          `json:"results"`
		} `json:"values"`
	} `json:"matrix"`
	Cases  []resolve `json:"cases"`
	Sticky []resolve `json:"sticky"`
	Multi  []struct {
		Context  json.RawMessage `json:"ctx"`
		Flags    []string        `json:"flags"`
		Error    bool            `json:"error"`
		Returned int             `json:"returned"`
	} `json:"multi"`
}

// A recipe says which bits of a population are set.
type recipe struct {
	Kind     string   `json:"kind"`
	Bits     int      `json:"bits"`
	Ranges   [][2]int `json:"ranges"`
	Mod, Rem int
}

type outcome struct {
	Reason       string   `json:"reason"`
	Variant      *string  `json:"variant"` // nil: none matched
	Rule         string   `json:"rule"`
	AssignmentID string   `json:"assignmentId"`
	Unit         *string  `json:"unit"`
	Fallthroughs []string `json:"fallthroughs"`
	ShouldApply  bool     `json:"shouldApply"`
	Absent       bool     `json:"absent"`
	Error        bool     `json:"error"`
}

type resolve struct {
	outcome
	Name             string          `json:"name"`
	Flag             string          `json:"flag"`
	Context          json.RawMessage `json:"ctx"`
	Secret           string          `json:"secret"`
	Materializations *[]row          `json:"materializations"`
	Writes           []row           `json:"writes"`
}

type row struct {
	Materialization string `json:"materialization"`
	Rule            string `json:"rule"`
	Unit            string `json:"unit"`
	Variant         string `json:"variant"`
}

func readVectors(t testing.TB) *vectors {
	t.Helper()
	dir := cmp.Or(os.Getenv("VECTORS_DIR"), filepath.Join("..", "..", "testdata", "upstream", "confidence"))
	text, err := os.ReadFile(filepath.Join(dir, "confidence.json"))
	if err != nil {
		t.Fatal(err)
	}
	v := &vectors{}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// document returns the state as a resolver loads it, with further flags and
// segments.
func (v *vectors) document(t testing.TB, flags, segments []json.RawMessage) []byte {
	t.Helper()
	var bitsets []any
	for name, r := range v.State.Bitsets {
		if r.Kind == "full" {
			bitsets = append(bitsets, map[string]any{"segment": name, "fullBitset": true})
			continue
		}
		bitsets = append(bitsets, map[string]any{"segment": name, "gzippedBitset": pack(r.population())})
	}
	text, err := json.Marshal(map[string]any{
		"flags": slices.Concat(v.State.Flags, flags), "segmentsNoBitsets": slices.Concat(v.State.SegmentsNoBitsets, segments), "bitsets": bitsets,
		"clients": v.State.Clients, "clientCredentials": v.State.ClientCredentials,
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (r *recipe) population() []byte {
	bits := make([]byte, cmp.Or(r.Bits, 8*populationBytes)/8)
	for i := range 8 * len(bits) {
		in := r.Kind == "mod" && i%r.Mod == r.Rem
		for _, b := range r.Ranges {
			in = in || b[0] <= i && i < b[1]
		}
		if in {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return bits
}

func pack(bits []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(bits)
	_ = z.Close()
	return b.Bytes()
}

// A comparison compares results and counts them.
type comparison struct {
	testing.TB
	compared, skipped int
}

// The deviations that docs/semantics.md lists. What they are about is compared
// all the same, and must differ.
var deviations = map[string]string{
	"request fails with one flag": "a flag that cannot be evaluated fails by itself; the others are answered",
	"row without materialization": "rows of rules that name no materialization to write to are not kept",
}

// equal compares a result, of which the deviation that it is about is named, if
// there is one.
func (c *comparison) equal(deviation string, got, want any, format string, args ...any) {
	c.Helper()
	x, _ := json.Marshal(got)
	y, _ := json.Marshal(want)
	same := bytes.Equal(x, y)
	switch {
	case deviation == "" && !same:
		c.Errorf("%s:\n got %s\nwant %s", fmt.Sprintf(format, args...), x, y)
	case deviation != "" && (same || deviations[deviation] == ""):
		c.Errorf("%s: deviation %q does not deviate, or is not listed", fmt.Sprintf(format, args...), deviation)
	case deviation != "":
		c.skipped++
		return
	}
	c.compared++
}

// imported is a set that was checked once, as a source of many engines.
type imported struct{ records []hoist.Record }

func importOnce(t interface{ Fatal(...any) }, set *hoist.Set) *imported {
	if err := set.Validate(); err != nil {
		t.Fatal(err)
	}
	records, err := set.Records()
	if err != nil {
		t.Fatal(err)
	}
	return &imported{records}
}

// Load implements [hoist.Source].
func (s *imported) Load(context.Context) (hoist.State, error) {
	return hoist.State{Revision: 1, Records: s.records}, nil
}

// Watch implements [hoist.Source].
func (s *imported) Watch(ctx context.Context, _ hoist.Revision) iter.Seq2[hoist.Batch, error] {
	return func(func(hoist.Batch, error) bool) { <-ctx.Done() }
}

// A resolver answers as the product's resolve call does, through the public API
// of the engine.
type resolver struct {
	set         *hoist.Set
	source      *imported
	flags       *hoist.Flags
	credentials []Credential
	values      map[string]json.RawMessage
}

func openVectors(t testing.TB, v *vectors, doc []byte) *resolver {
	t.Helper()
	set, report, err := Import(doc, &ImportOptions{Account: v.Account})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range report {
		if e.Path != "/clients" && e.Path != "/clientCredentials" {
			t.Error(e)
		}
	}
	r := &resolver{set: set, values: v.Values}
	if r.credentials, err = Credentials(doc); err != nil {
		t.Fatal(err)
	}
	r.source = importOnce(t, set)
	return r.with(t, nil)
}

// with returns a resolver of the same set with assignments that were kept.
func (r *resolver) with(t testing.TB, kept hoist.Assignments) *resolver {
	t.Helper()
	other := *r
	var err error
	other.flags, err = hoist.Open(t.Context(), r.source, &hoist.Options{Assignments: kept})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.flags.Close() })
	return &other
}

// resolve resolves a flag for a secret.
func (r *resolver) resolve(c *comparison, flag, secret string, context []byte) outcome {
	c.Helper()
	i := slices.IndexFunc(r.credentials, func(of Credential) bool { return of.Secret == cmp.Or(secret, "web-secret") })
	if i < 0 {
		return outcome{Error: true}
	}
	j := slices.IndexFunc(r.set.Flags, func(f *hoist.Flag) bool { return f.Key == flag })
	if j < 0 || !Resolves(r.credentials[i].Client, r.set.Flags[j]) {
		return outcome{Absent: true}
	}
	subject, err := Subject(context, r.credentials[i].Environments...)
	if err != nil {
		c.Fatal(err)
	}
	view := r.flags.For(subject)
	x := view.Explain(flag) // before what the decision keeps
	return r.outcome(c, view.Evaluate(flag), x)
}

func (r *resolver) outcome(c *comparison, d hoist.Decision, x hoist.Explanation) outcome {
	c.Helper()
	if d != x.Decision {
		c.Errorf("explained otherwise than decided: %v, %v", d, x)
	}
	o := outcome{Reason: strings.TrimPrefix(Reason(d), "RESOLVE_REASON_")}
	for _, p := range x.Passed {
		o.Fallthroughs = append(o.Fallthroughs, p.RuleID)
	}
	o.ShouldApply = o.Reason == "MATCH" || len(o.Fallthroughs) > 0
	switch o.Reason {
	case "ERROR":
		return outcome{Error: true}
	case "MATCH":
		o.Rule, o.AssignmentID = d.RuleID(), d.ArmID()
		o.Variant, o.Unit = new(d.Variant()), new(unitOf(x))
	}
	name := "flags/" + d.Key() + "/variants/" + d.Variant()
	if want, ok := r.values[name]; ok {
		c.equal("", asJSON(c, encode(d.Value())), asJSON(c, want), "value of %s", name)
	}
	return o
}

// unitOf returns the unit of the rule that decided, which the explanation says.
func unitOf(x hoist.Explanation) (unit string) {
	prefix := fmt.Sprintf("rule %d", x.Decision.RuleIndex()+1)
	for _, step := range x.Steps {
		if step.What != prefix && !strings.HasPrefix(step.What, prefix+" ") {
			continue
		}
		for _, inner := range step.Steps {
			if inner.What == "unit of the rule" && json.Unmarshal([]byte(inner.Result), &unit) == nil {
				return unit
			}
		}
	}
	return ""
}

func asJSON(t testing.TB, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestVectors(t *testing.T) {
	v := readVectors(t)
	r := openVectors(t, v, v.document(t, nil, nil))
	c := &comparison{TB: t}
	for _, part := range []struct {
		name    string
		compare func(*comparison, *vectors, *resolver)
	}{
		{"hash", compareHashes}, {"values", compareValues}, {"unitRuns", compareUnitRuns}, {"matrix", compareMatrix},
		{"cases", compareCases}, {"sticky", compareSticky}, {"multi", compareMulti},
	} {
		compared, skipped := c.compared, c.skipped
		part.compare(c, v, r)
		t.Logf("%s: %d compared, %d deviations", part.name, c.compared-compared, c.skipped-skipped)
		if c.compared == compared {
			t.Errorf("%s: nothing was compared", part.name)
		}
	}
	t.Logf("%d results compared, %d deviations as decided", c.compared, c.skipped)
}

// compareHashes looks at the keys that a split can hash: those with a separator.
// The others are compared in the package of the engine.
func compareHashes(c *comparison, v *vectors, _ *resolver) {
	for _, h := range v.Hash {
		segment, unit, ok := strings.Cut(h.Key, "|")
		if !ok {
			continue
		}
		for buckets, want := range map[int]int{1_000_000: h.Million, 100: h.Hundred, 7: h.Seven} {
			split := hoist.Split{Buckets: buckets, Arms: []hoist.Arm{{Variant: "v"}}}
			set := hoist.Set{Flags: []*hoist.Flag{{
				Key: "f", Type: hoist.TypeJSON, Semantics: hoist.Confidence, Variants: []hoist.Variant{{Name: "v", Value: hoist.IntValue(1)}},
				Targeting: &hoist.Targeting{Rules: []hoist.Rule{{When: hoist.InSegment(segment), Serve: hoist.Serve{Split: &split}}}},
			}}, Segments: []*hoist.Segment{{Key: segment, Semantics: hoist.Confidence}}}
			split.Arms[0].Ranges = []hoist.Range{{Lower: 0, Upper: buckets}, {Lower: 0, Upper: 0}} // not a full rollout
			flags, err := hoist.Open(c.Context(), hoist.Static(set), nil)
			if err != nil {
				c.Fatal(err)
			}
			bucket, _ := flags.For(hoist.NewSubject(unit)).Evaluate("f").Bucket()
			c.equal("", int(bucket), want, "bucket of %q of %d", h.Key, buckets)
			_ = flags.Close()
		}
	}
}

func compareValues(c *comparison, v *vectors, r *resolver) {
	for _, f := range r.set.Flags {
		for _, variant := range f.Variants {
			name := "flags/" + f.Key + "/variants/" + variant.Name
			if want, ok := v.Values[name]; ok {
				c.equal("", asJSON(c, encode(variant.Value)), asJSON(c, want), "value of %s", name)
			}
		}
	}
}

func compareUnitRuns(c *comparison, v *vectors, r *resolver) {
	for _, run := range v.UnitRuns {
		for i, unit := range v.Units {
			context := clone(run.Context)
			put(context, strings.Split(run.UnitPath, "."), unit)
			text, _ := json.Marshal(context)
			got := r.resolve(c, run.Flag, "", text)
			got.Unit = nil
			c.equal("", got, run.Outcomes[run.ByUnit[i]], "flag %s for %q", run.Flag, unit)
		}
	}
}

func clone(m map[string]any) map[string]any {
	out := map[string]any{}
	text, _ := json.Marshal(m)
	_ = json.Unmarshal(text, &out)
	return out
}

func put(m map[string]any, path []string, v any) {
	if len(path) == 1 {
		m[path[0]] = v
		return
	}
	inner, _ := m[path[0]].(map[string]any)
	if inner == nil {
		inner = map[string]any{}
		m[path[0]] = inner
	}
	put(inner, path[1:], v)
}

// compareMatrix evaluates each criterion as the whole targeting of a segment.
func compareMatrix(c *comparison, v *vectors, _ *resolver) {
	var flags, segments []json.RawMessage
	for i, criterion := range v.Matrix.Criteria {
		rule := object{"attributeName": json.RawMessage(`"x"`)}
		maps.Copy(rule, criterion.Rule)
		text, _ := json.Marshal(rule)
		segments = append(segments, json.RawMessage(fmt.Sprintf(
			`{"name":"segments/m%d","targeting":{"criteria":{"k":{"attribute":%s}},"expression":{"ref":"k"}}}`, i, text)))
		flags = append(flags, json.RawMessage(fmt.Sprintf(
			`{"name":"flags/m%d","state":"ACTIVE","clients":["clients/web"],"variants":[{"name":"flags/m%[1]d/variants/on","value":{}}],
			"rules":[{"name":"flags/m%[1]d/rules/r","segment":"segments/m%[1]d","enabled":true,"assignmentSpec":{"bucketCount":1,
			"assignments":[{"variant":{"variant":"flags/m%[1]d/variants/on"},"bucketRanges":[{"upper":1}]}]}}]}`, i)))
	}
	r := openVectors(c, v, v.document(c, flags, segments))
	for _, value := range v.Matrix.Values {
		context := object{"targeting_key": json.RawMessage(`"user-1"`)}
		if !value.Missing {
			context["x"] = value.Value
		}
		text, _ := json.Marshal(context)
		subject, err := Subject(text)
		if err != nil {
			c.Fatal(err)
		}
		view := r.flags.For(subject)
		for i, criterion := range v.Matrix.Criteria {
			got := map[hoist.Reason]string{hoist.ReasonTargetingMatch: "1", hoist.ReasonDefault: "0", hoist.ReasonError: "E"}
			d := view.Evaluate(fmt.Sprintf("m%d", i))
			c.equal("", got[d.Reason()], value.Results[i:i+1], "criterion %q for %s", criterion.Name, text)
		}
	}
}

func compareCases(c *comparison, v *vectors, r *resolver) {
	for _, test := range v.Cases {
		got := r.resolve(c, test.Flag, test.Secret, test.Context)
		if len(test.outcome.Fallthroughs) == 0 {
			test.outcome.Fallthroughs = nil
		}
		c.equal("", got, test.outcome, "case %q of %s for %s", test.Name, test.Flag, test.Context)
	}
}

// compareSticky resolves with assignments that were kept before, and compares
// those that are kept afterwards.
func compareSticky(c *comparison, v *vectors, r *resolver) {
	for _, test := range v.Sticky {
		name := fmt.Sprintf("sticky %q of %s for %s", test.Name, test.Flag, test.Context)
		if test.Materializations == nil {
			c.equal("", r.resolve(c, test.Flag, test.Secret, test.Context), test.outcome, "%s", name)
			continue
		}
		kept := hoist.NewMemoryAssignments()
		for _, row := range *test.Materializations {
			kept.Assign(row.assignment())
		}
		before := kept.All()
		got := r.with(c, kept).resolve(c, test.Flag, test.Secret, test.Context)
		c.equal("", got, test.outcome, "%s", name)
		var written []hoist.Assignment
		for _, a := range kept.All() {
			if !slices.Contains(before, a) {
				written = append(written, a)
			}
		}
		compareRows(c, name, test.Writes, written)
	}
}

func compareRows(c *comparison, name string, want []row, got []hoist.Assignment) {
	kept := 0
	for _, row := range want {
		if row.Materialization == "" {
			c.equal("row without materialization", got, []hoist.Assignment{row.assignment()}, "%s", name)
			continue
		}
		kept++
		c.equal("", slices.Contains(got, row.assignment()), true, "%s: row %v", name, row)
	}
	c.equal("", len(got), kept, "%s: rows written", name)
}

func (r row) assignment() hoist.Assignment {
	flag, rule := "f", ""
	if parts := strings.Split(r.Rule, "/"); len(parts) == 4 {
		flag, rule = parts[1], parts[3]
	}
	return hoist.Assignment{
		Unit: r.Unit, Group: materialization(r.Materialization), Flag: flag, Rule: rule, Variant: variantName(r.Variant, flag),
	}
}

func compareMulti(c *comparison, v *vectors, r *resolver) {
	for _, test := range v.Multi {
		returned, failed := 0, 0
		if len(test.Flags) == 0 { // all of the client
			for _, f := range r.set.Flags {
				test.Flags = append(test.Flags, f.Key)
			}
		}
		for _, flag := range test.Flags {
			switch o := r.resolve(c, flag, "", test.Context); {
			case o.Error:
				failed++
			case !o.Absent:
				returned++
			}
		}
		if test.Error {
			c.equal("", failed > 0, true, "batch %v", test.Flags)
			if returned > 0 {
				c.equal("request fails with one flag", returned, 0, "batch %v", test.Flags)
			}
			continue
		}
		c.equal("", returned, test.Returned, "batch %v", test.Flags)
	}
}
