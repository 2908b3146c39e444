package hoist

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
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
