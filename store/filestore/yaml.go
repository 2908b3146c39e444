package filestore

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseYAML returns the one document in text, or what makes it none.
func parseYAML(text []byte) (*yaml.Node, *problem) {
	if bytes.HasPrefix(text, []byte("%YAML 1.2")) {
		// The parser does not know that it reads YAML 1.2: hide it as a comment.
		text = append([]byte("#"), text[1:]...)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, &problem{at: position{1, 1}, text: emptyFile}
	case err != nil:
		return nil, yamlProblem(text, err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, &problem{at: nodePosition(&second), text: "a second document begins here; a file holds one"}
	case !errors.Is(err, io.EOF):
		return nil, yamlProblem(text, err)
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Value == "" && root.Tag == "!!null" {
		return nil, &problem{at: position{1, 1}, text: emptyFile}
	}
	return root, nil
}

var yamlMessage = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// yamlProblem returns err, which came from the parser, with its place. The
// parser tells the line of what it cannot scan; what it cannot put together it
// places where the surrounding mapping or list begins, which may be far off,
// or nowhere.
func yamlProblem(text []byte, err error) *problem {
	parts := yamlMessage.FindStringSubmatch(err.Error())
	if parts == nil {
		return &problem{at: position{1, 1}, text: "not YAML: " + err.Error()}
	}
	line, _ := strconv.Atoi(parts[1])
	if line == 0 || strings.HasPrefix(parts[2], "did not find expected") {
		line = failingLine(text, parts[2])
	}
	return &problem{at: firstIn(text, line), text: "not YAML: " + parts[2]}
}

// failingLine returns the line at which the parser fails with message: of the
// lines it has read by then, the last that lets it fail so when the text ends
// with that line, while it does not fail so when the text ends before.
func failingLine(text []byte, message string) int {
	const maxTries, maxText = 20, 1 << 20
	reader := &byteReader{text: text}
	failsWith(reader, message)
	read := bytes.TrimRight(text[:reader.read], " \t\r\n")
	for range maxTries {
		start := bytes.LastIndexByte(read, '\n') + 1
		if start == 0 || len(read) > maxText || !failsWith(bytes.NewReader(text[:start]), message) {
			break
		}
		read = read[:start-1]
	}
	return bytes.Count(read, []byte("\n")) + 1
}

func failsWith(text io.Reader, message string) bool {
	decoder := yaml.NewDecoder(text)
	for {
		var document yaml.Node
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return false
		case err != nil:
			return strings.HasSuffix(err.Error(), message)
		}
	}
}

// A byteReader hands out its text byte by byte and counts.
type byteReader struct {
	text []byte
	read int
}

func (r *byteReader) Read(p []byte) (int, error) {
	if r.read == len(r.text) {
		return 0, io.EOF
	}
	p[0] = r.text[r.read]
	r.read++
	return 1, nil
}
