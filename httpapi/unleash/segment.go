package unleash

import (
	"encoding/json"

	"github.com/hoistflags/hoist"
)

// A segmentExtension is what a [hoist.Segment] keeps.
type segmentExtension struct {
	Client spelling `json:"client,omitzero"` // of the document for SDKs
	Admin  spelling `json:"admin,omitzero"`  // of the document for admins
}

func (x *segmentExtension) spelling(form form) *spelling {
	if form == adminForm {
		return &x.Admin
	}
	return &x.Client
}

// segment reads the members of a segment.
func (r *reader) segment(o object, form form, at string) segment {
	s := segment{ID: segmentID(r.segmentKey(o["id"], at+"/id")), Name: looseText(o, "name")}
	if form == adminForm {
		s.Description = textOrNull(looseText(o, "description"))
	}
	list, _ := r.list(o, "constraints", at)
	return s.with(list)
}

func (s segment) with(constraints []json.RawMessage) segment {
	s.Constraints = append([]json.RawMessage{}, constraints...)
	return s
}

// segmentFromWire reads a segment. Its key is its id.
func (r *reader) segmentFromWire(text json.RawMessage, form form, at string) *hoist.Segment {
	o := r.object(text, at)
	s := r.segment(o, form, at)
	out := &hoist.Segment{Key: segmentKey(s.ID), Name: s.Name, Semantics: hoist.Unleash}
	if s.Description != nil {
		out.Description = *s.Description
	}
	out.When = all(r.constraints(s.Constraints, at+"/constraints"))
	var x segmentExtension
	*x.spelling(form) = spell(o, objectOf(s.in(form)))
	out.Extensions = extend(x)
	return out
}

// segment writes a segment.
func (w *writer) segment(s *hoist.Segment, form form) json.RawMessage {
	p := w.parts(&s.When, "/when")
	if p.never || p.own != nil || len(p.segments) > 0 {
		w.problem("/when", "Unleash has segments of constraints that all hold")
	}
	if s.Exposure != nil {
		w.problem("/exposure", "Unleash does not have segments of a percentage")
	}
	out := segment{ID: segmentID(s.Key), Name: s.Name}.with(p.constraints)
	if form == adminForm {
		out.Description = textOrNull(s.Description)
	}
	x := extensionOf[segmentExtension](s.Extensions)
	return respell(out.in(form), *x.spelling(form), out, func(r *reader, o object) segment { return r.segment(o, form, "") })
}
