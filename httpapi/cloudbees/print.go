package cloudbees

import (
	"slices"

	"github.com/hoistflags/hoist"
)

// printFlag prints a flag with its configuration in an environment; "" means its
// targeting outside of environments. What a document of the product cannot say
// is an error at its place in the targeting.
func printFlag(f *hoist.Flag, environment string) (*flag, hoist.Errors) {
	p := &printer{newConfig(&reader{}, f, f.ValueType())}
	p.known = true
	d := &flag{
		Type: "flag", Name: f.Key, Description: f.Description, Labels: slices.Clone(f.Labels),
		IsPermanent: f.Permanent, StickinessProperty: DistinctID,
		Platforms: []platform{}, Conditions: []condition{}, Value: nullText,
	}
	switch {
	case f.Semantics != hoist.CloudBees:
		p.fail("/semantics", "want a flag of CloudBees semantics, found %q", f.Semantics)
	case p.kind == hoist.TypeJSON:
		p.fail("/type", "CloudBees has no flags of type json")
	}
	t := f.In(environment)
	if t == nil { // a flag that nobody has configured there
		t = &hoist.Targeting{Disabled: true}
	}
	note := noteOf[targetingNote](t.Extensions)
	d.Enabled, d.Created, d.Updated = !t.Disabled, note.Created, note.Updated
	if note.Description != nil {
		d.Description = *note.Description
	}
	if note.Labels != nil {
		d.Labels = *note.Labels
	}
	if d.Labels == nil {
		d.Labels = []string{}
	}
	p.refuse(t)
	p.sticky(t, &note)
	d.Seed = p.seed
	if p.by != nil {
		d.StickinessProperty = p.by[0]
	}
	p.targeting(t, &note, d)
	d.AvailableValues = p.available(t, &note)
	return d, p.errs
}

// refuse notes what a targeting has that documents cannot say.
func (p *printer) refuse(t *hoist.Targeting) {
	if len(t.Requires) > 0 {
		p.fail("/requires", "requirements are not something a CloudBees flag has: want conditions with flags")
	}
	if len(t.Overrides) > 0 {
		p.fail("/overrides", "overrides are not something a CloudBees flag has: want conditions")
	}
	if t.Off != "" {
		p.fail("/off", "a CloudBees flag that is off gives the caller's fallback")
	}
}

// sticky finds out what splits and schedules hash, which must be the same for
// all.
func (p *printer) sticky(t *hoist.Targeting, note *targetingNote) {
	seen := false
	visit := func(at string, by []string, salt string) {
		if len(by) == 0 || len(by) == 1 && by[0] == DistinctID {
			by = nil
		}
		if len(by) > 1 {
			p.fail(at+"/by", "want one attribute, found %d", len(by))
		}
		if seen && !(slices.Equal(by, p.by) && salt == p.seed) {
			p.fail(at, "want all splits and schedules to hash the same attribute with the same salt")
		}
		p.by, p.seed, seen = by, salt, true
	}
	for i := range t.Rules {
		if e := t.Rules[i].Exposure; e != nil {
			visit(nth("/rules", i)+"/exposure", e.By, e.Salt)
		}
	}
	eachServe(t, func(at string, s *hoist.Serve) {
		if s.Split != nil {
			visit(at, s.Split.By, s.Split.Salt)
		}
	})
	if !seen {
		p.seed = note.Seed
		if note.StickinessProperty != "" {
			p.by = []string{note.StickinessProperty}
		}
	}
}

// targeting prints rules and default.
func (p *printer) targeting(t *hoist.Targeting, note *targetingNote, d *flag) {
	rules, i := t.Rules, 0
	for i < len(rules) && noteOf[ruleNote](rules[i].Extensions).Platform != "" {
		on, n := p.platform(rules, i)
		d.Platforms = append(d.Platforms, on)
		i += n
	}
	value := served{serve: hoist.Serve{Action: hoist.CallersFallback}}
	if t.Default != nil {
		value.serve = *t.Default
	}
	for i < len(rules) {
		r := &rules[i]
		if i == len(rules)-1 && r.Exposure != nil && r.When.Equal(hoist.Condition{}) {
			if !p.gives(value.serve, false) {
				p.fail("/default", "want false, as a schedule of CloudBees gives those whom it does not admit")
			}
			p.enabled(r, nth("/rules", i))
			value = p.scheduled(r, nth("/rules", i))
			break
		}
		c, n := p.condition(rules, i, "", false)
		d.Conditions = append(d.Conditions, c)
		i += n
	}
	d.Value = p.value(value, note.Value, "/default")
}

// platform prints the rules of a platform, which begin at rule i, and returns
// how many they are.
func (p *printer) platform(rules []hoist.Rule, i int) (on platform, n int) {
	first := i
	note := noteOf[ruleNote](rules[i].Extensions)
	on = platform{Name: note.Platform, Conditions: []condition{}, Value: nullText}
	away := note.Away
	if away {
		if r := &rules[i]; !r.When.Equal(onPlatform(on.Name)) || r.Serve != (hoist.Serve{Action: hoist.CallersFallback}) {
			p.fail(nth("/rules", i), "want the caller's fallback on platform %q, where the flag is called otherwise", on.Name)
		}
		i++
	}
	for ; i < len(rules); i++ {
		note := noteOf[ruleNote](rules[i].Extensions)
		if note.Platform != on.Name {
			break
		}
		c, n := p.condition(rules, i, on.Name, away)
		if note.End {
			on.Flag, on.Value = note.Flag, c.Value
			return on, i + n - first
		}
		on.Conditions = append(on.Conditions, c)
		i += n - 1
	}
	p.fail(nth("/rules", i-1), "the rules of platform %q do not end with its own value", on.Name)
	return on, i - first
}

// condition prints rule i as a condition of a platform, or of none, and returns
// how many rules it took.
func (p *printer) condition(rules []hoist.Rule, i int, platform string, away bool) (c condition, n int) {
	r, at := &rules[i], nth("/rules", i)
	if !away {
		p.enabled(r, at)
	}
	note := noteOf[ruleNote](r.Extensions)
	if note.Platform != platform {
		p.fail(at, "want the rules of platforms before all others")
	}
	c = p.parts(p.partsOf(r, platform, at), &note, at+"/when")
	if r.Exposure == nil {
		c.Value = p.value(served{serve: r.Serve}, note.Value, at+"/serve")
		return c, 1
	}
	if i+1 == len(rules) || rules[i+1].Exposure != nil || !rules[i+1].When.Equal(r.When) || !p.gives(rules[i+1].Serve, false) {
		p.fail(at+"/exposure", "want a rule with the same condition and false behind it: no later condition of CloudBees counts for those whom a schedule does not admit")
		c.Value = nullText
		return c, 1
	}
	if !away {
		p.enabled(&rules[i+1], nth("/rules", i+1))
	}
	c.Value = p.value(p.scheduled(r, at), note.Value, at+"/serve")
	return c, 2
}

func (p *printer) enabled(r *hoist.Rule, at string) {
	if r.Disabled {
		p.fail(at+"/enabled", "CloudBees has no conditions that are off")
	}
	if r.Window != nil {
		p.fail(at+"/window", "CloudBees has no conditions that are limited in time")
	}
}

// scheduled returns what a rule with an exposure gives.
func (p *printer) scheduled(r *hoist.Rule, at string) served {
	e := r.Exposure
	if e.Ramp == nil || len(e.Ramp.Stages) == 0 {
		p.fail(at+"/exposure", "want stages: CloudBees has percentages in the value of a condition only")
		e = &hoist.Exposure{Ramp: &hoist.Ramp{}}
	}
	if !p.gives(r.Serve, true) {
		p.fail(at+"/serve", "want true, as a schedule of CloudBees gives")
	}
	return served{schedule: e}
}

// gives reports whether s is a boolean value.
func (p *printer) gives(s hoist.Serve, value bool) bool {
	want := trueText
	if !value {
		want = falseText
	}
	q := printer{p.quiet()}
	return s.Split == nil && p.kind == hoist.TypeBoolean && string(q.plain(s.Variant, s.Action, "")) == string(want) && q.errs == nil
}

// partsOf returns the parts of the condition of a rule, without the test of the
// platform.
func (p *printer) partsOf(r *hoist.Rule, platform, at string) []hoist.Condition {
	when := &r.When
	switch {
	case platform != "":
		guard := onPlatform(platform)
		if when.Equal(guard) {
			return nil
		}
		if len(when.All) == 0 || !when.All[0].Equal(guard) {
			p.fail(at+"/when", "want a test of %s for %q first", Platform, platform)
			return nil
		}
		return when.All[1:]
	case when.Equal(hoist.Condition{}):
		return nil
	case when.All != nil && !isGroup(when):
		return when.All
	}
	return []hoist.Condition{*when}
}
