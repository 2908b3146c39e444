package flagmint

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/hoistflags/hoist"
)

// ImportOptions say where imported flags go. Nil means the zero value.
type ImportOptions struct {
	// Environment is the environment the document is about. Empty means all.
	Environment string

	// Project is the project of the set. Empty means [hoist.DefaultProject].
	Project string
}

// Import returns the flags and segments of an SDK configuration as a set:
//
//	{"flags": [{"key": …, "variations": …, "targeting_rules": …, "rollouts": …}], "segments": […]}
//
// where each of the two may also be an object by key or id. The report lists,
// with JSON pointers into the document, what could not be represented and what
// was left out; everything else is imported. It is an error if the document
// cannot be read at all, or is larger than [hoist.MaxDocumentBytes].
func Import(doc []byte, opts *ImportOptions) (*hoist.Set, hoist.Errors, error) {
	if opts == nil {
		opts = &ImportOptions{}
	}
	if len(doc) > hoist.MaxDocumentBytes {
		return nil, nil, fmt.Errorf("flagmint: %d bytes, limit %d", len(doc), hoist.MaxDocumentBytes)
	}
	var in document
	if err := json.Unmarshal(doc, &in); err != nil {
		return nil, nil, fmt.Errorf("flagmint: %w", err)
	}
	set := &hoist.Set{Project: opts.Project}
	var report hoist.Errors
	keys := map[string]string{}
	for i := range in.Segments {
		s := segmentFromWire(&in.Segments[i])
		if accept(&report, "/segments/"+strconv.Itoa(i), s.Validate()) {
			keys[in.Segments[i].ID] = s.Key
			set.Segments = append(set.Segments, s)
		}
	}
	for i := range in.Flags {
		path := "/flags/" + strconv.Itoa(i)
		f, problems := flagFromWire(&in.Flags[i], opts.Environment, keys)
		accept(&report, path, problems)
		if accept(&report, path, f.Validate()) {
			set.Flags = append(set.Flags, f)
		}
	}
	return set, report, nil
}

// accept adds what is wrong with the object at path to the report, and reports
// whether that is nothing.
func accept(report *hoist.Errors, path string, err error) bool {
	var list hoist.Errors
	if errors.As(err, &list) {
		for _, e := range list {
			*report = append(*report, &hoist.FieldError{Path: path + e.Path, Problem: e.Problem})
		}
	}
	return len(list) == 0
}
