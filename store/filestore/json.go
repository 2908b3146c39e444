package filestore

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// checkSyntax returns what makes text no JSON document, nil if it is one.
func checkSyntax(text []byte) *problem {
	if json.Valid(text) {
		return nil
	}
	var document json.RawMessage
	err := json.Unmarshal(text, &document)
	end := len(bytes.TrimRight(text, " \t\r\n"))
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	switch {
	case end == 0:
		return &problem{at: position{1, 1}, text: emptyFile}
	case !ok || int(syntax.Offset) > end || strings.HasPrefix(err.Error(), "unexpected end"):
		return &problem{at: positionAt(text, end), text: "not JSON: the text ends too early"}
	}
	return &problem{at: positionAt(text, int(syntax.Offset)-1), text: "not JSON: " + err.Error()}
}

// A jsonReader goes through a JSON text that is known to be valid.
type jsonReader struct {
	text []byte
	at   int
}

// next skips blanks and commas and returns the byte that follows.
func (r *jsonReader) next() byte {
	for {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			r.at++
		default:
			return c
		}
	}
}

// members calls visit for each member of the object that begins here. At the
// call the reader is at the value, and visit must read it.
func (r *jsonReader) members(visit func(name []byte, offset int)) {
	for r.at++; r.next() != '}'; {
		offset := r.at
		name := r.name()
		r.next()
		visit(name, offset)
	}
	r.at++
}

// elements calls visit for each element of the list that begins here. At the
// call the reader is at the value, and visit must read it.
func (r *jsonReader) elements(visit func(i int)) {
	r.at++
	for i := 0; r.next() != ']'; i++ {
		visit(i)
	}
	r.at++
}

// name reads the text that begins here.
func (r *jsonReader) name() []byte {
	start := r.at
	r.skipText()
	quoted := r.text[start:r.at]
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	var name string
	_ = json.Unmarshal(quoted, &name) // it is valid
	return []byte(name)
}

func (r *jsonReader) skipText() {
	for r.at++; r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] == '\\' {
			r.at++
		}
	}
	r.at++
}

// skip reads the value that begins here.
func (r *jsonReader) skip() {
	depth := 0
	for {
		switch r.next() {
		case '{', '[':
			depth++
			r.at++
		case '}', ']':
			depth--
			r.at++
		case '"':
			r.skipText()
		default:
			r.skipWord()
		}
		if depth == 0 {
			return
		}
	}
}

// skipWord reads a number, true, false or null.
func (r *jsonReader) skipWord() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\r', '\n', ',', ']', '}':
			return
		}
		r.at++
	}
}

// locateJSON returns where a JSON pointer leads in a valid JSON text, as
// locateYAML does.
func locateJSON(text []byte, pointer string) position {
	r := jsonReader{text: text}
	r.next()
	place := r.at
	for _, step := range steps(pointer) {
		value := r.at
		if at, child, ok := r.child(step); ok {
			place, value = at, child
		}
		r.at = value
	}
	return positionAt(text, place)
}

// child returns the offsets of the member or element that step names within
// the value that begins here: where it is, and where its value is. A number
// that names no member counts members, as in childOf.
func (r *jsonReader) child(step string) (at, value int, ok bool) {
	switch r.next() {
	case '{':
		named, i := false, 0
		r.members(func(name []byte, offset int) {
			if is := string(name) == step; !named && (is || strconv.Itoa(i) == step) {
				at, value, ok, named = offset, r.at, true, is
			}
			i++
			r.skip()
		})
	case '[':
		r.elements(func(i int) {
			if strconv.Itoa(i) == step {
				at, value, ok = r.at, r.at, true
			}
			r.skip()
		})
	}
	return at, value, ok
}

// A jsonCheck finds what is wrong with a JSON text that is valid as such: names
// that an object has twice, and values that are nested too deeply.
type jsonCheck struct {
	jsonReader
	path     path
	problems []problem
	deep     bool // something is nested too deeply
}

// checkJSON returns what a jsonCheck finds, and whether text may be decoded all
// the same.
func checkJSON(text []byte) (problems []problem, usable bool) {
	c := jsonCheck{jsonReader: jsonReader{text: text}}
	c.value()
	return c.problems, !c.deep
}

func (c *jsonCheck) value() {
	switch first := c.next(); {
	case len(c.path) == maxDepth && (first == '{' || first == '['):
		c.add(c.at, tooDeep)
		c.deep = true
		c.skip()
	case first == '{':
		c.object()
	case first == '[':
		c.elements(func(i int) {
			c.path.push(step{index: i})
			c.value()
			c.path.pop()
		})
	default:
		c.skip()
	}
}

func (c *jsonCheck) object() {
	var seen names
	c.members(func(name []byte, offset int) {
		c.path.push(step{name: name})
		if first, twice := seen.add(name, offset); twice {
			c.add(offset, twiceText(positionAt(c.text, first)))
		}
		c.value()
		c.path.pop()
	})
}

func (c *jsonCheck) add(offset int, text string) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, problem{c.path.String(), positionAt(c.text, offset), text})
	}
}
