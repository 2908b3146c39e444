package hoisttest

import (
	"context"
	"iter"

	"github.com/hoistflags/hoist"
)

// A live is a source that one engine follows. A change is in force when commit
// returns.
type live struct {
	records  []hoist.Record // at first
	revision hoist.Revision // of the last commit; commits come one after the other
	batches  chan batch
	began    chan struct{} // closed when the engine watches
	ended    chan struct{} // closed when it does not any more
}

type batch struct {
	hoist.Batch
	applied chan struct{}
}

func newLive() *live {
	return &live{revision: 1, batches: make(chan batch), began: make(chan struct{}), ended: make(chan struct{})}
}

func (l *live) Load(context.Context) (hoist.State, error) {
	return hoist.State{Revision: 1, Records: l.records}, nil
}

// Watch hands out each change and tells its committer when the engine comes
// back for the next, for then the change is in force.
func (l *live) Watch(ctx context.Context, _ hoist.Revision) iter.Seq2[hoist.Batch, error] {
	return func(yield func(hoist.Batch, error) bool) {
		close(l.began)
		defer close(l.ended)
		for {
			select {
			case <-ctx.Done():
				return
			case b := <-l.batches:
				more := yield(b.Batch, nil)
				close(b.applied)
				if !more {
					return
				}
			}
		}
	}
}

// commit reports whether the change is in force; it is not if the engine was
// closed.
func (l *live) commit(change hoist.Record) bool {
	l.revision++
	b := batch{hoist.Batch{Revision: l.revision, Changes: []hoist.Record{change}}, make(chan struct{})}
	select {
	case l.batches <- b:
		<-b.applied
		return true
	case <-l.ended:
		return false
	}
}
