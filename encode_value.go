package hoist

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// appendMembers writes the extensions as members of the object they stand in.
func (e Extensions) appendMembers(b []byte) []byte {
	if len(e) == 0 {
		return b
	}
	for _, name := range slices.Sorted(maps.Keys(e)) {
		b = appendCompact(appendName(b, "x-"+name), e[name])
	}
	return b
}

// appendCompact writes a JSON text without its blanks. What is no JSON text is
// written as it is, for json.Marshal to find.
func appendCompact(b, text []byte) []byte {
	buffer := bytes.NewBuffer(b)
	if json.Compact(buffer, text) != nil {
		return append(b, text...)
	}
	return buffer.Bytes()
}

// appendName begins a member of the object that b ends in.
func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(appendString(b, name), ':')
}

func appendList[T any](b []byte, list []T, appendJSON func(*T, []byte) []byte) []byte {
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(&list[i], b)
	}
	return append(b, ']')
}

func appendTextMember(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return appendString(appendName(b, name), text)
}

func appendTrue(b []byte, name string, is bool) []byte {
	if !is {
		return b
	}
	return append(appendName(b, name), "true"...)
}

func appendInteger(b []byte, name string, n int) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(appendName(b, name), int64(n), 10)
}

func appendTexts(b []byte, name string, texts []string) []byte {
	if len(texts) == 0 {
		return b
	}
	return appendTextList(appendName(b, name), texts)
}

func appendTextList(b []byte, texts []string) []byte {
	return appendList(b, texts, func(text *string, b []byte) []byte { return appendString(b, *text) })
}

// appendBy writes the attributes of a rollout: nearly always there is one.
func appendBy(b []byte, by []string) []byte {
	if len(by) == 1 {
		return appendString(appendName(b, "by"), by[0])
	}
	return appendTexts(b, "by", by)
}

// appendVariantName writes the name of a variant, those of a boolean flag as
// JSON has them.
func appendVariantName(b []byte, name string) []byte {
	if name == "true" || name == "false" {
		return append(b, name...)
	}
	return appendString(b, name)
}

func appendVariantNames(b []byte, names []string) []byte {
	if len(names) == 1 {
		return appendVariantName(b, names[0])
	}
	return appendList(b, names, func(name *string, b []byte) []byte { return appendVariantName(b, *name) })
}

// appendTime writes an instant unless it is the zero time.
func appendTime(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	b = append(appendName(b, name), '"')
	return append(t.UTC().AppendFormat(b, time.RFC3339Nano), '"')
}

// appendTimeOrDate writes midnight in UTC as a date.
func appendTimeOrDate(b []byte, name string, t time.Time) []byte {
	if t.IsZero() || !t.Equal(t.UTC().Truncate(24*time.Hour)) {
		return appendTime(b, name, t)
	}
	b = append(appendName(b, name), '"')
	return append(t.UTC().AppendFormat(b, time.DateOnly), '"')
}

// appendShare writes a percentage so that reading it gives the same float.
func appendShare(b []byte, percent float64) []byte {
	b = strconv.AppendFloat(append(b, '"'), finite(percent), 'f', -1, 64)
	return append(b, ` %"`...)
}

// appendNumber writes a number so that reading it gives the same float.
func appendNumber(b []byte, f float64) []byte {
	f = finite(f)
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, f, format, -1, 64)
}

// finite returns f, 0 if it is not a number that JSON has.
func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// distinct reports whether no two elements have one name.
func distinct[T any](list []T, name func(*T) string) bool {
	var seen nameSet
	for i := range list {
		if !seen.add(name(&list[i])) {
			return false
		}
	}
	return true
}

// MarshalJSON returns v as JSON. Times are RFC 3339 in UTC; numbers that JSON
// cannot hold (infinities, not-a-number) are null.
func (v Value) MarshalJSON() ([]byte, error) { return v.appendJSON(nil), nil }

// UnmarshalJSON reads what [JSONValue] reads.
func (v *Value) UnmarshalJSON(text []byte) error {
	value, err := JSONValue(text)
	if err == nil {
		*v = value.clone()
	}
	return err
}

// clone returns v with text of its own, so that v does not keep a larger
// document in memory. Lists and objects are not copied.
func (v Value) clone() Value {
	if v.kind == KindString || v.kind == KindVersion || v.kind == KindJSON {
		c := StringValue(string([]byte(v.text())))
		c.kind = v.kind
		return c
	}
	return v
}

func (v Value) appendJSON(b []byte) []byte {
	switch v.kind {
	case KindBool:
		return strconv.AppendBool(b, v.num == 1)
	case KindInt:
		return strconv.AppendInt(b, int64(v.num), 10)
	case KindFloat:
		return appendFloat(b, v.float())
	case KindString, KindVersion:
		return appendString(b, v.text())
	case KindTime:
		t, _ := v.Time()
		return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
	case KindList:
		b = append(b, '[')
		for i, e := range v.list() {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.appendJSON(b)
		}
		return append(b, ']')
	case KindObject:
		b = append(b, '{')
		for i, a := range v.object() {
			if i > 0 {
				b = append(b, ',')
			}
			b = a.Value.appendJSON(append(appendString(b, a.Name), ':'))
		}
		return append(b, '}')
	case KindJSON:
		return append(b, v.text()...)
	}
	return append(b, "null"...)
}

// appendFloat writes f so that reading gives a float of the same bits: always
// with a fraction or an exponent.
func appendFloat(b []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return append(b, "null"...)
	}
	start := len(b)
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	b = strconv.AppendFloat(b, f, format, -1, 64)
	if !bytes.ContainsAny(b[start:], ".e") {
		b = append(b, ".0"...)
	}
	return b
}

// appendString writes s as a JSON text. Invalid UTF-8 becomes the replacement
// character; <, > and & stay readable.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			return appendEscaped(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func appendEscaped(b []byte, s string) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(strings.ToValidUTF8(s, "\ufffd")) != nil {
		return append(b, `""`...)
	}
	return append(b, bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))...)
}
