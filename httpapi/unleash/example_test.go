package unleash_test

import (
	"context"
	"fmt"
	"log"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/httpapi/unleash"
)

// What a server gives its SDKs becomes a set, which any store can hold; here it
// is evaluated at once.
func ExampleImport() {
	set, report, err := unleash.Import([]byte(`{"features": [{
		"name": "new-checkout", "enabled": true,
		"strategies": [{
			"name": "flexibleRollout", "parameters": {"rollout": "25", "stickiness": "userId", "groupId": "g"},
			"constraints": [{"contextName": "country", "operator": "IN", "values": ["NO", "SE"]}],
			"variants": [{"name": "blue", "weight": 1000, "payload": {"type": "json", "value": "{\"color\": \"#00f\"}"}}]
		}]
	}]}`), nil)
	if err != nil || report != nil {
		log.Fatal(err, report)
	}
	flags, err := hoist.Open(context.Background(), hoist.Static(*set), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	for _, user := range []string{"u-42", "7"} { // in buckets 19 and 81 of 100
		view := flags.For(hoist.NewSubject(user, hoist.String("country", "NO")))
		fmt.Println(user, view.Bool("new-checkout", false), view.JSON("new-checkout", nil))
	}
	// Output:
	// u-42 true map[color:#00f]
	// 7 false <nil>
}
