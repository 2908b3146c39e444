package hoist_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/hoistflags/hoist"
)

const searchFlags = `{
	"segments": {"staff": {"when": {"attribute": "email", "endsWith": "@shop.example"}}},
	"flags": {
		"search": {"variants": {"classic": "v1", "vector": "v2"},
			"rules": [
				{"id": "staff", "title": "staff first", "when": {"segment": "staff"}, "serve": "vector"},
				{"title": "a part of Norway", "when": {"attribute": "country", "is": "NO"}, "exposure": "25 %", "serve": "vector"}
			],
			"default": "classic"}
	}
}`

// A decision says what the answer is, and which step gave it.
func ExampleView_Evaluate() {
	set, err := hoist.ParseSet([]byte(searchFlags))
	if err != nil {
		log.Fatal(err)
	}
	flags, err := hoist.Open(context.Background(), hoist.Static(*set), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	view := flags.For(hoist.NewSubject("user-42", hoist.String("email", "ada@shop.example")))
	d := view.Evaluate("search")
	fmt.Println(d.Variant(), d.Value(), d.Reason(), d.RuleID(), d.Segments())

	d = view.Evaluate("serach")
	fmt.Println(d.IsFallback(), d.Reason(), d.Error())
	// Output:
	// vector v2 TARGETING_MATCH staff [staff]
	// true ERROR FLAG_NOT_FOUND
}

// An explanation is the whole way to the decision, for people and as JSON.
func ExampleView_Explain() {
	set, err := hoist.ParseSet([]byte(searchFlags))
	if err != nil {
		log.Fatal(err)
	}
	flags, err := hoist.Open(context.Background(), hoist.Static(*set), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	why := flags.For(hoist.NewSubject("user-42", hoist.String("country", "NO"))).Explain("search")
	fmt.Print(why)

	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(why.Decision); err != nil {
		log.Fatal(err)
	}
	// Output:
	// search: serves vector = "v2" (SPLIT)
	//   rule 1 (staff first): cannot be told
	//     segment "staff": cannot be told
	//       email endsWith "@shop.example": cannot be told (email is missing)
	//   rule 2 (a part of Norway): serves vector = "v2"
	//     country is "NO": holds (country is "NO")
	//     exposure 25 %: bucket 5945 of 100000, holds
	// {
	//   "flag": "search",
	//   "value": "v2",
	//   "variant": "vector",
	//   "reason": "SPLIT",
	//   "ruleIndex": 1,
	//   "bucket": 5945
	// }
}

// All yields a decision for each flag.
func ExampleView_All() {
	set, err := hoist.ParseSet([]byte(`{"flags": {
		"banner":   {"variants": {"none": {}, "sale": {"title": "Sale!"}}, "default": "sale"},
		"checkout": {"default": true},
		"search":   {"enabled": false}
	}}`))
	if err != nil {
		log.Fatal(err)
	}
	flags, err := hoist.Open(context.Background(), hoist.Static(*set), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	for d := range flags.For(hoist.NewSubject("user-42")).All() {
		fmt.Println(d.Key(), d.Type(), d.Value(), d.Reason())
	}
	// Output:
	// banner json {"title":"Sale!"} STATIC
	// checkout boolean true STATIC
	// search boolean null DISABLED
}
