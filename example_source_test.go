package hoist_test

import (
	"context"
	"fmt"
	"iter"
	"log"

	"github.com/hoistflags/hoist"
)

// A switchboard is a source of boolean flags that a program throws itself. What
// is sent to changes goes to one follower.
type switchboard struct {
	changes chan string // keys to switch on
}

func (s switchboard) record(key, value string) hoist.Record {
	return hoist.Record{
		Kind: hoist.FlagRecord, Project: hoist.DefaultProject, Key: key,
		Data: []byte(`{"default": ` + value + `}`),
	}
}

func (s switchboard) Load(context.Context) (hoist.State, error) {
	return hoist.State{Revision: 1, Records: []hoist.Record{s.record("music", "false"), s.record("light", "false")}}, nil
}

func (s switchboard) Watch(ctx context.Context, after hoist.Revision) iter.Seq2[hoist.Batch, error] {
	return func(yield func(hoist.Batch, error) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case key := <-s.changes:
				after++
				if !yield(hoist.Batch{Revision: after, Changes: []hoist.Record{s.record(key, "true")}}, nil) {
					return
				}
			}
		}
	}
}

// A source of one's own has two methods.
func Example_source() {
	source := switchboard{make(chan string)}
	flags, err := hoist.Open(context.Background(), source, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()
	arrived := make(chan hoist.Change)
	flags.OnChange(func(c hoist.Change) { arrived <- c })

	source.changes <- "light"
	fmt.Println((<-arrived).Changed)

	view := flags.For(hoist.NewSubject(""))
	fmt.Println("light:", view.Bool("light", false), "music:", view.Bool("music", false))
	// Output:
	// [light]
	// light: true music: false
}
