package hoist

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// Limits on a JSON document of the model.
const (
	MaxDocumentBytes = 64 << 20 // length of the document
	MaxDocumentDepth = 100      // nesting of objects and arrays
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
	} else if depth := jsonDepth([]byte(data)); depth > MaxDocumentDepth {
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

// syntaxProblem says where data, which is not valid JSON, goes wrong.
func syntaxProblem(data string) string {
	var v json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal([]byte(data), &v); !errors.As(err, &syntax) {
		return "not a JSON document"
	}
	if int(syntax.Offset) >= len(data) {
		return fmt.Sprintf("%s: %s", lineAndColumn(data, len(data)), syntax)
	}
	return fmt.Sprintf("%s: %s", lineAndColumn(data, int(syntax.Offset)-1), syntax)
}

// lineAndColumn describes an offset into data. Columns count characters.
func lineAndColumn(data string, offset int) string {
	before := data[:max(offset, 0)]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return fmt.Sprintf("line %d, column %d", strings.Count(before, "\n")+1, utf8.RuneCountInString(line)+1)
}

// invalidText returns the offset of the first text in a JSON document that
// cannot be UTF-8, -1 if there is none: wrong bytes, or the escape of half a
// surrogate pair.
func invalidText(data string) int {
	if !utf8.ValidString(data) {
		for i, r := range data {
			if r == utf8.RuneError && !strings.HasPrefix(data[i:], "\uFFFD") {
				return i
			}
		}
	}
	for i := 0; ; {
		next := strings.IndexByte(data[i:], '\\')
		if next < 0 {
			return -1
		}
		i += next
		switch unit := escapedUnit(data[i:]); {
		case unit < 0xD800 || unit > 0xDFFF:
			i += 2
		case unit < 0xDC00 && escapedUnit(data[i+6:])>>10 == 0xDC00>>10:
			i += 12
		default:
			return i
		}
	}
}

// escapedUnit returns the UTF-16 unit that s begins with in the form \u1234,
// -1 if it does not.
func escapedUnit(s string) int64 {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseInt(s[2:6], 16, 32)
	if err != nil {
		return -1
	}
	return unit
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
		d.enter(place{name: name.Str})
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

// length returns how many members or elements v has, 1 for a scalar: what
// slices are made for. It counts commas, which is cheaper than growing.
func length(v gjson.Result) int {
	n, depth, inString := 0, 0, false
	for i := 0; i < len(v.Raw); i++ {
		switch c := v.Raw[i]; {
		case c == '"':
			inString = !inString
		case inString:
			if c == '\\' {
				i++
			}
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 && n > 0 {
				return n + 1
			}
		case c == ',' && depth == 1:
			n++
		}
	}
	return 1
}

// found describes v in a problem.
func found(v gjson.Result) string {
	switch {
	case v.IsObject():
		return "an object"
	case v.IsArray():
		return "a list"
	}
	return [...]string{gjson.Null: "null", gjson.False: "false", gjson.Number: "a number", gjson.String: "a text", gjson.True: "true"}[v.Type]
}

// foundText is found where it matters which text it is.
func foundText(v gjson.Result) string {
	if v.Type == gjson.String {
		return fmt.Sprintf("%.60q", v.Str)
	}
	return found(v)
}

func (d *decoder) text(v gjson.Result) string {
	if v.Type != gjson.String {
		d.add("want a text, found %s", found(v))
	}
	return v.Str
}

// texts reads a list of texts, or one that stands alone.
func (d *decoder) texts(v gjson.Result) []string { return scalars(d, v, d.text) }

// scalars reads each element of v with read, or v itself if it is no list. An
// empty list is nil.
func scalars[T any](d *decoder, v gjson.Result, read func(gjson.Result) T) []T {
	if !v.IsArray() {
		return []T{read(v)}
	}
	var out []T
	for _, element := range d.elements(v) {
		if out == nil {
			out = make([]T, 0, length(v))
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
	if n := length(v); n > maxObjects {
		d.add("%d elements, limit %d", n, maxObjects)
		return nil
	}
	var out []T
	for i, element := range d.elements(v) {
		if out == nil {
			out = make([]T, length(v))
		}
		read(&out[i], element)
	}
	return out
}

func (d *decoder) bool(v gjson.Result) bool {
	if !v.IsBool() {
		d.add("want true or false, found %s", found(v))
	}
	return v.Type == gjson.True
}

func (d *decoder) number(v gjson.Result) float64 {
	switch {
	case v.Type != gjson.Number:
		d.add("want a number, found %s", found(v))
	case math.IsInf(v.Num, 0):
		d.add("%.40s is not a number in the range of 64 bits", v.Raw)
		return 0
	}
	return v.Num
}

func (d *decoder) integer(v gjson.Result) int {
	n, err := strconv.Atoi(v.Raw)
	switch {
	case v.Type != gjson.Number:
		d.add("want a whole number, found %s", found(v))
	case err != nil:
		d.add("want a whole number, found %.40s", v.Raw)
	}
	return n
}

// value reads a value of any kind.
func (d *decoder) value(v gjson.Result) Value {
	value, err := jsonValue(v)
	if err != nil {
		d.add("%v", err)
	}
	return value
}

// operand reads a value that is not an object or list.
func (d *decoder) operand(v gjson.Result) Value {
	if v.Type == gjson.JSON {
		d.add("want a text, a number, true or false, found %s", found(v))
		return Value{}
	}
	return d.value(v)
}

// time reads an instant.
func (d *decoder) time(v gjson.Result) time.Time {
	if t, ok := parseInstant(v.Str); ok {
		return t
	}
	d.add(`want a time such as "2026-05-01T08:00:00Z", found %s`, foundText(v))
	return time.Time{}
}

// timeOrDate reads an instant, or a date, which is its midnight in UTC.
func (d *decoder) timeOrDate(v gjson.Result) time.Time {
	if t, err := time.Parse(time.DateOnly, v.Str); err == nil {
		return t
	}
	if t, ok := parseInstant(v.Str); ok {
		return t
	}
	d.add(`want a date such as "2026-05-01", or a time such as "2026-05-01T08:00:00Z", found %s`, foundText(v))
	return time.Time{}
}

// parseInstant reads what RFC 3339 allows and nothing besides. Years that RFC 3339
// cannot hold once the offset is gone are not read.
func parseInstant(s string) (time.Time, bool) {
	var t time.Time
	err := t.UnmarshalText([]byte(s))
	t = t.UTC()
	return t, err == nil && t.Year() >= 0 && t.Year() <= 9999
}

// share reads a percentage.
func (d *decoder) share(v gjson.Result) float64 {
	if v.Type == gjson.Number {
		return d.number(v)
	}
	if percent, ok := parseShare(v.Str); ok {
		return percent
	}
	d.add(`want a share such as "25 %%" or 25, found %s`, foundText(v))
	return 0
}

// parseShare reads "25 %", with or without blanks before the sign.
func parseShare(s string) (percent float64, ok bool) {
	number, ok := strings.CutSuffix(s, "%")
	number = strings.TrimRight(number, " ")
	// What ParseFloat knows beyond decimal numbers has other characters.
	if !ok || strings.Trim(number, "-.0123456789") != "" {
		return 0, false
	}
	percent, err := strconv.ParseFloat(number, 64)
	return percent, err == nil
}

// variantName reads the name of a variant. A boolean or a number stands for
// the variant of that name, as it is written.
func (d *decoder) variantName(v gjson.Result) string {
	switch v.Type {
	case gjson.True, gjson.False, gjson.Number:
		return v.Raw
	case gjson.String:
	default:
		d.add("want the name of a variant, found %s", found(v))
	}
	return v.Str
}

// key reads the member "key" of an object that may have its key already, from
// the name under which it is stored.
func (d *decoder) key(key *string, v gjson.Result) {
	own := d.text(v)
	if *key != "" && own != *key {
		d.add("want %.60q, under which it is stored, found %s", *key, foundText(v))
		return
	}
	*key = own
}

// extension reads a member whose name begins with "x-", and reports whether it
// does.
func (d *decoder) extension(to *Extensions, name string, v gjson.Result) bool {
	product, ok := strings.CutPrefix(name, "x-")
	if ok {
		if *to == nil {
			*to = Extensions{}
		}
		(*to)[product] = appendCompact(nil, []byte(v.Raw))
	}
	return ok
}

// unknown notes that the member where the decoder is should not be there.
func (d *decoder) unknown(name string, known []string) {
	d.add("unknown member %.60q%s", name, instead(name, known))
}
