package main

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/hoistflags/hoist"
)

// asYAML returns a set as people would write it: block by block, and in one
// line what is short. The JSON of the set is read as the YAML that it is, which
// keeps the order of everything.
func asYAML(set *hoist.Set) ([]byte, error) {
	text, err := set.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	restyle(&document)
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&document); err != nil {
		return nil, err
	}
	return out.Bytes(), encoder.Close()
}

// shortLine is up to how many bytes of text a node stays in one line.
const shortLine = 60

// restyle makes a node a block if it is long, and takes quotes away where they
// are not needed. It returns how long the node is.
func restyle(n *yaml.Node) (length int) {
	if n.Kind == yaml.ScalarNode {
		if n.Tag == "!!str" {
			n.Style = 0 // the encoder quotes what would be read as something else
		}
		return len(n.Value) + 2
	}
	for _, child := range n.Content {
		length += restyle(child)
	}
	if length > shortLine {
		n.Style &^= yaml.FlowStyle
	}
	return length + 2
}
