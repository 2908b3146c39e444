package hoist

import (
	"maps"
	"slices"
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
