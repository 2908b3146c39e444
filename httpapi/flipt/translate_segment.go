package flipt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hoistflags/hoist"
)

// neverOperator is the operator of the model for what Flipt reads as false: an
// operator that it does not have, or not for the type.
const neverOperator hoist.Operator = "never"

// A constraintType is a type of constraints: the word for it in the names of
// the model's operators, and the operators that the server evaluates. The API
// takes some of them only; files can have all.
type constraintType struct {
	name, word string
	operators  []string
}

var (
	ofTexts   = []string{"eq", "neq", "empty", "notempty", "prefix", "suffix", "isoneof", "isnotoneof", "contains", "notcontains"}
	ofNumbers = []string{"eq", "neq", "lt", "lte", "gt", "gte", "isoneof", "isnotoneof", "present", "notpresent"}

	constraintTypes = []constraintType{
		{"STRING_COMPARISON_TYPE", "string", ofTexts},
		{"NUMBER_COMPARISON_TYPE", "number", ofNumbers},
		{"BOOLEAN_COMPARISON_TYPE", "boolean", []string{"true", "false", "present", "notpresent"}},
		{"DATETIME_COMPARISON_TYPE", "datetime", []string{"eq", "neq", "lt", "lte", "gt", "gte", "present", "notpresent"}},
		{"ENTITY_ID_COMPARISON_TYPE", "entityId", ofTexts},
	}

	// withoutValue are the operators that have no value.
	withoutValue = []string{"empty", "notempty", "true", "false", "present", "notpresent"}
)

// segmentFromWire returns what w says as a segment.
func segmentFromWire(w *segment) (*hoist.Segment, hoist.Errors) {
	var problems hoist.Errors
	out := &hoist.Segment{Key: w.Key, Name: w.Name, Description: w.Description, Semantics: hoist.Flipt}
	x := segmentExtension{CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt}
	var parts []hoist.Condition
	for i := range w.Constraints {
		c, problem := constraintFromWire(&w.Constraints[i])
		if problem != "" {
			problems = append(problems, &hoist.FieldError{Path: at("/constraints", i) + "/type", Problem: problem})
		}
		parts = append(parts, hoist.Condition{Constraint: c})
	}
	switch any := w.MatchType == anyMatch; {
	case !any && w.MatchType != allMatch && w.MatchType != "":
		problem := fmt.Sprintf("unknown type %.60q, want %s or %s", w.MatchType, allMatch, anyMatch)
		problems = append(problems, &hoist.FieldError{Path: "/matchType", Problem: problem})
	case len(parts) == 0 && any:
		x.MatchType = anyMatch // everyone is in it all the same
	case any:
		out.When = hoist.AnyOf(parts...)
	case len(parts) > 0:
		out.When = hoist.AllOf(parts...)
	}
	out.Extensions = extend(x)
	return out, problems
}

// constraintFromWire returns a constraint, with its value as the server stores
// it: operators in lower case, none where there is nothing to compare with, and
// times in UTC and whole seconds.
func constraintFromWire(w *constraint) (c *hoist.Constraint, problem string) {
	x := constraintExtension{ID: w.ID, Description: w.Description, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt}
	operator := strings.ToLower(w.Operator)
	c = &hoist.Constraint{Attribute: w.Property, Operator: neverOperator}
	i := slices.IndexFunc(constraintTypes, func(t constraintType) bool { return t.name == w.Type })
	switch {
	case i < 0:
		return c, fmt.Sprintf("unknown type %.60q", w.Type)
	case !slices.Contains(constraintTypes[i].operators, operator):
		x.Type, x.Operator, x.Value = w.Type, operator, w.Value
	default:
		word := constraintTypes[i].word
		c.Operator = hoist.Operator(word + " " + operator)
		if !slices.Contains(withoutValue, operator) {
			value := w.Value
			if word == "datetime" {
				value = storedTime(value)
			}
			c.Operands = []hoist.Value{hoist.StringValue(value)}
		}
	}
	c.Extensions = extend(x)
	return c, ""
}

// storedTime returns a time as the server stores it. What it would refuse, and
// dates, stay what they are.
func storedTime(value string) string {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return value
	}
	stored := t.UTC().Format(time.RFC3339)
	if _, err := time.Parse(time.RFC3339, stored); err != nil {
		return value // the offset leads out of the years there are
	}
	return stored
}

// segmentToWire returns a segment as a document, and what of it Flipt has no
// form for.
func segmentToWire(s *hoist.Segment, namespace string) (*segment, hoist.Errors) {
	x := extensionOf[segmentExtension](s.Extensions)
	out := &segment{
		Key: s.Key, Name: cmp.Or(s.Name, s.Key), Description: s.Description, CreatedAt: x.CreatedAt, UpdatedAt: x.UpdatedAt,
		Constraints: []constraint{}, NamespaceKey: namespace,
	}
	w := segmentWriter{segment: s, out: out}
	switch {
	case s.Semantics != hoist.Flipt:
		w.problem("/semantics", "the segment is not one of Flipt's")
	case s.Exposure != nil:
		w.problem("/exposure", "segments of Flipt are not limited to a share")
	default:
		w.condition(&s.When, x.MatchType)
	}
	return out, w.problems
}

type segmentWriter struct {
	segment  *hoist.Segment
	out      *segment
	problems hoist.Errors
}

func (w *segmentWriter) problem(path, format string, args ...any) {
	w.problems = append(w.problems, &hoist.FieldError{Path: path, Problem: fmt.Sprintf(format, args...)})
}

func (w *segmentWriter) condition(c *hoist.Condition, emptyMatch string) {
	w.out.MatchType = allMatch
	list, path := c.All, "/when/all"
	switch {
	case c.Constraint != nil:
		list, path = []hoist.Condition{*c}, "/when"
	case c.Any != nil:
		list, path, w.out.MatchType = c.Any, "/when/any", anyMatch
		if len(c.Any) == 0 {
			w.problem(path, "in Flipt everyone is in a segment without constraints")
		}
	case c.Not != nil || c.Segment != "" || c.Flag != nil:
		w.problem("/when", "segments of Flipt are lists of constraints")
	case len(c.All) == 0 && emptyMatch == anyMatch:
		w.out.MatchType = anyMatch
	}
	for i := range list {
		here := path
		if c.Constraint == nil {
			here = at(path, i)
		}
		if list[i].Constraint == nil {
			w.problem(here, "segments of Flipt are lists of constraints")
			continue
		}
		w.constraint(list[i].Constraint, i, here)
	}
}

func (w *segmentWriter) constraint(c *hoist.Constraint, i int, path string) {
	x := extensionOf[constraintExtension](c.Extensions)
	if x.ID == "" {
		x.ID = derivedID("constraint", w.segment.Key, fmt.Sprint(i))
	}
	out := constraint{
		ID: x.ID, SegmentKey: w.segment.Key, Property: c.Attribute, Description: x.Description,
		CreatedAt: x.CreatedAt, UpdatedAt: x.UpdatedAt, NamespaceKey: w.out.NamespaceKey,
	}
	word, operator, _ := strings.Cut(string(c.Operator), " ")
	t := slices.IndexFunc(constraintTypes, func(t constraintType) bool { return t.word == word })
	switch {
	case c.Negate || c.IgnoreCase || c.Every:
		w.problem(path, "constraints of Flipt are not negated, by case, and not about lists")
	case c.Operator == neverOperator && x.Operator != "":
		out.Type, out.Operator, out.Value = x.Type, x.Operator, x.Value
	case t < 0 || !slices.Contains(constraintTypes[t].operators, operator):
		w.problem(path, "Flipt has no operator %q", c.Operator)
	default:
		out.Type, out.Operator = constraintTypes[t].name, operator
		if len(c.Operands) > 0 {
			out.Value = c.Operands[0].String()
		}
	}
	w.out.Constraints = append(w.out.Constraints, out)
}
