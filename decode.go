package hoist

import (
	"iter"
	"slices"

	"github.com/hoistflags/hoist/internal/jsontext"
	"github.com/tidwall/gjson"
)

// ParseSet reads the JSON form of a [Set]. It does what [Set.UnmarshalJSON]
// does and spares the pass over the document that [json.Unmarshal] makes
// first. Whether the set makes sense is left to [Set.Validate].
func ParseSet(data []byte) (*Set, error) {
	s := new(Set)
	if err := s.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	return s, nil
}

// UnmarshalJSON reads a set. The error is [Errors] and lists everything that
// is not of the form a set has, unknown and repeated members among it; s is
// left as it was then. A document has at most [MaxDocumentBytes] and nests at
// most [MaxDocumentDepth] deep. The texts of s share one copy of data.
func (s *Set) UnmarshalJSON(data []byte) error { return unmarshal(s, data, (*decoder).set) }

// UnmarshalJSON reads a flag, as [Set.UnmarshalJSON] does a set.
func (f *Flag) UnmarshalJSON(data []byte) error { return unmarshal(f, data, (*decoder).flag) }

// UnmarshalJSON reads a targeting, as [Set.UnmarshalJSON] does a set.
func (t *Targeting) UnmarshalJSON(data []byte) error {
	return unmarshal(t, data, (*decoder).targeting)
}

// UnmarshalJSON reads a rule, as [Set.UnmarshalJSON] does a set.
func (r *Rule) UnmarshalJSON(data []byte) error { return unmarshal(r, data, (*decoder).rule) }

// UnmarshalJSON reads a condition, as [Set.UnmarshalJSON] does a set. A list
// of conditions means [AllOf] them.
func (c *Condition) UnmarshalJSON(data []byte) error {
	return unmarshal(c, data, (*decoder).condition)
}

// UnmarshalJSON reads what is served, as [Set.UnmarshalJSON] does a set.
func (s *Serve) UnmarshalJSON(data []byte) error { return unmarshal(s, data, (*decoder).serve) }

// UnmarshalJSON reads an exposure, as [Set.UnmarshalJSON] does a set.
func (e *Exposure) UnmarshalJSON(data []byte) error {
	return unmarshal(e, data, (*decoder).exposure)
}

// UnmarshalJSON reads a segment, as [Set.UnmarshalJSON] does a set.
func (s *Segment) UnmarshalJSON(data []byte) error { return unmarshal(s, data, (*decoder).segment) }

// UnmarshalJSON reads an environment, as [Set.UnmarshalJSON] does a set. A
// text alone is its key.
func (e *Environment) UnmarshalJSON(data []byte) error {
	return unmarshal(e, data, (*decoder).environment)
}

// unmarshal copies data once, because json.Unmarshal's caller may reuse it.
func unmarshal[T any](into *T, data []byte, read func(*decoder, *T, gjson.Result)) error {
	var d decoder
	var v T
	if root, ok := d.document(string(data)); ok {
		read(&d, &v, root)
	}
	if err := d.problems.err(); err != nil {
		return err
	}
	*into = v
	return nil
}

// decodeFlag reads the flag that is stored under key; a member "key" must
// agree. The flag keeps data in memory.
func decodeFlag(key, data string) (*Flag, error) {
	var d decoder
	f := &Flag{Key: key}
	if root, ok := d.document(data); ok {
		d.flag(f, root)
	}
	if err := d.problems.err(); err != nil {
		return nil, err
	}
	return f, nil
}

// decodeSegment does for a segment what decodeFlag does for a flag.
func decodeSegment(key, data string) (*Segment, error) {
	var d decoder
	s := &Segment{Key: key}
	if root, ok := d.document(data); ok {
		d.segment(s, root)
	}
	if err := d.problems.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// A decoder reads one document in one pass. Each noun of the model has a
// method that reads it; they never stop at a problem, but note it and go on.
//
// Where it is in the document, the decoder notes in steps that only its own
// loops over members and elements take, so that methods need not care. Steps
// lie in the decoder and become a JSON pointer when there is a problem.
type decoder struct {
	problems problems
	depth    int
	path     [MaxDocumentDepth]place
}

// document returns the root of data if data can be read as JSON. The depth
// comes first, since what follows is recursive.
func (d *decoder) document(data string) (gjson.Result, bool) {
	if len(data) > MaxDocumentBytes {
		d.add("%d bytes, limit %d", len(data), MaxDocumentBytes)
	} else if depth := jsontext.Depth(data); depth > MaxDocumentDepth {
		d.add("nested %d deep, limit %d", depth, MaxDocumentDepth)
	} else if !gjson.Valid(data) {
		d.add("%s", syntaxProblem(data))
	} else if at := invalidText(data); at >= 0 {
		d.add("%s: text that is not valid UTF-8", lineAndColumn(data, at))
	} else {
		return gjson.Parse(data), true
	}
	return gjson.Result{}, false
}

// add notes a problem at the place where the decoder is.
func (d *decoder) add(format string, args ...any) {
	at := &place{}
	for _, step := range d.path[:d.depth] {
		step.up = at
		at = &step
	}
	d.problems.add(at, format, args...)
}

// full reports whether further problems would not be listed.
func (d *decoder) full() bool { return len(d.problems.list) > maxProblems }

func (d *decoder) enter(step place) {
	d.path[d.depth] = step
	d.depth++
}

func (d *decoder) leave() { d.depth-- }

// members goes through the members of v, which must be an object. A name that
// comes up again is a problem, and only its first member is looked at.
func (d *decoder) members(v gjson.Result) iter.Seq2[string, gjson.Result] {
	return func(yield func(string, gjson.Result) bool) { d.eachMember(v, yield) }
}

func (d *decoder) eachMember(v gjson.Result, yield func(string, gjson.Result) bool) {
	if !v.IsObject() {
		d.add("want an object, found %s", found(v))
		return
	}
	var seen nameSet
	v.ForEach(func(name, member gjson.Result) bool {
		more := true
		d.enter(place{name: name.Str, i: -1})
		if seen.add(name.Str) {
			more = yield(name.Str, member)
		} else {
			d.add("member %.60q is there twice", name.Str)
		}
		d.leave()
		return more && !d.full()
	})
}

// elements goes through the elements of v, which must be a list.
func (d *decoder) elements(v gjson.Result) iter.Seq2[int, gjson.Result] {
	return func(yield func(int, gjson.Result) bool) { d.eachElement(v, yield) }
}

func (d *decoder) eachElement(v gjson.Result, yield func(int, gjson.Result) bool) {
	if !v.IsArray() {
		d.add("want a list, found %s", found(v))
		return
	}
	i := 0
	v.ForEach(func(_, element gjson.Result) bool {
		d.enter(place{i: i})
		more := yield(i, element)
		d.leave()
		i++
		return more && !d.full()
	})
}

// A nameSet is the names of an object's members. Nearly all objects have so
// few that comparing is cheaper than hashing.
type nameSet struct {
	n    int
	few  [16]string
	many map[string]bool
}

// add reports whether name is new.
func (s *nameSet) add(name string) bool {
	if s.many != nil {
		twice := s.many[name]
		s.many[name] = true
		return !twice
	}
	if slices.Contains(s.few[:s.n], name) {
		return false
	}
	if s.n == len(s.few) {
		s.many = make(map[string]bool, 4*s.n)
		for _, other := range s.few {
			s.many[other] = true
		}
		s.many[name] = true
		return true
	}
	s.few[s.n] = name
	s.n++
	return true
}

// length returns how many members or elements the object or list raw has, 1 if
// it is neither or empty: what slices are made for. Counting commas is cheaper
// than letting slices grow.
func length(raw string) int {
	commas, depth := 0, 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = stringEnd(raw, i+1)
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 1 {
				commas++
			}
		}
	}
	return commas + 1
}

// stringEnd returns where the JSON string ends whose first character is at i.
func stringEnd(raw string, i int) int {
	for i < len(raw) && raw[i] != '"' {
		if raw[i] == '\\' {
			i++
		}
		i++
	}
	return i
}

// scalars reads each element of v with read, or v itself if it is no list. An
// empty list is nil.
func scalars[T any](d *decoder, v gjson.Result, read func(gjson.Result) T) []T {
	if !v.IsArray() {
		return []T{read(v)}
	}
	var out []T
	for _, element := range d.elements(v) {
		if out == nil {
			out = make([]T, 0, length(v.Raw))
		}
		out = append(out, read(element))
	}
	return out
}

// maxObjects bounds lists of objects, so that a short document does not become
// a long slice before anything looks at what it holds. The compiler has
// limits of its own, below this one.
const maxObjects = 10_000

// objects reads each element of v, which must be a list, into one of a slice.
// An empty list is nil.
func objects[T any](d *decoder, v gjson.Result, read func(*T, gjson.Result)) []T {
	n := length(v.Raw)
	if n > maxObjects {
		d.add("%d elements, limit %d", n, maxObjects)
		return nil
	}
	var out []T
	for i, element := range d.elements(v) {
		if out == nil {
			out = make([]T, n)
		}
		read(&out[i], element)
	}
	return out
}
