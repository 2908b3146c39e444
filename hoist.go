package hoist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options are what [Open] can be told. The zero value, or nil, is good for a
// program whose flags do not differ by environment.
type Options struct {
	// Project is the project whose flags are served. Empty means
	// [DefaultProject].
	Project string

	// Environment is the environment whose targeting holds. Empty means the
	// targeting that flags have outside of environments.
	Environment string

	// Clock is the time for flags that depend on it. Nil means [time.Now]. It
	// is called from any goroutine that evaluates.
	Clock func() time.Time

	// Random gives random numbers to rollouts that are by chance, which only
	// some products have. Nil means math/rand/v2. It is called from any
	// goroutine that evaluates.
	Random func() uint64

	// Attributes are what is the same for all subjects, such as the name of
	// the application. A subject's own attribute of the same name wins.
	Attributes []Attr

	// Assignments keep what sticky rules gave, see [Rule.Sticky]. Nil means
	// that nothing is kept: flags whose evaluation gets to such a rule answer
	// with [NoAssignments].
	Assignments Assignments

	// Logger is told about trouble with the source and with single flags. Nil
	// means silence: the same is in [Flags.Status].
	Logger *slog.Logger

	// OnEvaluation is called for each evaluation, in the goroutine that asked
	// and before it gets its answer. It must be fast and must not block; what
	// it needs to keep it can keep. Nil, the default, costs nothing.
	OnEvaluation func(Evaluation)
}

// An Evaluation is what [Options.OnEvaluation] is told: who asked, by key, and
// what the answer was.
type Evaluation struct {
	Subject  string
	Decision Decision
}

// Flags evaluates the flags of one project in one environment, and follows its
// source. All methods are safe for concurrent use, and none that evaluates ever
// waits for anything, as it reads an immutable snapshot; only what
// [Options.OnEvaluation] and [Options.Assignments] do adds to that.
type Flags struct {
	current      atomic.Pointer[snapshot]
	world        world
	onEvaluation func(Evaluation)
	counting     *counting
	log          *slog.Logger
	source       Source
	graph        *graph

	cancel  context.CancelFunc
	running sync.WaitGroup

	mu        sync.Mutex
	status    Status
	listeners []*listener
}

// A snapshot is one version of every flag.
type snapshot struct {
	index    *index
	revision Revision
	sorted   atomic.Pointer[[]*flag] // by key, made when it is asked for first
}

// A world is what evaluation depends on beside flags and subject.
type world struct {
	now    func() time.Time // nil: the time of the machine
	random func() uint64    // nil: math/rand
	common *Subject         // attributes of all subjects; nil: none
	kept   Assignments      // nil: none
}

func newWorld(opts *Options) world {
	w := world{now: opts.Clock, random: opts.Random, kept: opts.Assignments}
	if len(opts.Attributes) > 0 {
		common := NewSubject("", opts.Attributes...)
		w.common = &common
	}
	return w
}

func (w *world) nanos() int64 {
	if w.now == nil {
		return time.Now().UnixNano()
	}
	return clampNanos(w.now())
}

func (w *world) time() time.Time {
	if w.now == nil {
		return time.Now()
	}
	return w.now()
}

func (w *world) chance() uint64 {
	if w.random == nil {
		return rand.Uint64()
	}
	return w.random()
}

// collectInterval is how often evaluation counters are looked at, which is the
// resolution of [Flags.LastEvaluated].
const collectInterval = time.Minute

// Open loads all flags from source, compiles them, and follows the source until
// ctx ends or [Flags.Close] is called. It returns when the first snapshot is in
// force.
//
// It is an error if the source cannot be loaded, if it has records, but none of
// the project, or if the project has environments, but not the one asked for. A
// single flag that is not
// valid is not: it answers with the caller's fallback and [FlagBroken], harms
// no other, and is reported by [Flags.Status]. Sources that people edit, such
// as files, refuse it when they are loaded.
func Open(ctx context.Context, source Source, opts *Options) (*Flags, error) {
	if opts == nil {
		opts = &Options{}
	}
	project := opts.Project
	if project == "" {
		project = DefaultProject
	}
	f := &Flags{
		world:        newWorld(opts),
		onEvaluation: opts.OnEvaluation,
		counting:     newCounting(),
		log:          opts.Logger,
		source:       source,
		graph:        newGraph(project, opts.Environment),
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	state, err := source.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("hoist: load flags: %w", err)
	}
	if err := checkScope(state.Records, project, opts.Environment); err != nil {
		return nil, fmt.Errorf("hoist: %w", err)
	}
	f.current.Store(&snapshot{index: newIndex(len(state.Records))})
	f.publish(f.graph.load(state.Records), state.Revision)
	ctx, f.cancel = context.WithCancel(ctx)
	f.running.Go(func() { f.follow(ctx) })
	f.running.Go(func() { f.collect(ctx) })
	return f, nil
}

// checkScope reports a project that the source does not have while it has
// others, and an environment that the project does not have while it has others:
// most likely one of the two is misspelt, and every flag would silently be
// missing or another one.
func checkScope(records []Record, project, environment string) error {
	projects, environments := map[string]bool{}, map[string]bool{}
	for i := range records {
		r := &records[i]
		if r.Kind == FlagRecord || r.Kind == SegmentRecord {
			projects[r.Project] = true
		}
		if r.Kind == EnvironmentRecord && r.Project == project {
			environments[r.Key] = true
		}
	}
	if len(projects) > 0 && !projects[project] {
		return fmt.Errorf("the source has nothing of project %q, but of %s", project, quoted(projects))
	}
	if environment != "" && len(environments) > 0 && !environments[environment] {
		return fmt.Errorf("project %q has no environment %q, but %s", project, environment, quoted(environments))
	}
	return nil
}

func quoted(names map[string]bool) string {
	return orText(mapSlice(slices.Sorted(maps.Keys(names)), strconv.Quote))
}

var _ io.Closer = (*Flags)(nil)

// Close stops following the source and waits until that is so. The flags go on
// answering from the last snapshot. It returns nil, always.
func (f *Flags) Close() error {
	f.cancel()
	f.running.Wait()
	return nil
}

// How long follow waits before it tries a source again that has failed.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 30 * time.Second
)

// follow applies what the source says until ctx ends.
func (f *Flags) follow(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		before := f.Status().Revision
		err := f.watch(ctx)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, ErrCompacted) {
			err = f.reload(ctx)
		}
		if f.Status().Revision != before {
			pause = firstPause
		}
		f.trouble(err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, maxPause)
	}
}

// collect looks at the counters again and again, so that it is known when a
// flag was evaluated last.
func (f *Flags) collect(ctx context.Context) {
	ticker := time.NewTicker(collectInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			f.counting.collect(f.current.Load().index, f.world.time())
		}
	}
}

// watch applies changes until the sequence of the source ends, and returns the
// error it ended with.
func (f *Flags) watch(ctx context.Context) (last error) {
	for batch, err := range f.source.Watch(ctx, f.Status().Revision) {
		last = err
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if !errors.Is(err, ErrCompacted) {
				f.trouble(err)
			}
			continue
		}
		f.publish(f.graph.apply(batch.Changes), batch.Revision)
	}
	return last
}

func (f *Flags) reload(ctx context.Context) error {
	state, err := f.source.Load(ctx)
	if err != nil {
		return fmt.Errorf("load flags again: %w", err)
	}
	f.publish(f.graph.load(state.Records), state.Revision)
	return nil
}

// trouble notes an error of the source, which goes on being used.
func (f *Flags) trouble(err error) {
	f.mu.Lock()
	known := f.status.Err
	f.status.Err = err
	f.mu.Unlock()
	if err != nil && (known == nil || known.Error() != err.Error()) {
		f.log.Error("flags do not follow their source", "error", err)
	}
}

// publish puts an update in force and tells who wants to know.
func (f *Flags) publish(u update, revision Revision) {
	old := f.current.Load()
	change := Change{Revision: revision, Removed: u.drop}
	for _, flag := range u.put {
		before := old.index.find(flag.key, hashKey(flag.key))
		if before == nil {
			change.Added = append(change.Added, flag.key)
		} else {
			change.Changed = append(change.Changed, flag.key)
		}
		f.counting.assign(flag, before)
	}
	next := &snapshot{index: old.index, revision: revision}
	if len(u.put)+len(u.drop) > 0 {
		next.index = old.index.with(u.put, u.drop)
	}
	f.current.Store(next)
	for _, key := range u.drop {
		f.counting.retire(old.index.find(key, hashKey(key)))
	}
	f.noteStatus(revision)
	f.notify(change)
}

// Status says how an engine stands to its source.
type Status struct {
	// Revision is the revision of the source that is in force.
	Revision Revision

	// Updated is when it came into force.
	Updated time.Time

	// Err is why the newest state of the source is not in force, nil if it is.
	Err error

	// Problems are the flags and segments of which an earlier form, or none,
	// is in force, by kind and key.
	Problems []Problem
}

// A Problem is a flag or segment whose newest form is not valid.
type Problem struct {
	Kind RecordKind
	Key  string
	Err  error
}

// String returns the problem in a line.
func (p Problem) String() string { return fmt.Sprintf("%s %q: %v", p.Kind, p.Key, p.Err) }

// Status returns how f stands to its source.
func (f *Flags) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	status := f.status
	status.Problems = slices.Clone(status.Problems)
	return status
}

func (f *Flags) noteStatus(revision Revision) {
	problems := f.graph.problems()
	f.mu.Lock()
	known := f.status.Problems
	f.status = Status{Revision: revision, Updated: f.world.time(), Problems: problems}
	f.mu.Unlock()
	for _, p := range problems {
		if !slices.ContainsFunc(known, func(k Problem) bool { return k.String() == p.String() }) {
			f.log.Error("not valid, an earlier form or the fallback is served", "kind", string(p.Kind), "key", p.Key, "error", p.Err)
		}
	}
}

// A Change says which flags may answer otherwise than before: those that were
// changed themselves and those that depend on a changed flag or segment.
type Change struct {
	Revision                Revision
	Added, Changed, Removed []string // sorted
}

type listener struct{ call func(Change) }

// OnChange has call called after each change, when the new snapshot is in
// force. Calls come one after the other from the goroutine that follows the
// source, which goes on only when they return. Cancel ends that; it does not
// wait for a call that is under way.
func (f *Flags) OnChange(call func(Change)) (cancel func()) {
	l := &listener{call}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listeners = append(slices.Clone(f.listeners), l)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.listeners = slices.DeleteFunc(slices.Clone(f.listeners), func(other *listener) bool { return other == l })
	}
}

func (f *Flags) notify(change Change) {
	if len(change.Added)+len(change.Changed)+len(change.Removed) == 0 {
		return
	}
	slices.Sort(change.Added)
	slices.Sort(change.Changed)
	slices.Sort(change.Removed)
	f.mu.Lock()
	listeners := f.listeners
	f.mu.Unlock()
	for _, l := range listeners {
		l.call(change)
	}
}

// DrainCounts returns how often each flag gave each variant since it was called
// last, sorted by flag and variant. Nothing is lost and nothing counted twice;
// what runs at the same time is in this call's result or in the next one's.
func (f *Flags) DrainCounts() []Count {
	return f.counting.drain(f.current.Load().index, f.world.time())
}

// LastEvaluated returns about when a flag was evaluated last, to the minute, and
// false if it was not since f was opened. It is known for flags that are gone,
// too.
func (f *Flags) LastEvaluated(key string) (time.Time, bool) {
	return f.counting.lastEvaluated(f.current.Load().index, key, f.world.time())
}

// For returns a view of the flags for one subject. It pins the present
// snapshot: all that is asked of the view is answered from one version of the
// flags. It does not allocate, unless the view is kept beyond the calling
// function.
func (f *Flags) For(s Subject) View { return View{f, f.current.Load(), &s} }

var anonymous Subject

// from returns a view for the subject that ctx carries, anonymous if none.
func (f *Flags) from(ctx context.Context) View {
	s, ok := ctx.Value(subjectKey{}).(*Subject)
	if !ok {
		s = &anonymous
	}
	return View{f, f.current.Load(), s}
}

// Bool is [View.Bool] for the subject that ctx carries, see [NewContext].
func (f *Flags) Bool(ctx context.Context, key string, fallback bool) bool {
	return f.from(ctx).Bool(key, fallback)
}

// String is [View.String] for the subject that ctx carries.
func (f *Flags) String(ctx context.Context, key, fallback string) string {
	return f.from(ctx).String(key, fallback)
}

// Int is [View.Int] for the subject that ctx carries.
func (f *Flags) Int(ctx context.Context, key string, fallback int64) int64 {
	return f.from(ctx).Int(key, fallback)
}

// Float is [View.Float] for the subject that ctx carries.
func (f *Flags) Float(ctx context.Context, key string, fallback float64) float64 {
	return f.from(ctx).Float(key, fallback)
}

// JSON is [View.JSON] for the subject that ctx carries.
func (f *Flags) JSON(ctx context.Context, key string, fallback any) any {
	return f.from(ctx).JSON(key, fallback)
}

// Evaluate is [View.Evaluate] for the subject that ctx carries.
func (f *Flags) Evaluate(ctx context.Context, key string) Decision {
	return f.from(ctx).Evaluate(key)
}

// problems returns what is wrong with the newest forms, by kind and key.
func (g *graph) problems() []Problem {
	var list []Problem
	for id := range g.failing {
		list = append(list, Problem{id.kind, id.key, g.nodes[id].err})
	}
	slices.SortFunc(list, func(a, b Problem) int { return compareIDs(nodeID{a.Kind, a.Key}, nodeID{b.Kind, b.Key}) })
	return list
}

// flags returns every flag of the snapshot, by key.
func (s *snapshot) flags() []*flag {
	if sorted := s.sorted.Load(); sorted != nil {
		return *sorted
	}
	list := make([]*flag, 0, s.index.n)
	s.index.all(func(f *flag) { list = append(list, f) })
	slices.SortFunc(list, func(a, b *flag) int { return strings.Compare(a.key, b.key) })
	s.sorted.Store(&list)
	return list
}
