package hoisttest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hoistflags/hoist"
)

// Values are flags that give everyone the same: key to value. A value is
// whatever encoding/json can encode: a boolean, a text or a number makes a flag
// of that type, everything else a JSON flag. Nil makes a flag that does not
// decide, so that callers get their fallback.
//
// The variant of such a flag has the text of its value as its name, such as
// "20", or "value" if that makes no name.
type Values map[string]any

// Options are what [Open] can be told. The zero value, or nil, is good for
// flags that do not differ by environment.
type Options struct {
	// Project and Environment are as in [hoist.Options].
	Project, Environment string

	// Now is the time for flags that depend on it; it stands still until
	// [Fake.SetNow]. Zero means the real time.
	Now time.Time

	// Values go before the flags of the source, as by [Fake.Set].
	Values Values

	// Lenient lets the code under test ask for flags that do not exist, and
	// for flags as another type than they have, without failing the test.
	Lenient bool
}

// A Fake is the flags of one test. Pass its field Flags to the code under test.
//
// All methods are safe for concurrent use. Those that change flags end the test
// if what they are given is not valid, so they must be called in the goroutine
// that runs the test, as [testing.TB.FailNow] demands. They wait for functions
// given to OnChange, so such a function must not call them.
type Fake struct {
	*hoist.Flags

	t    testing.TB
	live *live
	now  atomic.Pointer[time.Time]
	log  questions

	mu  sync.Mutex // one change at a time
	set hoist.Set
}

// New returns flags with fixed values. It is Open without a source.
func New(t testing.TB, values Values) *Fake {
	t.Helper()
	return Open(t, nil, &Options{Values: values})
}

// Open returns the flags that source has now; it does not follow the source,
// changes are the test's own. Nil is a source without flags. The test ends
// here if the source cannot be loaded or anything in it is not valid. The flags
// are closed when the test has ended.
func Open(t testing.TB, source hoist.Source, opts *Options) *Fake {
	t.Helper()
	if opts == nil {
		opts = &Options{}
	}
	f := &Fake{t: t, live: newLive(), log: questions{t: t, lenient: opts.Lenient, asked: map[string]*answers{}}}
	if !opts.Now.IsZero() {
		f.SetNow(opts.Now)
	}
	f.set.Project = opts.Project
	if f.set.Project == "" {
		f.set.Project = hoist.DefaultProject
	}
	f.load(source)
	for key, value := range opts.Values {
		f.replace(key, f.withValue(key, value))
	}
	f.start(opts.Environment)
	return f
}

// load takes the records of the project from source.
func (f *Fake) load(source hoist.Source) {
	f.t.Helper()
	if source == nil {
		return
	}
	state, err := source.Load(context.Background())
	if err != nil {
		f.t.Fatalf("hoisttest: load flags: %v", err)
	}
	for _, r := range state.Records {
		if r.Project != f.set.Project {
			continue
		}
		if err := f.add(r); err != nil {
			f.t.Fatalf("hoisttest: %s %q: %v", r.Kind, r.Key, err)
		}
	}
}

func (f *Fake) add(r hoist.Record) error {
	switch r.Kind {
	case hoist.FlagRecord:
		flag := &hoist.Flag{}
		err := json.Unmarshal(r.Data, flag)
		flag.Key = r.Key
		f.set.Flags = append(f.set.Flags, flag)
		return err
	case hoist.SegmentRecord:
		segment := &hoist.Segment{}
		err := json.Unmarshal(r.Data, segment)
		segment.Key = r.Key
		f.set.Segments = append(f.set.Segments, segment)
		return err
	case hoist.EnvironmentRecord:
		f.set.Environments = append(f.set.Environments, hoist.Environment{Key: r.Key})
	}
	return nil
}

// start opens the flags of the set.
func (f *Fake) start(environment string) {
	f.t.Helper()
	if err := f.set.Validate(); err != nil {
		f.t.Fatalf("hoisttest: the flags are not valid:\n%v", err)
	}
	named := func(e hoist.Environment) bool { return e.Key == environment }
	if environment != "" && len(f.set.Environments) > 0 && !slices.ContainsFunc(f.set.Environments, named) {
		f.t.Fatalf("hoisttest: the flags have no environment %q", environment)
	}
	records, err := f.set.Records()
	if err != nil {
		f.t.Fatalf("hoisttest: %v", err)
	}
	f.live.records = records
	f.log.know(&f.set)
	f.Flags, err = hoist.Open(context.Background(), f.live, &hoist.Options{
		Project:      f.set.Project,
		Environment:  environment,
		Clock:        f.clock,
		OnEvaluation: f.log.note,
	})
	if err != nil {
		f.t.Fatalf("hoisttest: %v", err)
	}
	<-f.live.began
	f.t.Cleanup(func() {
		f.Close()
		f.log.close()
	})
}

func (f *Fake) clock() time.Time {
	if now := f.now.Load(); now != nil {
		return *now
	}
	return time.Now()
}

// SetNow sets the time for flags that depend on it. It stands still until it is
// set again. Views see it at once.
func (f *Fake) SetNow(now time.Time) { f.now.Store(&now) }

// Set makes a flag give value to everyone, in every environment, and adds it if
// there is no such flag. See [Values] for what value may be. A flag of the
// source keeps its variants, so that what is said about them elsewhere stays
// true.
func (f *Fake) Set(key string, value any) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.put(f.withValue(key, value))
}

// SetFlag puts a flag with all its rules in the place of the one of its key, or
// adds it. The flag is copied.
func (f *Fake) SetFlag(flag *hoist.Flag) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.put(flag.Clone())
}

// Remove takes a flag away. It is no error if there is none of that key.
func (f *Fake) Remove(key string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.change(key, nil)
}

func (f *Fake) put(flag *hoist.Flag) {
	f.t.Helper()
	f.change(flag.Key, flag)
}

// change puts flag, or nil for none, in the place of the flag of that key, and
// waits until that is in force.
func (f *Fake) change(key string, flag *hoist.Flag) {
	f.t.Helper()
	before := f.set.Flags
	f.replace(key, flag)
	if err := f.set.Validate(); err != nil {
		f.set.Flags = before
		f.t.Fatalf("hoisttest: the flags would not be valid:\n%v", err)
	}
	record := hoist.Record{Kind: hoist.FlagRecord, Project: f.set.Project, Key: key}
	if flag != nil {
		data, err := json.Marshal(flag)
		if err != nil {
			f.t.Fatalf("hoisttest: flag %q: %v", key, err)
		}
		record.Data = data
	}
	f.log.know(&f.set)
	if !f.live.commit(record) {
		f.t.Fatalf("hoisttest: flag %q is set after the flags were closed", key)
	}
}

// replace changes the list of flags, and leaves what was the list as it is.
func (f *Fake) replace(key string, flag *hoist.Flag) {
	list := slices.DeleteFunc(slices.Clone(f.set.Flags), func(other *hoist.Flag) bool { return other.Key == key })
	if flag != nil {
		list = append(list, flag)
	}
	slices.SortFunc(list, func(a, b *hoist.Flag) int { return strings.Compare(a.Key, b.Key) })
	f.set.Flags = list
}
