package hoist

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits on a JSON document of the model.
const (
	MaxDocumentBytes = 64 << 20 // length of the document
	MaxDocumentDepth = 100      // nesting of objects and arrays
)

// syntaxProblem says where data, which is not valid JSON, goes wrong.
func syntaxProblem(data string) string {
	var v json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal([]byte(data), &v); !errors.As(err, &syntax) {
		return "not a JSON document"
	}
	return fmt.Sprintf("%s: %s", lineAndColumn(data, int(syntax.Offset)-1), syntax)
}

// lineAndColumn describes an offset into data. Columns count characters.
func lineAndColumn(data string, offset int) string {
	before := data[:max(offset, 0)]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return fmt.Sprintf("line %d, column %d", strings.Count(before, "\n")+1, utf8.RuneCountInString(line)+1)
}

// invalidText returns the offset of the first text in a JSON document that
// cannot be UTF-8, -1 if there is none: wrong bytes, or the escape of half a
// surrogate pair.
func invalidText(data string) int {
	if !utf8.ValidString(data) {
		for i, r := range data {
			if r == utf8.RuneError && !strings.HasPrefix(data[i:], "\uFFFD") {
				return i
			}
		}
	}
	for i := 0; ; {
		next := strings.IndexByte(data[i:], '\\')
		if next < 0 {
			return -1
		}
		i += next
		switch unit := escapedUnit(data[i:]); {
		case unit < 0xD800 || unit > 0xDFFF:
			i += 2
		case unit < 0xDC00 && escapedUnit(data[i+6:])>>10 == 0xDC00>>10:
			i += 12
		default:
			return i
		}
	}
}

// escapedUnit returns the UTF-16 unit that s begins with in the form \u1234,
// -1 if it does not.
func escapedUnit(s string) int64 {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseInt(s[2:6], 16, 32)
	if err != nil {
		return -1
	}
	return unit
}
