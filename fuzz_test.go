package hoist

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/Masterminds/semver/v3"
	"github.com/hoistflags/hoist/internal/jsontext"
)

// FuzzEvaluate: whatever the documents, nothing panics; and if set is valid,
// the engine answers as the specification does.
func FuzzEvaluate(f *testing.F) {
	for _, seed := range evaluateSeeds {
		f.Add([]byte(seed.set), []byte(seed.subject), noon.UnixNano())
	}
	f.Fuzz(func(t *testing.T, setDocument, subjectDocument []byte, nanos int64) {
		set, err := ParseSet(setDocument)
		subject, subjectErr := SubjectFromJSON(subjectDocument)
		if err != nil || subjectErr != nil || set.Validate() != nil || tangled(set) || !(naive{}).speaksOf(*set) {
			return
		}
		w := scene{set: *set, now: time.Unix(0, nanos).UTC()}
		for _, environment := range append(environmentsOf(w.set), "") {
			w.environment = environment
			compareAll(t, w, person{Subject: subject, form: fmt.Sprintf("document %q", subjectDocument)})
		}
	})
}

// tangled reports whether flags and segments refer to each other so often that
// evaluating without memory, as the specification does, could take for ever.
func tangled(set *Set) bool {
	text, err := json.Marshal(set)
	return err != nil || bytes.Count(text, []byte(`"segment":`))+bytes.Count(text, []byte(`"flag":`))+bytes.Count(text, []byte(`"requires":`)) > 10
}

// compareAll compares engine and specification for every flag.
func compareAll(t *testing.T, w scene, p person) {
	t.Helper()
	flags, n := w.open(t), w.naive()
	defer flags.Close()
	if problems := flags.Status().Problems; len(problems) > 0 {
		t.Fatalf("Validate accepts, Status().Problems: %v\n%#v", problems, w)
	}
	checkNaive(t, w, p, flags)
	view := flags.For(p.Subject)
	for _, key := range w.keys() {
		want := n.decide(key, p.Subject)
		if explained := view.Explain(key); seen(explained.Decision) != want {
			t.Fatalf("Explain: %s\n%v", diff(w, key, p, seen(explained.Decision), want), explained)
		}
	}
}

// evaluateSeeds have every member of the model and every operator at least
// once.
var evaluateSeeds = []struct{ set, subject string }{
	{`{"flags": {"on": {"default": true}, "off": {"enabled": false, "off": false}, "nothing": {}}}`, `{"key": "user-1"}`},
	{
		`{"environments": ["production", {"key": "staging"}],
		"segments": {
			"beta": {"when": {"attribute": "plan", "in": ["pro", "beta"]}, "exposure": {"share": "50 %", "salt": "s"}},
			"staff": {"when": {"any": [{"attribute": "email", "endsWith": ["@shop.example"], "ignoreCase": true}, {"segment": "beta"}]}}},
		"flags": {
			"a": {"variants": {"blue": "#0000ff", "green": "#00ff00"}, "environments": {"production": {
				"overrides": {"green": ["user-1"]},
				"rules": [
					{"title": "staff", "when": {"segment": "staff"}, "serve": "green"},
					{"when": {"all": [{"attribute": "country", "in": ["SE", "NO"]}, {"not": {"attribute": "age", "lessThan": 18}}]}, "exposure": "25 %", "serve": {"blue": 50, "green": 50}},
					{"when": {"attribute": "tags", "startsWith": ["a"], "every": true}, "serve": {"action": "next"}},
					{"when": {"attribute": "ip", "inNetwork": ["10.0.0.0/8", "::1"]}, "serve": {"split": [{"variant": "blue", "weight": 1}, {"action": "fallback", "weight": 2}], "by": ["session", "key"], "overrides": [{"attribute": "country", "values": ["SE"], "variant": "green"}]}}],
				"default": "blue", "off": "green"}}},
			"b": {"requires": {"a": ["blue", "green"]}, "default": {"true": 1, "false": 3}}}}`,
		`{"key": "user-2", "plan": "free", "email": "Ada@Shop.Example", "country": "SE", "age": 18, "tags": ["ab", "ac"], "ip": "10.1.2.3", "session": 7}`,
	},
	{
		`{"flags": {"t": {"type": "number", "variants": {"one": 1, "two": 2.5, "big": 9007199254740993}, "rules": [
			{"when": {"attribute": "app", "versionAtLeast": "2.0.0-rc.1"}, "window": {"notBefore": "2024-05-01T00:00:00Z", "notAfter": "2024-06-01T00:00:00Z"}, "serve": "one"},
			{"when": {"attribute": "since", "before": "now-30d"}, "exposure": {"ramp": {"from": "0 %", "to": "100 %", "start": "2024-05-01T00:00:00Z", "end": "2024-05-02T00:00:00Z", "steps": 4}, "by": ["geo.city"]}, "serve": "two"},
			{"when": {"attribute": "geo.city", "matches": "^[A-Z]"}, "exposure": {"ramp": {"stages": [{"at": "2024-05-01T00:00:00Z", "share": "10 %"}, {"at": "2024-05-02T00:00:00Z", "share": "100 %"}]}}, "serve": "big"},
			{"when": {"attribute": "score", "present": false}, "serve": "one"},
			{"when": {"any": [{"attribute": "score", "atMost": 9007199254740993}, {"attribute": "score", "moreThan": 1.5}, {"attribute": "score", "atLeast": 1e300}, {"attribute": "vip", "is": true}]}, "serve": "two"},
			{"when": {"any": [{"attribute": "app", "versionIs": 2}, {"attribute": "app", "versionBelow": "1"}, {"attribute": "app", "versionAtMost": "v1.2"}, {"attribute": "app", "versionAbove": "3.0.0+x"}, {"attribute": "since", "after": "2024-01-01", "not": true}, {"attribute": "name", "contains": ["a", "b"]}]}, "serve": "two"}]}}}`,
		`{"key": 42, "app": "2.0.0-rc.2", "since": "2024-03-01T00:00:00+02:00", "geo": {"city": "Oslo"}, "score": 9007199254740992, "vip": false, "name": "b"}`,
	},
}

// FuzzSubjectFromJSON: no document panics, and attributes are what
// encoding/json makes of their members, of which the first counts where a name
// occurs twice.
func FuzzSubjectFromJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[]`, `{"key":"user-1","plan":"pro"}`, `{"targetingKey":"t"}`, `{"key":42}`, `{"key":"","targetingKey":"t"}`,
		`{"a":1,"a":2,"b":-0,"c":1e400,"d":9007199254740993,"e":1.0,"f":18446744073709551615}`,
		`{"a":{"b":1,"b":2}}`, `{"a":[1,"x",null,true,[],{}],"b":{"c":{"d":"deep"}},"b.c":"literal"}`,
		`{"n\u0061me":"\u00fc\ud83d\ude00","\"q\\":"\\","*":1,"?":2,"#":3,"@this":4,"!x":5,"~0":6,"":7}`,
		`{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, `{"a":1}x`, `{"a" : "b" ,`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		s, err := SubjectFromJSON(document)
		members, order := firstMembers(document)
		if err != nil {
			if members != nil && jsontext.Depth(document) <= MaxSubjectDepth && len(document) <= MaxSubjectBytes {
				t.Fatalf("SubjectFromJSON(%q): %v, want a subject", document, err)
			}
			return
		}
		if members == nil {
			t.Fatalf("SubjectFromJSON(%q): no error, encoding/json finds no object", document)
		}
		checkKeyMember(t, document, s, members)
		for _, name := range order {
			if name != keyAttribute {
				checkAttr(t, document, s, name, members[name])
			}
			checkInner(t, document, s, name, members)
		}
	})
}

// firstMembers returns the members of a JSON object and their names in order,
// nil if it is no object. Of two members of one name it takes the first.
func firstMembers(document []byte) (members map[string]json.RawMessage, order []string) {
	if !json.Valid(document) {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, nil
	}
	members = map[string]json.RawMessage{}
	for decoder.More() {
		name, _ := decoder.Token()
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, nil
		}
		if _, twice := members[name.(string)]; !twice {
			members[name.(string)] = value
			order = append(order, name.(string))
		}
	}
	return members, order
}

// checkKeyMember checks that the key is the member "key", else "targetingKey",
// if that is a text that is not empty or an integer.
func checkKeyMember(t *testing.T, document []byte, s Subject, members map[string]json.RawMessage) {
	t.Helper()
	want := ""
	for _, name := range []string{"targetingKey", "key"} {
		switch v := decoded(members[name]).(type) {
		case string:
			want = orElse(v, v != "", want)
		case int64:
			want = strconv.FormatInt(v, 10)
		}
	}
	if s.Key() != want && isText(want) {
		t.Fatalf("SubjectFromJSON(%q).Key() = %q, want %q", document, s.Key(), want)
	}
}

// checkAttr compares an attribute with what encoding/json makes of its member.
func checkAttr(t *testing.T, document []byte, s Subject, name string, text json.RawMessage) {
	t.Helper()
	got, ok := s.Attr(name)
	want := decoded(text)
	if !isText(name) || !isText(fmt.Sprint(want)) {
		return
	}
	if ok != (want != nil) || ok && !reflect.DeepEqual(got.Any(), want) {
		t.Fatalf("SubjectFromJSON(%q).Attr(%q) = %#v, %v, want %#v", document, name, got.Any(), ok, want)
	}
}

// checkInner compares what dotted paths lead to: into objects, not into lists.
func checkInner(t *testing.T, document []byte, s Subject, name string, members map[string]json.RawMessage) {
	t.Helper()
	inner, order := firstMembers(members[name])
	if strings.Contains(name, ".") {
		return
	}
	for _, step := range append(order, "0", "#") {
		path := name + "." + step
		if _, literal := members[path]; !literal && !strings.Contains(step, ".") {
			checkAttr(t, document, s, path, inner[step])
		}
	}
}

// isText is false for texts in which encoding/json found something that is not
// UTF-8 or half a surrogate pair. What becomes of those is not promised.
func isText(s string) bool { return !strings.ContainsRune(s, utf8.RuneError) }

// decoded returns what a JSON text stands for: integers that fit are int64, and
// of two members of one name the first counts. A number that no float holds is
// nil, like null.
func decoded(text json.RawMessage) any {
	var list []json.RawMessage
	if members, _ := firstMembers(text); members != nil {
		object := map[string]any{}
		for name, member := range members {
			object[name] = decoded(member)
		}
		return object
	}
	if bytes.HasPrefix(text, []byte("[")) && json.Unmarshal(text, &list) == nil {
		return mapSlice(list, decoded)
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil && string(text) != "-0" {
		return n
	}
	var v any
	if json.Unmarshal(text, &v) != nil {
		return nil
	}
	return v
}

// FuzzVersion: comparing versions is what the semver package says, which text
// is a version included.
func FuzzVersion(f *testing.F) {
	for _, a := range append(poolVersions, poolNoVersions...) {
		f.Add(a, "2.0.0")
		f.Add("1.2.3", a)
		f.Add(a, "2.0.0-rc.2")
	}
	f.Fuzz(func(t *testing.T, attribute, operand string) {
		want, wantErr := semver.NewVersion(operand)
		got, err := newVersionOperand(operand)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("newVersionOperand(%q): error %v, want %v", operand, err, wantErr)
		}
		if err != nil {
			return
		}
		version, noVersion := semver.NewVersion(attribute)
		comparison, ok := got.compare(attribute)
		if ok != (noVersion == nil) || ok && comparison != version.Compare(want) {
			t.Fatalf("newVersionOperand(%q).compare(%q) = %d, %v, want %v, %v", operand, attribute, comparison, ok, version, noVersion)
		}
	})
}
