package hoisttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/hoisttest"
)

var nobody = hoist.NewSubject("")

func TestValues(t *testing.T) {
	t.Parallel()
	type size struct {
		W int `json:"w"`
		H int `json:"h"`
	}
	flags := hoisttest.New(t, hoisttest.Values{
		"boolean":  true,
		"text":     "blue",
		"empty":    "",
		"int":      int64(math.MaxInt64),
		"float":    0.25,
		"object":   map[string]any{"title": "Hi", "n": 3},
		"struct":   size{3, 4},
		"list":     []string{"a", "b"},
		"fallback": nil,
	})
	v := flags.For(nobody)
	check(t, "boolean", v.Bool("boolean", false), true)
	check(t, "text", v.String("text", ""), "blue")
	check(t, "empty", v.String("empty", "x"), "")
	check(t, "int", v.Int("int", 0), math.MaxInt64)
	check(t, "float", v.Float("float", 0), 0.25)
	check[any](t, "object", v.JSON("object", nil), map[string]any{"title": "Hi", "n": int64(3)})
	check(t, "struct", hoist.JSONFlag("struct", size{}).Get(v), size{3, 4})
	check[any](t, "list", v.JSON("list", nil), []any{"a", "b"})
	check(t, "fallback as text", v.String("fallback", "mine"), "mine")
	check(t, "fallback as boolean", v.Bool("fallback", true), true)
	check(t, "fallback as number", v.Int("fallback", 7), 7)

	for key, variant := range map[string]string{"boolean": "true", "text": "blue", "empty": "value", "float": "0.25", "object": "value"} {
		check(t, "variant of "+key, v.Evaluate(key).Variant(), variant)
	}
}

// Each parallel test has flags of its own.
func TestParallel(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			flags := hoisttest.New(t, hoisttest.Values{"n": i})
			for n := range 50 {
				check(t, "n", flags.For(nobody).Int("n", -1), int64(i+n))
				flags.Set("n", i+n+1)
			}
			check(t, "asked", flags.Asked("n"), 50)
		})
	}
}

// When Set returns, the value is in force and listeners have been told.
func TestSetIsInForce(t *testing.T) {
	t.Parallel()
	flags := hoisttest.New(t, hoisttest.Values{"a": false, "b": "x"})
	var changes []hoist.Change
	flags.OnChange(func(c hoist.Change) {
		c.Revision = 0
		changes = append(changes, c)
	})
	before := flags.For(nobody)

	flags.Set("a", true)
	flags.Set("new", 1)
	flags.Remove("b")
	flags.Remove("b")

	check(t, "pinned view", before.Bool("a", true), false)
	check(t, "a", flags.For(nobody).Bool("a", false), true)
	check(t, "new", flags.For(nobody).Int("new", 0), 1)
	check(t, "changes", changes, []hoist.Change{{Changed: []string{"a"}}, {Added: []string{"new"}}, {Removed: []string{"b"}}})
}

// A flag of the source keeps its variants, so that other flags go on.
func TestSetKeepsVariants(t *testing.T) {
	t.Parallel()
	flags := hoisttest.Open(t, hoist.Static(parse(t, `{"flags": {
		"colour": {"variants": {"calm": "blue", "wild": "red"}, "environments": {"production": {"default": "calm"}}},
		"parade": {"requires": {"colour": "wild"}, "default": true, "off": false},
		"page":   {"variants": {"short": 10, "long": 50.5}, "default": "short"},
		"any":    {"type": "json", "variants": {"list": [1]}, "default": "list"}
	}}`)), &hoisttest.Options{Environment: "production"})
	view := func() hoist.View { return flags.For(nobody) }

	check(t, "parade", view().Bool("parade", true), false)
	flags.Set("colour", "red")
	check(t, "variant", view().Evaluate("colour").Variant(), "wild")
	check(t, "parade", view().Bool("parade", false), true)
	flags.Set("colour", "green")
	check(t, "variant", view().Evaluate("colour").Variant(), "green")
	check(t, "parade", view().Bool("parade", true), false)

	flags.Set("page", 50.5)
	check(t, "variant", view().Evaluate("page").Variant(), "long")
	flags.Set("any", "text")
	check[any](t, "any", view().JSON("any", nil), "text")
	flags.Set("page", "now a text")
	check(t, "page", view().String("page", ""), "now a text")
}

// A name that another value has is not taken.
func TestSetNameTaken(t *testing.T) {
	t.Parallel()
	flags := hoisttest.Open(t, hoist.Static(parse(t,
		`{"flags": {"n": {"variants": {"20": 5, "value 2": 6}, "default": "20"}}}`)), nil)
	flags.Set("n", 20)
	d := flags.For(nobody).Evaluate("n")
	check(t, "n", d.Value().String(), "20")
	check(t, "variant", d.Variant(), "value 3")
}

func TestSetFlag(t *testing.T) {
	t.Parallel()
	flags := hoisttest.New(t, hoisttest.Values{"staff-only": false})
	flag := &hoist.Flag{Key: "staff-only", Targeting: &hoist.Targeting{
		Rules:   []hoist.Rule{{When: hoist.Where("role", hoist.Is, "staff"), Serve: hoist.Serve{Variant: "true"}}},
		Default: &hoist.Serve{Variant: "false"},
	}}
	flags.SetFlag(flag)
	flag.Targeting.Rules = nil // it was copied

	staff := hoist.NewSubject("ada", hoist.String("role", "staff"))
	check(t, "staff", flags.For(staff).Bool("staff-only", false), true)
	check(t, "nobody", flags.For(nobody).Bool("staff-only", true), false)
	check(t, "answers", flags.Answers("staff-only"), map[string]int{"true": 1, "false": 1})
	flags.Set("other", 1) // validates and keeps what was set
	check(t, "staff", flags.For(staff).Bool("staff-only", false), true)
}

func TestSetNow(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	flags := hoisttest.Open(t, hoist.Static(parse(t, `{"flags": {"later": {
		"rules": [{"window": {"notBefore": "2026-05-01T00:00:00Z"}, "serve": true}], "default": false}}}`)),
		&hoisttest.Options{Now: start.Add(-1)})
	view := flags.For(nobody)
	check(t, "before", view.Bool("later", true), false)
	flags.SetNow(start)
	check(t, "at the start", view.Bool("later", false), true)
}

// The real time is the default, which is that of a bubble.
func TestSynctest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		flags := hoisttest.Open(t, hoist.Static(parse(t, `{"flags": {"later": {
			"rules": [{"window": {"notBefore": "`+at+`"}, "serve": true}], "default": false}}}`)), nil)
		check(t, "before", flags.For(nobody).Bool("later", true), false)
		time.Sleep(time.Hour)
		check(t, "after", flags.For(nobody).Bool("later", false), true)
		flags.Set("later", nil)
		check(t, "set", flags.For(nobody).Bool("later", false), false)
	})
}

func TestAsked(t *testing.T) {
	t.Parallel()
	flags := hoisttest.Open(t, nil, &hoisttest.Options{Values: hoisttest.Values{"on": true}, Lenient: true})
	check(t, "never", flags.Asked("on"), 0)
	check(t, "never", flags.Answers("on"), map[string]int{})
	if _, ok := flags.Last("on"); ok {
		t.Error("Last of a flag that was never asked for: true")
	}
	flags.Answers("on")["true"] = 5 // is the caller's own

	handle := hoist.BoolFlag("on", false)
	handle.Get(flags.For(hoist.NewSubject("ada")))
	flags.Bool(hoist.NewContext(t.Context(), hoist.NewSubject("bob")), "on", false)
	flags.For(nobody).String("on", "wrong type")
	flags.For(nobody).Explain("on") // is not counted
	flags.For(nobody).Int("gone", 1)

	check(t, "asked", flags.Asked("on"), 3)
	check(t, "answers", flags.Answers("on"), map[string]int{"true": 2, "": 1})
	check(t, "gone", flags.Answers("gone"), map[string]int{"": 1})
	last, ok := flags.Last("on")
	check(t, "last", fmt.Sprint(last.Subject, last.Decision.Error(), ok), "TYPE_MISMATCH true")
}

// Many goroutines may ask and set at once.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	flags := hoisttest.New(t, hoisttest.Values{"n": 0})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				flags.Set(fmt.Sprint("mine-", i), i)
				check(t, "mine", flags.For(nobody).Int(fmt.Sprint("mine-", i), -1), int64(i))
				flags.For(nobody).Int("n", -1)
				flags.SetNow(time.Now())
			}
		})
	}
	wg.Wait()
	check(t, "asked", flags.Asked("n"), 8*50)
}

// What is asked from within OnChange is answered, though Set waits for it.
func TestAskWhileSetting(t *testing.T) {
	t.Parallel()
	flags := hoisttest.New(t, hoisttest.Values{"a": 1})
	var seen []int64
	flags.OnChange(func(hoist.Change) { seen = append(seen, flags.For(nobody).Int("a", 0)) })
	flags.Set("a", 2)
	flags.Set("a", 3)
	check(t, "seen", seen, []int64{2, 3})
	check(t, "asked", flags.Asked("a"), 2)
}

// The source may hold other projects and other kinds of records.
func TestOpenProject(t *testing.T) {
	t.Parallel()
	one, two := parse(t, `{"project": "one", "environments": ["production"], "flags": {"a": {"default": true}}}`), hoist.Set{
		Project: "two", Flags: []*hoist.Flag{{Key: "a"}, {Key: "b"}},
	}
	flags := hoisttest.Open(t, both{one, two}, &hoisttest.Options{Project: "one", Environment: "production"})
	check(t, "a", flags.For(nobody).Bool("a", false), true)
	n := 0
	for range flags.For(nobody).All() {
		n++
	}
	check(t, "flags", n, 1)
}

// both is a source of two projects.
type both [2]hoist.Set

func (b both) Load(context.Context) (hoist.State, error) {
	one, err := b[0].Records()
	two, err2 := b[1].Records()
	return hoist.State{Revision: 1, Records: append(one, two...)}, errors.Join(err, err2)
}

func (b both) Watch(context.Context, hoist.Revision) iter.Seq2[hoist.Batch, error] {
	panic("hoisttest follows the source")
}

func TestFailures(t *testing.T) {
	t.Parallel()
	valid := hoisttest.Values{"a": true, "b": 0.5}
	tests := []struct {
		name string
		run  func(t testing.TB)
		want string // in what the test says; "" if it does not fail
	}{
		{"unknown flag", func(t testing.TB) { hoisttest.New(t, valid).For(nobody).Bool("c", true) },
			`asks for flag "c", which the test does not have; it has a, b`},
		{"unknown flag, none", func(t testing.TB) { hoisttest.New(t, nil).For(nobody).Bool("c", true) }, "it has none"},
		{"who asks", func(t testing.TB) { hoisttest.New(t, valid).For(nobody).Bool("c", true) },
			"hoisttest: hoisttest_test.TestFailures.func"},
		{"unknown flag, lenient", func(t testing.TB) {
			hoisttest.Open(t, nil, &hoisttest.Options{Lenient: true}).For(nobody).Bool("c", true)
		}, ""},
		{"removed flag", func(t testing.TB) {
			flags := hoisttest.New(t, valid)
			flags.Remove("a")
			flags.For(nobody).Bool("a", true)
		}, "it has b"},
		{"wrong type", func(t testing.TB) { hoisttest.New(t, valid).For(nobody).Int("a", 1) },
			`asks for flag "a" as something else than the boolean it gives`},
		{"fraction", func(t testing.TB) { hoisttest.New(t, valid).For(nobody).Int("b", 1) },
			`asks for flag "b" as something else than the number it gives`},
		{"wrong type, lenient", func(t testing.TB) {
			hoisttest.Open(t, nil, &hoisttest.Options{Lenient: true, Values: valid}).For(nobody).Int("a", 1)
		}, ""},
		{"asked after the end", func(t testing.TB) {
			flags := hoisttest.New(t, valid)
			t.(*recorder).end()
			flags.For(nobody).Bool("c", true)
		}, ""},
		{"invalid key", func(t testing.TB) { hoisttest.New(t, hoisttest.Values{" ": true}) }, "/flags/ /key: key \" \" has blanks"},
		{"invalid value", func(t testing.TB) { hoisttest.New(t, hoisttest.Values{"c": make(chan int)}) },
			`flag "c": chan int cannot be the value of a flag`},
		{"invalid flag", func(t testing.TB) {
			hoisttest.New(t, valid).SetFlag(&hoist.Flag{Key: "c", Targeting: &hoist.Targeting{Off: "none"}})
		}, `/flags/c/off: unknown variant "none"`},
		{"invalid source", func(t testing.TB) {
			hoisttest.Open(t, both{{Flags: []*hoist.Flag{{Key: "c", Type: "colour"}}}}, nil)
		}, `/flags/c/type: unknown type "colour"`},
		{"source that does not load", func(t testing.TB) {
			hoisttest.Open(t, hoist.Static(hoist.Set{Flags: []*hoist.Flag{{Key: ""}}}), nil)
		}, "hoisttest: load flags: "},
		{"removed though required", func(t testing.TB) {
			flags := hoisttest.New(t, valid)
			flags.SetFlag(&hoist.Flag{Key: "c", Targeting: &hoist.Targeting{Requires: []hoist.Requirement{{Flag: "a", Variants: []string{"true"}}}}})
			flags.Remove("a")
		}, `flag "a" does not exist`},
		{"set after the end", func(t testing.TB) {
			flags := hoisttest.New(t, valid)
			flags.Flags.Close()
			flags.Set("a", false)
		}, `flag "a" is set after the flags were closed`},
		{"environment that does not exist", func(t testing.TB) {
			hoisttest.Open(t, hoist.Static(hoist.Set{Environments: []hoist.Environment{{Key: "production"}}}),
				&hoisttest.Options{Environment: "prodution"})
		}, `no environment "prodution"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := record(test.run)
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("the test says %q, want something with %q", got, test.want)
			}
		})
	}
}

// A mistake is reported once, however often it is made.
func TestFailsOnce(t *testing.T) {
	t.Parallel()
	got := record(func(t testing.TB) {
		flags := hoisttest.New(t, nil)
		for range 3 {
			flags.For(nobody).Bool("c", true)
		}
	})
	check(t, "reports", strings.Count(got, "asks for"), 1)
}

// An invalid change leaves the flags as they were.
func TestFailedSetChangesNothing(t *testing.T) {
	t.Parallel()
	record(func(rt testing.TB) {
		flags := hoisttest.New(rt, hoisttest.Values{"a": 1})
		rt.Cleanup(func() {
			check(t, "a", flags.For(nobody).Int("a", 0), 1)
			flags.Set("a", 2)
			check(t, "a", flags.For(nobody).Int("a", 0), 2)
		})
		flags.SetFlag(&hoist.Flag{Key: "a", Type: "colour"})
	})
}

// record runs a test and returns what it says when it fails.
func record(test func(testing.TB)) string {
	r := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(r)
	}()
	<-done
	r.end()
	return strings.Join(r.said, "\n")
}

// A recorder is a test that may fail.
type recorder struct {
	testing.TB
	said     []string
	cleanups []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) end() {
	for len(r.cleanups) > 0 {
		last := r.cleanups[len(r.cleanups)-1]
		r.cleanups = r.cleanups[:len(r.cleanups)-1]
		last()
	}
}

func parse(t testing.TB, text string) hoist.Set {
	t.Helper()
	var set hoist.Set
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		t.Fatal(err)
	}
	return set
}

func check[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: -want +got\n%s", what, diff)
	}
}
