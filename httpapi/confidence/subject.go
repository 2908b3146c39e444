package confidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/internal/jsontext"
)

// Subject returns the subject of an evaluation context, a JSON object, asked
// for in environments such as "environments/production": those of the
// credential, or none. Its key is the member "targeting_key", if that is a text
// or a whole number. Numbers are floats of 64 bits, as they are in the product.
//
// As there, a member of the context whose name has a dot cannot be reached.
// What the context says under [EnvironmentsAttribute] does not count.
func Subject(context []byte, environments ...string) (hoist.Subject, error) {
	if len(context) > hoist.MaxSubjectBytes {
		return hoist.Subject{}, fmt.Errorf("confidence: the context has %d bytes, limit %d", len(context), hoist.MaxSubjectBytes)
	}
	if depth := jsontext.Depth(context); depth > hoist.MaxSubjectDepth {
		return hoist.Subject{}, fmt.Errorf("confidence: the context is nested %d deep, limit %d", depth, hoist.MaxSubjectDepth)
	}
	var members map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(context)))
	decoder.UseNumber()
	if err := decoder.Decode(&members); err != nil || members == nil || decoder.More() {
		return hoist.Subject{}, errors.New("confidence: the context is not a JSON object")
	}
	names := make([]hoist.Value, len(environments))
	for i, name := range environments {
		names[i] = hoist.StringValue(name)
	}
	attrs := append([]hoist.Attr{hoist.List(EnvironmentsAttribute, names...)}, attributes(members)...)
	return hoist.NewSubject(keyOf(members), attrs...), nil
}

// attributes returns the members of an object by name, without those whose name
// has a dot.
func attributes(members map[string]any) []hoist.Attr {
	var attrs []hoist.Attr
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !strings.Contains(name, ".") {
			attrs = append(attrs, hoist.Attr{Name: name, Value: attribute(members[name])})
		}
	}
	return attrs
}

func attribute(v any) hoist.Value {
	switch v := v.(type) {
	case json.Number:
		f, _ := strconv.ParseFloat(v.String(), 64)
		return numberOf(f)
	case []any:
		list := make([]hoist.Value, len(v))
		for i, element := range v {
			list[i] = attribute(element)
		}
		return hoist.ListValue(list...)
	case map[string]any:
		return hoist.ObjectValue(attributes(v)...)
	}
	return hoist.AnyValue(v)
}

// keyOf returns the key of a context, "" if it has none.
func keyOf(members map[string]any) string {
	v := attribute(members[targetingKey])
	if text, ok := v.Text(); ok {
		return text
	}
	if n, ok := v.Int(); ok {
		return strconv.FormatInt(n, 10)
	}
	return ""
}
