package hoist

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
)

// A graph is what an engine knows about its records: their compiled forms and
// who refers to whom. It belongs to the goroutine that follows the source;
// what it publishes are snapshots.
type graph struct {
	project, environment string
	nodes                map[nodeID]*node
	failing              map[nodeID]struct{} // nodes with an error
	names                *names
}

type nodeID struct {
	kind RecordKind
	key  string
}

func (id nodeID) String() string { return fmt.Sprintf("%s %q", id.kind, id.key) }

// A node is a flag or segment, or something that others refer to and that does
// not exist.
type node struct {
	present bool   // there is a record
	invalid bool   // it has no form, err says why
	sum     uint64 // of its data, to recognise what has not changed

	// inForce is what is evaluated: the newest form that could be linked.
	inForce form
	// pending is a newer form that could not be linked, for trying it again
	// when what it refers to changes.
	pending *form
	err     error // why the newest form is not in force: it is invalid, or what is wrong with a reference

	usedBy map[nodeID]struct{} // nodes whose forms, in force or pending, refer to this one
}

// A form is the compiled form of a flag or of a segment; neither, if the
// record has none.
type form struct {
	flag    *flag
	segment *segment
}

func (f *form) usable() bool { return f.segment != nil || f.flag != nil && !f.flag.broken }

func (f *form) scope() *scope {
	switch {
	case f.segment != nil:
		return &f.segment.scope
	case f.flag != nil:
		return &f.flag.scope
	}
	return &scope{}
}

// dataSeed is the seed of the hash by which unchanged records are recognised.
var dataSeed = maphash.MakeSeed()

func newGraph(project, environment string) *graph {
	return &graph{
		project: project, environment: environment, names: newNames(),
		nodes: map[nodeID]*node{}, failing: map[nodeID]struct{}{},
	}
}

// An update is what applying records to a graph has changed.
type update struct {
	put  []*flag  // new forms of flags
	drop []string // keys of flags that are gone
}

// load makes the graph hold exactly records.
func (g *graph) load(records []Record) update {
	gone := map[nodeID]bool{}
	for id, n := range g.nodes {
		gone[id] = n.present
	}
	for i := range records {
		if records[i].Project == g.project {
			delete(gone, nodeID{records[i].Kind, records[i].Key})
		}
	}
	changes := slices.Clone(records)
	for id, present := range gone {
		if present {
			changes = append(changes, Record{Kind: id.kind, Project: g.project, Key: id.key})
		}
	}
	return g.apply(changes)
}

// apply changes the graph: compile what is new, then link it and whatever
// depends on it, then see which flags have another form.
func (g *graph) apply(changes []Record) update {
	l := newLinker(g)
	for i := range changes {
		l.take(&changes[i])
	}
	for id := range l.fresh {
		l.spread(id)
	}
	for _, id := range slices.SortedFunc(maps.Keys(l.state), compareIDs) {
		l.link(id, nil)
	}
	g.names.forget()
	return l.update
}

func compareIDs(a, b nodeID) int {
	if c := strings.Compare(string(a.kind), string(b.kind)); c != 0 {
		return c
	}
	return strings.Compare(a.key, b.key)
}
