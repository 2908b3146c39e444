package hoist_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hoistflags/hoist"
)

// The benchmarks W1 to W10 of docs/performance.md, through the exported API
// and with its default options: evaluations are counted. Each checks its
// outcome once. Besides wall time they report cpu-ns/op, the CPU time of the
// whole process by operation, which other work on the machine disturbs less.

// startCPU begins to measure CPU time and allocations; what it returns ends
// it.
func startCPU(b *testing.B) (stop func()) {
	b.ReportAllocs()
	before := cpuTime()
	return func() { b.ReportMetric(float64((cpuTime()-before).Nanoseconds())/float64(b.N), "cpu-ns/op") }
}

func BenchmarkW1(b *testing.B) {
	subject := workSubject(subjectID)
	view := openFlags(b, nil, staticFlag("new-checkout")).For(subject)
	expect(b, view.Bool("new-checkout", false), true)
	stop := startCPU(b)
	for b.Loop() {
		view.Bool("new-checkout", false)
	}
	stop()
}

func BenchmarkW1Handle(b *testing.B) {
	subject := workSubject(subjectID)
	view := openFlags(b, nil, staticFlag("new-checkout")).For(subject)
	handle := hoist.BoolFlag("new-checkout", false)
	expect(b, handle.Get(view), true)
	stop := startCPU(b)
	for b.Loop() {
		handle.Get(view)
	}
	stop()
}

func BenchmarkW2(b *testing.B) {
	subject := workSubject(subjectID)
	view := openFlags(b, nil, rolloutFlag("new-checkout")).For(subject)
	expect(b, view.Evaluate("new-checkout").Reason(), hoist.ReasonSplit)
	stop := startCPU(b)
	for b.Loop() {
		view.Bool("new-checkout", false)
	}
	stop()
}

func BenchmarkW2Handle(b *testing.B) {
	subject := workSubject(subjectID)
	view := openFlags(b, nil, rolloutFlag("new-checkout")).For(subject)
	handle := hoist.BoolFlag("new-checkout", false)
	expect(b, handle.Evaluate(view).Reason(), hoist.ReasonSplit)
	stop := startCPU(b)
	for b.Loop() {
		handle.Get(view)
	}
	stop()
}

// W2ctx and W3ctx build the subject and the view in each call.
func BenchmarkW2ctx(b *testing.B) {
	flags := openFlags(b, nil, rolloutFlag("new-checkout"))
	expect(b, flags.For(workSubject(subjectID)).Evaluate("new-checkout").Reason(), hoist.ReasonSplit)
	stop := startCPU(b)
	for b.Loop() {
		flags.For(hoist.NewSubject(subjectID,
			hoist.String("plan", "enterprise"),
			hoist.Int("orders", 42),
			hoist.Version("appVersion", "2.14.3"),
			hoist.String("country", "SE"))).Bool("new-checkout", false)
	}
	stop()
}

func BenchmarkW3(b *testing.B) {
	subject := workSubject(subjectID)
	view := openFlags(b, nil, rulesFlag("button")).For(subject)
	expectLastRule(b, view.Evaluate("button"))
	stop := startCPU(b)
	for b.Loop() {
		view.String("button", "")
	}
	stop()
}

func BenchmarkW3ctx(b *testing.B) {
	flags := openFlags(b, nil, rulesFlag("button"))
	expectLastRule(b, flags.For(workSubject(subjectID)).Evaluate("button"))
	stop := startCPU(b)
	for b.Loop() {
		flags.For(hoist.NewSubject(subjectID,
			hoist.String("plan", "enterprise"),
			hoist.Int("orders", 42),
			hoist.Version("appVersion", "2.14.3"),
			hoist.String("country", "SE"))).String("button", "")
	}
	stop()
}

func BenchmarkW4(b *testing.B)     { benchmarkList(b, listedID(5_000), true) }
func BenchmarkW4miss(b *testing.B) { benchmarkList(b, subjectID, false) }

func benchmarkList(b *testing.B, id string, listed bool) {
	subject := workSubject(id)
	view := openFlags(b, nil, listFlag("beta")).For(subject)
	expect(b, view.Bool("beta", !listed), listed)
	stop := startCPU(b)
	for b.Loop() {
		view.Bool("beta", false)
	}
	stop()
}

func BenchmarkW5(b *testing.B) {
	subject := workSubject(subjectID)
	view := openFlags(b, nil, requiringFlags("step")...).For(subject)
	expect(b, view.Bool("step-0", false), true)
	stop := startCPU(b)
	for b.Loop() {
		view.Bool("step-0", false)
	}
	stop()
}

// W6 is W2 on all cores at once, each with a subject of its own.
func BenchmarkW6(b *testing.B) {
	flags := openFlags(b, nil, rolloutFlag("new-checkout"))
	var goroutines atomic.Int64
	stop := startCPU(b)
	b.RunParallel(func(pb *testing.PB) {
		subject := workSubject(listedID(int(goroutines.Add(1))))
		view := flags.For(subject)
		for pb.Next() {
			view.Bool("new-checkout", false)
		}
	})
	stop()
}

func BenchmarkW7(b *testing.B) {
	subject := workSubject(subjectID)
	view := openRecords(b, rulesRecords(b, manyFlags)).For(subject)
	key := rulesKey(manyFlags / 2)
	expectLastRule(b, view.Evaluate(key))
	stop := startCPU(b)
	for b.Loop() {
		view.String(key, "")
	}
	stop()
}

// W7rot walks over all flags, so that little of what it needs is in a cache.
func BenchmarkW7rot(b *testing.B) {
	subject := workSubject(subjectID)
	view := openRecords(b, rulesRecords(b, manyFlags)).For(subject)
	keys := make([]string, manyFlags)
	for i := range keys {
		keys[i] = rulesKey(i * 7919 % manyFlags) // not in the order in which they lie
		expectLastRule(b, view.Evaluate(keys[i]))
	}
	i := 0
	stop := startCPU(b)
	for b.Loop() {
		view.String(keys[i], "")
		if i++; i == len(keys) {
			i = 0
		}
	}
	stop()
}

func BenchmarkW8(b *testing.B) {
	subject := workSubject(subjectID)
	view := openFlags(b, nil, payloadFlag("banner")).For(subject)
	read := func() int64 {
		banner, _ := view.JSON("banner", nil).(map[string]any)
		limit, _ := banner["limit"].(int64)
		return limit
	}
	expect(b, read(), 25)
	stop := startCPU(b)
	for b.Loop() {
		read()
	}
	stop()
}

func BenchmarkW8Handle(b *testing.B) {
	subject := workSubject(subjectID)
	view := openFlags(b, nil, payloadFlag("banner")).For(subject)
	handle := hoist.JSONFlag("banner", bannerConfig{})
	expect(b, handle.Get(view).Limit, 25)
	total := 0
	stop := startCPU(b)
	for b.Loop() {
		total += handle.Get(view).Limit
	}
	stop()
}

// W9all takes 10,000 flags from records to in force, W9allJSON from one
// document.
func BenchmarkW9all(b *testing.B) {
	records := rulesRecords(b, manyFlags)
	expectLastRule(b, openRecords(b, records).For(workSubject(subjectID)).Evaluate(rulesKey(0)))
	source := &recordSource{load: func() []hoist.Record { return records }}
	stop := startCPU(b)
	for b.Loop() {
		openAndClose(b, source)
	}
	stop()
}

func BenchmarkW9allJSON(b *testing.B) {
	document := documentOf(b, rulesSet(manyFlags))
	stop := startCPU(b)
	for b.Loop() {
		set, err := hoist.ParseSet(document)
		if err != nil {
			b.Fatal(err)
		}
		openAndClose(b, hoist.Static(*set))
	}
	stop()
}

func openAndClose(tb testing.TB, source hoist.Source) {
	flags, err := hoist.Open(context.Background(), source, nil)
	if err != nil {
		tb.Fatal(err)
	}
	flags.Close()
}

// W9one changes one flag among 10,000, and W9oneOf100 among 100: from the
// source's yield to OnChange, which includes waking two goroutines.
func BenchmarkW9one(b *testing.B)      { benchmarkChange(b, manyFlags) }
func BenchmarkW9oneOf100(b *testing.B) { benchmarkChange(b, 100) }

func benchmarkChange(b *testing.B, n int) {
	c := newChanger(b, n)
	expect(b, fmt.Sprint(c.change().Changed), fmt.Sprint([]string{rulesKey(n / 2)}))
	stop := startCPU(b)
	for b.Loop() {
		c.change()
	}
	stop()
}

// W10 reports the live heap that 10,000 flags add.
func BenchmarkW10(b *testing.B) {
	var held uint64
	for b.Loop() {
		held = heldBy(b, manyFlags)
	}
	b.ReportMetric(float64(held)/manyFlags, "heap-B/flag")
	b.ReportMetric(float64(held)/(1<<20), "heap-MiB")
}

// heldBy returns the bytes of live heap that n flags in force hold, without
// their source.
func heldBy(tb testing.TB, n int) uint64 {
	source := &recordSource{load: func() []hoist.Record { return rulesRecords(tb, n) }}
	before := liveHeap()
	flags, err := hoist.Open(context.Background(), source, nil)
	if err != nil {
		tb.Fatal(err)
	}
	after := liveHeap()
	flags.Close()
	return after - min(before, after)
}

func liveHeap() uint64 {
	var stats runtime.MemStats
	// The second one frees what the first has only found to be garbage.
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// WDetail is W2 with the reasons for the answer, WHook is W2 with an observer
// that does nothing, and WContext is W2 for the subject of a context.Context.
func BenchmarkWDetail(b *testing.B) {
	subject := workSubject(subjectID)
	view := openFlags(b, nil, rolloutFlag("new-checkout")).For(subject)
	expect(b, view.Evaluate("new-checkout").RuleIndex() >= -1, true)
	stop := startCPU(b)
	for b.Loop() {
		view.Evaluate("new-checkout")
	}
	stop()
}

func BenchmarkWHook(b *testing.B) {
	calls := 0
	opts := &hoist.Options{OnEvaluation: func(hoist.Evaluation) { calls++ }}
	subject := workSubject(subjectID)
	view := openFlags(b, opts, rolloutFlag("new-checkout")).For(subject)
	view.Bool("new-checkout", false)
	expect(b, calls, 1)
	stop := startCPU(b)
	for b.Loop() {
		view.Bool("new-checkout", false)
	}
	stop()
}

func BenchmarkWContext(b *testing.B) {
	flags := openFlags(b, nil, rolloutFlag("new-checkout"))
	ctx := hoist.NewContext(context.Background(), workSubject(subjectID))
	expect(b, flags.Evaluate(ctx, "new-checkout").Reason(), hoist.ReasonSplit)
	stop := startCPU(b)
	for b.Loop() {
		flags.Bool(ctx, "new-checkout", false)
	}
	stop()
}

// BenchmarkReadDuringReload reads (W3) while 10,000 flags are replaced again
// and again, and reports how much longer a read takes than without. It is for
// machines with a core to spare for each of the two.
func BenchmarkReadDuringReload(b *testing.B) {
	view := openRecords(b, rulesRecords(b, manyFlags)).For(workSubject(subjectID))
	key := rulesKey(0)
	read := func(n int) time.Duration {
		start := time.Now()
		for range n {
			view.String(key, "")
		}
		return time.Since(start)
	}
	const batch = 10_000
	quiet := time.Duration(0)
	for b.Loop() {
		quiet += read(batch)
	}
	busy := duringReloads(b, func() (sum time.Duration) {
		for range b.N {
			sum += read(batch)
		}
		return sum
	})
	b.ReportMetric(float64(quiet)/float64(b.N)/batch, "quiet-ns/read")
	b.ReportMetric(float64(busy)/float64(b.N)/batch, "busy-ns/read")
	b.ReportMetric(float64(busy)/float64(quiet), "busy/quiet")
}

// duringReloads calls measure while an engine is filled again and again.
func duringReloads(tb testing.TB, measure func() time.Duration) time.Duration {
	records := rulesRecords(tb, manyFlags)
	source := &recordSource{load: func() []hoist.Record { return records }}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			default:
				openAndClose(tb, source)
			}
		}
	}()
	defer func() { close(quit); <-done }()
	return measure()
}

// expect is for outcomes; in a loop it would be measured.
func expect[T comparable](tb testing.TB, got, want T) {
	tb.Helper()
	if got != want {
		tb.Fatalf("got %v, want %v", got, want)
	}
}

// expectLastRule checks that rulesFlag was evaluated down to its last rule.
func expectLastRule(tb testing.TB, d hoist.Decision) {
	tb.Helper()
	if d.RuleIndex() != 2 || d.Reason() != hoist.ReasonSplit || !isVariant(d.Value().String()) {
		tb.Fatalf("got rule %d, %v, %v, want the split of rule 2", d.RuleIndex(), d.Reason(), d.Value())
	}
}
