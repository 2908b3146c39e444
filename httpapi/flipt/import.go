package flipt

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/hoistflags/hoist"
	"go.yaml.in/yaml/v3"
)

// ImportOptions say what to import, and as what. The zero value, or nil, will
// do for a file of one namespace.
type ImportOptions struct {
	// Environment is the environment that the targeting of the flags is for.
	// Empty means all.
	Environment string

	// Project is the project of the set. Empty means the key of the namespace.
	// It is for [Import].
	Project string

	// Namespace is the key of the namespace to import from a file of several.
	// Empty means "default" if the file has it, else the first. It is for
	// [Import].
	Namespace string
}

// A Namespace is a project with what Flipt says about it beyond its flags and
// segments.
type Namespace struct {
	Key         string
	Name        string
	Description string
	Set         *hoist.Set
}

// Import returns the flags and segments of one namespace of a features file,
// YAML or JSON, versions 1.0 to 1.4.
//
// The report says, with JSON pointers into the document, what is not valid or
// could not be represented, and was left out, and what refers to nothing. (In a
// file of several documents the pointers begin with the position of the
// document.) Everything else is in the set. It is an error if the document
// cannot be read at all, is of another version, or is larger than
// [hoist.MaxDocumentBytes].
//
// Members that are not known are passed over. Operators that Flipt does not
// have, which its server stores and reads as false, are kept and hold for
// nobody.
func Import(document []byte, opts *ImportOptions) (*hoist.Set, hoist.Errors, error) {
	if opts == nil {
		opts = &ImportOptions{}
	}
	namespaces, report, err := ImportAll(document, opts)
	if err != nil {
		return nil, nil, err
	}
	wanted := 0
	for i, n := range namespaces {
		if n.Key == opts.Namespace || opts.Namespace == "" && n.Key == defaultNamespace {
			wanted = i
		}
	}
	if opts.Namespace != "" && namespaces[wanted].Key != opts.Namespace {
		return nil, nil, fmt.Errorf("flipt: the file has no namespace %q", opts.Namespace)
	}
	for i, n := range namespaces {
		if i != wanted && opts.Namespace == "" {
			report = append(report, &hoist.FieldError{Problem: fmt.Sprintf("namespace %q is not imported: a set is one project", n.Key)})
		}
	}
	set := namespaces[wanted].Set
	if opts.Project != "" {
		set.Project = opts.Project
	}
	return set, report, nil
}

// ImportAll returns all namespaces of a features file, in the order in which it
// names them; there is at least one. It does what [Import] does for each.
func ImportAll(document []byte, opts *ImportOptions) ([]Namespace, hoist.Errors, error) {
	in := &importer{version: newest}
	if opts != nil {
		in.environment = opts.Environment
	}
	nodes, err := readDocuments(document)
	if err != nil {
		return nil, nil, fmt.Errorf("flipt: %w", err)
	}
	for i, node := range nodes {
		path := ""
		if len(nodes) > 1 {
			path = at("", i)
		}
		if err := in.document(node, i, path); err != nil {
			return nil, nil, fmt.Errorf("flipt: %w", err)
		}
	}
	in.checkReferences()
	var namespaces []Namespace
	for _, t := range in.targets {
		namespaces = append(namespaces, t.Namespace)
	}
	return namespaces, in.report, nil
}

// An importer collects what the documents of a file say.
type importer struct {
	environment string
	version     minor
	targets     []*target
	report      hoist.Errors
	references  []reference
}

// A target is a namespace under way, with the keys that are taken.
type target struct {
	Namespace
	segments, flags map[string]bool
}

// A reference to a segment, for looking it up when all documents are read.
type reference struct {
	target    *target
	key, path string
}

func (in *importer) add(path, format string, args ...any) {
	in.report = append(in.report, &hoist.FieldError{Path: path, Problem: fmt.Sprintf(format, args...)})
}

// addAll adds problems of an object, and reports whether there are any.
func (in *importer) addAll(path string, problems hoist.Errors) bool {
	for _, p := range problems {
		in.add(path+p.Path, "%s", p.Problem)
	}
	return len(problems) > 0
}

// document reads document i of the file.
func (in *importer) document(node *yaml.Node, i int, path string) error {
	var doc featuresDocument
	if err := node.Decode(&doc); err != nil {
		return errors.New(yamlProblem(err))
	}
	if i == 0 && doc.Version != "" {
		version, ok := parseVersion(doc.Version)
		if !ok {
			return fmt.Errorf("unsupported version: %.60s", doc.Version)
		}
		in.version = version
	}
	if doc.Flags == nil && doc.Segments == nil {
		in.add(path, "the document has neither flags nor segments")
	}
	t := in.target(&doc.Namespace)
	for i := range doc.Segments {
		in.segment(t, &doc.Segments[i], at(path+"/segments", i))
	}
	for i := range doc.Flags {
		in.flag(t, &doc.Flags[i], at(path+"/flags", i))
	}
	return nil
}

// target returns where a namespace goes; several documents may be about one.
func (in *importer) target(n *featuresNamespace) *target {
	key := cmp.Or(n.Key, defaultNamespace)
	for _, t := range in.targets {
		if t.Key == key {
			return t
		}
	}
	t := &target{Namespace{key, n.Name, n.Description, &hoist.Set{Project: key}}, map[string]bool{}, map[string]bool{}}
	in.targets = append(in.targets, t)
	return t
}

func (in *importer) segment(t *target, node *yaml.Node, path string) {
	var item featuresSegment
	if err := node.Decode(&item); err != nil {
		in.add(path, "%s", yamlProblem(err))
		return
	}
	s, problems := segmentFromWire(segmentOf(&item))
	for _, p := range problems {
		p.Path = strings.Replace(p.Path, "/matchType", "/match_type", 1)
	}
	switch {
	case in.addAll(path, problems) || in.invalid(path, s.Validate()):
	case t.segments[s.Key]:
		in.add(path+"/key", "segment %q is there twice", s.Key)
	default:
		t.segments[s.Key] = true
		t.Set.Segments = append(t.Set.Segments, s)
	}
}

func (in *importer) flag(t *target, node *yaml.Node, path string) {
	var item featuresFlag
	if err := node.Decode(&item); err != nil {
		in.add(path, "%s", yamlProblem(err))
		return
	}
	b, problems := bundleOf(&item, in.version)
	f, more := flagFromWire(b, in.environment)
	switch {
	case in.addAll(path, append(problems, more...)) || in.invalid(path, f.Validate()):
	case t.flags[f.Key]:
		in.add(path+"/key", "flag %q is there twice", f.Key)
	default:
		t.flags[f.Key] = true
		t.Set.Flags = append(t.Set.Flags, f)
		in.refer(t, b, path)
	}
}

// invalid adds what the model does not take, under its own paths, and reports
// whether there is any.
func (in *importer) invalid(path string, err error) bool {
	var list hoist.Errors
	if !errors.As(err, &list) {
		return false
	}
	for _, p := range list {
		if p.Path == "" {
			in.add(path, "%s", p.Problem)
		} else {
			in.add(path, "%s: %s", p.Path[1:], p.Problem)
		}
	}
	return true
}

// refer notes the segments that a flag refers to.
func (in *importer) refer(t *target, b *bundle, path string) {
	note := func(path, key string, keys []string) {
		for _, key := range append([]string{key}, keys...) {
			if key != "" {
				in.references = append(in.references, reference{t, key, path + "/segment"})
			}
		}
	}
	for i, r := range b.Rules {
		note(at(path+"/rules", i), r.SegmentKey, r.SegmentKeys)
	}
	for i, r := range b.Rollouts {
		if r.Segment != nil {
			note(at(path+"/rollouts", i), r.Segment.SegmentKey, r.Segment.SegmentKeys)
		}
	}
}

// checkReferences reports segments that are not there. The flags are imported
// all the same: the segments may be in the project already, and until they are,
// nobody is in them.
func (in *importer) checkReferences() {
	for _, r := range in.references {
		if !r.target.segments[r.key] {
			in.add(r.path, "the file has no segment %q that could be used", r.key)
		}
	}
}
