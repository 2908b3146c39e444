package unleash

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/hoistflags/hoist"
)

// A reader reads documents, and notes with JSON pointers what is wrong in them.
// Members that are null are as good as missing.
type reader struct {
	problems hoist.Errors
	names    map[string]int // positions of the variants of the flag that is being read, by name
}

func (r *reader) problem(at, format string, args ...any) {
	r.problems = append(r.problems, &hoist.FieldError{Path: at, Problem: fmt.Sprintf(format, args...)})
}

// kindOf returns what text is, for messages.
func kindOf(text json.RawMessage) string {
	switch text[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 't', 'f':
		return string(text)
	}
	return "a number"
}

func isNull(text json.RawMessage) bool { return len(text) == 0 || string(text) == "null" }

// want reads text into v, which is what the word for it says.
func (r *reader) want(text json.RawMessage, at, word string, v any) bool {
	if isNull(text) {
		return false
	}
	if json.Unmarshal(text, v) != nil {
		r.problem(at, "want %s, found %s", word, kindOf(text))
		return false
	}
	return true
}

func (r *reader) object(text json.RawMessage, at string) object {
	var o object
	if isNull(text) {
		r.problem(at, "want an object, found null")
	}
	r.want(text, at, "an object", &o)
	return o
}

// list returns the elements of the list in a member, and whether there is one.
func (r *reader) list(o object, name, at string) (elements []json.RawMessage, ok bool) {
	ok = r.want(o[name], at+"/"+name, "a list", &elements)
	return elements, ok
}

// shortList is list with a limit, which is that of the model: what comes of a
// list can be longer than the list.
func (r *reader) shortList(o object, name, at string, most int) (elements []json.RawMessage, ok bool) {
	elements, ok = r.list(o, name, at)
	if len(elements) > most {
		r.problem(at+"/"+name, "%d elements, limit %d", len(elements), most)
		return nil, false
	}
	return elements, ok
}

func (r *reader) text(o object, name, at string) (s string) {
	r.want(o[name], at+"/"+name, "a text", &s)
	return s
}

func (r *reader) texts(o object, name, at string) []string {
	list, _ := r.list(o, name, at)
	texts := make([]string, len(list))
	for i, text := range list {
		if here := at + "/" + name + "/" + strconv.Itoa(i); isNull(text) {
			r.problem(here, "want a text, found null")
		} else {
			r.want(text, here, "a text", &texts[i])
		}
	}
	return texts
}

func (r *reader) bool(o object, name, at string) (b bool) {
	r.want(o[name], at+"/"+name, "true or false", &b)
	return b
}

// looseText reads a member that decides nothing: what is no text is as good as
// missing.
func looseText(o object, name string) (s string) {
	if json.Unmarshal(o[name], &s) != nil {
		return ""
	}
	return s
}

func looseBool(o object, name string) (b bool) {
	return json.Unmarshal(o[name], &b) == nil && b
}
