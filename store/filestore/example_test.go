package filestore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/store/filestore"
)

// Flags are evaluated from a file, and follow it when it is edited.
func Example() {
	ctx := context.Background()
	store := filestore.New("testdata/shop.yaml", nil)
	flags, err := hoist.Open(ctx, store, &hoist.Options{Project: "shop", Environment: "production"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer flags.Close()
	for _, email := range []string{"ann@shop.example", "bob@mail.example"} {
		subject := hoist.NewSubject(email, hoist.String("email", email))
		fmt.Println(email, flags.For(subject).String("checkout-button", "blue"))
	}
	// Output:
	// ann@shop.example #00ff00
	// bob@mail.example #0000ff
}

// A broken file is an error that says everything that is wrong, and where.
func ExampleStore_Load() {
	text := `
flags:
  checkout:
    variants: {blue: "#0000ff", green: "#00ff00"}
    enviroments:
      production: {default: blue}
  search:
    rules:
      - when: {attribute: country, in: [SE, NO]}
        serve: green
`
	dir, err := os.MkdirTemp("", "filestore")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "flags.yaml"), []byte(text), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	_, err = filestore.New(filepath.Join(dir, "flags.yaml"), nil).Load(context.Background())
	problems, _ := errors.AsType[filestore.Errors](err)
	for _, p := range problems {
		fmt.Printf("%d:%d: %s %q: %s: %s\n", p.Line, p.Column, p.Kind, p.Key, p.Path, p.Problem)
	}
	// Output:
	// 5:5: flag "checkout": /enviroments: unknown member "enviroments", did you mean "environments"?
	// 10:9: flag "search": /rules/0/serve: unknown variant "green", want "true" or "false"
}

// Every flag of a directory's files is followed together.
func ExampleStore_Watch() {
	dir, err := os.MkdirTemp("", "filestore")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			fmt.Println(err)
		}
	}
	write("search.yaml", "flags: {search: {default: false}}")

	ctx := context.Background()
	store := filestore.New(dir, &filestore.Options{PollInterval: 10 * time.Millisecond})
	state, err := store.Load(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	write("checkout.yaml", "flags: {checkout: {default: true}}")
	for batch, err := range store.Watch(ctx, state.Revision) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, record := range batch.Changes {
			fmt.Printf("%s %s: %s\n", record.Kind, record.Key, record.Data)
		}
		break
	}
	// Output:
	// flag checkout: {"key":"checkout","default":true}
}
