package flipt

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hoistflags/hoist"
	"go.yaml.in/yaml/v3"
)

// ExportOptions say how [Export] writes. The zero value, or nil, is YAML in
// the order of the set, of the targeting that is for all environments.
type ExportOptions struct {
	// Environment is the environment whose targeting is written.
	Environment string

	// JSON writes JSON, one object per namespace.
	JSON bool

	// SortByKey writes flags and segments in the order of their keys.
	SortByKey bool
}

// Export returns namespaces as a features file of version 1.4, one document
// each, with the key of the project for namespaces without a key.
//
// The report says, with paths such as those of [hoist.Set.Validate], what has
// no form in Flipt and was left out: flags and segments of other semantics, or
// that Go programs gave what Flipt does not have, and flags that refer to such
// segments. What a file of Flipt has no place for and what decides no answer
// (ids, ranks that are not positions, times, labels, owners) is not written.
func Export(namespaces []Namespace, opts *ExportOptions) ([]byte, hoist.Errors, error) {
	if opts == nil {
		opts = &ExportOptions{}
	}
	x := &exporter{opts: opts}
	var files []featuresFile
	for i := range namespaces {
		n := &namespaces[i]
		if x.path = ""; len(namespaces) > 1 {
			x.path = at("", i)
		}
		files = append(files, x.file(n))
	}
	if len(files) > 0 {
		files[0].Version = newest.String()
	}
	document, err := encode(files, opts.JSON)
	return document, x.report, err
}

func encode(files []featuresFile, asJSON bool) ([]byte, error) {
	var out bytes.Buffer
	toJSON, toYAML := json.NewEncoder(&out), yaml.NewEncoder(&out)
	toJSON.SetIndent("", "  ")
	toJSON.SetEscapeHTML(false)
	toYAML.SetIndent(2)
	for i := range files {
		write := toYAML.Encode
		if asJSON {
			write = toJSON.Encode
		}
		if err := write(&files[i]); err != nil {
			return nil, fmt.Errorf("flipt: %w", err)
		}
	}
	if asJSON {
		return out.Bytes(), nil
	}
	err := toYAML.Close()
	return out.Bytes(), err
}

type exporter struct {
	opts   *ExportOptions
	path   string
	report hoist.Errors
}

// addAll adds problems of an object, and reports whether there are any.
func (x *exporter) addAll(path string, problems hoist.Errors) bool {
	for _, p := range problems {
		x.report = append(x.report, &hoist.FieldError{Path: x.path + path + p.Path, Problem: p.Problem})
	}
	return len(problems) > 0
}

func (x *exporter) file(n *Namespace) featuresFile {
	key := cmp.Or(n.Key, n.Set.Project, defaultNamespace)
	out := featuresFile{Namespace: featuresNamespace{key, cmp.Or(n.Name, key), n.Description}}
	written := map[string]bool{}
	for _, s := range n.Set.Segments {
		w, problems := segmentToWire(s, key)
		if !x.addAll("/segments/"+pointerStep(s.Key), problems) {
			out.Segments = append(out.Segments, fileSegment(w))
			written[s.Key] = true
		}
	}
	for _, f := range n.Set.Flags {
		b, problems := flagToWire(f, key, x.opts.Environment)
		path := "/flags/" + pointerStep(f.Key)
		if !x.addAll(path, problems) && !x.dangling(path, b, written) {
			out.Flags = append(out.Flags, fileFlag(b))
		}
	}
	if x.opts.SortByKey {
		slices.SortFunc(out.Flags, func(a, b featuresFlag) int { return strings.Compare(a.Key, b.Key) })
		slices.SortFunc(out.Segments, func(a, b featuresSegment) int { return strings.Compare(a.Key, b.Key) })
	}
	return out
}

// dangling reports whether a flag refers to a segment that is not written,
// which Flipt would refuse the file for.
func (x *exporter) dangling(path string, b *bundle, written map[string]bool) bool {
	var keys []string
	for _, r := range b.Rules {
		keys = append(append(keys, r.SegmentKey), r.SegmentKeys...)
	}
	for _, r := range b.Rollouts {
		if r.Segment != nil {
			keys = append(append(keys, r.Segment.SegmentKey), r.Segment.SegmentKeys...)
		}
	}
	for _, key := range keys {
		if key != "" && !written[key] {
			problem := fmt.Sprintf("refers to the segment %q, which is not in the file", key)
			return x.addAll(path, hoist.Errors{{Path: "", Problem: problem}})
		}
	}
	return false
}
