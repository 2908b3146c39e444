package hoist_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"testing"

	"github.com/hoistflags/hoist"
)

// The workloads of the benchmarks and of the allocation tests, which
// docs/performance.md describes. They are data, so that another evaluator can
// be measured with the same flags and subjects.

// subjectID is the unit of rollouts: 31 bytes.
const subjectID = "user-3f2a9c1e-7b64-4d05-9e8f-1a"

// manyFlags is how many flags there are where many are meant: W7, W9 and W10.
const manyFlags = 10_000

// workSubject returns who asks, with the four attributes that rules look at.
func workSubject(id string) hoist.Subject {
	return hoist.NewSubject(id,
		hoist.String("plan", "enterprise"),
		hoist.Int("orders", 42),
		hoist.Version("appVersion", "2.14.3"),
		hoist.String("country", "SE"))
}

// W1: a flag that gives the same to everyone.
func staticFlag(key string) *hoist.Flag {
	return &hoist.Flag{Key: key, Targeting: &hoist.Targeting{Default: &hoist.Serve{Variant: "true"}}}
}

// W2: half of the subjects, by a hash of the subject's key.
func rolloutFlag(key string) *hoist.Flag {
	return &hoist.Flag{Key: key, Targeting: &hoist.Targeting{
		Rules: []hoist.Rule{{
			Exposure: &hoist.Exposure{Percent: 50},
			Serve:    hoist.Serve{Variant: "true"},
		}},
		Default: &hoist.Serve{Variant: "false"},
	}}
}

// W3 and W7: three rules of two constraints each, of which the last applies,
// and a split in four. The other two rules fail at their first constraint: a
// text in a list of five, and a version. The last rule tests a text in a list
// of five, which is the fifth, and a number.
func rulesFlag(key string) *hoist.Flag {
	return &hoist.Flag{
		Key: key,
		Variants: []hoist.Variant{
			{Name: "blue", Value: hoist.StringValue("#0000ff")}, {Name: "green", Value: hoist.StringValue("#00ff00")},
			{Name: "red", Value: hoist.StringValue("#ff0000")}, {Name: "white", Value: hoist.StringValue("#ffffff")},
		},
		Targeting: &hoist.Targeting{
			Rules: []hoist.Rule{
				{
					When: hoist.AllOf(
						hoist.Where("country", hoist.In, "AT", "BE", "CH", "DE", "FR"),
						hoist.Where("appVersion", hoist.VersionAtLeast, "2.9.0")),
					Serve: hoist.Serve{Variant: "blue"},
				},
				{
					When: hoist.AllOf(
						hoist.Where("appVersion", hoist.VersionAtLeast, "3.0.0"),
						hoist.Where("orders", hoist.MoreThan, 10)),
					Serve: hoist.Serve{Variant: "green"},
				},
				{
					When: hoist.AllOf(
						hoist.Where("country", hoist.In, "DK", "NO", "FI", "IS", "SE"),
						hoist.Where("orders", hoist.MoreThan, 10)),
					Serve: hoist.Serve{Split: &hoist.Split{Arms: []hoist.Arm{
						{Variant: "blue", Weight: 25}, {Variant: "green", Weight: 25},
						{Variant: "red", Weight: 25}, {Variant: "white", Weight: 25},
					}}},
				},
			},
			Default: &hoist.Serve{Variant: "blue"},
		},
	}
}

// isVariant reports whether a value is one that rulesFlag gives.
func isVariant(value string) bool { return len(value) == len("#0000ff") && value[0] == '#' }

// W4: a list of 10,000 subjects.
func listFlag(key string) *hoist.Flag {
	ids := make([]any, 10_000)
	for i := range ids {
		ids[i] = listedID(i)
	}
	return &hoist.Flag{Key: key, Targeting: &hoist.Targeting{
		Rules:   []hoist.Rule{{When: hoist.Where("key", hoist.In, ids...), Serve: hoist.Serve{Variant: "true"}}},
		Default: &hoist.Serve{Variant: "false"},
	}}
}

// listedID returns the i-th subject of the list, of 31 bytes like all.
func listedID(i int) string { return fmt.Sprintf("user-%05d-7b64-4d05-9e8f-1a2b3", i) }

// W5: a flag that requires another, that requires another, that requires
// another.
func requiringFlags(key string) []*hoist.Flag {
	flags := []*hoist.Flag{staticFlag(key + "-3")}
	for i := 2; i >= 0; i-- {
		f := staticFlag(fmt.Sprintf("%s-%d", key, i))
		f.Targeting.Requires = []hoist.Requirement{{Flag: flags[0].Key, Variants: []string{"true"}}}
		flags = append([]*hoist.Flag{f}, flags...)
	}
	return flags
}

// W8: a JSON object, of which one field is read.
func payloadFlag(key string) *hoist.Flag {
	banner, err := hoist.JSONValue([]byte(`{"title": "Winter sale", "limit": 25, "colours": ["#0000ff", "#00ff00"]}`))
	if err != nil {
		panic(err)
	}
	return &hoist.Flag{
		Key: key, Variants: []hoist.Variant{{Name: "winter", Value: banner}},
		Targeting: &hoist.Targeting{Default: &hoist.Serve{Variant: "winter"}},
	}
}

// A bannerConfig is what the payload is for a program that knows it.
type bannerConfig struct {
	Title   string   `json:"title"`
	Limit   int      `json:"limit"`
	Colours []string `json:"colours"`
}

// rulesKey is the key of one of many flags.
func rulesKey(i int) string { return fmt.Sprintf("checkout-experiment-%05d", i) }

// rulesSet returns n flags of W3.
func rulesSet(n int) hoist.Set {
	var set hoist.Set
	for i := range n {
		set.Flags = append(set.Flags, rulesFlag(rulesKey(i)))
	}
	return set
}

func rulesRecords(tb testing.TB, n int) []hoist.Record {
	tb.Helper()
	set := rulesSet(n)
	return recordsOf(tb, &set)
}

func recordsOf(tb testing.TB, set *hoist.Set) []hoist.Record {
	tb.Helper()
	records, err := set.Records()
	if err != nil {
		tb.Fatal(err)
	}
	return records
}

// A recordSource is a source of raw records. What is sent to changes is what
// it yields next; it keeps nothing, so that an engine's memory can be told
// from that of its source.
type recordSource struct {
	load    func() []hoist.Record
	changes chan hoist.Batch
}

func (s *recordSource) Load(context.Context) (hoist.State, error) {
	return hoist.State{Revision: 1, Records: s.load()}, nil
}

func (s *recordSource) Watch(ctx context.Context, _ hoist.Revision) iter.Seq2[hoist.Batch, error] {
	return func(yield func(hoist.Batch, error) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case batch := <-s.changes:
				if !yield(batch, nil) {
					return
				}
			}
		}
	}
}

func openFlags(tb testing.TB, opts *hoist.Options, flags ...*hoist.Flag) *hoist.Flags {
	tb.Helper()
	return openSource(tb, hoist.Static(hoist.Set{Flags: flags}), opts)
}

func openRecords(tb testing.TB, records []hoist.Record) *hoist.Flags {
	tb.Helper()
	return openSource(tb, &recordSource{load: func() []hoist.Record { return records }}, nil)
}

func openSource(tb testing.TB, source hoist.Source, opts *hoist.Options) *hoist.Flags {
	tb.Helper()
	flags, err := hoist.Open(context.Background(), source, opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { flags.Close() })
	if problems := flags.Status().Problems; len(problems) > 0 {
		tb.Fatal(problems[0])
	}
	return flags
}

// A changer changes one flag among many, through a source, and waits until the
// change is in force: W9one.
type changer struct {
	flags    *hoist.Flags
	source   *recordSource
	forms    [2][]hoist.Record
	revision hoist.Revision
	inForce  chan hoist.Change
}

func newChanger(tb testing.TB, n int) *changer {
	tb.Helper()
	records := rulesRecords(tb, n)
	other := rulesFlag(rulesKey(n / 2))
	other.Targeting.Default.Variant = "white"
	c := &changer{
		source:   &recordSource{func() []hoist.Record { return records }, make(chan hoist.Batch)},
		revision: 1, inForce: make(chan hoist.Change),
	}
	c.forms[1] = []hoist.Record{records[n/2]}
	c.forms[0] = recordsOf(tb, &hoist.Set{Flags: []*hoist.Flag{other}})
	c.flags = openSource(tb, c.source, nil)
	c.flags.OnChange(func(change hoist.Change) { c.inForce <- change })
	return c
}

// change gives the flag its other form.
func (c *changer) change() hoist.Change {
	c.revision++
	c.source.changes <- hoist.Batch{Revision: c.revision, Changes: c.forms[c.revision%2]}
	return <-c.inForce
}

// documentOf returns a set as one JSON document.
func documentOf(tb testing.TB, set hoist.Set) []byte {
	tb.Helper()
	document, err := json.Marshal(&set)
	if err != nil {
		tb.Fatal(err)
	}
	return document
}
