package unleash

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/hoistflags/hoist"
)

// A drawer draws valid documents, in all the ways in which they can be written.
type drawer struct{ *rapid.T }

type drawn = map[string]any

func (d drawer) one(from ...any) any { return rapid.SampledFrom(from).Draw(d.T, "one") }

func (d drawer) often() bool { return rapid.Bool().Draw(d.T, "often") }

func (d drawer) list(most int, element func() any) []any {
	list := []any{}
	for range rapid.IntRange(0, most).Draw(d.T, "length") {
		list = append(list, element())
	}
	return list
}

// spelt leaves out a member, or writes null for it, if that says the same as its
// value, and adds members that nobody knows.
func (d drawer) spelt(o drawn, blanks ...string) drawn {
	for _, name := range blanks {
		switch d.one("keep", "keep", "null", "without") {
		case "null":
			o[name] = nil
		case "without":
			delete(o, name)
		}
	}
	if d.often() {
		o["unknown"] = d.one(nil, 1.5, "x", []any{}, drawn{"a": nil})
	}
	return o
}

// text is any text that Unleash takes, which need not be a plain one.
func (d drawer) text() any {
	return d.one("a", "b", "userId", "", " a ", "a,b", "é<&>", "#2", "a#2", "true", ":", "50", "0x10", "undefined", "null", `{"a": 1}`)
}

func (d drawer) name() any { return d.one("plan", "userId", "appName", "currentTime", "é x") }

func (d drawer) feature() drawn {
	o := drawn{
		"name": d.one("feature", "f.g", "ünïcode"), "enabled": d.often(),
		"strategies": d.list(3, func() any { return d.strategy() }), "variants": d.variants(),
		"type": d.one("release", "experiment", "", 5), "project": d.one("default", "other", ""), "stale": d.often(), "impressionData": d.often(),
		"description": d.one("text", "", nil, []any{}), "dependencies": d.dependencies(),
	}
	var blanks []string
	for _, name := range []string{"strategies", "variants", "dependencies"} {
		if list := o[name].([]any); len(list) == 0 {
			blanks = append(blanks, name)
		}
	}
	if o["enabled"] == false {
		blanks = append(blanks, "enabled")
	}
	return d.spelt(o, append(blanks, "type", "project", "stale", "impressionData", "description")...)
}

func (d drawer) dependencies() []any {
	n := 0
	return d.list(2, func() any {
		n++
		o := drawn{"feature": d.one("parent", "other").(string) + string(rune('0'+n)), "enabled": d.often(), "variants": d.list(2, d.text)}
		return d.spelt(o, d.one("enabled", "variants", "none").(string))
	})
}

func (d drawer) strategy() drawn {
	o := drawn{
		"name":        d.one("default", "flexibleRollout", "gradualRolloutUserId", "gradualRolloutSessionId", "gradualRolloutRandom", "userWithId", "remoteAddress", "applicationHostname", "mystery", "never", ""),
		"parameters":  d.parameters(),
		"constraints": d.list(2, func() any { return d.constraint() }),
		"variants":    d.variants(),
		"segments":    d.list(2, func() any { return d.one(1, 2, 77, "3") }),
		"title":       d.one("title", "", nil), "disabled": d.often(), "sortOrder": d.one(0, 9999, -1), "id": "01J",
	}
	var blanks []string
	for _, name := range []string{"constraints", "variants", "segments"} {
		if list := o[name].([]any); len(list) == 0 {
			blanks = append(blanks, name)
		}
	}
	return d.spelt(o, append(blanks, "name", "parameters", "title", "disabled", "sortOrder", "id")...)
}

func (d drawer) parameters() drawn {
	o := drawn{}
	for _, name := range []string{"rollout", "percentage"} {
		if d.often() {
			o[name] = d.one("0", "100", "33.3", "", "abc", " 50 ", "0x10", "101", "1e1", 50, nil)
		}
	}
	for _, name := range []string{"stickiness", "groupId"} {
		if d.often() {
			o[name] = d.one("default", "random", "userId", "sessionId", "g", "", ":", "undefined", nil)
		}
	}
	for _, name := range []string{"userIds", "IPs", "hostNames"} {
		if d.often() {
			o[name] = d.one("", "a", "a,b", " a , b ", "a,,b", ",", nil)
		}
	}
	return d.spelt(o)
}

func (d drawer) constraint() drawn {
	o := drawn{
		"contextName": d.name(),
		"operator":    d.one("IN", "NOT_IN", "STR_CONTAINS", "NUM_EQ", "NUM_LT", "DATE_AFTER", "SEMVER_GT", "REGEX", "IN_CIDR", "BOGUS", "", "never", "userWithId", "default"),
		"values":      d.list(3, d.text), "inverted": d.often(), "caseInsensitive": d.often(),
	}
	if d.often() {
		o["value"] = d.one(d.text(), 5, 1.5, nil)
	}
	blanks := []string{}
	for _, name := range []string{"inverted", "caseInsensitive"} {
		if o[name] == false {
			blanks = append(blanks, name)
		}
	}
	return d.spelt(o, append(blanks, d.one("values", "none").(string))...)
}

func (d drawer) variants() []any {
	return d.list(3, func() any {
		o := drawn{
			"name": d.text(), "weight": d.one(0, 0, 1, 500, 1000), "weightType": d.one("variable", "fix"),
			"stickiness": d.one("default", "random", "userId", "plan"), "payload": drawn{"type": d.one("string", "json", "csv", "number"), "value": d.text()},
			"overrides": d.list(2, func() any { return d.spelt(drawn{"contextName": d.name(), "values": d.list(2, d.text)}) }),
		}
		if d.often() {
			o["payload"] = d.spelt(drawn{"type": "json", "value": d.one(`{"a":1}`, `{"a": 1}`, "[1,2]", "5", "null", `"x"`, "{", "1e999")})
		}
		return d.spelt(o, "weightType", "stickiness", "payload", "overrides")
	})
}

// What is written is what was read, to the last way of saying nothing.
func TestPropertyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawer{t}
		checkFeature(t, rawJSON(d.feature()))
		o := d.strategy()
		checkStrategy(t, rawJSON(o), clientForm)
		checkStrategy(t, rawJSON(o), adminForm)
		segment := drawn{"id": d.one(1, "x"), "name": d.text(), "description": d.one("", nil, "text"), "constraints": d.list(2, func() any { return d.constraint() })}
		segment = d.spelt(segment, "name", "description")
		checkSegment(t, rawJSON(segment), clientForm)
		checkSegment(t, rawJSON(segment), adminForm)
	})
}

// Without its extensions, which decide nothing, a flag gives the same answers,
// and what is written for it is read as the same flag.
func TestPropertyExtensionsDecideNothing(t *testing.T) {
	contexts := []string{`{}`, `{"userId": "7"}`, `{"userId": "a", "sessionId": "s", "properties": {"plan": "a", "é x": "50"}}`, `{"remoteAddress": "a", "userId": "22"}`}
	rapid.Check(t, func(t *rapid.T) {
		var r reader
		f := r.flag(rawJSON(drawer{t}.feature()), "", "")
		bare := f.Clone()
		bare.Extensions = nil
		eachExtensions(bare, func(e *hoist.Extensions) { *e = nil })
		w := writer{flag: bare}
		var again reader
		back := again.flag(w.feature(""), "", "")
		if w.problems != nil || again.problems != nil {
			t.Fatalf("%s cannot be written: %v, %v", rawJSON(bare), w.problems, again.problems)
		}
		for _, context := range contexts {
			want := answerOf(t, f, context)
			if got := answerOf(t, bare, context); got != want {
				t.Errorf("in the context %s: %s gives %s, without extensions %s", context, rawJSON(f), want, got)
			}
			if got := answerOf(t, back, context); got != want {
				t.Errorf("in the context %s: %s gives %s, written and read %s", context, rawJSON(bare), want, got)
			}
		}
	})
}

// answerOf returns whether a flag is on, and the name of its variant. What is
// by chance is always the same.
func answerOf(t tester, f *hoist.Flag, context string) string {
	t.Helper()
	set := &hoist.Set{Flags: []*hoist.Flag{f}}
	flags := openSet(t, set, &hoist.Options{Random: func() uint64 { return 0 }})
	defer flags.Close()
	subject, err := Subject([]byte(context))
	if err != nil {
		t.Fatal(err)
	}
	v := VariantOf(flags.For(subject).Evaluate(f.Key))
	v.Payload = nil // its type is in an extension
	return string(rawJSON(v))
}

// eachExtensions visits the extensions of everything in a flag but for its
// variants, whose types of payloads are among what is given.
func eachExtensions(f *hoist.Flag, visit func(*hoist.Extensions)) {
	split := func(s *hoist.Split) {
		if s != nil {
			for i := range s.Arms {
				visit(&s.Arms[i].Extensions)
			}
		}
	}
	t := f.Targeting
	visit(&t.Extensions)
	split(t.Default.Split)
	for i := range t.Rules {
		rule := &t.Rules[i]
		visit(&rule.Extensions)
		split(rule.Serve.Split)
		for _, c := range append(rule.When.All, rule.When) {
			if c.Constraint != nil {
				visit(&c.Constraint.Extensions)
			}
		}
	}
}

func FuzzImport(f *testing.F) {
	for _, body := range transcriptBodies(f) {
		if len(body) < 20_000 {
			f.Add([]byte(body))
		}
	}
	f.Add([]byte(`{"events":[{"type":"hydration","features":[{"name":"f","enabled":true,"strategies":[]}],"segments":[]},{"type":"segment-removed","segmentId":1}]}`))
	f.Add([]byte(`{"features":[{"name":"f","strategies":[{"name":"flexibleRollout","parameters":{"rollout":"5","groupId":null},"variants":[{"name":"a#2","weight":1}]}]}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		set, _, err := Import(document, nil)
		if err != nil {
			return
		}
		exported, report := Export(set, nil)
		if report != nil {
			t.Fatalf("%s was read and cannot be written: %v", document, report)
		}
		again, report, err := Import(exported, nil)
		if err != nil || report != nil {
			t.Fatalf("%s, which was written for %s, cannot be read: %v, %v", exported, document, err, report)
		}
		if twice, _ := Export(again, nil); !equalJSON(exported, twice) {
			t.Fatalf("%s becomes %s", exported, twice)
		}
		if !json.Valid(exported) {
			t.Fatalf("%s is not JSON", exported)
		}
	})
}
