package hoist_test

import (
	"context"
	"fmt"
	"log"

	"github.com/hoistflags/hoist"
)

// The flags that the program asks for, declared once.
var (
	newCheckout = hoist.BoolFlag("new-checkout", false)
	pageSize    = hoist.IntFlag("page-size", 24)
	startBanner = hoist.JSONFlag("banner", bannerText{Title: "Hello"})
)

type bannerText struct {
	Title string   `json:"title"`
	Links []string `json:"links"`
}

// A handle keeps the key of a flag and its fallback in one place, and knows
// its type.
func Example_handles() {
	set, err := hoist.ParseSet([]byte(`{"flags": {
		"new-checkout": {"default": true},
		"banner": {"variants": {"sale": {"title": "Sale!", "links": ["/sale"]}}, "default": "sale"}
	}}`))
	if err != nil {
		log.Fatal(err)
	}
	flags, err := hoist.Open(context.Background(), hoist.Static(*set), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	view := flags.For(hoist.NewSubject("user-42"))
	fmt.Println(newCheckout.Get(view))
	fmt.Println(pageSize.Get(view)) // the flags do not have it
	fmt.Println(startBanner.Get(view).Title, startBanner.Get(view).Links)
	// Output:
	// true
	// 24
	// Sale! [/sale]
}
