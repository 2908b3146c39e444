package hoist

import (
	"cmp"

	"github.com/tidwall/gjson"
)

var ruleMembers = []string{"id", "title", "enabled", "when", "window", "exposure", "serve", "sticky"}

func (d *decoder) rule(r *Rule, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "id":
			r.ID = d.text(v)
		case "title":
			r.Title = d.text(v)
		case "enabled":
			r.Disabled = !d.bool(v)
		case "when":
			d.condition(&r.When, v)
		case "window":
			r.Window = new(Window)
			d.window(r.Window, v)
		case "exposure":
			r.Exposure = new(Exposure)
			d.exposure(r.Exposure, v)
		case "serve":
			d.serve(&r.Serve, v)
		case "sticky":
			r.Sticky = new(Sticky)
			d.sticky(r.Sticky, v)
		default:
			if !d.extension(&r.Extensions, name, v) {
				d.unknown(name, ruleMembers)
			}
		}
	}
}

var stickyMembers = []string{"read", "write", "mustMatch", "ignoreSegment"}

func (d *decoder) sticky(s *Sticky, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "read":
			s.Read = d.text(v)
		case "write":
			s.Write = d.text(v)
		case "mustMatch":
			s.MustMatch = d.bool(v)
		case "ignoreSegment":
			s.IgnoreSegment = d.bool(v)
		default:
			d.unknown(name, stickyMembers)
		}
	}
}

var windowMembers = []string{"notBefore", "notAfter"}

func (d *decoder) window(w *Window, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "notBefore":
			w.NotBefore = d.time(v)
		case "notAfter":
			w.NotAfter = d.time(v)
		default:
			d.unknown(name, windowMembers)
		}
	}
}

var conditionMembers = []string{"all", "any", "not", "segment", "flag", "attribute", "ignoreCase", "every"}

// conditionParts is what the members of a condition say until it is clear
// what kind of condition they belong to.
type conditionParts struct {
	form       string     // the member that makes it that kind
	constraint Constraint // without operator and operands
	detail     string     // a member that only constraints have
	operator   string
	operands   gjson.Result
	unknown    bool // a member was unknown: it may have been the operator
}

// condition reads a condition, or a list of conditions that must all hold.
func (d *decoder) condition(c *Condition, v gjson.Result) {
	if v.IsArray() {
		c.All = d.conditions(v)
		return
	}
	var p conditionParts
	for name, v := range d.members(v) {
		if !d.conditionForm(c, &p, name, v) {
			d.conditionDetail(&p, name, v)
		}
	}
	switch p.form {
	case "attribute":
		d.constraint(c, &p)
	case "flag":
		d.flagCondition(c, &p)
	default:
		d.misplaced(cmp.Or(p.operator, p.detail))
	}
}

// misplaced notes that a condition that is no constraint has the member
// detail, unless that is "".
func (d *decoder) misplaced(detail string) {
	switch detail {
	case "":
	case "not":
		d.add(`"not" is true or false beside "attribute" only; {"not": {…}} turns any condition round`)
	default:
		d.add(`%q is without "attribute", to which it belongs`, detail)
	}
}

// conditions reads a list of conditions. Other than elsewhere in the model, an
// empty list is not nil: it holds under All and fails under Any.
func (d *decoder) conditions(v gjson.Result) []Condition {
	list := objects(d, v, func(c *Condition, v gjson.Result) { d.condition(c, v) })
	if list == nil {
		return []Condition{}
	}
	return list
}

// conditionForm reads a member that decides what kind of condition it is, and
// reports whether it does.
func (d *decoder) conditionForm(c *Condition, p *conditionParts, name string, v gjson.Result) bool {
	switch {
	case name == "all":
		c.All = d.conditions(v)
	case name == "any":
		c.Any = d.conditions(v)
	case name == "not" && v.Type == gjson.JSON:
		c.Not = new(Condition)
		d.condition(c.Not, v)
	case name == "segment":
		if c.Segment = d.text(v); v.Type == gjson.String && v.Str == "" {
			d.add("the key is empty") // would be a condition that always holds
		}
	case name == "flag":
		c.Flag = &Requirement{Flag: d.text(v)}
	case name == "attribute":
		p.constraint.Attribute = d.text(v)
	default:
		return false
	}
	if p.form != "" {
		d.add(`there is %q already: a condition has one of them, "all" combines several conditions`, p.form)
	}
	p.form = name
	return true
}

// conditionDetail reads a member that belongs to a constraint or to a
// reference to a flag.
func (d *decoder) conditionDetail(p *conditionParts, name string, v gjson.Result) {
	k := &p.constraint
	switch {
	case name == "not":
		k.Negate = d.bool(v)
	case name == "ignoreCase":
		k.IgnoreCase = d.bool(v)
	case name == "every":
		k.Every = d.bool(v)
	case d.extension(&k.Extensions, name, v):
	case !knownOperator(name):
		d.unknown(name, append(conditionMembers[:len(conditionMembers):len(conditionMembers)], operatorNames()...))
		p.unknown = true
		return
	case p.operator != "":
		d.add(`there is %q already: a condition has one operator, "all" combines several conditions`, p.operator)
		return
	default:
		p.operator, p.operands = name, v
		return
	}
	p.detail = name
}

// constraint makes c the constraint that p describes.
func (d *decoder) constraint(c *Condition, p *conditionParts) {
	if p.operator == "" {
		if !p.unknown {
			d.add(`want an operator beside "attribute", such as "is" or "in"`)
		}
		return
	}
	k := p.constraint
	k.Operator = Operator(p.operator)
	d.enter(place{name: p.operator, i: -1})
	read := d.operand
	if comparesVersions(k.Operator) {
		read = d.version
	}
	k.Operands = scalars(d, p.operands, read)
	d.leave()
	c.Constraint = &k
}

// comparesVersions reports whether the operands of o are versions.
func comparesVersions(o Operator) bool {
	switch o {
	case VersionIs, VersionBelow, VersionAtMost, VersionAtLeast, VersionAbove:
		return true
	}
	return false
}

// version reads a version. One that is written as a number keeps its text: 2.10
// is not 2.1.
func (d *decoder) version(v gjson.Result) Value {
	if v.Type == gjson.Number {
		return StringValue(v.Raw)
	}
	return d.operand(v)
}

// flagCondition completes c, which refers to a flag, with what p says it must
// give.
func (d *decoder) flagCondition(c *Condition, p *conditionParts) {
	switch {
	case p.detail != "":
		d.misplaced(p.detail)
	case p.operator != string(Is) && p.operator != string(In):
		if !p.unknown {
			d.add(`want "is" or "in" beside "flag"`)
		}
	default:
		d.enter(place{name: p.operator, i: -1})
		c.Flag.Variants = scalars(d, p.operands, d.variantName)
		d.leave()
	}
}

// serve reads the name of a variant, weights, or one of the long forms.
func (d *decoder) serve(s *Serve, v gjson.Result) {
	if !v.IsObject() {
		s.Variant = d.variantName(v)
		return
	}
	switch serveForm(v) {
	case "action":
		d.action(s, v)
	case "split":
		s.Split = new(Split)
		d.split(s.Split, v)
	default:
		s.Split = &Split{Arms: d.weights(v)}
	}
}

// serveForm tells the long forms from weights, of which one may be that of a
// variant named "split" or "action": it is a number.
func serveForm(v gjson.Result) (form string) {
	v.ForEach(func(name, member gjson.Result) bool {
		if name.Str == "split" && member.Type == gjson.JSON || name.Str == "action" && member.Type == gjson.String {
			form = name.Str
		}
		return form == ""
	})
	return form
}

func (d *decoder) action(s *Serve, v gjson.Result) {
	for name, v := range d.members(v) {
		if name == "action" {
			s.Action = Action(d.text(v))
		} else {
			d.unknown(name, []string{"action"})
		}
	}
}
