package filestore

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hoistflags/hoist"
)

// A joiner makes one set of the documents of a directory and remembers which
// document everything came from.
type joiner struct {
	path   string
	set    hoist.Set
	origin map[string]origin // of JSON pointers of the set: members, flags, ...
	list   []*FileError
}

// An origin is a place in a document.
type origin struct {
	document *document
	pointer  string
}

func (o origin) String() string {
	return o.document.file + ":" + o.document.locate(o.pointer).String()
}

// join returns the set that the documents are together, or everything that is
// wrong with them, as [Errors]. The path names the whole in errors that are of
// no file.
func join(path string, documents []*document) (*hoist.Set, error) {
	j := joiner{path: path, origin: map[string]origin{}}
	for _, d := range documents {
		j.add(d)
	}
	if len(j.list) == 0 && !slices.ContainsFunc(documents, (*document).isBroken) {
		j.validate()
		return &j.set, sorted(j.list)
	}
	for _, d := range documents {
		d.checkSingly()
		for _, p := range d.problems {
			j.list = append(j.list, p.fileError(d.file))
		}
	}
	return nil, sorted(j.list)
}

// add adds what a document holds.
func (j *joiner) add(d *document) {
	if d.set.Project != "" {
		j.addProject(d)
	}
	for i, e := range d.set.Environments {
		j.claim("environment "+e.Key, origin{d, "/environments/" + strconv.Itoa(i)})
		j.claim("/environments/"+strconv.Itoa(len(j.set.Environments)), origin{d, "/environments/" + strconv.Itoa(i)})
		j.set.Environments = append(j.set.Environments, e)
	}
	for _, s := range d.set.Segments {
		j.claimKey("/segments/", s.Key, d)
		j.set.Segments = append(j.set.Segments, s)
	}
	for _, f := range d.set.Flags {
		j.claimKey("/flags/", f.Key, d)
		j.set.Flags = append(j.set.Flags, f)
	}
}

func (j *joiner) addProject(d *document) {
	here := origin{d, "/project"}
	first, taken := j.origin["/project"]
	switch {
	case !taken:
		j.origin["/project"] = here
		j.set.Project = d.set.Project
	case d.set.Project != j.set.Project:
		j.report(here, fmt.Sprintf("project %q, but %s says %q; files of one directory are one project", d.set.Project, first, j.set.Project))
	}
}

func (j *joiner) claimKey(member, key string, d *document) {
	pointer := member + escape(key)
	j.claim(pointer, origin{d, pointer})
}

// claim notes that what name stands for is at here; it may be at one place
// only. Within a document that has been checked before.
func (j *joiner) claim(name string, here origin) {
	if first, taken := j.origin[name]; !taken {
		j.origin[name] = here
	} else if first.document != here.document {
		j.report(here, "given twice, first at "+first.String())
	}
}

func (j *joiner) report(at origin, text string) {
	p := problem{at.pointer, at.document.locate(at.pointer), text}
	j.list = append(j.list, p.fileError(at.document.file))
}

// validate reports what is wrong with the set as a whole.
func (j *joiner) validate() {
	err := j.set.Validate()
	if err == nil {
		return
	}
	for _, f := range fieldErrors(err) {
		if at, ok := j.find(f.Path); ok {
			j.report(at, f.Problem)
		} else {
			j.list = append(j.list, problem{pointer: f.Path, text: f.Problem}.fileError(j.path))
		}
	}
}

// find returns the place in a document that a pointer into the set leads to.
func (j *joiner) find(pointer string) (origin, bool) {
	for claimed := pointer; claimed != ""; claimed = claimed[:strings.LastIndexByte(claimed, '/')] {
		if at, ok := j.origin[claimed]; ok {
			return origin{at.document, at.pointer + pointer[len(claimed):]}, true
		}
	}
	return origin{}, false
}
