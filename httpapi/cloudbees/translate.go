package cloudbees

import (
	"encoding/json"
	"slices"

	"github.com/hoistflags/hoist"
)

// product is the name of the extensions.
const product = "cloudbees"

// A targetingNote is what the model has no room for, at a targeting.
type targetingNote struct {
	Created string `json:"created,omitempty"`
	Updated string `json:"updated,omitempty"`

	// What splits and schedules hash. Where there are any, these say it.
	StickinessProperty string `json:"stickinessProperty,omitempty"`
	Seed               string `json:"seed,omitempty"`

	// What differs from the flag's.
	Description     *string           `json:"description,omitempty"`
	Labels          *[]string         `json:"labels,omitempty"`
	AvailableValues []json.RawMessage `json:"availableValues,omitempty"`
	// Unlisted are the variants that are served without being available.
	Unlisted []string `json:"unlisted,omitempty"`

	// Value is the value as it was written.
	Value json.RawMessage `json:"value,omitempty"`
}

// A ruleNote marks the rules of a platform and keeps how parts of a condition
// were written, where that is not the only way.
type ruleNote struct {
	Platform string `json:"platform,omitempty"` // whose rule it is

	// End marks the rules that give the platform's own value, the first of
	// them where there are two.
	End bool `json:"end,omitempty"`

	// Flag is what the flag is called on the platform. Away stands at a rule
	// before the others: by its own name the flag is not known there, and they
	// are not in force.
	Flag string `json:"flag,omitempty"`
	Away bool   `json:"away,omitempty"`

	Dependency *dependency     `json:"dependency,omitempty"`
	Group      *group          `json:"group,omitempty"`
	Version    *version        `json:"version,omitempty"`
	Property   *property       `json:"property,omitempty"`
	Value      json.RawMessage `json:"value,omitempty"`
}

// extension returns a note as an extension, none if it says nothing.
func extension(note any) hoist.Extensions {
	b, err := json.Marshal(note)
	if err != nil || string(b) == "{}" {
		return nil
	}
	return hoist.Extensions{product: b}
}

// noteOf returns a note. One that cannot be read says nothing.
func noteOf[T any](e hoist.Extensions) (note T) {
	if json.Unmarshal(e[product], &note) != nil {
		return *new(T)
	}
	return note
}

// configure returns f with what a document says, as its targeting in an
// environment; "" means the targeting outside of environments. What the flag has
// for other environments stays.
func (r *reader) configure(f *hoist.Flag, d *flag, environment, at string) *hoist.Flag {
	f = f.Clone()
	kind := (&reader{}).kind(d.AvailableValues, "")
	if f.Targeting == nil && len(f.Environments) == 0 {
		f.Type = kind
	} else if f.ValueType() != kind {
		r.fail(at+"/availableValues", "want values of a %s flag, which it is elsewhere, found those of a %s flag", f.ValueType(), kind)
	}
	f.Permanent = d.IsPermanent
	note := targetingNote{Created: d.Created, Updated: d.Updated, Seed: d.Seed}
	note.describe(f, d, environment)
	c := newConfig(r, f, kind)
	c.seed = d.Seed
	if d.StickinessProperty != DistinctID {
		note.StickinessProperty, c.by = d.StickinessProperty, []string{d.StickinessProperty}
	}
	before := c.values()
	for i, raw := range d.AvailableValues {
		c.one(raw, nth(at+"/availableValues", i))
	}
	t := c.targeting(d, &note, at)
	if !sameJSON(d.AvailableValues, c.values()) {
		note.AvailableValues, note.Unlisted = d.AvailableValues, c.unlisted(d.AvailableValues, t)
	}
	t.Extensions = extension(note)
	if !sameJSON(before, c.values()) {
		keepValues(f, before)
	}
	set(f, environment, t)
	return f
}

// describe sets the description and the labels, which belong to an environment:
// where they differ from those of others, they are noted.
func (n *targetingNote) describe(f *hoist.Flag, d *flag, environment string) {
	alone := f.Targeting == nil || environment == ""
	for name := range f.Environments {
		alone = alone && name == environment
	}
	if alone {
		f.Description, f.Labels = d.Description, slices.Clone(d.Labels)
		return
	}
	if d.Description != f.Description {
		n.Description = &d.Description
	}
	if !slices.Equal(d.Labels, f.Labels) {
		n.Labels = &d.Labels
	}
}

// set makes t the targeting in an environment.
func set(f *hoist.Flag, environment string, t *hoist.Targeting) {
	if environment == "" {
		f.Targeting = t
		return
	}
	if f.Environments == nil {
		f.Environments = map[string]*hoist.Targeting{}
	}
	f.Environments[environment] = t
}

// targeting returns the targeting that a document describes.
func (c *config) targeting(d *flag, note *targetingNote, at string) *hoist.Targeting {
	t := &hoist.Targeting{Disabled: !d.Enabled}
	for i := range d.Platforms {
		t.Rules = append(t.Rules, c.platform(&d.Platforms[i], nth(at+"/platforms", i))...)
	}
	for i := range d.Conditions {
		t.Rules = append(t.Rules, c.condition(&d.Conditions[i], nil, nth(at+"/conditions", i))...)
	}
	v := c.served(d.Value, at+"/value")
	note.Value = c.spelling(d.Value, v)
	switch {
	case v.schedule != nil:
		t.Rules = append(t.Rules, hoist.Rule{Exposure: v.schedule, Serve: hoist.Serve{Variant: "true"}})
		t.Default = &hoist.Serve{Variant: "false"}
	case v.serve.Action != hoist.CallersFallback:
		t.Default = &v.serve
	}
	return t
}

// spelling returns a value if it is not written as it would be printed.
func (c *config) spelling(written json.RawMessage, v served) json.RawMessage {
	if sameJSON(written, c.printer().value(v, nil, "")) {
		return nil
	}
	return written
}

// printer returns a printer for what c is translating.
func (c *config) printer() *printer {
	return &printer{c.quiet()}
}

// onPlatform returns the condition that the application is on a platform.
func onPlatform(name string) hoist.Condition {
	return hoist.Where(Platform, opEqual, name)
}

// platform returns the rules of a platform: its conditions, and its own value,
// so that what is configured elsewhere is not looked at.
func (c *config) platform(d *platform, at string) []hoist.Rule {
	var rules []hoist.Rule
	for i := range d.Conditions {
		rules = append(rules, c.condition(&d.Conditions[i], d, nth(at+"/conditions", i))...)
	}
	end := ruleNote{Platform: d.Name, End: true, Flag: d.Flag}
	v := c.served(d.Value, at+"/value")
	end.Value = c.spelling(d.Value, v)
	rules = append(rules, v.rules(onPlatform(d.Name), end)...)
	if d.Flag == "" || d.Flag == c.flag.Key {
		return rules
	}
	c.note(at+"/flag", "on platform %q the flag is called %q: by its own name it gives the caller's fallback there, and by the other one it is not known", d.Name, d.Flag)
	for i := range rules {
		rules[i].Disabled = true
	}
	away := hoist.Rule{When: onPlatform(d.Name), Serve: hoist.Serve{Action: hoist.CallersFallback}}
	away.Extensions = extension(ruleNote{Platform: d.Name, Away: true})
	return slices.Insert(rules, 0, away)
}

// condition returns the rules for a condition, of a platform or of none.
func (c *config) condition(d *condition, on *platform, at string) []hoist.Rule {
	parts := c.parts(d, at)
	v := c.served(d.Value, at+"/value")
	note := c.wording(d, parts, v)
	if on != nil {
		note.Platform = on.Name
		parts = slices.Insert(parts, 0, onPlatform(on.Name))
	}
	when := hoist.Condition{}
	switch len(parts) {
	case 0:
	case 1:
		when = parts[0]
	default:
		when = hoist.AllOf(parts...)
	}
	return v.rules(when, note)
}

// wording notes how parts of a condition are written, where that is not how
// they would be printed.
func (c *config) wording(d *condition, parts []hoist.Condition, v served) (note ruleNote) {
	plain := c.printer().parts(parts, &ruleNote{}, "")
	if !sameJSON(d.Dependency, plain.Dependency) {
		note.Dependency = d.Dependency
	}
	if !sameJSON(d.Group, plain.Group) {
		note.Group = d.Group
	}
	if !sameJSON(d.Version, plain.Version) {
		note.Version = d.Version
	}
	if !sameJSON(d.Property, plain.Property) {
		note.Property = d.Property
	}
	note.Value = c.spelling(d.Value, v)
	return note
}
