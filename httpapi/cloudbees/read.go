package cloudbees

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/hoistflags/hoist"
)

// A reader reads documents. Members that the product does not know are passed
// over, as it does.
type reader struct {
	// errs is what makes a document unusable.
	errs hoist.Errors

	// notes is what is usable and yet does not do what it says.
	notes hoist.Errors
}

func (r *reader) fail(at, format string, args ...any) {
	r.errs = append(r.errs, &hoist.FieldError{Path: at, Problem: fmt.Sprintf(format, args...)})
}

func (r *reader) note(at, format string, args ...any) {
	r.notes = append(r.notes, &hoist.FieldError{Path: at, Problem: fmt.Sprintf(format, args...)})
}

func nth(at string, i int) string { return at + "/" + strconv.Itoa(i) }

// An object is the members of a JSON object.
type object map[string]json.RawMessage

func (r *reader) object(raw json.RawMessage, at string) object {
	var o object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		r.fail(at, "want an object, found %s", found(raw))
	}
	return o
}

// member reads a member. One that is missing or null leaves into as it is.
func member[T string | bool | float64](r *reader, o object, name, at string, into *T) {
	raw := o[name]
	if isNull(raw) {
		return
	}
	var v T
	if json.Unmarshal(raw, &v) != nil {
		want := map[any]string{"": "a text", false: "true or false", 0.0: "a number"}[any(*new(T))]
		r.fail(at+"/"+name, "want %s, found %s", want, found(raw))
		return
	}
	*into = v
}

// needed reads a text that must be there.
func (r *reader) needed(o object, name, at string, into *string) {
	member(r, o, name, at, into)
	if *into == "" && (isNull(o[name]) || string(o[name]) == `""`) {
		r.fail(at+"/"+name, "want a text that is not empty")
	}
}

// list reads a list, nil if there is none.
func (r *reader) list(o object, name, at string) []json.RawMessage {
	raw := o[name]
	if isNull(raw) {
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		r.fail(at+"/"+name, "want a list, found %s", found(raw))
	}
	return list
}

// texts reads a list of texts, or one text alone.
func (r *reader) texts(raw json.RawMessage, at string) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		r.fail(at, "want a text or a list of texts, found %s", found(raw))
		return nil
	}
	out := make([]string, len(list))
	for i, raw := range list {
		if isNull(raw) || json.Unmarshal(raw, &out[i]) != nil {
			r.fail(nth(at, i), "want a text, found %s", found(raw))
		}
	}
	return out
}

// scalar reads a text, a number or a boolean.
func (r *reader) scalar(raw json.RawMessage, at string) hoist.Value {
	v, err := hoist.JSONValue(raw)
	switch v.Kind() {
	case hoist.KindBool, hoist.KindString:
		return v
	case hoist.KindInt, hoist.KindFloat:
		return number(v)
	}
	if err != nil && len(raw) > 0 {
		r.fail(at, "%v", err)
	} else {
		r.fail(at, "want a text, a number, true or false, found %s", found(raw))
	}
	return hoist.Value{}
}

// number returns a number as an integer where it is one.
func number(v hoist.Value) hoist.Value {
	if n, ok := v.Int(); ok {
		return hoist.IntValue(n)
	}
	return v
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

func isList(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '[' }

// found describes a value in a problem.
func found(raw json.RawMessage) string {
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0:
		return "nothing"
	case raw[0] == '{':
		return "an object"
	case raw[0] == '[':
		return "a list"
	case raw[0] == '"':
		return "a text"
	case raw[0] == 't' || raw[0] == 'f' || raw[0] == 'n':
		return string(raw)
	}
	return "a number"
}

// flag reads a flag and fills in what the product does where a member is
// missing.
func (r *reader) flag(raw json.RawMessage, at string) *flag {
	f := &flag{Type: "flag", Enabled: true, StickinessProperty: DistinctID, Labels: []string{}}
	o := r.object(raw, at)
	if o == nil {
		return f
	}
	r.needed(o, "name", at, &f.Name)
	member(r, o, "description", at, &f.Description)
	member(r, o, "created", at, &f.Created)
	member(r, o, "updated", at, &f.Updated)
	member(r, o, "enabled", at, &f.Enabled)
	member(r, o, "isPermanent", at, &f.IsPermanent)
	member(r, o, "stickinessProperty", at, &f.StickinessProperty)
	member(r, o, "seed", at, &f.Seed)
	if raw := o["labels"]; !isNull(raw) {
		f.Labels = r.texts(raw, at+"/labels")
	}
	if f.StickinessProperty == "" {
		f.StickinessProperty = DistinctID
	}
	f.AvailableValues = r.list(o, "availableValues", at)
	if isNull(o["availableValues"]) {
		f.AvailableValues = []json.RawMessage{trueText, falseText}
	}
	f.Platforms = []platform{}
	for i, raw := range r.list(o, "platforms", at) {
		f.Platforms = append(f.Platforms, r.platform(raw, nth(at+"/platforms", i)))
	}
	f.Conditions = r.conditions(o, at)
	f.Value = o["value"]
	f.fillValues(r.kind(f.AvailableValues, at+"/availableValues"))
	return f
}

var trueText, falseText, nullText = json.RawMessage("true"), json.RawMessage("false"), json.RawMessage("null")

// fillValues fills in the values that are missing: false for a boolean flag, and
// else null, which is the default in the code of the application.
func (f *flag) fillValues(kind hoist.Type) {
	missing := nullText
	if kind == hoist.TypeBoolean {
		missing = falseText
	}
	fill := func(value *json.RawMessage, conditions []condition) {
		if *value == nil {
			*value = missing
		}
		for i := range conditions {
			if c := &conditions[i]; c.Value == nil {
				c.Value = missing
			}
		}
	}
	fill(&f.Value, f.Conditions)
	for i := range f.Platforms {
		fill(&f.Platforms[i].Value, f.Platforms[i].Conditions)
	}
}

// kind returns the type of a flag with these values. The product prints the
// values of boolean flags as texts, so such texts mean a boolean flag, too.
func (r *reader) kind(values []json.RawMessage, at string) hoist.Type {
	kind, booleans := hoist.Type(""), true
	for i, raw := range values {
		v := r.scalar(raw, nth(at, i))
		this := map[hoist.Kind]hoist.Type{
			hoist.KindBool: hoist.TypeBoolean, hoist.KindString: hoist.TypeString,
			hoist.KindInt: hoist.TypeNumber, hoist.KindFloat: hoist.TypeNumber,
		}[v.Kind()]
		if kind != "" && this != "" && this != kind {
			r.fail(nth(at, i), "want values of one type, found a %s after a %s", this, kind)
		}
		kind = this
		booleans = booleans && (v.String() == "true" || v.String() == "false")
	}
	if booleans { // also if there are none
		return hoist.TypeBoolean
	}
	return kind
}

func (r *reader) platform(raw json.RawMessage, at string) (p platform) {
	o := r.object(raw, at)
	r.needed(o, "name", at, &p.Name)
	member(r, o, "flag", at, &p.Flag)
	p.Conditions, p.Value = r.conditions(o, at), o["value"]
	return p
}

func (r *reader) conditions(o object, at string) []condition {
	out := []condition{}
	for i, raw := range r.list(o, "conditions", at) {
		out = append(out, r.condition(raw, nth(at+"/conditions", i)))
	}
	return out
}

func (r *reader) condition(raw json.RawMessage, at string) (c condition) {
	o := r.object(raw, at)
	c.Value = o["value"]
	part := func(name string) (object, string) {
		if isNull(o[name]) {
			return nil, ""
		}
		return r.object(o[name], at+"/"+name), at + "/" + name
	}
	if o, at := part("dependency"); o != nil {
		c.Dependency = &dependency{Value: o["value"]}
		r.needed(o, "flag", at, &c.Dependency.Flag)
	}
	if o, at := part("group"); o != nil {
		c.Group = &group{Name: o["name"]}
		member(r, o, "operator", at, &c.Group.Operator)
	}
	if o, at := part("version"); o != nil {
		c.Version = new(version)
		r.needed(o, "operator", at, &c.Version.Operator)
		member(r, o, "semver", at, &c.Version.Semver)
	}
	if o, at := part("property"); o != nil {
		c.Property = &property{Operand: o["operand"]}
		r.needed(o, "name", at, &c.Property.Name)
		r.needed(o, "operator", at, &c.Property.Operator)
	}
	return c
}

// targetGroup reads a target group and fills in what is missing.
func (r *reader) targetGroup(raw json.RawMessage, at string) *targetGroup {
	g := &targetGroup{Type: "target-group", Operator: "and", Conditions: []groupCondition{}}
	o := r.object(raw, at)
	if o == nil {
		return g
	}
	r.needed(o, "name", at, &g.Name)
	member(r, o, "description", at, &g.Description)
	member(r, o, "operator", at, &g.Operator)
	for i, raw := range r.list(o, "conditions", at) {
		at := nth(at+"/conditions", i)
		o := r.object(raw, at)
		c := groupCondition{Operand: o["operand"]}
		r.needed(o, "property", at, &c.Property)
		r.needed(o, "operator", at, &c.Operator)
		g.Conditions = append(g.Conditions, c)
	}
	return g
}
