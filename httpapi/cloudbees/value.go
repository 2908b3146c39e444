package cloudbees

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hoistflags/hoist"
)

// text returns a scalar as the product compares it: numbers by their shortest
// text.
func text(v hoist.Value) string {
	if v.Kind() != hoist.KindFloat {
		return v.String()
	}
	f, _ := v.Float()
	b, _ := json.Marshal(f)
	return string(b)
}

// raw returns a scalar as JSON.
func raw(v hoist.Value) json.RawMessage {
	if v.Kind() == hoist.KindFloat {
		return json.RawMessage(text(v))
	}
	b, _ := v.MarshalJSON()
	return b
}

// variantName returns what the variant with a value is called: the text of the
// value, or something that stands for it where that cannot be a name.
func variantName(v hoist.Value) string {
	name := text(v)
	switch {
	case name == "":
		return `""`
	case len(name) > hoist.MaxKeyBytes || !utf8.ValidString(name) || bytes.ContainsFunc([]byte(name), unicode.IsControl):
		h := fnv.New64a()
		h.Write([]byte(name))
		return fmt.Sprintf("text %x", h.Sum64())
	}
	return name
}

// A config translates the configuration of one flag.
type config struct {
	*reader
	flag *hoist.Flag
	kind hoist.Type
	by   []string // the stickiness property, nil for the default one
	seed string
	// names are the names of the variants, by the texts of their values.
	names map[string]string
	// known says that variants must be there; they are added where it is false.
	known bool
}

func newConfig(r *reader, f *hoist.Flag, kind hoist.Type) config {
	c := config{reader: r, flag: f, kind: kind, names: map[string]string{}}
	for _, v := range slices.Backward(f.Variants) { // of two with one value, the first counts
		c.names[text(v.Value)] = v.Name
	}
	if kind == hoist.TypeBoolean {
		for _, name := range []string{"true", "false"} {
			c.names[name] = cmp.Or(c.names[name], name)
		}
	}
	return c
}

// quiet returns a copy that neither reports anything nor adds variants.
func (c *config) quiet() config {
	q := *c
	q.reader, q.known = &reader{}, true
	return q
}

// variant returns the name of the variant with a value.
func (c *config) variant(v hoist.Value, at string) string {
	if name, ok := c.names[text(v)]; ok {
		return name
	}
	switch {
	case c.known:
		c.fail(at, "there is no variant for %q", text(v))
		return ""
	case len(c.flag.Variants) >= hoist.MaxVariants:
		c.fail(at, "more than %d values", hoist.MaxVariants)
		return ""
	}
	name := variantName(v)
	for slices.ContainsFunc(c.flag.Variants, func(o hoist.Variant) bool { return o.Name == name }) {
		name += "'"
	}
	c.names[text(v)] = name
	c.flag.Variants = append(c.flag.Variants, hoist.Variant{Name: name, Value: v})
	return name
}

// fit returns a scalar as a value of the flag's type. A boolean flag takes the
// texts "true" and "false", a number flag takes numeric text, a text flag the
// text of everything.
func (c *config) fit(v hoist.Value) (hoist.Value, bool) {
	s := text(v)
	switch c.kind {
	case hoist.TypeBoolean:
		return hoist.BoolValue(s == "true"), s == "true" || s == "false"
	case hoist.TypeString:
		return hoist.StringValue(s), true
	}
	if v.Kind() == hoist.KindInt || v.Kind() == hoist.KindFloat {
		return v, true
	}
	f, err := strconv.ParseFloat(s, 64)
	ok := err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) && v.Kind() == hoist.KindString
	return number(hoist.FloatValue(f)), ok
}

// one reads a scalar or null: a variant, or the action that goes with null. A
// value of another type than the flag's is what the SDKs cannot give either, the
// default in the code.
func (c *config) one(value json.RawMessage, at string) (variant string, action hoist.Action) {
	if isNull(value) {
		return "", hoist.CallersFallback
	}
	v := c.scalar(value, at)
	if v.IsNull() {
		return "", ""
	}
	v, ok := c.fit(v)
	if !ok {
		c.note(at, "%s is not a %s: the caller's fallback is served", value, c.kind)
		return "", hoist.CallersFallback
	}
	return c.variant(v, at), ""
}

// A served is what a value gives: serve, or under a schedule true to those who
// are admitted and false to the others.
type served struct {
	serve    hoist.Serve
	schedule *hoist.Exposure
}

// served reads a value.
func (c *config) served(value json.RawMessage, at string) served {
	if !isList(value) {
		variant, action := c.one(value, at)
		return served{serve: hoist.Serve{Variant: variant, Action: action}}
	}
	var entries []json.RawMessage
	if json.Unmarshal(value, &entries) != nil || len(entries) == 0 {
		c.fail(at, "want at least one option")
		return served{}
	}
	if len(entries) > hoist.MaxVariants {
		c.fail(at, "%d options, limit %d", len(entries), hoist.MaxVariants)
		return served{}
	}
	objects := make([]object, len(entries))
	for i, entry := range entries {
		objects[i] = c.object(entry, nth(at, i))
	}
	if slices.ContainsFunc(objects, func(o object) bool { return o["from"] != nil }) {
		return c.schedule(objects, at)
	}
	return c.split(objects, at)
}

// split reads options with percentages.
func (c *config) split(entries []object, at string) served {
	s := &hoist.Split{By: c.by, Salt: c.seed}
	sum := 0.0
	for i, o := range entries {
		at := nth(at, i)
		a := hoist.Arm{Weight: c.percentage(o, at)}
		if o != nil && o["option"] == nil {
			c.fail(at+"/option", "want a value")
		}
		a.Variant, a.Action = c.one(o["option"], at+"/option")
		sum += a.Weight
		s.Arms = append(s.Arms, a)
	}
	if sum > 100+1e-9 {
		c.fail(at, "want percentages of at most 100 together, found %v", sum)
	}
	return served{serve: hoist.Serve{Split: s}}
}

func (c *config) percentage(o object, at string) float64 {
	p := 100.0
	member(c.reader, o, "percentage", at, &p)
	if !(p >= 0 && p <= 100) {
		c.fail(at+"/percentage", "want 0 to 100, found %v", p)
		return 0
	}
	return p
}

// schedule reads percentages with the times from which on they count.
func (c *config) schedule(entries []object, at string) served {
	if c.kind != hoist.TypeBoolean {
		c.fail(at, "want options: a schedule is for boolean flags, this one is a %s", c.kind)
	}
	ramp := &hoist.Ramp{}
	for i, o := range entries {
		at := nth(at, i)
		if o["option"] != nil {
			c.fail(at+"/option", "want no option where there is a time: a schedule gives true")
		}
		from := ""
		c.needed(o, "from", at, &from)
		var t time.Time
		if err := t.UnmarshalText([]byte(from)); err != nil || t.UTC().Year() < 0 || t.UTC().Year() > 9999 {
			c.fail(at+"/from", "want a time such as 2026-05-01T08:00:00Z, found %.60q", from)
		}
		ramp.Stages = append(ramp.Stages, hoist.Stage{At: t.UTC(), Percent: c.percentage(o, at)})
	}
	return served{schedule: &hoist.Exposure{Ramp: ramp, By: c.by, Salt: c.seed}}
}

// rules returns the rules that give v where a condition holds. Where a schedule
// does not admit a subject, the walk through the conditions ends all the same,
// for which there is a second rule.
func (v served) rules(when hoist.Condition, note ruleNote) []hoist.Rule {
	if v.schedule == nil {
		return []hoist.Rule{{When: when, Serve: v.serve, Extensions: extension(note)}}
	}
	return []hoist.Rule{
		{When: when, Exposure: v.schedule, Serve: hoist.Serve{Variant: "true"}, Extensions: extension(note)},
		{When: when.Clone(), Serve: hoist.Serve{Variant: "false"}, Extensions: extension(ruleNote{Platform: note.Platform})},
	}
}

// equal reports whether v and w give the same.
func (v served) equal(w served) bool {
	return sameJSON(v.serve, w.serve) && (v.schedule == nil) == (w.schedule == nil) &&
		(v.schedule == nil || sameJSON(v.schedule, w.schedule))
}

func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
