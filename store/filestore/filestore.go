package filestore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"log/slog"
	"math"
	"time"

	"github.com/hoistflags/hoist"
)

// Options are the options of a [Store]. The zero value of each field means its
// default.
type Options struct {
	// PollInterval is how often a watched store looks at its files; 1 s by
	// default. A look costs one stat per file, and reading the files where
	// that shows a change, also once a minute in any case.
	PollInterval time.Duration

	// MaxBytes bounds the size of all files together, and that of a YAML file
	// written as JSON with its aliases resolved; by default and at most
	// [hoist.MaxDocumentBytes]. Reading YAML takes many times its size in
	// memory for a moment.
	MaxBytes int

	// Logger is told of changes and of broken files; nil discards.
	Logger *slog.Logger
}

const defaultInterval = time.Second

// A Store reads flags from a file or a directory; see the package comment. It
// is a [hoist.Source].
//
// It is safe for concurrent use, and may be watched several times at once, for
// instance by one [hoist.Flags] for each environment: the store then reads
// every change once. It holds no resources except while a method runs.
type Store struct {
	path     string
	interval time.Duration // between looks
	settle   time.Duration // between looks while something changes
	max      int
	logger   *slog.Logger

	// turn holds one token. Who has taken it may look at the files and use
	// everything below. It is not a mutex so that waiting can end with a
	// context: the file system may hang.
	turn chan struct{}

	records  records
	seen     sight
	applied  [sha256.Size]byte // sum of the files that the records come from
	trouble  error             // what is wrong with the files, nil if nothing
	troubles int               // how many troubles there have been
}

// New returns a store for the file or the directory at path, which need not
// exist yet. It does not look at it. Options may be nil.
func New(path string, opts *Options) *Store {
	if opts == nil {
		opts = &Options{}
	}
	s := &Store{path: path, interval: opts.PollInterval, max: opts.MaxBytes, logger: opts.Logger, turn: make(chan struct{}, 1)}
	if s.interval <= 0 {
		s.interval = defaultInterval
	}
	if s.max <= 0 || s.max > hoist.MaxDocumentBytes {
		s.max = hoist.MaxDocumentBytes
	}
	s.logger = cmp.Or(s.logger, slog.New(slog.DiscardHandler))
	s.settle = s.interval / 10
	return s
}

// Load reads the files and returns what they hold: a record for each
// environment, segment and flag, in that order. The revision of a record is
// that of the change that this store found it in.
//
// If the files are broken, the error is [Errors] with everything that is
// wrong, and matches [hoist.ErrInvalid]; if they are missing, it matches
// [io/fs.ErrNotExist]. The store looks again a little later before it returns
// an error, in case the files are being written.
//
// The first revision of a store is the time in milliseconds since 1970, and
// each change adds one. Revisions of different stores cannot be compared.
func (s *Store) Load(ctx context.Context) (hoist.State, error) {
	for {
		if err := s.takeTurn(ctx); err != nil {
			return hoist.State{}, err
		}
		state, settled, err := s.load()
		s.giveTurn()
		if settled {
			return state, err
		}
		if err := sleep(ctx, s.settle); err != nil {
			return hoist.State{}, err
		}
	}
}

// load looks once; settled is false if it must be done again a little later.
func (s *Store) load() (state hoist.State, settled bool, err error) {
	s.look()
	patience := s.settle
	if s.records.revision == 0 {
		patience = 0 // there is nothing better yet
	}
	s.decide(patience, math.MaxInt64)
	switch {
	case s.seen.decided && s.trouble == nil:
		return s.records.state(), true, nil
	case s.seen.decided:
		return hoist.State{}, true, s.trouble
	}
	return hoist.State{}, s.seen.wrong != nil && s.seen.age() >= s.settle, s.seen.wrong
}

// takeTurn waits until no one else uses the store, or until ctx ends.
func (s *Store) takeTurn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) giveTurn() { <-s.turn }

// sleep waits for d, or until ctx ends, and returns its error then.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
