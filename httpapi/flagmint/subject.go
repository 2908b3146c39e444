package flagmint

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/hoistflags/hoist"
)

// Subject returns the subject of an evaluation context: {"kind": "user", "key":
// …, …}, {"kind": "multi", "user": {…}, "organization": {…}}, or {}. Attributes
// are there under their own name and, as the product flattens contexts, behind
// "user.", "organization." or "custom.". The key of a context of several kinds
// is that of its user, or else of its organization.
func Subject(context []byte) (hoist.Subject, error) {
	if len(context) > hoist.MaxSubjectBytes {
		return hoist.Subject{}, errors.New("flagmint: the context is too large")
	}
	var members map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(context)))
	decoder.UseNumber()
	if err := decoder.Decode(&members); err != nil {
		return hoist.Subject{}, errors.New("flagmint: the context is not a JSON object")
	}
	kind, _ := members["kind"].(string)
	key, _ := members["key"].(string)
	attributes := map[string]any{}
	for name, v := range members {
		attributes[name] = v
		if kind == "multi" || name == "key" || name == "kind" {
			continue
		}
		if _, nested := v.(map[string]any); !nested {
			attributes[prefixOf(kind)+name] = v
		}
	}
	if kind == "multi" {
		for _, of := range []string{"organization", "user"} {
			if inner, ok := members[of].(map[string]any); ok {
				if k, ok := inner["key"].(string); ok && k != "" {
					key = k
				}
			}
		}
	}
	return hoist.SubjectFromMap(key, attributes), nil
}

func prefixOf(kind string) string {
	if kind == "" {
		return "user."
	}
	return kind + "."
}
