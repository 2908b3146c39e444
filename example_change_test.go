package hoist_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/store/filestore"
)

// A file is edited while the program runs. A flag that depends on a changed one
// may answer otherwise, too.
func ExampleFlags_OnChange() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "flags.yaml")
	save := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			log.Fatal(err)
		}
	}
	save(`
flags:
  checkout: {default: false}
  one-tap: {requires: {checkout: true}, default: true}
`)
	store := filestore.New(file, &filestore.Options{PollInterval: 20 * time.Millisecond})
	flags, err := hoist.Open(context.Background(), store, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()
	changes := make(chan hoist.Change, 1)
	flags.OnChange(func(c hoist.Change) { changes <- c })
	before := flags.For(hoist.NewSubject("user-42"))

	save(`
flags:
  checkout: {default: true}
  one-tap: {requires: {checkout: true}, default: true}
  search: {default: true}
`)
	c := <-changes
	fmt.Println("added", c.Added, "changed", c.Changed, "removed", c.Removed)

	now := flags.For(hoist.NewSubject("user-42"))
	fmt.Println("a view made before:", before.Bool("one-tap", false))
	fmt.Println("a view made now:", now.Bool("one-tap", false))
	// Output:
	// added [search] changed [checkout one-tap] removed []
	// a view made before: false
	// a view made now: true
}
