package hoist_test

import (
	"context"
	"fmt"
	"log"

	"github.com/hoistflags/hoist"
)

// Evaluations are counted, always. A program drains the counts from time to
// time and hands them to its metrics.
func ExampleFlags_DrainCounts() {
	set, err := hoist.ParseSet([]byte(`{"flags": {
		"checkout": {"rules": [{"when": {"attribute": "beta", "is": true}, "serve": true}], "default": false},
		"search": {"default": true}
	}}`))
	if err != nil {
		log.Fatal(err)
	}
	flags, err := hoist.Open(context.Background(), hoist.Static(*set), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	for i := range 10 {
		view := flags.For(hoist.NewSubject("", hoist.Bool("beta", i < 3)))
		view.Bool("checkout", false)
	}
	flags.For(hoist.NewSubject("")).String("search", "") // a boolean flag: the fallback

	for _, c := range flags.DrainCounts() {
		fmt.Printf("%s %q %d\n", c.Flag, c.Variant, c.N)
	}
	fmt.Println("since then:", flags.DrainCounts())
	// Output:
	// checkout "false" 7
	// checkout "true" 3
	// search "" 1
	// since then: []
}

// An observer is told of each evaluation: for whom, and what the answer was.
func ExampleOptions() {
	set, err := hoist.ParseSet([]byte(`{"flags": {"search": {"default": true}}}`))
	if err != nil {
		log.Fatal(err)
	}
	flags, err := hoist.Open(context.Background(), hoist.Static(*set), &hoist.Options{
		OnEvaluation: func(e hoist.Evaluation) {
			fmt.Println("exposure:", e.Subject, e.Decision.Key(), e.Decision.Value())
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	flags.For(hoist.NewSubject("user-42")).Bool("search", false)
	// Output: exposure: user-42 search true
}
