package filestore

import (
	"log/slog"
	"time"

	"github.com/hoistflags/hoist"
)

const (
	// unsure is how long after files were written stat may not show that they
	// were written again: the clocks of file systems are that coarse.
	unsure = 2 * time.Second

	// trusted is how long stat is believed that nothing changed.
	trusted = time.Minute
)

// A sight is what the files were last found to hold.
type sight struct {
	content
	since   time.Time // when they were first found to hold that
	read    time.Time // when they were last read
	decided bool      // it has been applied, or reported as broken

	parsed  bool // the two below are set
	records []hoist.Record
	wrong   error // what is wrong with the files, nil if nothing
}

func (v *sight) age() time.Duration { return time.Since(v.since) }

// isCurrent reports whether stat alone shows that files hold what was seen.
func (v *sight) isCurrent(files []file) bool {
	return v.err == nil && sameFiles(files, v.files) &&
		v.read.Sub(newest(files)) > unsure && time.Since(v.read) < trusted
}

// parse reads what was seen as a set.
func (v *sight) parse(path string, max int) {
	if v.parsed {
		return
	}
	v.parsed = true
	if v.wrong = v.err; v.wrong != nil {
		return
	}
	documents := make([]*document, len(v.files))
	for i, f := range v.files {
		documents[i] = parse(f.path, v.texts[i], max)
	}
	set, err := join(path, documents)
	if err == nil {
		v.records, err = set.Records()
	}
	v.wrong = err
}

// look looks at the files.
func (s *Store) look() {
	files, err := list(s.path)
	if err == nil && s.seen.isCurrent(files) {
		return
	}
	now := time.Now()
	found := read(files, err, s.max)
	if found.sum == s.seen.sum {
		s.seen.files = found.files
	} else {
		s.seen = sight{content: found, since: now}
	}
	s.seen.read = now
}

// decide applies what was seen if that is good and at least as old as good, or
// reports it if it is broken and at least as old as bad.
func (s *Store) decide(good, bad time.Duration) {
	age := s.seen.age()
	switch {
	case s.seen.decided:
		return
	case s.seen.sum == s.applied:
		s.accept("flag files are as they were before they broke")
		return
	case age < good:
		return
	}
	s.seen.parse(s.path, s.max)
	switch {
	case s.seen.wrong == nil:
		s.apply()
	case age >= bad:
		s.reject()
	}
}

// apply makes what was seen the state of the store.
func (s *Store) apply() {
	first := s.records.revision == 0
	changes := s.records.replace(s.seen.records)
	s.applied = s.seen.sum
	if first {
		s.accept("flag files loaded")
	} else {
		s.accept("flag files changed", slog.Int("changes", changes))
	}
}

func (s *Store) accept(message string, attrs ...any) {
	s.trouble = nil
	s.decided()
	s.logger.Info(message, append(attrs, slog.String("path", s.path), slog.Int64("revision", int64(s.records.revision)))...)
}

// reject reports that what was seen is broken.
func (s *Store) reject() {
	s.trouble = s.seen.wrong
	s.troubles++
	s.decided()
	s.logger.Warn("flag files are broken, the last good state stays", slog.String("path", s.path), slog.Any("error", s.trouble))
}

// decided lets go of what is not needed any more once a decision has been made.
func (s *Store) decided() {
	s.seen.decided = true
	s.seen.texts, s.seen.records = nil, nil
}
