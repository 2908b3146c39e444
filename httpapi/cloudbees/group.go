package cloudbees

import (
	"github.com/hoistflags/hoist"
)

// A groupNote is what the model has no room for at a target group.
type groupNote struct {
	// Operator is the operator of a group without conditions.
	Operator string `json:"operator,omitempty"`

	// Conditions are those that are written otherwise than they would be
	// printed, by position.
	Conditions map[int]groupCondition `json:"conditions,omitempty"`
}

// segment returns the segment for a target group. Everyone is in a group
// without conditions.
func (r *reader) segment(g *targetGroup, at string) *hoist.Segment {
	s := &hoist.Segment{Key: g.Name, Description: g.Description, Semantics: hoist.CloudBees}
	note := groupNote{}
	var tests []hoist.Condition
	for i, c := range g.Conditions {
		t := r.groupTest(&c, nth(at+"/conditions", i))
		tests = append(tests, t)
		if plain := (&printer{config{reader: &reader{}}}).groupCondition(&t, nil, ""); !sameJSON(plain, c) {
			if note.Conditions == nil {
				note.Conditions = map[int]groupCondition{}
			}
			note.Conditions[i] = c
		}
	}
	switch {
	case g.Operator != "and" && g.Operator != "or":
		r.fail(at+"/operator", "unknown operator %.60q, want and or or", g.Operator)
	case tests == nil && g.Operator == "or":
		note.Operator = "or"
	case tests == nil:
	case g.Operator == "or":
		s.When = hoist.AnyOf(tests...)
	default:
		s.When = hoist.AllOf(tests...)
	}
	s.Extensions = extension(note)
	return s
}

func (r *reader) groupTest(c *groupCondition, at string) hoist.Condition {
	return r.test(c.Property, c.Operator, c.Operand, at)
}

// printGroup prints a segment as a target group.
func printGroup(s *hoist.Segment) (*targetGroup, hoist.Errors) {
	p := &printer{config{reader: &reader{}}}
	g := &targetGroup{Type: "target-group", Name: s.Key, Description: s.Description, Operator: "and", Conditions: []groupCondition{}}
	note := noteOf[groupNote](s.Extensions)
	if s.Semantics != hoist.CloudBees {
		p.fail("/semantics", "want a segment of CloudBees semantics, found %q", s.Semantics)
	}
	if s.Exposure != nil {
		p.fail("/exposure", "CloudBees has no groups with a percentage")
	}
	var tests []hoist.Condition
	switch when := s.When; {
	case when.All != nil:
		tests = when.All
	case when.Any != nil:
		tests, g.Operator = when.Any, "or"
	case when.Constraint != nil:
		tests = []hoist.Condition{when}
	case note.Operator != "":
		g.Operator = note.Operator
	}
	if len(tests) == 0 && !s.When.Equal(hoist.Condition{}) && s.When.All == nil {
		p.fail("/when", "want constraints, all or one of which must hold")
	}
	for i := range tests {
		at := nth("/when", i)
		if tests[i].Constraint == nil {
			p.fail(at, "want a constraint: a group of CloudBees tests properties")
			continue
		}
		written, ok := note.Conditions[i]
		if !ok {
			g.Conditions = append(g.Conditions, p.groupCondition(&tests[i], nil, at))
			continue
		}
		g.Conditions = append(g.Conditions, p.groupCondition(&tests[i], &written, at))
	}
	return g, p.errs
}

func (p *printer) groupCondition(c *hoist.Condition, written *groupCondition, at string) groupCondition {
	if means(written, c, (*reader).groupTest) {
		return *written
	}
	operator, operand := p.testOf(c.Constraint, at)
	return groupCondition{c.Constraint.Attribute, operator, operand}
}
