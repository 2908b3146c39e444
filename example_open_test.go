package hoist_test

import (
	"context"
	"fmt"
	"log"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/store/filestore"
)

// Flags are opened once, when the program starts; a view is made for each
// request.
func ExampleOpen() {
	// Once in a program: read the flags and follow the file.
	store := filestore.New("testdata/shop/flags.yaml", nil)
	flags, err := hoist.Open(context.Background(), store, &hoist.Options{Environment: "production"})
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	// For each request: who asks? The view answers from one version of all flags.
	view := flags.For(hoist.NewSubject("user-ada",
		hoist.String("email", "ada@shop.example"),
		hoist.Version("app", "2.9.4"),
	))

	// The second argument is what holds if there is no answer.
	if view.Bool("new-checkout", false) {
		fmt.Println("the new checkout")
	}
	fmt.Println(view.Int("page-size", 10), "products on a page")
	fmt.Println(view.String("update-notice", ""))
	fmt.Println(view.Bool("no-such-flag", true))

	// Output:
	// the new checkout
	// 24 products on a page
	// This version of the app will stop working on 1 June.
	// true
}
