package cloudbees_test

import (
	"context"
	"fmt"
	"log"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/httpapi/cloudbees"
)

// What the API of the product prints is evaluated in the process, bucket for
// bucket.
func ExampleImport() {
	document := []byte(`{
		"flags": [{
			"name": "checkout.newFlow",
			"platforms": [{"name": "Android", "flag": "newFlow", "value": true}],
			"conditions": [{"group": {"operator": "or", "name": "staff"}, "value": true}],
			"value": [{"option": true, "percentage": 10}]
		}],
		"targetGroups": [{
			"name": "staff",
			"conditions": [{"property": "email", "operator": "regex", "operand": "@example\\.com$"}]
		}]
	}`)
	set, report, err := cloudbees.Import(document, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, problem := range report {
		fmt.Println("note:", problem)
	}
	flags, err := hoist.Open(context.Background(), hoist.Static(*set), &hoist.Options{
		Attributes: []hoist.Attr{hoist.String(cloudbees.Platform, "Go")},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()
	ada := hoist.NewSubject("user-1", hoist.String("email", "ada@example.com"))
	fmt.Println(flags.For(ada).Bool("checkout.newFlow", false))
	bob := hoist.NewSubject("user-2")
	fmt.Println(flags.For(bob).Bool("checkout.newFlow", false))
	// Output:
	// note: /flags/0/platforms/0/flag: on platform "Android" the flag is called "newFlow": by its own name it gives the caller's fallback there, and by the other one it is not known
	// true
	// false
}
