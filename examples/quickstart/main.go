// Quickstart reads the flags file of a shop, prints what several people get
// and why, and then edits a copy of the file and shows the new answers
// arriving. From the top of the repository:
//
//	go run ./examples/quickstart
//
// Or it answers one question, now, and prints the decision as JSON:
//
//	go run ./examples/quickstart -flags FILE -environment NAME -flag KEY -subject JSON
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/store/filestore"
)

func main() {
	parse() // see command.go
	err := run(context.Background())
	if errors.Is(err, fs.ErrNotExist) && *file == shop {
		err = fmt.Errorf("%w\nrun it from the top of the repository, or name a file with -flags", err)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if *key != "" {
		return decide(ctx)
	}
	if err := demonstrate(ctx, *file); err != nil {
		return err
	}
	return edit(ctx, *file)
}

// demonstrate opens the flags in a file and asks for them.
func demonstrate(ctx context.Context, file string) error {
	flags, err := hoist.Open(ctx, filestore.New(file, nil), production)
	if err != nil {
		return err
	}
	defer flags.Close()
	fmt.Println("The flags of the shop in production, on", noon().Format("2 January 2006"))
	for _, p := range people {
		// In a server, middleware makes a subject of each request.
		subject, err := hoist.SubjectFromJSON([]byte(p.document))
		if err != nil {
			return err
		}
		show(p, flags.For(subject))
	}
	return nil
}

// production is the environment. The clock stands still, as some flags of the
// shop depend on the date; programs do without one.
var production = &hoist.Options{Environment: "production", Clock: noon}

func noon() time.Time { return time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC) }

// people are who asks, and a flag to explain to them.
var people = []person{
	{`{"key": "user-ada", "email": "ada@shop.example", "country": "NO", "ip": "10.20.7.1"}`, "new-checkout"},
	{`{"key": "user-kim", "email": "kim@example.org", "country": "SE", "app": "2.9.4", "cards": 1,
 "last-order": "2026-01-10", "subscriptions": ["offers", "recalls"]}`, "express-checkout"},
	{`{"key": "user-bob", "company": {"id": "acme", "name": "Acme Ltd", "employees": 800}}`, "banner"},
	{`{}`, "product-page"},
}

type person struct{ document, explain string }

// show prints all that a view answers. A program asks for one flag at a time,
// and says what holds if there is no answer:
//
//	if view.Bool("new-checkout", false) { … }
func show(p person, view hoist.View) {
	fmt.Printf("\n%s\n\n", p.document)
	for d := range view.All() {
		fmt.Printf("  %-18s %-10s %s\n", d.Key(), answer(d), reason(d))
	}
	fmt.Printf("\nWhy? %v", view.Explain(p.explain))
}

func answer(d hoist.Decision) string {
	if d.IsFallback() {
		return "(fallback)"
	}
	return d.Variant()
}

func reason(d hoist.Decision) string {
	text := d.Reason().String()
	if d.Error() != hoist.NoError {
		text += " " + d.Error().String()
	}
	if d.RuleIndex() >= 0 {
		text += fmt.Sprintf(", rule %d", d.RuleIndex()+1)
	}
	if bucket, ok := d.Bucket(); ok {
		text += fmt.Sprintf(", bucket %d", bucket)
	}
	return text
}

// edit changes a copy of the file and waits until the change is in force.
func edit(ctx context.Context, file string) error {
	const before, after = "share: 25 %, by: [company.id, key]", "share: 75 %, by: [company.id, key]"
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), before) {
		return fmt.Errorf("%s is not the file of the shop: it does not have %q", file, before)
	}
	dir, err := os.MkdirTemp("", "quickstart-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file = filepath.Join(dir, "flags.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}

	store := filestore.New(file, &filestore.Options{PollInterval: 50 * time.Millisecond})
	flags, err := hoist.Open(ctx, store, production)
	if err != nil {
		return err
	}
	defer flags.Close()
	changes := make(chan hoist.Change, 1)
	flags.OnChange(func(c hoist.Change) { changes <- c })
	early := admitted(flags)

	fmt.Printf("\nA copy of the file is edited: %q becomes %q.\n", before, after)
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), before, after, 1)), 0o600); err != nil {
		return err
	}
	change := <-changes // every view made from now on is of the new file
	late := admitted(flags)

	fmt.Println("  Changed, or depends on what changed:", strings.Join(change.Changed, ", "))
	fmt.Printf("  In the new checkout, of 10,000 users: %d before, %d now.\n", len(early), len(late))
	maps.DeleteFunc(early, func(user string, _ bool) bool { return late[user] })
	fmt.Printf("  Moved out: %d. A share that grows keeps everyone who was in.\n", len(early))
	return nil
}

// admitted returns which of 10,000 users are in the new checkout.
func admitted(flags *hoist.Flags) map[string]bool {
	users := map[string]bool{}
	for i := range 10_000 {
		user := fmt.Sprint("user-", i)
		if flags.For(hoist.NewSubject(user)).Bool("new-checkout", false) {
			users[user] = true
		}
	}
	return users
}
