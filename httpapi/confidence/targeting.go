package confidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/hoistflags/hoist"
)

// An expression refers to criteria by name; the condition of a segment has them
// in their places. What a condition cannot say is in notes, one for each leaf
// of the condition in the order in which they are written: constraints,
// segments, and "any" of nothing, which fails.
//
// A note is the name of a criterion or, for "any" of nothing, of one that there
// is not or that is of no kind; {} is an expression of no kind, and null one
// that is "or" of nothing.
type note = json.RawMessage

var (
	noteOr     = note("null")
	noteNoKind = note("{}")
)

// targeting reads the targeting of a segment. Without an expression it always
// holds.
func (r *reader) targeting(text []byte, at string, x *segmentExtension) hoist.Condition {
	var in targeting
	r.closed(text, at, &in)
	c := conditions{reader: r, criteria: in.Criteria, used: map[string]bool{}}
	c.at = at
	out := hoist.Condition{}
	if in.Expression != nil {
		out = c.expression(in.Expression, at+"/expression", 1)
	}
	x.Targeting, x.Refs = in.Expression == nil, c.notes
	for name, text := range in.Criteria {
		if !c.used[name] {
			if x.Criteria == nil {
				x.Criteria = object{}
			}
			x.Criteria[name] = compact(text)
		}
	}
	return out
}

// conditions reads an expression.
type conditions struct {
	*reader
	at       string
	criteria object
	used     map[string]bool
	notes    []note
}

func (c *conditions) expression(text json.RawMessage, at string, depth int) hoist.Condition {
	if depth > hoist.MaxConditionDepth {
		c.fail(at, "expressions nested deeper than %d", hoist.MaxConditionDepth)
		return hoist.Condition{}
	}
	var in expression
	c.closed(text, at, &in)
	kinds := 0
	for _, is := range []bool{in.Ref != nil, in.Not != nil, in.And != nil, in.Or != nil} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds > 1:
		c.fail(at, "want one of ref, not, and, and or")
	case in.Ref != nil:
		return c.ref(*in.Ref)
	case in.Not != nil:
		return hoist.Not(c.expression(in.Not, at+"/not", depth+1))
	case in.And != nil:
		return hoist.AllOf(c.operands(in.And, at+"/and", depth)...)
	case in.Or != nil:
		list := c.operands(in.Or, at+"/or", depth)
		if len(list) == 0 {
			return c.never(noteOr)
		}
		return hoist.AnyOf(list...)
	}
	return c.never(noteNoKind)
}

func (c *conditions) operands(text json.RawMessage, at string, depth int) (list []hoist.Condition) {
	var in operands
	c.closed(text, at, &in)
	for i, text := range in.Operands {
		list = append(list, c.expression(text, nth(at+"/operands", i), depth+1))
	}
	return list
}

// never returns a condition that fails.
func (c *conditions) never(n note) hoist.Condition {
	c.notes = append(c.notes, n)
	return hoist.AnyOf()
}

// ref reads a reference to a criterion. One that does not exist fails.
func (c *conditions) ref(name string) hoist.Condition {
	n := encode(name)
	text, ok := c.criteria[name]
	if !ok {
		return c.never(n)
	}
	out, ok := c.criterion(text, c.at+"/criteria/"+escape(name))
	if !ok {
		return c.never(n)
	}
	c.used[name] = true
	c.notes = append(c.notes, n)
	return out
}

// criterion reads a criterion, and reports false for one that always fails
// because it is of no kind.
func (c *conditions) criterion(text json.RawMessage, at string) (out hoist.Condition, ok bool) {
	var in criterion
	c.closed(text, at, &in)
	switch {
	case in.Attribute != nil && in.Segment == nil && in.MaterializedSegment == nil:
		return hoist.Condition{Constraint: c.attribute(in.Attribute, at+"/attribute")}, true
	case in.Segment != nil && in.Attribute == nil && in.MaterializedSegment == nil:
		var s segmentCriterion
		c.closed(in.Segment, at+"/segment", &s)
		if s.Segment == "" {
			return out, false
		}
		return hoist.InSegment(c.segmentKey(s.Segment, at+"/segment/segment")), true
	case in.MaterializedSegment != nil && in.Attribute == nil && in.Segment == nil:
		var m materializedSegmentCriterion
		c.closed(in.MaterializedSegment, at+"/materializedSegment", &m)
		return hoist.Where(targetingKey, materializedOperator, materialization(m.MaterializedSegment)), true
	case in.Attribute != nil || in.Segment != nil || in.MaterializedSegment != nil:
		c.fail(at, "want one of attribute, segment and materializedSegment")
	}
	return out, false
}

// expressions writes a condition as an expression and its criteria.
type expressions struct {
	*writer
	notes    []note
	kept     object // criteria that are of no kind, or that nothing refers to
	criteria object
	never    map[string]bool // names that must not become those of criteria
}

// segmentTargeting writes the condition of a segment.
func (w *writer) segmentTargeting(s *hoist.Segment, x *segmentExtension) json.RawMessage {
	e := expressions{writer: w, notes: x.Refs, kept: x.Criteria, criteria: object{}, never: map[string]bool{}}
	out := targeting{Criteria: object{}}
	if !isAlways(&s.When) {
		out.Expression = e.expression(&s.When, "/when")
	} else if !x.Targeting {
		return nil
	}
	maps.Copy(out.Criteria, e.kept)
	maps.Copy(out.Criteria, e.criteria)
	return encode(out)
}

func isAlways(c *hoist.Condition) bool { return c.Equal(hoist.Condition{}) }

func (e *expressions) expression(c *hoist.Condition, at string) json.RawMessage {
	switch {
	case c.All != nil:
		return wrap("and", e.operands(c.All, at+"/all"))
	case c.Any != nil && len(c.Any) == 0:
		return e.nothing()
	case c.Any != nil:
		return wrap("or", e.operands(c.Any, at+"/any"))
	case c.Not != nil:
		return wrap("not", e.expression(c.Not, at+"/not"))
	case c.Constraint != nil:
		ref := e.leaf(e.constraint(c.Constraint, at))
		if c.Constraint.Negate {
			return wrap("not", ref)
		}
		return ref
	case c.Segment != "":
		return e.leaf(wrap("segment", encode(segmentCriterion{"segments/" + c.Segment})))
	case c.Flag != nil:
		e.fail(at+"/flag", "the product's segments do not refer to flags")
	}
	return wrap("and", encode(operands{}))
}

func wrap(name string, text json.RawMessage) json.RawMessage { return encode(object{name: text}) }

func (e *expressions) operands(list []hoist.Condition, at string) json.RawMessage {
	var out operands
	for i := range list {
		out.Operands = append(out.Operands, e.expression(&list[i], nth(at, i)))
	}
	return encode(out)
}

// next returns the note of the next leaf, nil if there is none.
func (e *expressions) next() note {
	if len(e.notes) == 0 {
		return nil
	}
	n := e.notes[0]
	e.notes = e.notes[1:]
	return n
}

// nothing writes a condition that fails.
func (e *expressions) nothing() json.RawMessage {
	n := e.next()
	var name *string
	if bytes.Equal(n, noteNoKind) {
		return n
	}
	_ = json.Unmarshal(n, &name)
	if name != nil && e.criteria[*name] == nil && isNoCriterion(e.kept[*name]) {
		e.never[*name] = true
		return encode(expression{Ref: name})
	}
	return wrap("or", encode(operands{}))
}

// isNoCriterion reports whether what is under a name always fails.
func isNoCriterion(text json.RawMessage) bool {
	if text == nil {
		return true
	}
	c := conditions{reader: &reader{}}
	_, ok := c.criterion(text, "")
	return !ok
}

// leaf writes a reference to a criterion, under the name it had or, where that
// is another criterion's by now, a new one.
func (e *expressions) leaf(text json.RawMessage) json.RawMessage {
	name := ""
	_ = json.Unmarshal(e.next(), &name)
	for i := 1; !e.free(name, text); i++ {
		name = fmt.Sprintf("c%d", i)
	}
	e.criteria[name] = text
	return encode(expression{Ref: &name})
}

func (e *expressions) free(name string, text json.RawMessage) bool {
	if was, ok := e.criteria[name]; ok {
		return bytes.Equal(was, text)
	}
	return name != "" && !e.never[name] && e.kept[name] == nil
}
