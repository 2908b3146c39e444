package unleash

import (
	"encoding/json"

	"github.com/hoistflags/hoist"
)

// ExportOptions say what is exported. Nil means the zero value.
type ExportOptions struct {
	// Environment is the environment whose targeting is written. Empty means
	// the targeting that flags have outside of environments.
	Environment string
}

// Export returns the flags and segments of a set that have the semantics of
// Unleash as the document that its server gives SDKs. The report lists, with
// paths as of [hoist.Set.Validate], flags and segments of other semantics and
// what a feature cannot say; a flag with something like that is left out.
func Export(set *hoist.Set, opts *ExportOptions) ([]byte, hoist.Errors) {
	if opts == nil {
		opts = &ExportOptions{}
	}
	document := struct {
		Version  int               `json:"version"`
		Features []json.RawMessage `json:"features"`
		Segments []json.RawMessage `json:"segments"`
	}{2, []json.RawMessage{}, []json.RawMessage{}}
	var report hoist.Errors
	for _, f := range set.Flags {
		if f.Archived {
			continue
		}
		w := writer{flag: f}
		text := w.feature(opts.Environment)
		if accept(&report, &w, f.Semantics, "/flags/"+f.Key) {
			document.Features = append(document.Features, text)
		}
	}
	for _, s := range set.Segments {
		w := writer{}
		text := w.segment(s, clientForm)
		if accept(&report, &w, s.Semantics, "/segments/"+s.Key) {
			document.Segments = append(document.Segments, text)
		}
	}
	return rawJSON(document), report
}

// accept reports what could not be written, and whether that is nothing.
func accept(report *hoist.Errors, w *writer, semantics hoist.Semantics, at string) bool {
	if semantics != hoist.Unleash {
		*report = append(*report, &hoist.FieldError{Path: at + "/semantics", Problem: "is not a flag or segment of Unleash"})
		return false
	}
	for _, e := range w.problems {
		*report = append(*report, &hoist.FieldError{Path: at + e.Path, Problem: e.Problem})
	}
	return w.problems == nil
}
