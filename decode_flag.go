package hoist

import (
	"cmp"

	"github.com/tidwall/gjson"
)

// The members of each object stand in a list too, for messages about others.

var setMembers = []string{"project", "environments", "segments", "flags", "$schema"}

func (d *decoder) set(s *Set, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "$schema": // for editors
			d.text(v)
		case "project":
			s.Project = d.text(v)
		case "environments":
			s.Environments = objects(d, v, func(e *Environment, v gjson.Result) { d.environment(e, v) })
		case "segments":
			s.Segments = keyed(d, v, func(segment *Segment, key string, v gjson.Result) {
				segment.Key = key
				d.segment(segment, v)
			})
		case "flags":
			s.Flags = keyed(d, v, func(f *Flag, key string, v gjson.Result) {
				f.Key = key
				if v.Type != gjson.Null { // null is a flag with nothing but its key
					d.flag(f, v)
				}
			})
		default:
			d.unknown(name, setMembers)
		}
	}
}

// keyed reads an object whose members are named by key. Null will do, which is
// what YAML makes of a heading with nothing below.
func keyed[T any](d *decoder, v gjson.Result, read func(t *T, key string, v gjson.Result)) []*T {
	if v.Type == gjson.Null {
		return nil
	}
	var out []*T
	for key, v := range d.members(v) {
		if key == "" {
			d.add("the key is empty")
			continue
		}
		t := new(T)
		read(t, key, v)
		out = append(out, t)
	}
	return out
}

var environmentMembers = []string{"key", "name", "description"}

func (d *decoder) environment(e *Environment, v gjson.Result) {
	if v.Type == gjson.String {
		e.Key = v.Str
		return
	}
	for name, v := range d.members(v) {
		switch name {
		case "key":
			e.Key = d.text(v)
		case "name":
			e.Name = d.text(v)
		case "description":
			e.Description = d.text(v)
		default:
			if !d.extension(&e.Extensions, name, v) {
				d.unknown(name, environmentMembers)
			}
		}
	}
}

var segmentMembers = []string{"key", "name", "description", "semantics", "when", "exposure"}

func (d *decoder) segment(s *Segment, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "key":
			d.key(&s.Key, v)
		case "name":
			s.Name = d.text(v)
		case "description":
			s.Description = d.text(v)
		case "semantics":
			s.Semantics = Semantics(d.text(v))
		case "when":
			d.condition(&s.When, v)
		case "exposure":
			s.Exposure = new(Exposure)
			d.exposure(s.Exposure, v)
		default:
			if !d.extension(&s.Extensions, name, v) {
				d.unknown(name, segmentMembers)
			}
		}
	}
}

var flagMembers = append([]string{
	"key", "name", "description", "type", "semantics", "variants", "labels", "owner", "permanent", "clientSide",
	"archived", "expires", "metadata", "targeting", "environments",
}, targetingMembers...)

func (d *decoder) flag(f *Flag, v gjson.Result) {
	var inline, nested *Targeting
	for name, v := range d.members(v) {
		switch name {
		case "key":
			d.key(&f.Key, v)
		case "name":
			f.Name = d.text(v)
		case "description":
			f.Description = d.text(v)
		case "type":
			f.Type = Type(d.text(v))
		case "semantics":
			f.Semantics = Semantics(d.text(v))
		case "variants":
			f.Variants = d.variants(v)
		case "labels":
			f.Labels = d.texts(v)
		case "owner":
			f.Owner = d.text(v)
		case "permanent":
			f.Permanent = d.bool(v)
		case "clientSide":
			f.ClientSide = d.bool(v)
		case "archived":
			f.Archived = d.bool(v)
		case "expires":
			f.Expires = d.timeOrDate(v)
		case "metadata":
			f.Metadata = d.metadata(v)
		case "environments":
			f.Environments = d.environments(v)
		case "targeting":
			nested = new(Targeting)
			d.targeting(nested, v)
		case "enabled", "requires", "overrides", "rules", "default", "off":
			if inline == nil {
				inline = new(Targeting)
			}
			d.targetingMember(inline, name, v)
		default:
			if !d.extension(&f.Extensions, name, v) {
				d.unknown(name, flagMembers)
			}
		}
	}
	if inline != nil && nested != nil {
		d.add(`has "targeting" and members of it beside it: want one or the other`)
	}
	f.Targeting = cmp.Or(inline, nested)
}

func (d *decoder) metadata(v gjson.Result) map[string]Value {
	var out map[string]Value
	for name, member := range d.members(v) {
		if out == nil {
			out = make(map[string]Value, min(length(v.Raw), maxObjects))
		}
		out[name] = d.value(member)
	}
	return out
}

func (d *decoder) environments(v gjson.Result) map[string]*Targeting {
	var out map[string]*Targeting
	for name, v := range d.members(v) {
		if out == nil {
			out = map[string]*Targeting{}
		}
		out[name] = new(Targeting)
		d.targeting(out[name], v)
	}
	return out
}

// variants reads an object of name to value, or a list of objects.
func (d *decoder) variants(v gjson.Result) []Variant {
	if v.IsArray() {
		return objects(d, v, func(o *Variant, v gjson.Result) { d.variant(o, v) })
	}
	var out []Variant
	for name, value := range d.members(v) {
		if out == nil {
			out = make([]Variant, 0, min(length(v.Raw), maxObjects))
		}
		out = append(out, Variant{Name: name, Value: d.value(value)})
	}
	return out
}

var variantMembers = []string{"name", "value", "payload", "description"}

func (d *decoder) variant(o *Variant, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "name":
			o.Name = d.variantName(v)
		case "value":
			o.Value = d.value(v)
		case "payload":
			o.Payload = d.value(v)
		case "description":
			o.Description = d.text(v)
		default:
			if !d.extension(&o.Extensions, name, v) {
				d.unknown(name, variantMembers)
			}
		}
	}
}

var targetingMembers = []string{"enabled", "requires", "overrides", "rules", "default", "off"}

func (d *decoder) targeting(t *Targeting, v gjson.Result) {
	for name, v := range d.members(v) {
		if !d.targetingMember(t, name, v) && !d.extension(&t.Extensions, name, v) {
			d.unknown(name, targetingMembers)
		}
	}
}

// targetingMember reads one member and reports whether there is such a member.
func (d *decoder) targetingMember(t *Targeting, name string, v gjson.Result) bool {
	switch name {
	case "enabled":
		t.Disabled = !d.bool(v)
	case "requires":
		t.Requires = d.requires(v)
	case "overrides":
		t.Overrides = d.overrides(v)
	case "rules":
		t.Rules = objects(d, v, func(r *Rule, v gjson.Result) { d.rule(r, v) })
	case "default":
		t.Default = new(Serve)
		d.serve(t.Default, v)
	case "off":
		t.Off = d.variantName(v)
	default:
		return false
	}
	return true
}

// requires reads an object of flag to wanted variants.
func (d *decoder) requires(v gjson.Result) []Requirement {
	var out []Requirement
	for flag, wanted := range d.members(v) {
		out = append(out, Requirement{Flag: flag, Variants: scalars(d, wanted, d.variantName)})
	}
	return out
}

// overrides reads an object of variant to keys, or a list of objects.
func (d *decoder) overrides(v gjson.Result) []Override {
	if v.IsArray() {
		return objects(d, v, func(o *Override, v gjson.Result) { d.override(o, v) })
	}
	var out []Override
	for variant, keys := range d.members(v) {
		out = append(out, Override{Variant: variant, Keys: d.texts(keys)})
	}
	return out
}

var overrideMembers = []string{"variant", "keys"}

func (d *decoder) override(o *Override, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "variant":
			o.Variant = d.variantName(v)
		case "keys":
			o.Keys = d.texts(v)
		default:
			d.unknown(name, overrideMembers)
		}
	}
}
