package hoist_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/hoistflags/hoist"
)

// The budgets that docs/performance.md promises, as far as they do not depend
// on how busy the machine is: allocations and bytes. They run by
// go test -run Alloc, without the race detector.

func skipUnderRace(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("the race detector allocates by itself")
	}
}

// evaluations are calls that must not allocate, by what they do.
func evaluations(t *testing.T) map[string]func() {
	flags := openFlags(t, nil, append(requiringFlags("step"),
		staticFlag("static"), rolloutFlag("rollout"), rulesFlag("rules"), listFlag("list"), payloadFlag("payload"))...)
	many := openRecords(t, rulesRecords(t, 200))
	hooked := openFlags(t, &hoist.Options{OnEvaluation: func(hoist.Evaluation) {}}, rolloutFlag("rollout"))
	subject := workSubject(subjectID)
	view, listed := flags.For(subject), flags.For(workSubject(listedID(5_000)))
	ctx := hoist.NewContext(context.Background(), subject)
	static, rollout := hoist.BoolFlag("static", false), hoist.BoolFlag("rollout", false)
	payload := hoist.JSONFlag("payload", bannerConfig{})
	return map[string]func(){
		"W1":          func() { view.Bool("static", false) },
		"W1Handle":    func() { static.Get(view) },
		"W2":          func() { view.Bool("rollout", false) },
		"W2Handle":    func() { rollout.Get(view) },
		"W2ctx":       func() { flags.For(workSubject(subjectID)).Bool("rollout", false) },
		"W3":          func() { view.String("rules", "") },
		"W3ctx":       func() { flags.For(workSubject(subjectID)).String("rules", "") },
		"W4":          func() { listed.Bool("list", false) },
		"W4miss":      func() { view.Bool("list", false) },
		"W5":          func() { view.Bool("step-0", false) },
		"W7":          func() { many.For(subject).String(rulesKey100, "") },
		"W8":          func() { view.JSON("payload", nil) },
		"W8Handle":    func() { payload.Get(view) },
		"eight":       func() { flags.For(eightAttributes("SE", 42)).String("rules", "") },
		"Evaluate":    func() { view.Evaluate("rules").Variant() },
		"hook":        func() { hooked.For(subject).Bool("rollout", false) },
		"context":     func() { flags.Bool(ctx, "rollout", false) },
		"unknown":     func() { view.Bool("no such flag", false) },
		"wrong type":  func() { view.Int("rules", 0) },
		"zero":        func() { flags.For(hoist.Subject{}).Bool("rollout", false) },
		"all, ranged": func() { rangeAll(view) },
	}
}

var rulesKey100 = rulesKey(100)

// eightAttributes returns a subject of values that are not constants, so that
// the compiler cannot lay out the attributes beforehand.
func eightAttributes(country string, orders int) hoist.Subject {
	return hoist.NewSubject(subjectID,
		hoist.String("plan", country), hoist.Bool("staff", orders > 10), hoist.Float("spent", float64(orders)),
		hoist.Time("since", time.Unix(int64(orders), 0)), hoist.Int("visits", orders),
		hoist.Int("orders", orders), hoist.Version("appVersion", "2.14.3"), hoist.String("country", country))
}

func rangeAll(view hoist.View) {
	for d := range view.All() {
		d.Variant()
	}
}

func TestAllocEvaluation(t *testing.T) {
	skipUnderRace(t)
	for name, evaluate := range evaluations(t) {
		if n := testing.AllocsPerRun(100, evaluate); n != 0 {
			t.Errorf("%s: got %v allocations by evaluation, want 0", name, n)
		}
	}
}

// The attributes of a JSON document are read where they lie.
func TestAllocDocumentSubject(t *testing.T) {
	skipUnderRace(t)
	subject, err := hoist.SubjectFromJSON([]byte(`{"key": "` + subjectID + `", "country": "SE", "appVersion": "2.14.3", "orders": 42}`))
	if err != nil {
		t.Fatal(err)
	}
	view := openFlags(t, nil, rulesFlag("rules")).For(subject)
	expectLastRule(t, view.Evaluate("rules"))
	if n := testing.AllocsPerRun(100, func() { view.String("rules", "") }); n != 0 {
		t.Errorf("got %v allocations by evaluation, want 0", n)
	}
}

// What a change of one flag allocates must not depend on how many flags there
// are.
func TestAllocChangeOfOne(t *testing.T) {
	skipUnderRace(t)
	allocations := func(n int) float64 {
		c := newChanger(t, n)
		c.change() // decoding and counting a form for the first time
		c.change()
		return testing.AllocsPerRun(100, func() { c.change() })
	}
	few, many := allocations(100), allocations(manyFlags)
	if many > few+2 || many > maxChangeAllocs {
		t.Errorf("got %v allocations among 100 flags and %v among %d, want the same, at most %v", few, many, manyFlags, maxChangeAllocs)
	}
}

// The budgets for flags of workload W3.
const (
	maxChangeAllocs = 110
	maxLoadAllocs   = 60       // by flag
	maxHeldBytes    = 14 << 20 // by 10,000 flags, with their counters
)

func TestAllocLoad(t *testing.T) {
	skipUnderRace(t)
	records := rulesRecords(t, manyFlags)
	source := &recordSource{load: func() []hoist.Record { return records }}
	n := testing.AllocsPerRun(2, func() { openAndClose(t, source) }) / manyFlags
	if n > maxLoadAllocs {
		t.Errorf("got %.1f allocations by flag, want at most %v", n, maxLoadAllocs)
	}
}

func TestAllocHeld(t *testing.T) {
	skipUnderRace(t)
	// Two processors have four shards of counters, more have more. A flag of
	// W3 has five of 8 bytes in each, and blocks leave a few unused.
	shards := 4
	for shards < min(2*runtime.GOMAXPROCS(0), 16) {
		shards *= 2
	}
	want := uint64(maxHeldBytes + manyFlags*(shards-4)*42)
	if held := heldBy(t, manyFlags); held > want {
		t.Errorf("%d flags hold %d bytes, want at most %d", manyFlags, held, want)
	}
}
