package filestore

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// A position is a place in a text. Both numbers count from 1, columns in
// characters; the zero position is no place.
type position struct{ line, column int }

// String returns "line:column".
func (p position) String() string { return strconv.Itoa(p.line) + ":" + strconv.Itoa(p.column) }

// positionAt returns the position of the byte at offset.
func positionAt(text []byte, offset int) position {
	before := text[:min(max(offset, 0), len(text))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return position{bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1}
}

// firstIn returns the position of the first character of a line that is not
// blank.
func firstIn(text []byte, line int) position {
	for range line - 1 {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	row, _, _ := bytes.Cut(text, []byte("\n"))
	return position{line, len(row) - len(bytes.TrimLeft(row, " \t")) + 1}
}

// steps returns the steps of a JSON pointer.
func steps(pointer string) []string {
	if pointer == "" {
		return nil
	}
	list := strings.Split(pointer[1:], "/")
	for i := range list {
		list[i] = unescape(list[i])
	}
	return list
}

var (
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
)

func unescape(step string) string { return unescaper.Replace(step) }
func escape(step string) string   { return escaper.Replace(step) }

// locateYAML returns where a JSON pointer leads in a YAML document: to the
// name of a member or to the element of a list. Steps that are not there are
// passed over. So what is wrong with something that is missing is at what it
// is missing from, and a pointer into the long form of a thing, as the model
// has it, leads to the right place in its short form.
func locateYAML(root *yaml.Node, pointer string) position {
	at, node := root, root
	for _, step := range steps(pointer) {
		if name, value := childOf(target(node), step, maxDepth); name != nil {
			at, node = name, value
		}
	}
	return nodePosition(at)
}

func nodePosition(n *yaml.Node) position { return position{n.Line, n.Column} }

// target returns what an alias stands for, any other node as it is.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// childOf returns the member or element of n that step names: the node that
// shows where it is, and its value. Members that n has of its own go before
// those that it merges. A number that names no member counts members: what is
// a list in the model may be written as an object.
func childOf(n *yaml.Node, step string, depth int) (at, value *yaml.Node) {
	switch {
	case depth == 0:
	case n.Kind == yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	case n.Kind == yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			if name := n.Content[i]; target(name).Value == step && !isMerge(name) {
				return name, n.Content[i+1]
			}
		}
		if at, value := mergedChild(n, step, depth-1); at != nil {
			return at, value
		}
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content)/2 {
			return n.Content[2*i], n.Content[2*i+1]
		}
	}
	return nil, nil
}

func mergedChild(n *yaml.Node, step string, depth int) (at, value *yaml.Node) {
	for i := 0; i < len(n.Content); i += 2 {
		if !isMerge(n.Content[i]) {
			continue
		}
		for _, source := range mergeSources(n.Content[i+1]) {
			if at, value := childOf(source, step, depth); at != nil {
				return at, value
			}
		}
	}
	return nil, nil
}
