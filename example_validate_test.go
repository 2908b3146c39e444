package hoist_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/hoistflags/hoist"
)

// Everything that is wrong is reported at once, with its path. ParseSet finds
// what does not have the form of a set.
func ExampleParseSet() {
	_, err := hoist.ParseSet([]byte(`{"flags": {
		"checkout": {"defualt": true},
		"search": {"rules": [{"when": {"attribute": "country", "startWith": "N"}, "serve": true}]}
	}}`))
	fmt.Println(err)
	fmt.Println(errors.Is(err, hoist.ErrInvalid))
	// Output:
	// /flags/checkout/defualt: unknown member "defualt", did you mean "default"?
	// /flags/search/rules/0/when/startWith: unknown member "startWith", did you mean "startsWith"?
	// true
}

// Validate finds what does not make sense in a set of the right form.
func ExampleSet_Validate() {
	set, err := hoist.ParseSet([]byte(`{"flags": {
		"checkout": {"default": "blue"},
		"one-tap": {"rules": [{"when": {"segment": "nordics"}, "serve": true}]},
		"search": {"rules": [{"when": {"attribute": "name", "matches": "(Ada"}, "exposure": "110 %", "serve": true}]}
	}}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.Validate())
	// Output:
	// /flags/checkout/default: unknown variant "blue", want "true" or "false"
	// /flags/search/rules/0/when/matches: missing closing ): `(Ada`
	// /flags/search/rules/0/exposure: want a share from 0 % to 100 %, found 110
	// /flags/one-tap/rules/0/when/segment: segment "nordics" does not exist
}
