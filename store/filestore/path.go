package filestore

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/hoistflags/hoist"
)

const (
	// maxDepth is how deeply values may be nested.
	maxDepth = hoist.MaxDocumentDepth

	// maxProblems bounds how many problems of one kind are listed for one
	// document, as it does in the root package.
	maxProblems = 100
)

const emptyFile = "the file is empty; a set without flags is {}"

var tooDeep = fmt.Sprintf("nested more than %d deep", maxDepth)

// twiceText is the problem of a name that stood at first before.
func twiceText(first position) string { return "given twice, first at " + first.String() }

// A path leads to the place that is being read; it becomes a JSON pointer only
// when something is wrong.
type path []step

// A step goes to the member of a name, or if name is nil to an element.
type step struct {
	name  []byte
	index int
}

func (p *path) push(s step) { *p = append(*p, s) }
func (p *path) pop()        { *p = (*p)[:len(*p)-1] }

// String returns the path as a JSON pointer.
func (p path) String() string {
	var b []byte
	for _, s := range p {
		if b = append(b, '/'); s.name != nil {
			b = append(b, escape(string(s.name))...)
		} else {
			b = strconv.AppendInt(b, int64(s.index), 10)
		}
	}
	return string(b)
}

// names remembers names and where they stand, to find those given twice. Few
// names are compared one by one, which is faster than a map.
type names struct {
	few  []nameAt
	many map[string]int
}

type nameAt struct {
	name []byte
	at   int
}

const fewNames = 8

// add notes a name. If it is there already, it returns where.
func (n *names) add(name []byte, at int) (first int, twice bool) {
	if n.many == nil && len(n.few) < fewNames {
		for _, known := range n.few {
			if bytes.Equal(known.name, name) {
				return known.at, true
			}
		}
		n.few = append(n.few, nameAt{name, at})
		return 0, false
	}
	if n.many == nil {
		n.many = make(map[string]int, 4*fewNames)
		for _, known := range n.few {
			n.many[string(known.name)] = known.at
		}
	}
	if first, twice = n.many[string(name)]; !twice {
		n.many[string(name)] = at
	}
	return first, twice
}
