package hoist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/hoistflags/hoist/internal/jsontext"
	"github.com/tidwall/gjson"
)

// An Attr is one named attribute of a [Subject].
type Attr struct {
	Name  string
	Value Value
}

// Bool returns a boolean attribute.
func Bool(name string, value bool) Attr { return Attr{name, BoolValue(value)} }

// Int returns an integer attribute.
func Int[N ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32](name string, value N) Attr {
	return Attr{name, IntValue(int64(value))}
}

// Float returns a floating point attribute.
func Float(name string, value float64) Attr { return Attr{name, FloatValue(value)} }

// String returns a text attribute.
func String(name, value string) Attr { return Attr{name, StringValue(value)} }

// Version returns a version attribute such as "2.4.1".
func Version(name, value string) Attr { return Attr{name, VersionValue(value)} }

// Time returns an attribute that is an instant.
func Time(name string, value time.Time) Attr { return Attr{name, TimeValue(value)} }

// Strings returns an attribute that is a list of texts. A constraint holds for
// a list when it holds for one element, or for each with [Constraint.Every].
func Strings(name string, values ...string) Attr {
	return Attr{name, ListValue(mapSlice(values, StringValue)...)}
}

// List returns an attribute that is a list of values of any kind.
func List(name string, values ...Value) Attr { return Attr{name, ListValue(values...)} }

// Object returns an attribute that has attributes itself: in a constraint,
// "name.inner" is the attribute inner of the object name.
func Object(name string, attrs ...Attr) Attr { return Attr{name, ObjectValue(attrs...)} }

// Any returns an attribute of whatever kind value has; see [AnyValue].
func Any(name string, value any) Attr { return Attr{name, AnyValue(value)} }

// inlineAttrs is how many attributes a Subject holds without an allocation.
const inlineAttrs = 8

// A Subject is who or what a flag is asked about: a key and attributes.
//
// The key is what rollouts hash unless they name another attribute, and it is
// the attribute "key" in constraints. An empty key means that there is none:
// rollouts by key then admit nobody.
//
// A Subject is a value and is never changed once built. The zero Subject is
// anonymous, without key and attributes. Subjects are safe for concurrent use.
type Subject struct {
	key string
	// document is the JSON document the subject was read from, or "".
	document string
	n        int
	// attrs lies in the Subject itself, not behind a pointer: whatever flows
	// to a function that Go's escape analysis cannot follow, the array stays
	// on the caller's stack.
	attrs [inlineAttrs]Attr
	more  []Attr
}

// NewSubject returns a subject. Up to 8 attributes are held without an
// allocation. Where two attributes have one name, the first counts.
func NewSubject(key string, attrs ...Attr) Subject {
	s := Subject{key: key}
	s.n = copy(s.attrs[:], attrs)
	if len(attrs) > inlineAttrs {
		s.more = slices.Clone(attrs[inlineAttrs:])
	}
	return s
}

// SubjectFromMap returns a subject with the members of attributes as its
// attributes, converted as [AnyValue] does. The map is read at once and not
// kept.
func SubjectFromMap(key string, attributes map[string]any) Subject {
	return NewSubject(key, attrsOf(attributes)...)
}

// Limits on a subject that is read from a JSON document.
const (
	MaxSubjectBytes = 1 << 20 // length of the document
	MaxSubjectDepth = 32      // nesting of objects and arrays
)

// ErrSubject is matched by every error of [SubjectFromJSON].
var ErrSubject = errors.New("hoist: invalid subject document")

// SubjectFromJSON returns a subject whose attributes are the members of the
// JSON object document. The document is checked here, once, and its members
// are read only when a constraint asks for them; integers keep 64 bits, and
// where a name occurs twice the first counts. The key is the member "key", or
// else "targetingKey" (OpenFeature's name for it), if that is a string or an
// integer.
//
// The document is copied. It is an error, matched by [ErrSubject], if it is not
// valid JSON, not an object, longer than [MaxSubjectBytes] or nested deeper
// than [MaxSubjectDepth].
func SubjectFromJSON(document []byte) (Subject, error) {
	if len(document) > MaxSubjectBytes {
		return Subject{}, fmt.Errorf("%w: %d bytes, limit %d", ErrSubject, len(document), MaxSubjectBytes)
	}
	if depth := jsontext.Depth(document); depth > MaxSubjectDepth {
		return Subject{}, fmt.Errorf("%w: nested %d deep, limit %d", ErrSubject, depth, MaxSubjectDepth)
	}
	var syntax *json.SyntaxError
	var object map[string]json.RawMessage
	if err := json.Unmarshal(document, &object); errors.As(err, &syntax) {
		return Subject{}, fmt.Errorf("%w: offset %d: %w", ErrSubject, syntax.Offset, err)
	} else if err != nil || object == nil {
		return Subject{}, fmt.Errorf("%w: not an object", ErrSubject)
	}
	s := Subject{document: string(document)}
	for _, name := range []string{"key", "targetingKey"} {
		if v, ok := s.lookup(name); ok && s.key == "" {
			s.key = v.unitText()
		}
	}
	return s, nil
}

// With returns s with further attributes. An attribute given here wins over
// one of the same name that s has already.
func (s Subject) With(attrs ...Attr) Subject {
	all := append(attrs[:len(attrs):len(attrs)], s.attrs[:s.n]...)
	t := NewSubject(s.key, append(all, s.more...)...)
	t.document = s.document
	return t
}

// Key returns the key, "" if the subject has none.
func (s Subject) Key() string { return s.key }

// Attr returns an attribute by its name or dotted path, and whether the
// subject has it. "key" is the subject's key.
func (s Subject) Attr(name string) (Value, bool) {
	if name == keyAttribute {
		return StringValue(s.key), s.key != ""
	}
	return s.lookup(name)
}

func (s *Subject) lookup(name string) (Value, bool) {
	ref := newAttrRef(name)
	return s.find(&ref)
}

// keyAttribute is the name under which constraints and rollouts reach the key.
const keyAttribute = "key"

// An attrRef is the name of an attribute, prepared for looking it up.
type attrRef struct {
	name string
	// path is name split at its dots; nil without a dot.
	path []string
	// key says that the subject's key is meant, and never an attribute of that
	// name, or that it stands in where the subject has no such attribute.
	key keyRole
	// get is name as a gjson path, with what gjson would interpret escaped.
	get string
}

type keyRole uint8

const (
	notKey  keyRole = iota
	isKey           // the native name "key"
	orKey           // another product's name for the key
	onlyKey         // the key and nothing else, "" if there is none
)

func newAttrRef(name string) attrRef {
	ref := attrRef{name: name, get: escapePath(name)}
	if name == keyAttribute {
		ref.key = isKey
	}
	if path := splitPath(name); len(path) > 1 {
		ref.path = path
	}
	return ref
}

func splitPath(name string) []string {
	var path []string
	start := 0
	for i := range len(name) {
		if name[i] == '.' {
			path, start = append(path, name[start:i]), i+1
		}
	}
	return append(path, name[start:])
}

// escapePath returns name as a gjson path that means exactly that member.
func escapePath(name string) string {
	for i := range len(name) {
		if !plainPathByte(name[i]) {
			b := make([]byte, 0, 2*len(name))
			for j := range len(name) {
				if !plainPathByte(name[j]) {
					b = append(b, '\\')
				}
				b = append(b, name[j])
			}
			return string(b)
		}
	}
	return name
}

func plainPathByte(c byte) bool {
	return c == '_' || c == '-' || c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// get returns the attribute ref stands for, with the subject's key standing in
// where the reference says so.
func (s *Subject) get(ref *attrRef) (Value, bool) {
	if ref.key == isKey || ref.key == onlyKey {
		return StringValue(s.key), s.key != "" || ref.key == onlyKey
	}
	v, ok := s.find(ref)
	if !ok && ref.key == orKey && s.key != "" {
		return StringValue(s.key), true
	}
	return v, ok
}

// find returns an attribute: the one whose name is exactly that, else the one
// the dotted path leads to. A null attribute counts as missing.
func (s *Subject) find(ref *attrRef) (Value, bool) {
	for i := range s.n {
		if s.attrs[i].Name == ref.name {
			return s.attrs[i].Value, s.attrs[i].Value.kind != KindNull
		}
	}
	if s.more == nil && s.document == "" && ref.path == nil {
		return Value{}, false
	}
	return s.findElsewhere(ref)
}

func (s *Subject) findElsewhere(ref *attrRef) (Value, bool) {
	for i := range s.more {
		if s.more[i].Name == ref.name {
			return s.more[i].Value, s.more[i].Value.kind != KindNull
		}
	}
	if ref.path != nil {
		if v, ok := walk(s.attrs[:s.n], ref.path); ok {
			return v, true
		}
		if v, ok := walk(s.more, ref.path); ok {
			return v, true
		}
	}
	if s.document == "" {
		return Value{}, false
	}
	r := gjson.Get(s.document, ref.get)
	if !r.Exists() && ref.path != nil {
		return walkDocument(s.document, ref.path)
	}
	return documentValue(r)
}

// walk follows path through nested objects.
func walk(attrs []Attr, path []string) (Value, bool) {
	for i := range attrs {
		if attrs[i].Name != path[0] {
			continue
		}
		v := attrs[i].Value
		switch {
		case len(path) == 1:
			return v, v.kind != KindNull
		case v.kind == KindObject:
			return walk(v.object(), path[1:])
		case v.kind == KindJSON:
			return walkDocument(v.text(), path[1:])
		}
		return Value{}, false
	}
	return Value{}, false
}

func walkDocument(document string, path []string) (Value, bool) {
	r := gjson.Parse(document)
	for _, step := range path {
		if !r.IsObject() {
			return Value{}, false
		}
		r = r.Get(escapePath(step))
	}
	return documentValue(r)
}

// documentValue returns a member of a JSON document as an attribute: an array
// is a list, an object stays a document. It allocates for arrays only.
func documentValue(r gjson.Result) (Value, bool) {
	if !r.Exists() || r.Type == gjson.Null {
		return Value{}, false
	}
	if r.IsArray() {
		list := []Value{}
		r.ForEach(func(_, e gjson.Result) bool {
			v, _ := documentValue(e)
			list = append(list, v)
			return true
		})
		return ListValue(list...), true
	}
	if r.IsObject() {
		v := StringValue(r.Raw)
		v.kind = KindJSON
		return v, true
	}
	v, err := jsonValue(r)
	return v, err == nil && v.kind != KindNull
}

// unitText returns v as the text that a rollout hashes: a string as it is, an
// integer in decimal. Anything else is no unit and gives "".
func (v Value) unitText() string {
	switch v.kind {
	case KindString, KindVersion:
		return v.text()
	case KindInt:
		return strconv.FormatInt(int64(v.num), 10)
	}
	return ""
}

type subjectKey struct{}

// NewContext returns a context that carries s, for [Flags.Bool] and its
// siblings. Middleware calls it once a request:
//
//	next.ServeHTTP(w, r.WithContext(hoist.NewContext(r.Context(), subject)))
func NewContext(ctx context.Context, s Subject) context.Context {
	return context.WithValue(ctx, subjectKey{}, &s)
}

// SubjectFrom returns the subject that ctx carries, and whether there is one.
func SubjectFrom(ctx context.Context) (Subject, bool) {
	if s, ok := ctx.Value(subjectKey{}).(*Subject); ok {
		return *s, true
	}
	return Subject{}, false
}
