package cloudbees

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/hoistflags/hoist"
)

// Subject returns the subject that properties describe: a JSON object of names
// and values, the custom properties of an application and those that its SDK
// sets, such as [AppRelease]. Null is the same as no property. The key of the
// subject is [DistinctID], if that is a text or a number.
//
// It is an error, matched by [hoist.ErrSubject], if the document is not such an
// object or beyond the limits of [hoist.SubjectFromJSON].
func Subject(properties []byte) (hoist.Subject, error) {
	if _, err := hoist.SubjectFromJSON(properties); err != nil {
		return hoist.Subject{}, err
	}
	decoder := json.NewDecoder(bytes.NewReader(properties))
	decoder.UseNumber()
	var attributes map[string]any
	if err := decoder.Decode(&attributes); err != nil {
		return hoist.Subject{}, fmt.Errorf("%w: %w", hoist.ErrSubject, err)
	}
	key := ""
	switch v := hoist.AnyValue(attributes[DistinctID]); v.Kind() {
	case hoist.KindString, hoist.KindInt, hoist.KindFloat:
		key = text(v)
	}
	return hoist.SubjectFromMap(key, attributes), nil
}
