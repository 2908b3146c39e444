package hoisttest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/hoisttest"
)

// t is what a test function is handed. The one here prints.
var t testing.TB = printer{}

// greeting is the code under test.
func greeting(flags *hoist.Flags, user string) string {
	view := flags.For(hoist.NewSubject(user, hoist.String("country", "SE")))
	if view.Bool("friendly", false) {
		return "Hello " + user + view.String("mark", ".")
	}
	return "Good day"
}

func ExampleNew() {
	flags := hoisttest.New(t, hoisttest.Values{"friendly": true, "mark": "!"})

	fmt.Println(greeting(flags.Flags, "Ada"))
	// Output: Hello Ada!
}

// Flags change during the test, and what the code under test has asked for is
// counted.
func ExampleFake_Set() {
	flags := hoisttest.New(t, hoisttest.Values{"friendly": true, "mark": "!"})
	fmt.Println(greeting(flags.Flags, "Ada"))

	flags.Set("mark", nil) // nothing decides: the caller's fallback
	fmt.Println(greeting(flags.Flags, "Ada"))

	flags.Set("friendly", false)
	fmt.Println(greeting(flags.Flags, "Bob"))

	last, _ := flags.Last("friendly")
	fmt.Println(flags.Asked("friendly"), flags.Answers("friendly"), last.Subject)
	// Output:
	// Hello Ada!
	// Hello Ada.
	// Good day
	// 3 map[false:1 true:2] Bob
}

// The targeting itself is tested in one environment and at one time. Instead of
// flags built here, the source can be a store for the team's own file.
func ExampleOpen() {
	start := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	source := hoist.Static(hoist.Set{Flags: []*hoist.Flag{{
		Key: "friendly",
		Environments: map[string]*hoist.Targeting{"production": {
			Rules: []hoist.Rule{{
				When:   hoist.Where("country", hoist.In, "SE", "NO", "DK"),
				Window: &hoist.Window{NotBefore: start},
				Serve:  hoist.Serve{Variant: "true"},
			}},
			Default: &hoist.Serve{Variant: "false"},
		}},
	}}})
	flags := hoisttest.Open(t, source, &hoisttest.Options{
		Environment: "production",
		Now:         start.Add(-time.Second),
		Values:      hoisttest.Values{"mark": "?"},
	})

	fmt.Println(greeting(flags.Flags, "Ada"))
	flags.SetNow(start)
	fmt.Println(greeting(flags.Flags, "Ada"))
	// Output:
	// Good day
	// Hello Ada?
}

// A flag that the test does not have fails it.
func ExampleNew_unknownFlag() {
	flags := hoisttest.New(t, hoisttest.Values{"freindly": true})

	fmt.Println(greeting(flags.Flags, "Ada"))
	// Output:
	// FAIL: hoisttest: hoisttest_test.greeting (example_test.go:18) asks for flag "friendly", which the test does not have; it has freindly
	// Good day
}

// printer is a test that prints its errors and never ends.
type printer struct{ testing.TB }

func (printer) Helper()        {}
func (printer) Cleanup(func()) {}
func (printer) Errorf(format string, args ...any) {
	fmt.Printf("FAIL: "+format+"\n", args...)
}
