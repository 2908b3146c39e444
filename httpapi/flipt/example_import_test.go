package flipt_test

import (
	"context"
	"fmt"
	"log"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/httpapi/flipt"
)

const features = `
version: "1.4"
flags:
- key: new-checkout
  name: New checkout
  type: BOOLEAN_FLAG_TYPE
  rollouts:
  - segment: {key: staff, value: true}
  - threshold: {percentage: 40, value: true}
segments:
- key: staff
  name: Staff
  constraints:
  - {type: STRING_COMPARISON_TYPE, property: mail, operator: suffix, value: "@shop.example"}
`

// The flags of a features file answer as Flipt's server does, for the same
// entities.
func Example() {
	set, report, err := flipt.Import([]byte(features), nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, problem := range report {
		fmt.Println("not imported:", problem)
	}
	flags, err := hoist.Open(context.Background(), hoist.Static(*set), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	for _, subject := range []hoist.Subject{
		flipt.Subject("user-1", map[string]string{"mail": "ann@shop.example"}),
		flipt.Subject("user-1", nil),
		flipt.Subject("user-2", nil),
	} {
		d := flags.For(subject).Evaluate("new-checkout")
		fmt.Println(subject.Key(), d.Value(), d.Reason(), d.Segments())
	}
	// Output:
	// user-1 true TARGETING_MATCH [staff]
	// user-1 true SPLIT []
	// user-2 false DEFAULT []
}

// A set of flags of Flipt can be written as a features file again.
func ExampleExport() {
	set, _, err := flipt.Import([]byte(features), nil)
	if err != nil {
		log.Fatal(err)
	}
	document, report, err := flipt.Export([]flipt.Namespace{{Key: "shop", Set: set}}, nil)
	if err != nil || report != nil {
		log.Fatal(report, err)
	}
	fmt.Printf("%s", document)
	// Output:
	// version: "1.4"
	// namespace:
	//   key: shop
	//   name: shop
	// flags:
	//   - key: new-checkout
	//     name: New checkout
	//     type: BOOLEAN_FLAG_TYPE
	//     enabled: false
	//     rollouts:
	//       - segment:
	//           key: staff
	//           value: true
	//       - threshold:
	//           percentage: 40
	//           value: true
	// segments:
	//   - key: staff
	//     name: Staff
	//     match_type: ALL_MATCH_TYPE
	//     constraints:
	//       - type: STRING_COMPARISON_TYPE
	//         property: mail
	//         operator: suffix
	//         value: '@shop.example'
}
