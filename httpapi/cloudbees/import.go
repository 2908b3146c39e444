package cloudbees

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/internal/jsontext"
)

// ImportOptions are what [Import] can be told. Nil means all defaults.
type ImportOptions struct {
	// Environment is the environment that the configuration is for. Empty
	// means the targeting that flags have outside of environments.
	Environment string

	// Project is the project of the set; empty means the default one.
	Project string
}

// maxNesting is how deep a document may be nested: more than any that says
// something.
const maxNesting = 32

// Import reads what the product exports: the list of flags of one environment as
// its API prints it, or an object with the members "flags" and "targetGroups",
// two such lists. Target groups become segments.
//
// The set holds everything that could be taken over. What could not, or does
// not do all that it says, is in the report, with a JSON pointer into the
// document: a flag or group that is not valid is left out by itself; a value of
// another type than the flag's gives the caller's fallback, as in the product;
// and so does a flag on a platform where it has another name. The report is nil
// if there is nothing to say. Members that the product does not define are
// passed over, and so is "status", which it works out anew each time. The error
// is for documents that cannot be read at all.
func Import(document []byte, opts *ImportOptions) (*hoist.Set, hoist.Errors, error) {
	if opts == nil {
		opts = &ImportOptions{}
	}
	flags, groups, at, err := exported(document)
	if err != nil {
		return nil, nil, fmt.Errorf("cloudbees: %w", err)
	}
	set := &hoist.Set{Project: opts.Project}
	if opts.Environment != "" {
		set.Environments = []hoist.Environment{{Key: opts.Environment}}
	}
	i := importer{set: set, flags: map[string]bool{}, groups: map[string]bool{}}
	for n, raw := range flags {
		i.flag(raw, nth(at, n), opts.Environment)
	}
	for n, raw := range groups {
		i.group(raw, nth("/targetGroups", n))
	}
	return set, i.report, nil
}

// exported returns the flags and groups of a document, and where the flags are.
func exported(document []byte) (flags, groups []json.RawMessage, at string, err error) {
	if len(document) > hoist.MaxDocumentBytes {
		return nil, nil, "", fmt.Errorf("%d bytes, limit %d", len(document), hoist.MaxDocumentBytes)
	}
	if jsontext.Depth(document) > maxNesting {
		return nil, nil, "", fmt.Errorf("nested deeper than %d", maxNesting)
	}
	var whole json.RawMessage
	if err := json.Unmarshal(document, &whole); err != nil {
		return nil, nil, "", err
	}
	if isList(whole) {
		err = json.Unmarshal(whole, &flags)
		return flags, nil, "", err
	}
	var r reader
	o := r.object(whole, "")
	flags, groups = r.list(o, "flags", ""), r.list(o, "targetGroups", "")
	if o != nil && o["flags"] == nil && o["targetGroups"] == nil {
		r.fail("", `want a list of flags, or an object with "flags" or "targetGroups"`)
	}
	if r.errs != nil {
		return nil, nil, "", r.errs
	}
	return flags, groups, "/flags", nil
}

// An importer fills a set.
type importer struct {
	set           *hoist.Set
	report        hoist.Errors
	flags, groups map[string]bool // by name
}

func (i *importer) flag(raw json.RawMessage, at, environment string) {
	var r reader
	d := r.flag(raw, at)
	if r.errs == nil && i.flags[d.Name] {
		r.fail(at+"/name", "there is a flag %q already", d.Name)
	}
	if r.errs == nil {
		f := r.configure(&hoist.Flag{Key: d.Name, Semantics: hoist.CloudBees}, d, environment, at)
		if r.errs == nil {
			r.adopt(f.Validate(), at)
		}
		if r.errs == nil {
			i.flags[d.Name] = true
			i.set.Flags = append(i.set.Flags, f)
		}
	}
	i.report = append(append(i.report, r.errs...), r.notes...)
}

func (i *importer) group(raw json.RawMessage, at string) {
	var r reader
	d := r.targetGroup(raw, at)
	if r.errs == nil && i.groups[d.Name] {
		r.fail(at+"/name", "there is a group %q already", d.Name)
	}
	if r.errs == nil {
		s := r.segment(d, at)
		if r.errs == nil {
			r.adopt(s.Validate(), at)
		}
		if r.errs == nil {
			i.groups[d.Name] = true
			i.set.Segments = append(i.set.Segments, s)
		}
	}
	i.report = append(append(i.report, r.errs...), r.notes...)
}

// adopt fails with what is wrong with the model of a document at a place: limits
// of the model, mostly.
func (r *reader) adopt(err error, at string) {
	list, ok := err.(hoist.Errors)
	if err != nil && !ok {
		r.fail(at, "%v", err)
	}
	for _, e := range list {
		if e.Path == "/key" {
			r.fail(at+"/name", "%s", strings.TrimPrefix(e.Problem, "key "))
			continue
		}
		r.fail(at, "%v", e)
	}
}
