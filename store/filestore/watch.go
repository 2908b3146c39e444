package filestore

import (
	"context"
	"errors"
	"iter"

	"github.com/hoistflags/hoist"
)

// Watch follows the files, as the package comment says, until ctx ends. Its
// batches hold the records that were added, changed or deleted; an edit that
// changes no record, such as one of a comment, makes none.
//
// Files that are broken or missing are an error in place of a batch, as of
// [Store.Load], once for each different content, and the sequence goes on.
// When they are as they were before, a batch without changes says so.
//
// The changes after a revision are known if this store has given it out, by
// Load or in a batch, and has not deleted more than 10,000 records since.
// Otherwise the sequence ends with [hoist.ErrCompacted].
func (s *Store) Watch(ctx context.Context, after hoist.Revision) iter.Seq2[hoist.Batch, error] {
	return func(yield func(hoist.Batch, error) bool) {
		w := watcher{revision: after}
		for s.takeTurn(ctx) == nil {
			s.look()
			s.decide(s.settle, s.interval)
			batch, news, err := w.next(s)
			pause := s.interval
			if !s.seen.decided {
				pause = s.settle
			}
			s.giveTurn()
			if news && !yield(batch, err) || errors.Is(err, hoist.ErrCompacted) || sleep(ctx, pause) != nil {
				return
			}
		}
	}
}

// A watcher is what one range over a Watch has been told.
type watcher struct {
	revision hoist.Revision
	troubles int  // of the store when the last one was told
	troubled bool // a trouble was told, and not yet that it is over
}

// next returns what the watcher is to be told next by s, whose turn is taken;
// news is false if that is nothing.
func (w *watcher) next(s *Store) (batch hoist.Batch, news bool, err error) {
	switch {
	case !s.records.knows(w.revision):
		return batch, true, hoist.ErrCompacted
	case w.revision < s.records.revision:
		batch = s.records.after(w.revision)
	case s.trouble != nil && w.troubles != s.troubles:
		w.troubles, w.troubled = s.troubles, true
		return batch, true, s.trouble
	case s.trouble == nil && w.troubled:
		batch = hoist.Batch{Revision: w.revision}
	default:
		return batch, false, nil
	}
	w.revision, w.troubled = batch.Revision, false
	return batch, true, nil
}
