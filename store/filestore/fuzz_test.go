package filestore

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// FuzzYAML reads YAML of any kind: nothing panics, limits hold, what comes out
// is JSON that says the same as the YAML library says, and every problem is at
// a place within the text.
func FuzzYAML(f *testing.F) {
	for _, c := range conversions {
		f.Add(c.yaml)
	}
	for _, b := range brokenFiles {
		for _, text := range b.files {
			f.Add(text)
		}
	}
	for _, text := range []string{"\r0", " \r\r\"", "[0A,10e700]", "- &a [*a]", "? *a\n", "{<<: &a {<<: *a}}", "\ufeff%YAML 1.2\n---\n!!set {a}"} {
		f.Add(text)
	}
	const max = 1 << 16
	f.Fuzz(func(t *testing.T, text string) {
		d := parse("flags.yaml", []byte(text), max)
		checkProblems(t, d)
		if d.json == nil {
			return
		}
		if !json.Valid(d.json) {
			t.Fatalf("not JSON: %s", d.json)
		}
		if len(d.json) > max+6*len(text) {
			t.Errorf("%d bytes of JSON, limit %d", len(d.json), max)
		}
		_, problems := convert(d.root, max)
		var want any
		if len(problems) > 0 || yaml.Unmarshal([]byte(text), &want) != nil {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(d.json))
		decoder.UseNumber()
		var got any
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if !saysSame(got, want) {
			t.Errorf("%q\nbecame %s\nwant   %v", text, d.json, want)
		}
	})
}

// FuzzJSON does for JSON what FuzzYAML does.
func FuzzJSON(f *testing.F) {
	for _, b := range brokenFiles {
		for name, text := range b.files {
			if strings.HasSuffix(name, ".json") {
				f.Add(text)
			}
		}
	}
	f.Add(`{"flags": {"\u0061\"~1/": {"default": {"a": [1, -2.5e3, "\\\"", {}]}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		checkProblems(t, parse("flags.json", []byte(text), 1<<16))
	})
}

// checkProblems checks that what is wrong with a document, also with what it
// refers to, is at places within the text.
func checkProblems(t *testing.T, d *document) {
	t.Helper()
	_, err := join("flags", []*document{d})
	if err == nil {
		return
	}
	text := string(d.text)
	for _, e := range err.(Errors) {
		if !isWithin(e, text) && !isWithin(e, yamlBreaks.Replace(text)) {
			t.Errorf("%d:%d is not within the text: %v", e.Line, e.Column, e)
		}
	}
}

// isWithin reports whether the place of an error is in a text, or right after
// it, where something may be missing.
func isWithin(e *FileError, text string) bool {
	lines := strings.Split(text+"\n", "\n")
	return e.Line == 0 && e.Column == 0 ||
		e.Line >= 1 && e.Line <= len(lines) && e.Column >= 1 && e.Column <= len(lines[e.Line-1])+1
}

// yamlBreaks are what YAML takes for the end of a line.
var yamlBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// saysSame reports whether JSON and what the YAML library made of the same text
// agree, where both know the kind of value.
func saysSame(got, want any) bool {
	switch want := want.(type) {
	case nil:
		return got == nil
	case map[string]any:
		return sameMembers(got, want)
	case map[any]any: // names that are no texts
		m, ok := got.(map[string]any)
		return ok && len(m) >= len(want)
	case []any:
		list, ok := got.([]any)
		for i := range list {
			ok = ok && len(want) == len(list) && saysSame(list[i], want[i])
		}
		return ok && len(want) == len(list)
	case time.Time:
		_, ok := got.(string)
		return ok
	case string:
		number, ok := got.(json.Number)
		_, err := number.Float64()
		return got == any(want) || ok && err != nil // a number out of range
	case int, int64, uint64, float64:
		number, ok := got.(json.Number)
		x, _ := number.Float64()
		return ok && x == toFloat(want)
	}
	return got == want
}

func sameMembers(got any, want map[string]any) bool {
	m, ok := got.(map[string]any)
	if !ok || len(m) != len(want) {
		return false
	}
	for name := range m {
		if value, ok := want[name]; !ok || !saysSame(m[name], value) {
			return false
		}
	}
	return true
}

func toFloat(number any) float64 {
	switch n := number.(type) {
	case int:
		return float64(n)
	case int64:
		return float64(n)
	case uint64:
		return float64(n)
	}
	return number.(float64)
}
