package confidence

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/hoistflags/hoist"
)

// A structSchema is the schema of a flag or of a field that is a struct.
type structSchema struct {
	Schema json.RawMessage `json:"schema,omitempty"` // an object of field to flagSchema
}

type flagSchema struct {
	StructSchema *structSchema `json:"structSchema"`
	Snake        *structSchema `json:"struct_schema"`
}

// fields returns the fields of a schema; its form is the product's business.
func (s *structSchema) fields() map[string]flagSchema {
	var fields map[string]flagSchema
	var all object
	_ = json.Unmarshal(s.Schema, &all)
	for name, text := range all {
		var field flagSchema
		_ = json.Unmarshal(text, &field)
		if fields == nil {
			fields = map[string]flagSchema{}
		}
		fields[name] = field
	}
	return fields
}

// value reads the value of a variant and fills in null for each field of the
// schema that it leaves out, as the product does when it answers. Unset says,
// with JSON pointers, what was filled in; the pointer "" is that there was no
// value at all.
func (r *reader) value(text json.RawMessage, at string, s *structSchema) (v hoist.Value, unset []string) {
	if text == nil {
		text, unset = json.RawMessage("{}"), []string{""}
	}
	var members object
	if json.Unmarshal(text, &members) != nil || members == nil {
		r.fail(at, "want an object, found %s", found(text))
		return v, nil
	}
	if s != nil {
		text = fill(text, "", s, &unset)
	}
	v, err := hoist.JSONValue(text)
	if err != nil {
		r.fail(at, "%v", err)
	}
	return v, unset
}

// fill returns an object with null for the fields it lacks, also in those of
// its fields that are structs.
func fill(text json.RawMessage, at string, s *structSchema, unset *[]string) json.RawMessage {
	var members object
	if json.Unmarshal(text, &members) != nil || members == nil {
		return text
	}
	fields := s.fields()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		inner := fields[name].StructSchema
		if inner == nil {
			inner = fields[name].Snake
		}
		member, given := members[name]
		switch {
		case !given:
			members[name] = json.RawMessage("null")
			*unset = append(*unset, at+"/"+escape(name))
		case inner != nil:
			members[name] = fill(member, at+"/"+escape(name), inner, unset)
		}
	}
	return encode(members)
}

// wireValue returns a value without what was filled in, nil if that is nothing
// and there was none.
func wireValue(v hoist.Value, unset []string) json.RawMessage {
	text, _ := v.MarshalJSON()
	missing := false
	for _, path := range unset {
		if missing = missing || path == ""; path != "" {
			text = removeNull(text, strings.Split(path[1:], "/"))
		}
	}
	if missing && string(text) == "{}" {
		return nil
	}
	return text
}

// removeNull removes the member at a path of an object if it is null.
func removeNull(text json.RawMessage, path []string) json.RawMessage {
	var members object
	name := strings.NewReplacer("~1", "/", "~0", "~").Replace(path[0])
	if json.Unmarshal(text, &members) != nil || members[name] == nil {
		return text
	}
	switch {
	case len(path) > 1:
		members[name] = removeNull(members[name], path[1:])
	case string(members[name]) == "null":
		delete(members, name)
	}
	return encode(members)
}
