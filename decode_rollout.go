package hoist

import "github.com/tidwall/gjson"

var exposureMembers = []string{"share", "ramp", "population", "by", "salt"}

// exposure reads a share, or an object.
func (d *decoder) exposure(e *Exposure, v gjson.Result) {
	if !v.IsObject() {
		e.Percent = d.share(v)
		return
	}
	given := false
	for name, v := range d.members(v) {
		switch name {
		case "share":
			e.Percent, given = d.share(v), true
		case "ramp":
			e.Ramp, given = new(Ramp), true
			d.ramp(e.Ramp, v)
		case "population":
			e.Population, given = d.bytes(v), true
		case "by":
			e.By = d.texts(v)
		case "salt":
			e.Salt = d.text(v)
		default:
			if !d.extension(&e.Extensions, name, v) {
				d.unknown(name, exposureMembers)
				given = true // perhaps, under another name
			}
		}
	}
	if !given {
		d.add(`want the member "share" or "ramp"`)
	}
}

var rampMembers = []string{"from", "to", "start", "end", "steps", "stages"}

func (d *decoder) ramp(r *Ramp, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "from":
			r.From = d.share(v)
		case "to":
			r.To = d.share(v)
		case "start":
			r.Start = d.time(v)
		case "end":
			r.End = d.time(v)
		case "steps":
			r.Steps = d.integer(v)
		case "stages":
			r.Stages = objects(d, v, func(s *Stage, v gjson.Result) { d.stage(s, v) })
		default:
			d.unknown(name, rampMembers)
		}
	}
}

var stageMembers = []string{"at", "share"}

func (d *decoder) stage(s *Stage, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "at":
			s.At = d.time(v)
		case "share":
			s.Percent = d.share(v)
		default:
			d.unknown(name, stageMembers)
		}
	}
}

var splitMembers = []string{"split", "by", "salt", "buckets", "overrides"}

func (d *decoder) split(s *Split, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "split":
			s.Arms = d.arms(v)
		case "by":
			s.By = d.texts(v)
		case "salt":
			s.Salt = d.text(v)
		case "buckets":
			s.Buckets = d.integer(v)
		case "overrides":
			s.Overrides = objects(d, v, func(o *SplitOverride, v gjson.Result) { d.splitOverride(o, v) })
		default:
			d.unknown(name, splitMembers)
		}
	}
}

// arms reads weights, or a list of arms.
func (d *decoder) arms(v gjson.Result) []Arm {
	if v.IsArray() {
		return objects(d, v, func(a *Arm, v gjson.Result) { d.arm(a, v) })
	}
	return d.weights(v)
}

// weights reads an object of variant to weight.
func (d *decoder) weights(v gjson.Result) []Arm {
	var out []Arm
	for variant, weight := range d.members(v) {
		if out == nil {
			out = make([]Arm, 0, min(length(v.Raw), maxObjects))
		}
		out = append(out, Arm{Variant: variant, Weight: d.number(weight)})
	}
	return out
}

var armMembers = []string{"id", "variant", "weight", "action", "ranges"}

func (d *decoder) arm(a *Arm, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "id":
			a.ID = d.text(v)
		case "variant":
			a.Variant = d.variantName(v)
		case "weight":
			a.Weight = d.number(v)
		case "action":
			a.Action = Action(d.text(v))
		case "ranges":
			a.Ranges = objects(d, v, func(r *Range, v gjson.Result) { d.bounds(r, v) })
		default:
			if !d.extension(&a.Extensions, name, v) {
				d.unknown(name, armMembers)
			}
		}
	}
}

// bounds reads a range, [lower, upper].
func (d *decoder) bounds(r *Range, v gjson.Result) {
	n := 0
	for i, v := range d.elements(v) {
		switch i {
		case 0:
			r.Lower = d.integer(v)
		case 1:
			r.Upper = d.integer(v)
		}
		n++
	}
	if v.IsArray() && n != 2 {
		d.add("want two numbers, [lower, upper], found %d", n)
	}
}

var splitOverrideMembers = []string{"attribute", "values", "variant"}

func (d *decoder) splitOverride(o *SplitOverride, v gjson.Result) {
	for name, v := range d.members(v) {
		switch name {
		case "attribute":
			o.Attribute = d.text(v)
		case "values":
			o.Values = d.texts(v)
		case "variant":
			o.Variant = d.variantName(v)
		default:
			d.unknown(name, splitOverrideMembers)
		}
	}
}
