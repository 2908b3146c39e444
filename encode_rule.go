package hoist

import (
	"encoding/base64"
	"strconv"
)

func (r *Rule) appendJSON(b []byte) []byte {
	b = appendTextMember(append(b, '{'), "id", r.ID)
	b = appendTextMember(b, "title", r.Title)
	if r.Disabled {
		b = append(appendName(b, "enabled"), "false"...)
	}
	if !r.When.isAlways() {
		b = r.When.appendJSON(appendName(b, "when"))
	}
	if r.Window != nil {
		b = append(appendName(b, "window"), '{')
		b = appendTime(b, "notBefore", r.Window.NotBefore)
		b = append(appendTime(b, "notAfter", r.Window.NotAfter), '}')
	}
	if r.Exposure != nil {
		b = r.Exposure.appendJSON(appendName(b, "exposure"))
	}
	if r.Serve != (Serve{}) {
		b = r.Serve.appendJSON(appendName(b, "serve"))
	}
	if r.Sticky != nil {
		b = r.Sticky.appendJSON(appendName(b, "sticky"))
	}
	return append(r.Extensions.appendMembers(b), '}')
}

func (s *Sticky) appendJSON(b []byte) []byte {
	b = appendTextMember(append(b, '{'), "read", s.Read)
	b = appendTextMember(b, "write", s.Write)
	b = appendTrue(b, "mustMatch", s.MustMatch)
	return append(appendTrue(b, "ignoreSegment", s.IgnoreSegment), '}')
}

func (c *Condition) appendJSON(b []byte) []byte {
	b = append(b, '{')
	if c.All != nil {
		b = appendList(appendName(b, "all"), c.All, (*Condition).appendJSON)
	}
	if c.Any != nil {
		b = appendList(appendName(b, "any"), c.Any, (*Condition).appendJSON)
	}
	if c.Not != nil {
		b = c.Not.appendJSON(appendName(b, "not"))
	}
	b = appendTextMember(b, "segment", c.Segment)
	if c.Flag != nil {
		b = appendString(appendName(b, "flag"), c.Flag.Flag)
		member := In
		if len(c.Flag.Variants) == 1 {
			member = Is
		}
		b = appendVariantNames(appendName(b, string(member)), c.Flag.Variants)
	}
	if c.Constraint != nil {
		b = c.Constraint.appendMembers(b)
	}
	return append(b, '}')
}

func (k *Constraint) appendMembers(b []byte) []byte {
	b = appendString(appendName(b, "attribute"), k.Attribute)
	b = appendName(b, string(k.Operator))
	if len(k.Operands) == 1 && k.Operator != In {
		b = k.Operands[0].appendJSON(b)
	} else {
		b = ListValue(k.Operands...).appendJSON(b)
	}
	b = appendTrue(b, "not", k.Negate)
	b = appendTrue(b, "ignoreCase", k.IgnoreCase)
	b = appendTrue(b, "every", k.Every)
	return k.Extensions.appendMembers(b)
}

func (s *Serve) appendJSON(b []byte) []byte {
	switch {
	case s.Split != nil:
		return s.Split.appendJSON(b)
	case s.Action != "":
		b = appendTextMember(append(b, '{'), "action", string(s.Action))
		return append(b, '}')
	}
	return appendVariantName(b, s.Variant)
}

// appendJSON writes s as it stands in place of a variant.
func (s *Split) appendJSON(b []byte) []byte {
	if len(s.By) == 0 && s.Salt == "" && s.Buckets == 0 && len(s.Overrides) == 0 && s.isPlain() {
		return s.appendArms(b)
	}
	b = s.appendArms(appendName(append(b, '{'), "split"))
	b = appendBy(b, s.By)
	b = appendTextMember(b, "salt", s.Salt)
	b = appendInteger(b, "buckets", s.Buckets)
	if len(s.Overrides) > 0 {
		b = appendList(appendName(b, "overrides"), s.Overrides, (*SplitOverride).appendJSON)
	}
	return append(b, '}')
}

// isPlain reports whether the arms fit an object of variant to weight.
func (s *Split) isPlain() bool {
	for i := range s.Arms {
		if a := &s.Arms[i]; a.ID != "" || a.Action != "" || len(a.Ranges) > 0 || len(a.Extensions) > 0 {
			return false
		}
	}
	return distinct(s.Arms, func(a *Arm) string { return a.Variant })
}

func (s *Split) appendArms(b []byte) []byte {
	if !s.isPlain() {
		return appendList(b, s.Arms, (*Arm).appendJSON)
	}
	b = append(b, '{')
	for i := range s.Arms {
		b = appendNumber(appendName(b, s.Arms[i].Variant), s.Arms[i].Weight)
	}
	return append(b, '}')
}

func (a *Arm) appendJSON(b []byte) []byte {
	b = appendTextMember(append(b, '{'), "id", a.ID)
	if a.Variant != "" {
		b = appendVariantName(appendName(b, "variant"), a.Variant)
	}
	b = appendTextMember(b, "action", string(a.Action))
	if a.Weight != 0 {
		b = appendNumber(appendName(b, "weight"), a.Weight)
	}
	if len(a.Ranges) > 0 {
		b = appendList(appendName(b, "ranges"), a.Ranges, (*Range).appendJSON)
	}
	return append(a.Extensions.appendMembers(b), '}')
}

func (r *Range) appendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, '['), int64(r.Lower), 10)
	b = strconv.AppendInt(append(b, ','), int64(r.Upper), 10)
	return append(b, ']')
}

func (o *SplitOverride) appendJSON(b []byte) []byte {
	b = appendTextMember(append(b, '{'), "attribute", o.Attribute)
	b = appendTexts(b, "values", o.Values)
	b = appendVariantName(appendName(b, "variant"), o.Variant)
	return append(b, '}')
}

func (e *Exposure) appendJSON(b []byte) []byte {
	if e.Ramp == nil && e.Population == nil && len(e.By) == 0 && e.Salt == "" && len(e.Extensions) == 0 {
		return appendShare(b, e.Percent)
	}
	b = append(b, '{')
	if e.Ramp == nil && e.Population == nil || e.Percent != 0 {
		b = appendShare(appendName(b, "share"), e.Percent)
	}
	if e.Ramp != nil {
		b = e.Ramp.appendJSON(appendName(b, "ramp"))
	}
	if e.Population != nil {
		b = appendString(appendName(b, "population"), base64.StdEncoding.EncodeToString(e.Population))
	}
	b = appendBy(b, e.By)
	b = appendTextMember(b, "salt", e.Salt)
	return append(e.Extensions.appendMembers(b), '}')
}

func (r *Ramp) appendJSON(b []byte) []byte {
	b = append(b, '{')
	if r.From != 0 || r.To != 0 || len(r.Stages) == 0 {
		b = appendShare(appendName(b, "from"), r.From)
		b = appendShare(appendName(b, "to"), r.To)
	}
	b = appendTime(b, "start", r.Start)
	b = appendTime(b, "end", r.End)
	b = appendInteger(b, "steps", r.Steps)
	if len(r.Stages) > 0 {
		b = appendList(appendName(b, "stages"), r.Stages, (*Stage).appendJSON)
	}
	return append(b, '}')
}

func (s *Stage) appendJSON(b []byte) []byte {
	b = appendTime(append(b, '{'), "at", s.At)
	return append(appendShare(appendName(b, "share"), s.Percent), '}')
}
