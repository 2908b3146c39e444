package filestore

import (
	"bytes"
	"errors"
	"iter"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"go.yaml.in/yaml/v3"

	"github.com/hoistflags/hoist"
)

// A document is what one file holds.
type document struct {
	file string     // its name, for errors
	text []byte     // as it was read, without a byte order mark
	root *yaml.Node // nil if the file is JSON
	json []byte     // the document as JSON, nil if it could not be read at all

	set      *hoist.Set // empty if the JSON is not of the form of a set
	problems []problem
}

// parse reads the text of a file. What is wrong with it stands in the
// document. The JSON of a YAML file may have up to max bytes.
func parse(file string, text []byte, max int) *document {
	d := &document{file: file, text: bytes.TrimPrefix(text, []byte("\uFEFF")), set: new(hoist.Set)}
	switch {
	case !utf8.Valid(d.text):
		d.problems = []problem{{at: positionAt(d.text, invalidUTF8(d.text)), text: "not UTF-8"}}
	case strings.EqualFold(filepath.Ext(file), ".json"):
		d.readJSON()
	default:
		d.readYAML(max)
	}
	if d.json != nil {
		d.note("", d.set.UnmarshalJSON(d.json))
	}
	return d
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8.
func invalidUTF8(text []byte) int {
	offset := 0
	for offset < len(text) {
		r, size := utf8.DecodeRune(text[offset:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		offset += size
	}
	return offset
}

func (d *document) readJSON() {
	if wrong := checkSyntax(d.text); wrong != nil {
		d.problems = []problem{*wrong}
		return
	}
	problems, usable := checkJSON(d.text)
	if d.problems = problems; usable {
		d.json = d.text
	}
}

func (d *document) readYAML(max int) {
	root, wrong := parseYAML(d.text)
	if wrong != nil {
		d.problems = []problem{*wrong}
		return
	}
	d.root = root
	d.json, d.problems = convert(root, max)
}

// locate returns where a JSON pointer leads: to the name of a member or to the
// element of a list, or to the nearest one around it that there is.
func (d *document) locate(pointer string) position {
	switch {
	case d.root != nil:
		return locateYAML(d.root, pointer)
	case d.json != nil:
		return locateJSON(d.json, pointer)
	}
	return position{}
}

// note adds what err says is wrong at the place that pointer leads to, unless
// something is noted there already.
func (d *document) note(pointer string, err error) {
	if err == nil || len(d.problems) > 3*maxProblems {
		return
	}
	noted := map[string]bool{}
	for _, p := range d.problems {
		noted[p.pointer] = true
	}
	for i, f := range fieldErrors(err) {
		path := pointer + f.Path
		at := d.locate(path)
		if i == maxProblems && f.Path == "" {
			at = position{} // it says that there is more
		}
		if !noted[path] {
			d.problems = append(d.problems, problem{path, at, f.Problem})
		}
	}
}

// fieldErrors returns the single problems in an error of the root package.
func fieldErrors(err error) hoist.Errors {
	if fields, ok := errors.AsType[hoist.Errors](err); ok {
		return fields
	}
	return hoist.Errors{{Problem: err.Error()}}
}

func (d *document) isBroken() bool { return len(d.problems) > 0 }

// checkSingly notes what is wrong with single flags and segments, for when the
// set they belong to cannot be checked as a whole. What they refer to is not
// looked at, and what cannot be decoded is passed over: that is noted already.
func (d *document) checkSingly() {
	for key, v := range membersOf(d.json, "flags") {
		f := new(hoist.Flag)
		if f.UnmarshalJSON([]byte(v.Raw)) == nil {
			f.Key = key
			d.note("/flags/"+escape(key), f.Validate())
		}
	}
	for key, v := range membersOf(d.json, "segments") {
		s := new(hoist.Segment)
		if s.UnmarshalJSON([]byte(v.Raw)) == nil {
			s.Key = key
			d.note("/segments/"+escape(key), s.Validate())
		}
	}
}

// membersOf goes through the members of an object in a valid JSON document.
func membersOf(text []byte, object string) iter.Seq2[string, gjson.Result] {
	return func(yield func(string, gjson.Result) bool) {
		if o := gjson.GetBytes(text, object); o.IsObject() {
			o.ForEach(func(key, v gjson.Result) bool { return yield(key.Str, v) })
		}
	}
}
