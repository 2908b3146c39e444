package filestore

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// maxAliased is how many nodes of a document may be reached through aliases,
// each time counted.
const maxAliased = 1_000_000

// A converter turns a YAML document into JSON.
type converter struct {
	max      int // bytes of JSON
	out      []byte
	path     path
	problems []problem
	stopped  bool // a limit was reached

	open    map[*yaml.Node]bool // nodes with an anchor that are being written
	aliases int                 // aliases that are being written
	aliased int                 // nodes reached through aliases so far
}

// convert returns root as JSON of at most max bytes, and what is wrong with
// it. In the JSON null stands where something is wrong, and names given twice
// are there once. There is no JSON if a limit was reached.
func convert(root *yaml.Node, max int) ([]byte, []problem) {
	c := converter{max: max, open: map[*yaml.Node]bool{}}
	c.value(root, root)
	if c.stopped {
		return nil, c.problems
	}
	return c.out, c.problems
}

// add reports a problem of the node whose name or place at is.
func (c *converter) add(at *yaml.Node, format string, args ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, problem{c.path.String(), nodePosition(at), fmt.Sprintf(format, args...)})
	}
}

// stop reports a limit that was reached; nothing more is read.
func (c *converter) stop(at *yaml.Node, format string, args ...any) {
	if !c.stopped {
		c.add(at, format, args...)
	}
	c.stopped = true
}

// value writes n. Problems are reported at the node at: the name of the member
// whose value n is, otherwise n itself.
func (c *converter) value(at, n *yaml.Node) {
	switch c.count(at, 1); {
	case c.stopped:
	case len(c.path) == maxDepth && n.Kind != yaml.ScalarNode:
		c.stop(at, "%s", tooDeep)
	case len(c.out) > c.max:
		c.stop(at, "longer than %d bytes when written as JSON", c.max)
	case n.Kind == yaml.AliasNode:
		c.aliases++
		c.value(at, n.Alias)
		c.aliases--
	case c.open[n]:
		c.add(at, "the anchor %q contains itself", n.Anchor)
		c.write("null")
	case n.Kind == yaml.ScalarNode:
		c.scalar(at, n)
	default:
		c.container(at, n)
	}
}

// count counts nodes that are reached through aliases.
func (c *converter) count(at *yaml.Node, nodes int) {
	if c.aliases > 0 {
		c.aliased += nodes
	}
	if c.aliased > maxAliased {
		c.stop(at, "aliases stand for more than %d values", maxAliased)
	}
}

func (c *converter) write(text string) { c.out = append(c.out, text...) }

func (c *converter) container(at, n *yaml.Node) {
	c.enter(n)
	defer c.leave(n)
	if n.Kind == yaml.MappingNode {
		c.checkTag(at, n, "!!map")
		c.mapping(n)
	} else {
		c.checkTag(at, n, "!!seq")
		c.sequence(n)
	}
}

// enter notes that n is being written, until leave.
func (c *converter) enter(n *yaml.Node) {
	if n.Anchor != "" {
		c.open[n] = true
	}
}

func (c *converter) leave(n *yaml.Node) { delete(c.open, n) }

func (c *converter) checkTag(at, n *yaml.Node, want string) {
	if n.Tag != want {
		c.add(at, "the tag %s is not known here", n.Tag)
	}
}

func (c *converter) sequence(n *yaml.Node) {
	c.write("[")
	for i, element := range n.Content {
		if i > 0 {
			c.write(",")
		}
		c.path.push(step{index: i})
		c.value(element, element)
		c.path.pop()
	}
	c.write("]")
}

func (c *converter) mapping(n *yaml.Node) {
	c.write("{")
	for i, m := range c.members(n) {
		if i > 0 {
			c.write(",")
		}
		name := target(m.name).Value
		c.out = append(appendText(c.out, name), ':')
		c.path.push(step{name: []byte(name)})
		if m.merged {
			c.aliases++
		}
		c.value(m.name, m.value)
		if m.merged {
			c.aliases--
		}
		c.path.pop()
	}
	c.write("}")
}

// A member is a name and its value in a mapping.
type member struct {
	name, value *yaml.Node
	merged      bool // by a merge key
}

// members returns the members of a mapping: its own, and those it merges which
// have none of these names. It reports names that are used twice or that are
// no texts.
func (c *converter) members(n *yaml.Node) []member {
	var seen names
	own := make([]member, 0, len(n.Content)/2)
	merges := 0
	for i := 0; i < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if isMerge(name) {
			merges++
		}
		if c.checkName(name, i, n, &seen) {
			own = append(own, member{name: name, value: value})
		}
	}
	if merges == 0 {
		return own
	}
	return c.merge(own, &seen)
}

// checkName reports whether the i-th node of n is a name that can be used.
func (c *converter) checkName(name *yaml.Node, i int, n *yaml.Node, seen *names) bool {
	text := []byte(target(name).Value)
	c.path.push(step{name: text})
	defer c.path.pop()
	if target(name).Kind != yaml.ScalarNode {
		c.add(name, "the name of a member must be a text")
		return false
	}
	if first, twice := seen.add(text, i); twice {
		c.add(name, "%s", twiceText(nodePosition(n.Content[first])))
		return false
	}
	return true
}

// merge puts the members that own merges where own has a merge key.
func (c *converter) merge(own []member, seen *names) []member {
	var all []member
	for _, m := range own {
		if !isMerge(m.name) {
			all = append(all, m)
			continue
		}
		sources := mergeSources(m.value)
		if sources == nil {
			c.add(m.name, "<< wants a mapping or a list of mappings")
		}
		for _, source := range sources {
			all = c.mergeFrom(all, m.name, source, seen)
		}
	}
	return all
}

// mergeFrom adds the members of source that are not seen yet.
func (c *converter) mergeFrom(all []member, at, source *yaml.Node, seen *names) []member {
	if c.open[source] {
		c.add(at, "the anchor %q contains itself", source.Anchor)
		return all
	}
	c.enter(source)
	defer c.leave(source)
	c.aliases++
	defer func() { c.aliases-- }()
	if c.count(at, len(source.Content)+1); c.stopped {
		return all
	}
	for _, m := range c.members(source) {
		if _, twice := seen.add([]byte(target(m.name).Value), 0); !twice {
			m.merged = true
			all = append(all, m)
		}
	}
	return all
}

// isMerge reports whether the name of a member is the merge key.
func isMerge(name *yaml.Node) bool {
	return name.Kind == yaml.ScalarNode && name.Tag == "!!merge"
}

// mergeSources returns the mappings that the value of a merge key stands for,
// nil if it is something else.
func mergeSources(value *yaml.Node) []*yaml.Node {
	value = target(value)
	if value.Kind == yaml.MappingNode {
		return []*yaml.Node{value}
	}
	var sources []*yaml.Node
	if value.Kind == yaml.SequenceNode {
		for _, element := range value.Content {
			if element = target(element); element.Kind != yaml.MappingNode {
				return nil
			}
			sources = append(sources, element)
		}
	}
	return sources
}

// appendText writes s as a JSON text.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
