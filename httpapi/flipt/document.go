package flipt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/hoistflags/hoist"
	"go.yaml.in/yaml/v3"
)

// readDocuments returns the documents of a features file. JSON is read by a
// JSON parser, since not all of it is YAML; a line of comment may stand above
// it.
func readDocuments(file []byte) ([]*yaml.Node, error) {
	if len(file) > hoist.MaxDocumentBytes {
		return nil, fmt.Errorf("%d bytes, limit %d", len(file), hoist.MaxDocumentBytes)
	}
	var failed error
	if rest := withoutComments(file); len(rest) > 0 && rest[0] == '{' {
		nodes, err := readJSON(rest)
		if err == nil {
			return nodes, nil
		}
		failed = err
	}
	nodes, err := readYAML(file)
	switch {
	case err == nil && len(nodes) > 0:
		return nodes, nil
	case failed != nil:
		return nil, failed
	case err == nil:
		return nil, errors.New("the file is empty")
	}
	return nil, err
}

// withoutComments returns file without the lines of comment and the blanks
// that it begins with.
func withoutComments(file []byte) []byte {
	for {
		file = bytes.TrimLeft(file, " \t\r\n")
		if len(file) == 0 || file[0] != '#' {
			return file
		}
		_, file, _ = bytes.Cut(file, []byte("\n"))
	}
}

// readYAML returns the documents of a stream, without empty ones.
func readYAML(file []byte) ([]*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(file))
	var nodes []*yaml.Node
	for {
		var node yaml.Node
		err := decoder.Decode(&node)
		if errors.Is(err, io.EOF) {
			return nodes, nil
		}
		if err != nil {
			return nil, errors.New(yamlProblem(err))
		}
		if len(node.Content) == 1 && node.Content[0].ShortTag() != "!!null" {
			nodes = append(nodes, &node)
		}
	}
}

// readJSON returns the objects of a stream as YAML nodes.
func readJSON(file []byte) ([]*yaml.Node, error) {
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.UseNumber()
	var nodes []*yaml.Node
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nodes, nil
		}
		if err != nil {
			return nil, err
		}
		node, err := jsonNode(decoder, token, 1)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
}

// jsonNode returns the value that begins with token.
func jsonNode(decoder *json.Decoder, token json.Token, depth int) (*yaml.Node, error) {
	if depth > hoist.MaxDocumentDepth {
		return nil, fmt.Errorf("nested deeper than %d", hoist.MaxDocumentDepth)
	}
	switch token := token.(type) {
	case json.Delim:
		return jsonCollection(decoder, token, depth)
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: token}, nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(token)}, nil
	case json.Number:
		node := &yaml.Node{Kind: yaml.ScalarNode, Value: token.String()} // YAML knows what number it is
		if _, err := token.Float64(); err != nil {
			node.Tag = "!!float" // but would take one out of range for a text
		}
		return node, nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
}

// jsonCollection returns the object or list that begins with open. Names and
// values of an object follow each other in both forms.
func jsonCollection(decoder *json.Decoder, open json.Delim, depth int) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	if open == '[' {
		node = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			return node, nil
		}
		element, err := jsonNode(decoder, token, depth+1)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, element)
	}
}

// goTypes are the names of our types, which messages of the YAML library have.
var goTypes = regexp.MustCompile(`into (flipt\.\w+|map\[string\]interface \{\})`)

// yamlProblem returns an error of the YAML library as one line. What was JSON
// has no lines.
func yamlProblem(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if wrong := (*yaml.TypeError)(nil); errors.As(err, &wrong) {
		text = strings.Join(wrong.Errors, "; ")
	}
	text = strings.ReplaceAll(text, "line 0: ", "")
	return goTypes.ReplaceAllString(text, "into an object")
}

// pointerStep returns a name as a step of a JSON pointer.
func pointerStep(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }
