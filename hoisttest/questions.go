package hoisttest

import (
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/hoistflags/hoist"
)

// Asked returns how often the code under test has asked for a flag, whether it
// exists or not.
func (f *Fake) Asked(key string) int {
	n := 0
	for _, count := range f.Answers(key) {
		n += count
	}
	return n
}

// Answers returns how often a flag has given each variant, by name. The empty
// name stands for the caller's fallback.
func (f *Fake) Answers(key string) map[string]int {
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	if a := f.log.asked[key]; a != nil {
		return maps.Clone(a.variants)
	}
	return map[string]int{}
}

// Last returns the last evaluation of a flag: for whom, and what the answer was.
// It reports false if the flag was not asked for.
func (f *Fake) Last(key string) (e hoist.Evaluation, ok bool) {
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	if a := f.log.asked[key]; a != nil {
		return a.last, true
	}
	return hoist.Evaluation{}, false
}

// A questions is what has been asked, and the test to fail if something was
// wrong with that.
type questions struct {
	t       testing.TB
	lenient bool

	mu    sync.Mutex
	known []string // keys of the flags
	asked map[string]*answers
	over  bool // the test has ended
}

// An answers is what came of asking for one flag.
type answers struct {
	variants map[string]int
	last     hoist.Evaluation
	reported bool
}

// know notes which flags there are, for messages.
func (q *questions) know(set *hoist.Set) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.known = nil
	for _, f := range set.Flags {
		q.known = append(q.known, f.Key)
	}
}

func (q *questions) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.over = true
}

// note is told of each evaluation.
func (q *questions) note(e hoist.Evaluation) {
	q.mu.Lock()
	defer q.mu.Unlock()
	a := q.asked[e.Decision.Key()]
	if a == nil {
		a = &answers{variants: map[string]int{}}
		q.asked[e.Decision.Key()] = a
	}
	a.variants[e.Decision.Variant()]++
	a.last = e
	if problem := q.problem(e.Decision); problem != "" && !q.lenient && !q.over && !a.reported {
		a.reported = true // once is enough
		q.t.Errorf("hoisttest: %s asks for flag %q%s", asker(), e.Decision.Key(), problem)
	}
}

// problem says what is wrong with having asked, "" if nothing is.
func (q *questions) problem(d hoist.Decision) string {
	switch d.Error() {
	case hoist.FlagNotFound:
		return ", which the test does not have; it has " + q.knownText()
	case hoist.TypeMismatch:
		return fmt.Sprintf(" as something else than the %s it gives", d.Type())
	}
	return ""
}

func (q *questions) knownText() string {
	const many = 20
	switch n := len(q.known); {
	case n == 0:
		return "none"
	case n > many:
		return fmt.Sprintf("%d others", n)
	}
	return strings.Join(q.known, ", ")
}

// library begins the names of the functions that stand between the code under
// test and note.
const library = "github.com/hoistflags/hoist"

// asker returns the function that asked for a flag, with its place.
func asker() string {
	var counters [32]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(2, counters[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, library+".") && !strings.HasPrefix(frame.Function, library+"/hoisttest.") {
			name := frame.Function[strings.LastIndexByte(frame.Function, '/')+1:]
			return fmt.Sprintf("%s (%s:%d)", name, filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return "someone"
		}
	}
}
