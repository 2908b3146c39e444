package hoist_test

import (
	"context"
	"fmt"
	"log"

	"github.com/hoistflags/hoist"
)

// Flags can be built in Go.
func ExampleStatic() {
	source := hoist.Static(hoist.Set{
		Segments: []*hoist.Segment{{
			Key:  "nordics",
			When: hoist.Where("country", hoist.In, "SE", "NO", "DK"),
		}},
		Flags: []*hoist.Flag{{
			Key: "fjord-theme",
			Targeting: &hoist.Targeting{
				Rules: []hoist.Rule{{
					Title: "Nordics who have seen the sea",
					When: hoist.AllOf(
						hoist.InSegment("nordics"),
						hoist.Not(hoist.Where("home", hoist.Is, "inland")),
					),
					Serve: hoist.Serve{Variant: "true"},
				}},
				Default: &hoist.Serve{Variant: "false"},
			},
		}},
	})
	flags, err := hoist.Open(context.Background(), source, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	for _, home := range []string{"coast", "inland"} {
		view := flags.For(hoist.NewSubject("", hoist.String("country", "NO"), hoist.String("home", home)))
		fmt.Println(home, view.Bool("fjord-theme", false))
	}
	// Output:
	// coast true
	// inland false
}
