package filestore

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/hoistflags/hoist"
)

// maxGone is how many deleted records are remembered.
const maxGone = 10_000

// records are the objects of a store, and when each changed last. So the
// changes after any revision can be told without keeping every one of them.
type records struct {
	revision hoist.Revision // of the last change; 0 before there was anything
	oldest   hoist.Revision // the changes after it are known
	list     []hoist.Record
	gone     map[recordID]hoist.Revision // when records were deleted
}

type recordID struct {
	kind         hoist.RecordKind
	project, key string
}

func idOf(r hoist.Record) recordID { return recordID{r.Kind, r.Project, r.Key} }

// replace lets next take the place of all records, and returns how many are
// new, different or gone. Those that stayed the same keep their revision.
func (r *records) replace(next []hoist.Record) (changes int) {
	before := make(map[recordID]hoist.Record, len(r.list))
	for _, record := range r.list {
		before[idOf(record)] = record
	}
	revision := r.nextRevision()
	for i := range next {
		id := idOf(next[i])
		if old, ok := before[id]; ok && bytes.Equal(old.Data, next[i].Data) {
			next[i] = old
		} else {
			next[i].Revision = revision
			delete(r.gone, id)
			changes++
		}
		delete(before, id)
	}
	for id := range before {
		r.gone[id] = revision
		changes++
	}
	r.list = next
	r.commit(revision, changes)
	return changes
}

// nextRevision returns the revision of a change that happens now. The first is
// the time in milliseconds, so that what another store or an earlier process
// gave out is not taken for one of this store's.
func (r *records) nextRevision() hoist.Revision {
	if r.revision == 0 {
		return hoist.Revision(time.Now().UnixMilli())
	}
	return r.revision + 1
}

func (r *records) commit(revision hoist.Revision, changes int) {
	if r.revision == 0 {
		r.revision, r.oldest, r.gone = revision, revision, map[recordID]hoist.Revision{}
	}
	if changes > 0 {
		r.revision = revision
	}
	if len(r.gone) > maxGone {
		clear(r.gone)
		r.oldest = r.revision
	}
}

// knows reports whether the changes after a revision are known.
func (r *records) knows(revision hoist.Revision) bool {
	return r.oldest <= revision && revision <= r.revision && r.revision > 0
}

// state returns all records, for the caller to keep.
func (r *records) state() hoist.State {
	return hoist.State{Revision: r.revision, Records: handOut(r.list)}
}

// after returns what changed after a revision that is known, for the caller to
// keep: what is new or different in the order of the files, then what is gone.
func (r *records) after(revision hoist.Revision) hoist.Batch {
	var changes, gone []hoist.Record
	for _, record := range r.list {
		if record.Revision > revision {
			changes = append(changes, record)
		}
	}
	for id, at := range r.gone {
		if at > revision {
			gone = append(gone, hoist.Record{Kind: id.kind, Project: id.project, Key: id.key, Revision: at})
		}
	}
	slices.SortFunc(gone, func(a, b hoist.Record) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Project, b.Project), cmp.Compare(a.Key, b.Key))
	})
	return hoist.Batch{Revision: r.revision, Changes: append(handOut(changes), gone...)}
}

// handOut returns a copy whose data is not shared with list.
func handOut(list []hoist.Record) []hoist.Record {
	size := 0
	for _, record := range list {
		size += len(record.Data)
	}
	out := slices.Clone(list)
	text := make([]byte, 0, size)
	for i := range out {
		start := len(text)
		text = append(text, out[i].Data...)
		out[i].Data = text[start:len(text):len(text)]
	}
	return out
}
