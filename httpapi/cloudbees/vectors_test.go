package cloudbees

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/hoistflags/hoist"
)

// vectors are results of the product's SDKs, see testdata/upstream/cloudbees.
type vectors struct {
	Buckets []struct {
		Sticky, Seed string
		U32LE        uint32
	}
	Properties struct {
		Values []struct {
			Key, T string
			V      any
		}
		Rows []struct {
			Operator string
			Operand  json.RawMessage
			Want     string
		}
	}
	Versions struct {
		Releases []string
		Rows     []struct{ Operator, Semver, Want string }
	}
	Groups struct {
		Rows []struct {
			Operator string
			Name     json.RawMessage
			Members  string
			Want     string
		}
	}
	Splits struct {
		IDs     []string
		Configs []struct {
			AvailableValues    json.RawMessage
			Flag               string
			Seed               string
			StickinessProperty string
			Value              json.RawMessage
			Want               string
		}
	}
	Flags []flagVector
}

type flagVector struct {
	ID, Kind, Subject, Platform string
	Flags, Groups               []json.RawMessage
	Props                       json.RawMessage
	Declared                    map[string]any
	Want                        any
	WantIsCodeDefault           bool
}

// skipped says which flag vectors we do not agree with, by reason. One of them
// that passes fails the test.
var skipped = map[string]func(*flagVector, hoist.View) bool{
	"a dependency reads the default that the application declares in its code, of which we know nothing": readsDeclared,
}

// readsDeclared reports whether a vector depends on a flag that has no value but
// a declared one, which makes a difference if that, or the "false" that takes its
// place, is what is asked for.
func readsDeclared(v *flagVector, view hoist.View) bool {
	for _, document := range v.Flags {
		var d struct{ Conditions []condition }
		if json.Unmarshal(document, &d) != nil {
			continue
		}
		for _, c := range d.Conditions {
			if c.Dependency == nil || !view.Evaluate(c.Dependency.Flag).IsFallback() {
				continue
			}
			declared, ok := v.Declared[c.Dependency.Flag]
			var wanted any
			if ok && json.Unmarshal(c.Dependency.Value, &wanted) == nil && plainText(declared) != "false" &&
				(plainText(wanted) == plainText(declared) || plainText(wanted) == "false") {
				return true
			}
		}
	}
	return false
}

func readVectors(t testing.TB) *vectors {
	t.Helper()
	dir := os.Getenv("VECTORS_DIR")
	if dir == "" {
		dir = "../../testdata/upstream/cloudbees"
	}
	data, err := os.ReadFile(filepath.Join(dir, "cloudbees.json"))
	if err != nil {
		t.Fatal(err)
	}
	v := new(vectors)
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// mustImport opens the flags and groups of an export, none of which may be left
// out.
func mustImport(t testing.TB, flags, groups []json.RawMessage, opts *hoist.Options) *hoist.Flags {
	t.Helper()
	document := marshal(t, map[string]any{"flags": flags, "targetGroups": groups})
	set, report, err := Import(document, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Flags) < len(flags) || len(set.Segments) < len(groups) {
		t.Errorf("Import(%s): %v", document, report)
	}
	return openSet(t, set, opts)
}

func openSet(t testing.TB, set *hoist.Set, opts *hoist.Options) *hoist.Flags {
	t.Helper()
	flags, err := hoist.Open(t.Context(), hoist.Static(*set), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { flags.Close() })
	return flags
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// booleans opens flags "0", "1" and so on that are true under conditions.
func booleans(t testing.TB, conditions []condition, groups []json.RawMessage) *hoist.Flags {
	t.Helper()
	var flags []json.RawMessage
	for i, c := range conditions {
		c.Value = trueText
		flags = append(flags, marshal(t, map[string]any{"name": fmt.Sprint(i), "conditions": []condition{c}}))
	}
	return mustImport(t, flags, groups, nil)
}

func letter(b bool) byte {
	if b {
		return 'T'
	}
	return 'F'
}

func TestVectors(t *testing.T) {
	v := readVectors(t)
	compared := 0
	run := func(name string, test func(*testing.T, *vectors) int) {
		t.Run(name, func(t *testing.T) {
			n := test(t, v)
			t.Logf("%d results compared", n)
			compared += n
		})
	}
	run("buckets", testBuckets)
	run("properties", testProperties)
	run("versions", testVersions)
	run("groups", testGroups)
	run("splits", testSplits)
	run("flags", testFlags)
	t.Logf("%d results compared", compared)
	if compared == 0 {
		t.Error("there was nothing to compare")
	}
}

func testBuckets(t *testing.T, v *vectors) int {
	for _, b := range v.Buckets {
		document := marshal(t, map[string]any{"name": "f", "seed": b.Seed, "value": []option{{trueText, 50}}})
		view := mustImport(t, []json.RawMessage{document}, nil, nil).For(hoist.NewSubject("", hoist.String(DistinctID, b.Sticky)))
		if got, ok := view.Evaluate("f").Bucket(); !ok || uint32(got) != b.U32LE {
			t.Errorf("%q with seed %q: got bucket %d, want %d", b.Sticky, b.Seed, got, b.U32LE)
		}
	}
	return len(v.Buckets)
}

func testProperties(t *testing.T, v *vectors) (n int) {
	var conditions []condition
	for _, row := range v.Properties.Rows {
		conditions = append(conditions, condition{Property: &property{"p", row.Operator, row.Operand}})
	}
	flags := booleans(t, conditions, nil)
	for column, value := range v.Properties.Values {
		p := hoist.Any("p", value.V)
		if f, ok := value.V.(float64); ok && value.T == "int" {
			p = hoist.Int("p", int(f))
		}
		view := flags.For(hoist.NewSubject("someone", p))
		for i, row := range v.Properties.Rows {
			n++
			if got := letter(view.Bool(fmt.Sprint(i), false)); got != row.Want[column] {
				t.Errorf("%s %s of %s: got %c, want %c", row.Operator, row.Operand, value.Key, got, row.Want[column])
			}
		}
	}
	return n
}

func testVersions(t *testing.T, v *vectors) (n int) {
	var conditions []condition
	for _, row := range v.Versions.Rows {
		conditions = append(conditions, condition{Version: &version{row.Operator, row.Semver}})
	}
	flags := booleans(t, conditions, nil)
	for column := range len(v.Versions.Releases) + 1 {
		subject, release := hoist.NewSubject("someone"), "none"
		if column < len(v.Versions.Releases) {
			release = v.Versions.Releases[column]
			subject = subject.With(hoist.String(AppRelease, release))
		}
		view := flags.For(subject)
		for i, row := range v.Versions.Rows {
			n++
			if got := letter(view.Bool(fmt.Sprint(i), false)); got != row.Want[column] {
				t.Errorf("%s %q of release %q: got %c, want %c", row.Operator, row.Semver, release, got, row.Want[column])
			}
		}
	}
	return n
}

func testGroups(t *testing.T, v *vectors) (n int) {
	var groups []json.RawMessage
	for _, name := range []string{"A", "B", "C"} {
		groups = append(groups, marshal(t, targetGroup{Name: name, Conditions: []groupCondition{{Property: "in" + name, Operator: "is-true"}}, Operator: "and"}))
	}
	for _, row := range v.Groups.Rows {
		flags := booleans(t, []condition{{Group: &group{row.Operator, row.Name}}}, groups)
		subject := hoist.NewSubject("someone")
		for _, name := range row.Members {
			subject = subject.With(hoist.Bool("in"+string(name), true))
		}
		n++
		if got := letter(flags.For(subject).Bool("0", false)); string(got) != row.Want {
			t.Errorf("group %s %s of a member of %q: got %c, want %s", row.Operator, row.Name, row.Members, got, row.Want)
		}
	}
	return n
}

func testSplits(t *testing.T, v *vectors) (n int) {
	for _, c := range v.Splits.Configs {
		document := map[string]any{"name": c.Flag, "stickinessProperty": c.StickinessProperty, "value": c.Value}
		if !isNull(c.AvailableValues) {
			document["availableValues"] = c.AvailableValues
		}
		if c.Seed != c.Flag {
			document["seed"] = c.Seed
		}
		var options []option
		if err := json.Unmarshal(c.Value, &options); err != nil {
			t.Fatal(err)
		}
		flags := mustImport(t, []json.RawMessage{marshal(t, document)}, nil, nil)
		for i, id := range v.Splits.IDs {
			subject := hoist.NewSubject("", hoist.String(c.StickinessProperty, id))
			n++
			if got := splitLetter(flags.For(subject).Evaluate(c.Flag), options); got != c.Want[i] {
				t.Errorf("flag %q, seed %q, %s of %q: got %c, want %c", c.Flag, c.Seed, c.Value, id, got, c.Want[i])
			}
		}
	}
	return n
}

// splitLetter returns what the vectors say for a decision: t and f for boolean
// flags, else the position of the option.
func splitLetter(d hoist.Decision, options []option) byte {
	if b, ok := d.Value().Bool(); ok {
		return letter(b) | 0x20
	}
	for i, o := range options {
		if string(o.Option) == string(raw(d.Value())) {
			return byte('0' + i)
		}
	}
	return '-'
}

func testFlags(t *testing.T, v *vectors) (n int) {
	for i := range v.Flags {
		c := &v.Flags[i]
		view := viewOf(t, c)
		got, fallback := evaluateVector(c, view)
		passes, reason := got == c.Want && fallback == c.WantIsCodeDefault, skipReason(c, view)
		switch {
		case reason != "" && passes:
			t.Errorf("%s passes; it need not be skipped because %s", c.ID, reason)
		case reason != "":
			t.Logf("%s skipped: %s", c.ID, reason)
			continue
		case !passes:
			t.Errorf("%s: got %v (fallback %t), want %v (%t)", c.ID, got, fallback, c.Want, c.WantIsCodeDefault)
		}
		n++
	}
	return n
}

func skipReason(c *flagVector, view hoist.View) string {
	for reason, holds := range skipped {
		if holds(c, view) {
			return reason
		}
	}
	return ""
}

// viewOf returns a view for the subject of a vector.
func viewOf(t *testing.T, c *flagVector) hoist.View {
	t.Helper()
	subject, err := Subject(c.Props)
	if err != nil {
		t.Fatal(err)
	}
	if c.Platform != "" {
		subject = subject.With(hoist.String(Platform, c.Platform))
	}
	return mustImport(t, c.Flags, c.Groups, nil).For(subject)
}

// evaluateVector asks as the application does, by type, and whether the answer is
// the default in its code.
func evaluateVector(c *flagVector, view hoist.View) (value any, fallback bool) {
	key := c.Subject
	switch c.Kind {
	case "bool":
		return view.Bool(key, false), view.Bool(key, false) != view.Bool(key, true)
	case "int":
		return float64(view.Int(key, -999)), view.Int(key, -999) != view.Int(key, -998)
	case "number":
		return view.Float(key, -999), view.Float(key, -999) != view.Float(key, -998)
	}
	return view.String(key, "CODE"), view.String(key, "CODE") != view.String(key, "OTHER")
}
