package hoist

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"
)

// A Source is where flags come from. Every store is one; [Static] makes one
// from flags built in Go.
type Source interface {
	// Load returns every record, and the revision of the source at which that
	// was so. The records and their data belong to the caller and are not
	// changed afterwards. It returns early with ctx's error when ctx ends.
	Load(ctx context.Context) (State, error)

	// Watch returns the changes after a revision, batch by batch in the order
	// in which they were committed, none left out and none twice, and waits
	// for further ones until ctx ends. It does nothing before it is ranged
	// over.
	//
	// An error in place of a batch reports trouble: the state stays what it
	// was. A batch without changes, at the revision that was there, says that
	// the trouble is over. If the sequence goes on, the source goes on by itself; if it ends,
	// the caller ranges over a new Watch after a pause, from the last revision
	// it has seen, and calls Load first if the error matched [ErrCompacted].
	Watch(ctx context.Context, after Revision) iter.Seq2[Batch, error]
}

// A Revision counts the commits of a source. It grows with each; what a number
// means is the source's business.
type Revision int64

// ErrCompacted is reported by [Source.Watch] when the changes after a revision
// are not known any more, so that everything must be loaded again.
var ErrCompacted = errors.New("hoist: changes since that revision are gone, load again")

// A State is everything that a source holds at a revision.
type State struct {
	Revision Revision
	Records  []Record
}

// A Batch is what one or more commits changed. Of several changes to a record
// only the last is in it.
type Batch struct {
	Revision Revision // the state of the source after the batch
	Changes  []Record // a record without data has been deleted
}

// A Record is one object of a source, in the JSON form of the model.
type Record struct {
	Kind    RecordKind
	Project string // "" for kinds that are outside of projects
	Key     string // unique within kind and project

	Revision Revision  // of the commit that wrote it
	Actor    string    // who wrote it, "" if unknown
	Time     time.Time // when, zero if unknown

	// Data is the object; nil in a [Batch] if it was deleted.
	Data json.RawMessage
}

// A RecordKind says what a [Record] is.
type RecordKind string

// The kinds of records that evaluation looks at: flags and segments. A Source
// may hold others; they are passed over.
const (
	FlagRecord        RecordKind = "flag"
	SegmentRecord     RecordKind = "segment"
	EnvironmentRecord RecordKind = "environment"
	ProjectRecord     RecordKind = "project"
)

// Records returns the set as records: project, environments, segments, flags.
// Their data is encoded here, so the set may be changed afterwards.
func (s *Set) Records() ([]Record, error) {
	project := s.Project
	if project == "" {
		project = DefaultProject
	}
	var records []Record
	var failed error
	add := func(kind RecordKind, key string, object json.Marshaler) {
		data, err := object.MarshalJSON()
		if err != nil && failed == nil {
			failed = err
		}
		records = append(records, Record{Kind: kind, Project: project, Key: key, Data: data})
	}
	for i := range s.Environments {
		add(EnvironmentRecord, s.Environments[i].Key, &s.Environments[i])
	}
	for _, segment := range s.Segments {
		if segment != nil {
			add(SegmentRecord, segment.Key, segment)
		}
	}
	for _, flag := range s.Flags {
		if flag != nil {
			add(FlagRecord, flag.Key, flag)
		}
	}
	return records, failed
}

// Static returns a source that holds set and never changes. The set is encoded
// when the source is loaded first by [Open], which reports what is wrong in it.
func Static(set Set) Source { return &staticSource{set} }

type staticSource struct{ set Set }

func (s *staticSource) Load(context.Context) (State, error) {
	if err := s.set.Validate(); err != nil {
		return State{}, err
	}
	records, err := s.set.Records()
	return State{Revision: 1, Records: records}, err
}

func (s *staticSource) Watch(ctx context.Context, _ Revision) iter.Seq2[Batch, error] {
	return func(func(Batch, error) bool) { <-ctx.Done() }
}
