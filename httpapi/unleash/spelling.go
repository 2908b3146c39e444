package unleash

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/hoistflags/hoist"
)

// dialect is the name of this package's extensions.
const dialect = "unleash"

// An object is the members of a JSON object, as they are written.
type object map[string]json.RawMessage

// A spelling is where an object is written otherwise than this package would
// write what it means: with members the model has no word for, without members
// that say nothing, with numbers in texts that have a point too many. It is kept
// in an extension, and used when the object is written again, as far as it still
// means what the model says.
type spelling struct {
	As      object   `json:"as,omitempty"`      // members as they were written
	Without []string `json:"without,omitempty"` // members that were not there
}

func (s spelling) isPlain() bool { return len(s.As) == 0 && len(s.Without) == 0 }

// spell returns how written differs from plain.
func spell(written, plain object) spelling {
	var s spelling
	for name, text := range written {
		if other, ok := plain[name]; !ok || !equalJSON(text, other) {
			if s.As == nil {
				s.As = object{}
			}
			s.As[name] = text
		}
	}
	for name := range plain {
		if _, ok := written[name]; !ok {
			s.Without = append(s.Without, name)
		}
	}
	slices.Sort(s.Without)
	return s
}

// respell writes plain in the spelling s. Members whose spelling would make the
// object mean anything but want stay plain: the model was changed since it was
// read.
func respell[T any](plain any, s spelling, want T, meaning func(*reader, object) T) json.RawMessage {
	if s.isPlain() {
		return rawJSON(plain)
	}
	same := func(o object) bool {
		var r reader
		return reflect.DeepEqual(meaning(&r, o), want) && r.problems == nil
	}
	out := objectOf(plain)
	whole := maps.Clone(out)
	maps.Copy(whole, s.As)
	for _, name := range s.Without {
		delete(whole, name)
	}
	if same(whole) {
		return rawJSON(whole)
	}
	for _, name := range slices.Sorted(maps.Keys(s.As)) {
		out.try(name, s.As[name], same)
	}
	for _, name := range s.Without {
		out.try(name, nil, same)
	}
	return rawJSON(out)
}

// try changes a member, or deletes it, if the object is the same then.
func (o object) try(name string, text json.RawMessage, same func(object) bool) {
	before, had := o[name]
	if text == nil {
		delete(o, name)
	} else {
		o[name] = text
	}
	switch {
	case same(o):
	case had:
		o[name] = before
	default:
		delete(o, name)
	}
}

// equalJSON reports whether two JSON texts say the same.
func equalJSON(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errX := decodeJSON(a)
	y, errY := decodeJSON(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

func decodeJSON(text json.RawMessage) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// rawJSON returns v as JSON text, with <, > and & as they are.
func rawJSON(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return json.RawMessage("null")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// objectOf returns the members of what v is as JSON.
func objectOf(v any) object {
	var o object
	_ = json.Unmarshal(rawJSON(v), &o)
	return o
}

// extend returns the extensions of an object that has only ours: none if x says
// nothing.
func extend(x any) hoist.Extensions {
	if text := rawJSON(x); string(text) != "{}" {
		return hoist.Extensions{dialect: text}
	}
	return nil
}

// extensionOf returns our extension of an object, empty if there is none or it
// is not of the form we write.
func extensionOf[T any](e hoist.Extensions) T {
	var x T
	if text, ok := e[dialect]; ok && json.Unmarshal(text, &x) != nil {
		var none T
		return none
	}
	return x
}
