package unleash

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/hoistflags/hoist"
)

// Words of stickiness that are not context fields.
const (
	defaultStickiness = "default"
	randomStickiness  = "random"
)

// A variantExtension is what a [hoist.Variant] of a flag keeps: its payload as
// it was written, where that is not how the model's would be.
type variantExtension struct {
	Payload json.RawMessage `json:"payload,omitempty"`
}

// variants reads a list of variants as a split: nil if there are none. Inherited
// is the stickiness of a first variant that has none.
func (r *reader) variants(f *hoist.Flag, list []json.RawMessage, inherited, at string) *hoist.Split {
	if len(list) == 0 {
		return nil
	}
	split := &hoist.Split{Arms: make([]hoist.Arm, len(list))}
	known := map[string]bool{}
	for i, text := range list {
		here := at + "/" + strconv.Itoa(i)
		written := r.object(text, here)
		v := r.variant(written, i == 0, inherited, here)
		if i == 0 {
			split.By = []string{v.Stickiness}
		}
		name := r.addVariant(f, v.Name, v.Payload, known)
		known[name] = true
		plain := v.written(f, name, split.By[0])
		split.Arms[i] = hoist.Arm{Variant: name, Weight: v.Weight, Extensions: extend(spell(written, objectOf(plain)))}
		for _, o := range v.Overrides {
			split.Overrides = append(split.Overrides, hoist.SplitOverride{Attribute: o.ContextName, Values: o.Values, Variant: name})
		}
	}
	return split
}

// variant reads what a variant means. Stickiness is that of the first; of
// others it means nothing, and is "".
func (r *reader) variant(o object, first bool, inherited, at string) variant {
	v := variant{Name: r.text(o, "name", at)}
	if r.want(o["weight"], at+"/weight", "a number", &v.Weight); v.Weight < 0 || v.Weight != math.Trunc(v.Weight) {
		r.problem(at+"/weight", "want a whole number of at least 0, found %v", v.Weight)
	}
	if first {
		v.Stickiness = r.stickiness(o, inherited, at)
	}
	if !isNull(o["payload"]) {
		v.Payload = r.payload(o["payload"], at+"/payload")
	}
	list, _ := r.shortList(o, "overrides", at, hoist.MaxVariants)
	for i, text := range list {
		here := at + "/overrides/" + strconv.Itoa(i)
		members := r.object(text, here)
		override := override{ContextName: r.text(members, "contextName", here), Values: r.texts(members, "values", here)}
		if override.ContextName == "" {
			r.problem(here+"/contextName", "want the name of a context field")
		}
		v.Overrides = append(v.Overrides, override)
	}
	return v
}

// stickiness reads the stickiness of variants. That of a strategy, which has
// one to inherit, counts as missing if it is empty; that of a feature is then a
// field that nobody has, so that the variant is random.
func (r *reader) stickiness(o object, inherited, at string) string {
	word := r.text(o, "stickiness", at)
	switch {
	case word != "":
		return word
	case inherited != "":
		return inherited
	case isNull(o["stickiness"]):
		return defaultStickiness
	}
	return randomStickiness
}

// payload checks a payload, and returns it as it is written, but for blanks.
func (r *reader) payload(text json.RawMessage, at string) json.RawMessage {
	o := r.object(text, at)
	if value, isText := o["value"]; o != nil && (!isText || isNull(value)) {
		r.problem(at+"/value", "want a text")
	}
	r.text(o, "value", at)
	r.text(o, "type", at)
	return rawJSON(text)
}

// payloadValue returns what a payload is in the model: a text, but for JSON what
// it says, as far as it says something.
func payloadValue(text json.RawMessage) hoist.Value {
	var p Payload
	if isNull(text) || json.Unmarshal(text, &p) != nil {
		return hoist.Value{}
	}
	if p.Type == "json" {
		if v, err := hoist.JSONValue([]byte(p.Value)); err == nil && !v.IsNull() {
			return v
		}
	}
	return hoist.StringValue(p.Value)
}

// plainPayload returns a value of the model as a payload, nil if it is null.
func plainPayload(v hoist.Value) *Payload {
	switch v.Kind() {
	case hoist.KindNull:
		return nil
	case hoist.KindString:
		return &Payload{"string", v.String()}
	case hoist.KindInt, hoist.KindFloat:
		return &Payload{"number", operandText(v)}
	}
	return &Payload{"json", v.String()}
}

// payloadText returns the payload of a variant as it is written: as it was, if it
// still says the same.
func payloadText(v hoist.Value, written json.RawMessage) json.RawMessage {
	if len(written) > 0 && payloadValue(written).Equal(v) {
		return written
	}
	if p := plainPayload(v); p != nil {
		return rawJSON(p)
	}
	return nil
}

// addVariant returns the name of the flag's variant with a name and payload,
// and adds it if there is none but those of the same list.
func (r *reader) addVariant(f *hoist.Flag, name string, payload json.RawMessage, sameList map[string]bool) string {
	v := hoist.Variant{Name: safeName(name), Value: hoist.BoolValue(true), Payload: payloadValue(payload)}
	if plain := payloadText(v.Payload, nil); len(payload) > 0 && !equalJSON(payload, plain) {
		v.Extensions = extend(variantExtension{payload})
	}
	if r.names == nil {
		r.names = map[string]int{}
	}
	for n := 2; ; n++ {
		i, taken := r.names[v.Name]
		if !taken {
			r.names[v.Name] = len(f.Variants)
			f.Variants = append(f.Variants, v)
			return v.Name
		}
		other := &f.Variants[i]
		if !sameList[v.Name] && other.Payload.Equal(v.Payload) && string(other.Extensions[dialect]) == string(v.Extensions[dialect]) {
			return v.Name
		}
		v.Name = name + "#" + strconv.Itoa(n)
	}
}

func variantNamed(f *hoist.Flag, name string) *hoist.Variant {
	for i := range f.Variants {
		if f.Variants[i].Name == name {
			return &f.Variants[i]
		}
	}
	return nil
}

// wireName returns the name that a variant has in Unleash. There, each strategy
// has variants of its own, so that a feature can have two of one name: in the
// model the further ones end in "#2" and so on. A name that would be taken for
// such a one, or for the value of a flag, ends in "#1".
func wireName(name string) string {
	i := strings.LastIndexByte(name, '#')
	if i < 0 || i+1 == len(name) || name[i+1] == '0' || strings.Trim(name[i+1:], "0123456789") != "" {
		return name
	}
	return name[:i]
}

// safeName returns the first name that a variant has in the model.
func safeName(name string) string {
	if name == "" || name == "true" || name == "false" || wireName(name) != name {
		return name + "#1"
	}
	return name
}

// written returns the variant as the server writes it.
func (v variant) written(f *hoist.Flag, name, stickiness string) variant {
	v.Name, v.WeightType, v.Stickiness = wireName(name), "variable", stickiness
	v.Payload = nil
	if known := variantNamed(f, name); known != nil {
		v.Payload = payloadText(known.Payload, extensionOf[variantExtension](known.Extensions).Payload)
	}
	return v
}

// total returns the sum of the weights.
func total(s *hoist.Split) (sum float64) {
	for i := range s.Arms {
		sum += s.Arms[i].Weight
	}
	return sum
}

// variants writes a split as a list of variants. Inherited is as for reading.
func (w *writer) variants(s *hoist.Split, inherited, at string) []json.RawMessage {
	stickiness := defaultStickiness
	if len(s.By) > 0 {
		stickiness = s.By[0]
	}
	if len(s.By) > 1 {
		w.problem(at+"/by", "Unleash has one stickiness")
	}
	overrides := w.overridesByVariant(s, at)
	list := make([]json.RawMessage, len(s.Arms))
	for i := range s.Arms {
		a := &s.Arms[i]
		if known := variantNamed(w.flag, a.Variant); known == nil || !known.Value.Equal(hoist.BoolValue(true)) {
			w.problem(at, "Unleash does not have a variant %q for features that are on", a.Variant)
		}
		v := variant{Weight: a.Weight, Overrides: overrides[a.Variant]}.written(w.flag, a.Variant, stickiness)
		delete(overrides, a.Variant)
		want := v
		if want.WeightType = ""; i > 0 {
			want.Stickiness = ""
		}
		list[i] = respell(v, extensionOf[spelling](a.Extensions), want, func(r *reader, o object) variant {
			return r.variant(o, i == 0, inherited, "")
		})
	}
	return list
}

// overridesByVariant checks that the overrides stand in the order of the arms,
// which is the order in which Unleash looks at them.
func (w *writer) overridesByVariant(s *hoist.Split, at string) map[string][]override {
	by, last := map[string][]override{}, 0
	for i, o := range s.Overrides {
		arm := armOf(s, o.Variant)
		if arm < last {
			w.problem(at+"/overrides/"+strconv.Itoa(i), "Unleash has overrides in the order of the variants, and for those that have a weight")
		}
		last = max(last, arm)
		by[o.Variant] = append(by[o.Variant], override{o.Attribute, append([]string{}, o.Values...)})
	}
	return by
}

// armOf returns the position of the first arm of a variant, -1 if there is none.
func armOf(s *hoist.Split, variant string) int {
	for i := range s.Arms {
		if s.Arms[i].Variant == variant {
			return i
		}
	}
	return -1
}
