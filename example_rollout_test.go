package hoist_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/hoistflags/hoist"
)

// The share of an exposure grows: everyone who was in stays in.
func ExampleExposure() {
	admitted := func(percent float64) map[string]bool {
		flag := &hoist.Flag{Key: "new-search", Targeting: &hoist.Targeting{
			Rules: []hoist.Rule{{
				Exposure: &hoist.Exposure{Percent: percent},
				Serve:    hoist.Serve{Variant: "true"},
			}},
			Default: &hoist.Serve{Variant: "false"},
		}}
		flags, err := hoist.Open(context.Background(), hoist.Static(hoist.Set{Flags: []*hoist.Flag{flag}}), nil)
		if err != nil {
			log.Fatal(err)
		}
		defer flags.Close()
		users := map[string]bool{}
		for i := range 10_000 {
			user := fmt.Sprint("user-", i)
			if flags.For(hoist.NewSubject(user)).Bool("new-search", false) {
				users[user] = true
			}
		}
		return users
	}

	first, then := admitted(1), admitted(10)
	movedOut := 0
	for user := range first {
		if !then[user] {
			movedOut++
		}
	}
	fmt.Println(len(first), "users at 1 %,", len(then), "at 10 %,", movedOut, "moved out")
	// Output: 104 users at 1 %, 991 at 10 %, 0 moved out
}

// A split divides the subjects by weight. Colleagues get the same, as the
// split goes by company where there is one.
func ExampleSplit() {
	flag := &hoist.Flag{
		Key: "button",
		Variants: []hoist.Variant{
			{Name: "blue", Value: hoist.StringValue("#00f")},
			{Name: "green", Value: hoist.StringValue("#0f0")},
		},
		Targeting: &hoist.Targeting{Default: &hoist.Serve{Split: &hoist.Split{
			Arms: []hoist.Arm{{Variant: "blue", Weight: 3}, {Variant: "green", Weight: 1}},
			By:   []string{"company", "key"},
		}}},
	}
	flags, err := hoist.Open(context.Background(), hoist.Static(hoist.Set{Flags: []*hoist.Flag{flag}}), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	users := map[string]int{}
	for i := range 10_000 {
		view := flags.For(hoist.NewSubject(fmt.Sprint("user-", i)))
		users[view.Evaluate("button").Variant()]++
	}
	fmt.Println("users:", users)

	colleagues := map[string]int{}
	for i := range 1000 {
		view := flags.For(hoist.NewSubject(fmt.Sprint("user-", i), hoist.String("company", "acme")))
		colleagues[view.Evaluate("button").Variant()]++
	}
	fmt.Println("colleagues:", colleagues)
	// Output:
	// users: map[blue:7406 green:2594]
	// colleagues: map[green:1000]
}

// A ramp grows by itself.
func ExampleRamp() {
	monday := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	flag := &hoist.Flag{Key: "new-search", Targeting: &hoist.Targeting{
		Rules: []hoist.Rule{{
			Exposure: &hoist.Exposure{Ramp: &hoist.Ramp{
				From: 0, To: 100, Start: monday, End: monday.AddDate(0, 0, 4),
			}},
			Serve: hoist.Serve{Variant: "true"},
		}},
		Default: &hoist.Serve{Variant: "false"},
	}}
	now := monday
	flags, err := hoist.Open(context.Background(), hoist.Static(hoist.Set{Flags: []*hoist.Flag{flag}}),
		&hoist.Options{Clock: func() time.Time { return now }})
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	for range 5 {
		admitted := 0
		for i := range 10_000 {
			if flags.For(hoist.NewSubject(fmt.Sprint("user-", i))).Bool("new-search", false) {
				admitted++
			}
		}
		fmt.Println(now.Weekday(), admitted)
		now = now.AddDate(0, 0, 1)
	}
	// Output:
	// Monday 0
	// Tuesday 2447
	// Wednesday 4949
	// Thursday 7467
	// Friday 10000
}
