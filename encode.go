package hoist

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
)

// The JSON form is canonical: what says nothing is left out, members have a
// fixed order, members of maps are sorted. Two objects of the model say the
// same if their JSON is the same.
//
// Encoding takes what it is given; [Flag.Validate] and its like say whether
// that makes sense. What JSON cannot hold becomes what is nearest: a share or
// weight that is no number 0, bytes that are not UTF-8 the replacement
// character. An extension that is not JSON is an error of [json.Marshal].

// MarshalJSON returns the set as JSON.
func (s Set) MarshalJSON() ([]byte, error) { return s.appendJSON(nil), nil }

// MarshalJSON returns the flag as JSON, with the member "key".
func (f Flag) MarshalJSON() ([]byte, error) { return f.appendJSON(nil), nil }

// MarshalJSON returns the targeting as JSON, as it stands in "environments".
func (t Targeting) MarshalJSON() ([]byte, error) { return t.appendJSON(nil), nil }

// MarshalJSON returns the rule as JSON.
func (r Rule) MarshalJSON() ([]byte, error) { return r.appendJSON(nil), nil }

// MarshalJSON returns the condition as JSON.
func (c Condition) MarshalJSON() ([]byte, error) { return c.appendJSON(nil), nil }

// MarshalJSON returns what is served as JSON, in the shortest form that says
// it.
func (s Serve) MarshalJSON() ([]byte, error) { return s.appendJSON(nil), nil }

// MarshalJSON returns the exposure as JSON, in the shortest form that says it.
func (e Exposure) MarshalJSON() ([]byte, error) { return e.appendJSON(nil), nil }

// MarshalJSON returns the segment as JSON, with the member "key".
func (s Segment) MarshalJSON() ([]byte, error) { return s.appendJSON(nil), nil }

// MarshalJSON returns the environment as JSON: its key, if that is all there
// is.
func (e Environment) MarshalJSON() ([]byte, error) { return e.appendJSON(nil), nil }

// appendJSON writes s. Entries that are nil are left out.
func (s *Set) appendJSON(b []byte) []byte {
	b = appendTextMember(append(b, '{'), "project", s.Project)
	if len(s.Environments) > 0 {
		b = appendList(appendName(b, "environments"), s.Environments, (*Environment).appendJSON)
	}
	if len(s.Segments) > 0 {
		b = append(appendName(b, "segments"), '{')
		for _, segment := range s.Segments {
			if segment != nil {
				b = append(appendName(b, segment.Key), '{')
				b = append(segment.appendMembers(b), '}')
			}
		}
		b = append(b, '}')
	}
	if len(s.Flags) > 0 {
		b = append(appendName(b, "flags"), '{')
		for _, f := range s.Flags {
			if f != nil {
				b = append(appendName(b, f.Key), '{')
				b = append(f.appendMembers(b), '}')
			}
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

func (e *Environment) appendJSON(b []byte) []byte {
	if e.Name == "" && e.Description == "" && len(e.Extensions) == 0 {
		return appendString(b, e.Key)
	}
	b = appendTextMember(append(b, '{'), "key", e.Key)
	b = appendTextMember(b, "name", e.Name)
	b = appendTextMember(b, "description", e.Description)
	return append(e.Extensions.appendMembers(b), '}')
}

func (s *Segment) appendJSON(b []byte) []byte {
	b = appendTextMember(append(b, '{'), "key", s.Key)
	return append(s.appendMembers(b), '}')
}

// appendMembers writes the members but for the key.
func (s *Segment) appendMembers(b []byte) []byte {
	b = appendTextMember(b, "name", s.Name)
	b = appendTextMember(b, "description", s.Description)
	b = appendTextMember(b, "semantics", string(s.Semantics))
	if !s.When.isAlways() {
		b = s.When.appendJSON(appendName(b, "when"))
	}
	if s.Exposure != nil {
		b = s.Exposure.appendJSON(appendName(b, "exposure"))
	}
	return s.Extensions.appendMembers(b)
}

func (f *Flag) appendJSON(b []byte) []byte {
	b = appendTextMember(append(b, '{'), "key", f.Key)
	return append(f.appendMembers(b), '}')
}

// appendMembers writes the members but for the key.
func (f *Flag) appendMembers(b []byte) []byte {
	b = appendTextMember(b, "name", f.Name)
	b = appendTextMember(b, "description", f.Description)
	b = appendTextMember(b, "type", string(f.Type))
	b = appendTextMember(b, "semantics", string(f.Semantics))
	b = f.appendVariants(b)
	b = appendTexts(b, "labels", f.Labels)
	b = appendTextMember(b, "owner", f.Owner)
	b = appendTrue(b, "permanent", f.Permanent)
	b = appendTrue(b, "clientSide", f.ClientSide)
	b = appendTrue(b, "archived", f.Archived)
	b = appendTimeOrDate(b, "expires", f.Expires)
	if len(f.Metadata) > 0 {
		b = append(appendName(b, "metadata"), '{')
		for _, name := range slices.Sorted(maps.Keys(f.Metadata)) {
			b = f.Metadata[name].appendJSON(appendName(b, name))
		}
		b = append(b, '}')
	}
	b = f.appendTargeting(b)
	if len(f.Environments) > 0 {
		b = append(appendName(b, "environments"), '{')
		for _, name := range slices.Sorted(maps.Keys(f.Environments)) {
			b = f.Environments[name].appendJSON(appendName(b, name))
		}
		b = append(b, '}')
	}
	return f.Extensions.appendMembers(b)
}

// appendTargeting writes the base targeting: its members stand in the flag
// itself unless there are extensions, which would be taken for the flag's.
func (f *Flag) appendTargeting(b []byte) []byte {
	switch t := f.Targeting; {
	case t == nil:
		return b
	case len(t.Extensions) > 0:
		return t.appendJSON(appendName(b, "targeting"))
	case t.isEmpty():
		return append(appendName(b, "enabled"), "true"...)
	default:
		return t.appendMembers(b)
	}
}

// isEmpty reports whether the JSON of t has no members, extensions aside.
func (t *Targeting) isEmpty() bool {
	return !t.Disabled && len(t.Requires) == 0 && len(t.Overrides) == 0 && len(t.Rules) == 0 && t.Default == nil && t.Off == ""
}

// appendVariants writes an object of name to value if it can hold everything.
func (f *Flag) appendVariants(b []byte) []byte {
	if len(f.Variants) == 0 {
		return b
	}
	b = appendName(b, "variants")
	for i := range f.Variants {
		v := &f.Variants[i]
		if !v.Payload.IsNull() || v.Description != "" || len(v.Extensions) > 0 {
			return appendList(b, f.Variants, (*Variant).appendJSON)
		}
	}
	if !distinct(f.Variants, func(v *Variant) string { return v.Name }) {
		return appendList(b, f.Variants, (*Variant).appendJSON)
	}
	b = append(b, '{')
	for i := range f.Variants {
		b = f.Variants[i].Value.appendJSON(appendName(b, f.Variants[i].Name))
	}
	return append(b, '}')
}

func (v *Variant) appendJSON(b []byte) []byte {
	b = appendTextMember(append(b, '{'), "name", v.Name)
	if !v.Value.IsNull() {
		b = v.Value.appendJSON(appendName(b, "value"))
	}
	if !v.Payload.IsNull() {
		b = v.Payload.appendJSON(appendName(b, "payload"))
	}
	b = appendTextMember(b, "description", v.Description)
	return append(v.Extensions.appendMembers(b), '}')
}

// appendJSON writes t, null if it is nil.
func (t *Targeting) appendJSON(b []byte) []byte {
	if t == nil {
		return append(b, "null"...)
	}
	b = t.appendMembers(append(b, '{'))
	return append(t.Extensions.appendMembers(b), '}')
}

// appendMembers writes the members but for the extensions.
func (t *Targeting) appendMembers(b []byte) []byte {
	if t.Disabled {
		b = append(appendName(b, "enabled"), "false"...)
	}
	if len(t.Requires) > 0 {
		b = append(appendName(b, "requires"), '{')
		for i := range t.Requires {
			b = appendVariantNames(appendName(b, t.Requires[i].Flag), t.Requires[i].Variants)
		}
		b = append(b, '}')
	}
	b = t.appendOverrides(b)
	if len(t.Rules) > 0 {
		b = appendList(appendName(b, "rules"), t.Rules, (*Rule).appendJSON)
	}
	if t.Default != nil {
		b = t.Default.appendJSON(appendName(b, "default"))
	}
	if t.Off != "" {
		b = appendVariantName(appendName(b, "off"), t.Off)
	}
	return b
}

// appendOverrides writes an object of variant to keys, or a list where two
// entries have one variant.
func (t *Targeting) appendOverrides(b []byte) []byte {
	if len(t.Overrides) == 0 {
		return b
	}
	b = appendName(b, "overrides")
	if !distinct(t.Overrides, func(o *Override) string { return o.Variant }) {
		return appendList(b, t.Overrides, (*Override).appendJSON)
	}
	b = append(b, '{')
	for i := range t.Overrides {
		b = appendTextList(appendName(b, t.Overrides[i].Variant), t.Overrides[i].Keys)
	}
	return append(b, '}')
}

func (o *Override) appendJSON(b []byte) []byte {
	b = appendVariantName(appendName(append(b, '{'), "variant"), o.Variant)
	return append(appendTexts(b, "keys", o.Keys), '}')
}

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
	return append(r.Extensions.appendMembers(b), '}')
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
		if a := &s.Arms[i]; a.Action != "" || len(a.Ranges) > 0 || len(a.Extensions) > 0 {
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
	b = append(b, '{')
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
	if e.Ramp == nil && len(e.By) == 0 && e.Salt == "" && len(e.Extensions) == 0 {
		return appendShare(b, e.Percent)
	}
	b = append(b, '{')
	if e.Ramp == nil || e.Percent != 0 {
		b = appendShare(appendName(b, "share"), e.Percent)
	}
	if e.Ramp != nil {
		b = e.Ramp.appendJSON(appendName(b, "ramp"))
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

// appendMembers writes the extensions as members of the object they stand in.
func (e Extensions) appendMembers(b []byte) []byte {
	if len(e) == 0 {
		return b
	}
	for _, name := range slices.Sorted(maps.Keys(e)) {
		b = appendCompact(appendName(b, "x-"+name), e[name])
	}
	return b
}

// appendCompact writes a JSON text without its blanks. What is no JSON text is
// written as it is, for json.Marshal to find.
func appendCompact(b, text []byte) []byte {
	buffer := bytes.NewBuffer(b)
	if json.Compact(buffer, text) != nil {
		return append(b, text...)
	}
	return buffer.Bytes()
}

// appendName begins a member of the object that b ends in.
func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(appendString(b, name), ':')
}

func appendList[T any](b []byte, list []T, appendJSON func(*T, []byte) []byte) []byte {
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(&list[i], b)
	}
	return append(b, ']')
}

func appendTextMember(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return appendString(appendName(b, name), text)
}

func appendTrue(b []byte, name string, is bool) []byte {
	if !is {
		return b
	}
	return append(appendName(b, name), "true"...)
}

func appendInteger(b []byte, name string, n int) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(appendName(b, name), int64(n), 10)
}

func appendTexts(b []byte, name string, texts []string) []byte {
	if len(texts) == 0 {
		return b
	}
	return appendTextList(appendName(b, name), texts)
}

func appendTextList(b []byte, texts []string) []byte {
	return appendList(b, texts, func(text *string, b []byte) []byte { return appendString(b, *text) })
}

// appendBy writes the attributes of a rollout: nearly always there is one.
func appendBy(b []byte, by []string) []byte {
	if len(by) == 1 {
		return appendString(appendName(b, "by"), by[0])
	}
	return appendTexts(b, "by", by)
}

// appendVariantName writes the name of a variant, those of a boolean flag as
// JSON has them.
func appendVariantName(b []byte, name string) []byte {
	if name == "true" || name == "false" {
		return append(b, name...)
	}
	return appendString(b, name)
}

func appendVariantNames(b []byte, names []string) []byte {
	if len(names) == 1 {
		return appendVariantName(b, names[0])
	}
	return appendList(b, names, func(name *string, b []byte) []byte { return appendVariantName(b, *name) })
}

// appendTime writes an instant unless it is the zero time.
func appendTime(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	b = append(appendName(b, name), '"')
	return append(t.UTC().AppendFormat(b, time.RFC3339Nano), '"')
}

// appendTimeOrDate writes midnight in UTC as a date.
func appendTimeOrDate(b []byte, name string, t time.Time) []byte {
	if t.IsZero() || !t.Equal(t.UTC().Truncate(24*time.Hour)) {
		return appendTime(b, name, t)
	}
	b = append(appendName(b, name), '"')
	return append(t.UTC().AppendFormat(b, time.DateOnly), '"')
}

// appendShare writes a percentage so that reading it gives the same float.
func appendShare(b []byte, percent float64) []byte {
	b = strconv.AppendFloat(append(b, '"'), finite(percent), 'f', -1, 64)
	return append(b, ` %"`...)
}

// appendNumber writes a number so that reading it gives the same float.
func appendNumber(b []byte, f float64) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, finite(f), format, -1, 64)
}

// finite returns f, 0 if it is not a number that JSON has.
func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// distinct reports whether no two elements have one name.
func distinct[T any](list []T, name func(*T) string) bool {
	var seen nameSet
	for i := range list {
		if !seen.add(name(&list[i])) {
			return false
		}
	}
	return true
}
