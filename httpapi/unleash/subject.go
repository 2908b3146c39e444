package unleash

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hoistflags/hoist"
)

// Subject returns the subject of an Unleash context, a JSON object with the
// members userId, sessionId, remoteAddress, environment, appName, currentTime
// and properties. The properties are attributes like the others; a member of the
// context wins over a property of its name. Numbers and booleans become texts,
// as which Unleash compares them, and null counts as missing.
//
// The key is the userId. What a process knows about itself, such as appName,
// environment and hostname, is best given in [hoist.Options] Attributes.
func Subject(context []byte) (hoist.Subject, error) {
	if len(context) > hoist.MaxSubjectBytes {
		return hoist.Subject{}, fmt.Errorf("unleash: context of %d bytes, limit %d", len(context), hoist.MaxSubjectBytes)
	}
	var members, properties object
	if err := json.Unmarshal(context, &members); err != nil || members == nil {
		return hoist.Subject{}, errors.New("unleash: the context is not a JSON object")
	}
	if text := members["properties"]; len(text) > 0 && text[0] == '{' {
		if err := json.Unmarshal(text, &properties); err != nil {
			return hoist.Subject{}, fmt.Errorf("unleash: properties: %w", err)
		}
		delete(members, "properties")
	}
	key := ""
	if id := members["userId"]; !isNull(id) {
		key = contextText(id)
	}
	attrs := make([]hoist.Attr, 0, len(members)+len(properties))
	for _, part := range []object{members, properties} {
		for _, name := range slices.Sorted(maps.Keys(part)) {
			if a := attribute(name, part[name]); !a.Value.IsNull() {
				attrs = append(attrs, a)
			}
		}
	}
	return hoist.NewSubject(key, attrs...), nil
}

// attribute returns a member of a context. The current time may be a number of
// milliseconds.
func attribute(name string, text json.RawMessage) hoist.Attr {
	if isNull(text) {
		return hoist.Attr{Name: name}
	}
	var millis float64
	if name == "currentTime" && text[0] != '"' && json.Unmarshal(text, &millis) == nil {
		return hoist.Time(name, time.UnixMilli(int64(millis)))
	}
	return hoist.String(name, contextText(text))
}

// contextText returns a value as JavaScript makes text of it.
func contextText(text json.RawMessage) string {
	var v any
	if json.Unmarshal(text, &v) != nil {
		return ""
	}
	return textOf(v)
}

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return numberText(v)
	case []any:
		texts := make([]string, len(v))
		for i, e := range v {
			texts[i] = textOf(e)
		}
		return strings.Join(texts, ",")
	case map[string]any:
		return "[object Object]"
	}
	return ""
}

func numberText(f float64) string {
	abs := math.Abs(f)
	if f == 0 || abs >= 1e-6 && abs < 1e21 {
		return strconv.FormatFloat(f+0, 'f', -1, 64)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	return mantissa + "e" + exponent[:1] + strings.TrimLeft(exponent[1:], "0")
}
