package unleash

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/hoistflags/hoist"
)

// ImportOptions say where imported flags go. Nil means the zero value.
type ImportOptions struct {
	// Environment is the environment that the document is about: flags get
	// their targeting there and nowhere else. Empty means that they get it in
	// all environments.
	Environment string

	// Project is the project of the set. Empty means [hoist.DefaultProject].
	// The projects that features have in Unleash are kept, but do not matter:
	// their names are unique across projects.
	Project string
}

// Import returns the flags and segments of a document of Unleash as a set. It
// reads
//
//   - what the server gives its SDKs: {"features": […], "segments": […]},
//   - the events by which it tells them of changes: {"events": […]},
//   - the export of its admin API: {"features": […], "featureStrategies": […],
//     "featureEnvironments": […], …}. Of the segments, which it has by name
//     only, nothing is imported: rules that refer to one do not hold until there
//     is a segment with its id as the key.
//
// The report lists, with JSON pointers into the document, what could not be
// represented and what was left out; everything else is imported. It is an
// error if the document cannot be read at all, or is larger than
// [hoist.MaxDocumentBytes].
func Import(document []byte, opts *ImportOptions) (*hoist.Set, hoist.Errors, error) {
	if opts == nil {
		opts = &ImportOptions{}
	}
	if len(document) > hoist.MaxDocumentBytes {
		return nil, nil, fmt.Errorf("unleash: %d bytes, limit %d", len(document), hoist.MaxDocumentBytes)
	}
	var o object
	if err := json.Unmarshal(document, &o); err != nil {
		return nil, nil, fmt.Errorf("unleash: %w", err)
	}
	i := importer{environment: opts.Environment, set: &hoist.Set{Project: opts.Project}}
	if opts.Environment != "" {
		i.set.Environments = []hoist.Environment{{Key: opts.Environment}}
	}
	switch {
	case o["events"] != nil:
		i.clientDocument(documentAfter(&i.reader, o))
	case o["featureStrategies"] != nil || o["featureEnvironments"] != nil:
		i.export(o)
	case o["features"] != nil:
		i.clientDocument(clientDocumentOf(&i.reader, o, ""))
	default:
		return nil, nil, errors.New(`unleash: want an object with the member "features" or "events"`)
	}
	return i.set, i.problems, nil
}

// An importer collects a set.
type importer struct {
	reader
	environment string
	set         *hoist.Set
}

// A clientDocument is what an SDK knows: the documents of features by name and
// of segments by id.
type clientDocument struct {
	features, segments entries
}

// entries are documents by key, in the order in which their keys came first.
type entries struct {
	list  []entry // those that were removed have no text
	index map[string]int
}

type entry struct {
	key  string
	at   string // a JSON pointer to where it is from
	text json.RawMessage
}

// put puts a document in the place of that with the same key, or else behind
// the others, and reports whether it is new.
func (e *entries) put(one entry) bool {
	if e.index == nil {
		e.index = map[string]int{}
	}
	if i, ok := e.index[one.key]; ok {
		e.list[i] = one
		return false
	}
	e.index[one.key] = len(e.list)
	e.list = append(e.list, one)
	return true
}

func (e *entries) remove(key string) {
	if i, ok := e.index[key]; ok {
		e.list[i].text = nil
		delete(e.index, key)
	}
}

// all yields the documents that are there.
func (e *entries) all(yield func(entry) bool) {
	for _, one := range e.list {
		if one.text != nil && !yield(one) {
			return
		}
	}
}

func clientDocumentOf(r *reader, o object, at string) clientDocument {
	return clientDocument{r.entries(o, "features", at, featureKey), r.entries(o, "segments", at, segmentIDOf)}
}

// entries reads a list of documents that have a key.
func (r *reader) entries(o object, name, at string, key func(*reader, object, string) string) entries {
	list, _ := r.list(o, name, at)
	var out entries
	for i, text := range list {
		here := at + "/" + name + "/" + strconv.Itoa(i)
		if one, ok := r.entry(text, here, key); ok && !out.put(one) {
			r.problem(here, "%q is there twice, the last one counts", one.key)
		}
	}
	return out
}

func (r *reader) entry(text json.RawMessage, at string, key func(*reader, object, string) string) (entry, bool) {
	before := len(r.problems)
	o := r.object(text, at)
	if len(r.problems) > before {
		return entry{}, false
	}
	e := entry{key(r, o, at), at, text}
	return e, len(r.problems) == before
}

func featureKey(r *reader, o object, at string) string {
	name := r.text(o, "name", at)
	if name == "" {
		r.problem(at+"/name", "want the name of a feature")
	}
	return name
}

func segmentIDOf(r *reader, o object, at string) string { return r.segmentKey(o["id"], at+"/id") }

func (i *importer) clientDocument(d clientDocument) {
	for e := range d.segments.all {
		r := reader{}
		i.addSegment(r.segmentFromWire(e.text, clientForm, e.at), &r, e.at)
	}
	for e := range d.features.all {
		r := reader{}
		i.addFlag(r.flag(e.text, i.environment, e.at), &r, e.at)
	}
}

// addFlag adds a flag unless something is wrong with it.
func (i *importer) addFlag(f *hoist.Flag, r *reader, at string) {
	if i.accept(r, f.Validate(), at) {
		i.set.Flags = append(i.set.Flags, f)
	}
}

func (i *importer) addSegment(s *hoist.Segment, r *reader, at string) {
	if i.accept(r, s.Validate(), at) {
		i.set.Segments = append(i.set.Segments, s)
	}
}

// accept adds what is wrong with the object at a place to the report, and
// reports whether that is nothing. What only the model finds has no place in
// the document of its own.
func (i *importer) accept(r *reader, err error, at string) bool {
	if r.problems != nil {
		i.problems = append(i.problems, r.problems...)
		return false
	}
	var list hoist.Errors
	if errors.As(err, &list) {
		for _, e := range list {
			i.problem(at, "%v", e)
		}
	}
	return len(list) == 0
}
