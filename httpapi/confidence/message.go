package confidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"

	"github.com/hoistflags/hoist"
)

var int32Type = reflect.TypeFor[int32]()

// object is a JSON object of which nothing is known.
type object = map[string]json.RawMessage

// A reader decodes documents and notes what is wrong with them.
type reader struct{ problems hoist.Errors }

func (r *reader) fail(at, format string, args ...any) {
	r.problems = append(r.problems, &hoist.FieldError{Path: at, Problem: fmt.Sprintf(format, args...)})
}

// err returns what was wrong, nil if nothing was.
func (r *reader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return r.problems
}

// message decodes a message into a struct and returns the members that the
// struct does not have. As the product does, it takes members by their names in
// camelCase and in snake_case, and null for a member that is not there.
func (r *reader) message(text json.RawMessage, at string, into any) (rest object) {
	var members object
	if err := json.Unmarshal(text, &members); err != nil || members == nil {
		r.fail(at, "want an object, found %s", found(text))
		return nil
	}
	known, rest := object{}, object{}
	fields := memberNames(reflect.TypeOf(into).Elem())
	for name, member := range members {
		camel := camelCase(name)
		switch {
		case string(member) == "null":
		case !fields[camel]:
			rest[name] = compact(member)
		case camel != name && members[camel] != nil:
			r.fail(at+"/"+escape(name), "there is %q already", camel)
		default:
			known[camel] = compact(member)
		}
	}
	whole, err := json.Marshal(known)
	if err == nil {
		err = json.Unmarshal(whole, into)
	}
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) && mismatch.Field != "" {
		r.fail(at+"/"+strings.ReplaceAll(mismatch.Field, ".", "/"), "want %s, found a %s", wanted(mismatch.Type), mismatch.Value)
	} else if err != nil {
		r.fail(at, "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return rest
}

// closed decodes a message that has no further members: those whose meaning
// evaluation depends on.
func (r *reader) closed(text json.RawMessage, at string, into any) {
	for name := range r.message(text, at, into) {
		r.fail(at+"/"+escape(name), "unknown member")
	}
}

// memberNames returns the names of the members of a struct, in camelCase.
func memberNames(t reflect.Type) map[string]bool {
	names := map[string]bool{}
	for field := range t.Fields() {
		if field.Anonymous {
			maps.Copy(names, memberNames(field.Type))
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}

// camelCase returns the name in camelCase that a name in snake_case stands for.
func camelCase(name string) string {
	parts := strings.Split(name, "_")
	for i, part := range parts[1:] {
		if part != "" {
			parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "")
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Int32:
		return "a whole number of 32 bits"
	}
	return "an object"
}

// found describes a JSON text in a problem.
func found(text json.RawMessage) string {
	switch text := bytes.TrimSpace(text); {
	case len(text) == 0:
		return "nothing"
	case text[0] == '{':
		return "an object"
	case text[0] == '[':
		return "a list"
	case text[0] == '"':
		return "a text"
	default:
		return fmt.Sprintf("%.40s", text)
	}
}

// print writes a message, and members that were kept beside it.
func print(message any, rest object) json.RawMessage {
	text := encode(message)
	if len(rest) == 0 {
		return text
	}
	members := object{}
	_ = json.Unmarshal(text, &members)
	for name, member := range rest {
		if members[name] == nil {
			members[name] = member
		}
	}
	return encode(members)
}

// encode writes JSON and leaves <, > and & as they are.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return json.RawMessage("null")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// compact returns a JSON text without blanks.
func compact(text json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return text
	}
	return b.Bytes()
}

// escape returns a member's name as a step of a JSON pointer.
func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func nth(at string, i int) string { return at + "/" + strconv.Itoa(i) }

// An enum is the names of an enumeration, by number.
type enum []string

// text reads a value of an enumeration, which is a name or a number.
func (r *reader) enum(text json.RawMessage, at string, names enum) string {
	var name string
	var number int
	switch {
	case text == nil:
		return ""
	case json.Unmarshal(text, &name) == nil:
		return name
	case json.Unmarshal(text, &number) == nil && number >= 0 && number < len(names):
		return names[number]
	}
	r.fail(at, "want a name such as %q, found %s", names[min(1, len(names)-1)], found(text))
	return ""
}

// id returns the last part of a resource name such as "flags/x", and reports
// false if it is of another kind.
func id(name, collection string) (string, bool) {
	rest, ok := strings.CutPrefix(name, collection+"/")
	return rest, ok && rest != ""
}

// dialect is the name of this package's extensions.
const dialect = "confidence"

// extend returns the extension that holds x, nil if x says nothing.
func extend(x any) hoist.Extensions {
	text := encode(x)
	if string(text) == "{}" {
		return nil
	}
	return hoist.Extensions{dialect: text}
}

// extension returns the extension of an object; the zero value if it has none,
// as objects made in Go.
func extension[T any](e hoist.Extensions) (x T) {
	_ = json.Unmarshal(e[dialect], &x)
	return x
}
