package cloudbees

import (
	"encoding/json"
	"slices"

	"github.com/hoistflags/hoist"
)

// values returns the values of a flag as availableValues lists them.
func (c *config) values() []json.RawMessage {
	if c.kind == hoist.TypeBoolean {
		return []json.RawMessage{trueText, falseText}
	}
	list := []json.RawMessage{}
	for _, v := range c.flag.Variants {
		list = append(list, raw(v.Value))
	}
	return list
}

// unlisted returns the variants that t serves and that are not listed.
func (c *config) unlisted(listed []json.RawMessage, t *hoist.Targeting) (names []string) {
	if c.kind == hoist.TypeBoolean {
		return nil
	}
	in, q := map[string]bool{}, c.quiet()
	for _, raw := range listed {
		name, _ := q.one(raw, "")
		in[name] = true
	}
	for _, name := range variantsOf(t) {
		if !in[name] {
			names = append(names, name)
		}
	}
	return names
}

// variantsOf returns the variants that t serves, each once.
func variantsOf(t *hoist.Targeting) (names []string) {
	seen := map[string]bool{"": true}
	add := func(name string) {
		if !seen[name] {
			seen[name], names = true, append(names, name)
		}
	}
	eachServe(t, func(_ string, s *hoist.Serve) {
		add(s.Variant)
		if s.Split != nil {
			for i := range s.Split.Arms {
				add(s.Split.Arms[i].Variant)
			}
		}
	})
	return names
}

// eachServe calls visit for everything that t serves, with its place.
func eachServe(t *hoist.Targeting, visit func(at string, s *hoist.Serve)) {
	for i := range t.Rules {
		visit(nth("/rules", i)+"/serve", &t.Rules[i].Serve)
	}
	if t.Default != nil {
		visit("/default", t.Default)
	}
}

// keepValues notes the values that the targetings of f list, which were all
// there are until now.
func keepValues(f *hoist.Flag, values []json.RawMessage) {
	keep := func(t *hoist.Targeting) {
		if t == nil {
			return
		}
		note := noteOf[targetingNote](t.Extensions)
		if note.AvailableValues == nil {
			note.AvailableValues = values
			if t.Extensions == nil {
				t.Extensions = hoist.Extensions{}
			}
			t.Extensions[product] = extension(note)[product]
		}
	}
	keep(f.Targeting)
	for _, t := range f.Environments {
		keep(t)
	}
}

// available returns the values that a configuration lists: all, unless it was
// written otherwise. Those that it has come to serve since are added.
func (p *printer) available(t *hoist.Targeting, note *targetingNote) []json.RawMessage {
	if note.AvailableValues == nil {
		return p.values()
	}
	if p.kind == hoist.TypeBoolean {
		return note.AvailableValues
	}
	list := []json.RawMessage{}
	for _, raw := range note.AvailableValues {
		q := p.quiet()
		if q.one(raw, ""); q.errs == nil {
			list = append(list, raw)
		}
	}
	for _, name := range p.unlisted(list, t) {
		if !slices.Contains(note.Unlisted, name) {
			list = append(list, p.plain(name, "", ""))
		}
	}
	return list
}
