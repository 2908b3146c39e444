package hoist_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/hoistflags/hoist"
)

// openUnleash opens flags that are written as in a file, all with Unleash's
// semantics.
func openUnleash(t *testing.T, opts *hoist.Options, flags string) *hoist.Flags {
	t.Helper()
	var set hoist.Set
	if err := json.Unmarshal([]byte(`{"flags":`+flags+`}`), &set); err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Flags {
		f.Semantics = hoist.Unleash
	}
	f, err := hoist.Open(t.Context(), hoist.Static(set), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// The unit of the default stickiness is the first of user, session and, for
// variants, address; without any it is chance, as for "random". A percentage by
// another field admits nobody who does not have it; variants are by chance then.
func TestUnleashStickiness(t *testing.T) {
	flags := openUnleash(t, &hoist.Options{Random: func() uint64 { return 149 }}, `{
		"share": {"rules": [{"exposure": {"share": 50, "by": "default", "salt": "g"}, "serve": true}], "default": false},
		"share by session": {"rules": [{"exposure": {"share": 50, "by": "sessionId", "salt": "g"}, "serve": true}], "default": false},
		"share by chance": {"rules": [{"exposure": {"share": 49, "by": "random"}, "serve": true}], "default": false},
		"variants": {"variants": {"a": true, "b": true}, "default": {"split": {"a": 70, "b": 30}, "by": "default", "salt": "g"}},
		"variants by plan": {"variants": {"a": true, "b": true}, "default": {"split": {"a": 49, "b": 51}, "by": "plan"}}
	}`)
	// g:u-42 falls into 19 of 100, g:7 into 81.
	cases := []struct {
		subject         hoist.Subject
		flag, want, why string
	}{
		{hoist.NewSubject("u-42"), "share", "true", "the key is the user"},
		{hoist.NewSubject("7"), "share", "false", "and 81 is above 50"},
		{hoist.NewSubject("", hoist.String("userId", "u-42")), "share", "true", "the attribute is, too"},
		{hoist.NewSubject("7", hoist.String("userId", "u-42")), "share", "true", "before the key"},
		{hoist.NewSubject("", hoist.String("userId", ""), hoist.String("sessionId", "u-42")), "share", "true", "an empty one is none"},
		{hoist.NewSubject("", hoist.String("remoteAddress", "7")), "share", "true", "by chance, 49 is below 50"},
		{hoist.NewSubject("", hoist.Int("userId", 7)), "share", "false", "numbers are texts"},
		{hoist.NewSubject("7", hoist.String("sessionId", "u-42")), "share by session", "true", "only the session counts"},
		{hoist.NewSubject("u-42"), "share by session", "false", "and must be there"},
		{hoist.NewSubject("u-42"), "share by chance", "false", "49 is not below 49"},
		{hoist.NewSubject("", hoist.String("remoteAddress", "10.0.0.1")), "variants", "a", "by the address"},
		{hoist.NewSubject("x", hoist.String("userId", "")), "variants by plan", "b", "by chance, 49 is not below 49"},
	}
	for _, c := range cases {
		if got := flags.For(c.subject).Evaluate(c.flag).Variant(); got != c.want {
			t.Errorf("%s: %s: got %s, want %s", c.flag, c.why, got, c.want)
		}
	}
}

// A percentage is 1 to 100 and has no use for a fraction.
func TestUnleashShare(t *testing.T) {
	for share, want := range map[string]bool{"18.9": false, "19": true, "19.9": true, "0": false, "100": true} {
		flags := openUnleash(t, nil, `{"f": {"rules": [{"exposure": {"share": `+share+`, "salt": "g"}, "serve": true}], "default": false}}`)
		if got := flags.For(hoist.NewSubject("u-42")).Bool("f", !want); got != want { // in bucket 19
			t.Errorf("%s %%: got %v, want %v", share, got, want)
		}
	}
}

// Without any weight there is no variant, overrides or not: the flag is on.
func TestUnleashNoWeight(t *testing.T) {
	flags := openUnleash(t, nil, `{"f": {"variants": {"a": true},
		"default": {"split": {"a": 0}, "overrides": [{"attribute": "userId", "values": ["u"], "variant": "a"}]}}}`)
	if d := flags.For(hoist.NewSubject("u")).Evaluate("f"); d.Variant() != "true" {
		t.Errorf("got %v, want true", d)
	}
}

// Dates are those of currentTime, whatever a constraint names, or else of the
// clock.
func TestUnleashDates(t *testing.T) {
	clock := func() time.Time { return time.Date(2022, 1, 1, 0, 0, 0, 1_900_000, time.UTC) }
	flags := openUnleash(t, &hoist.Options{Clock: clock}, `{"f": {"rules": [
		{"when": {"attribute": "anything", "DATE_AFTER": "2022-01-01T00:00:00.001Z"}, "serve": true}], "default": false}}`)
	for _, c := range []struct {
		now  hoist.Attr
		want bool
	}{
		{hoist.String("x", ""), false}, // the clock is at .0019, which is not after .001
		{hoist.String("currentTime", ""), false},
		{hoist.String("currentTime", "2022-01-01T00:00:00.002Z"), true},
		{hoist.String("currentTime", "later"), false},
		{hoist.String("anything", "2050-01-01"), false},
		{hoist.Time("currentTime", clock().Add(time.Millisecond)), true},
		{hoist.Time("currentTime", clock()), false},
		{hoist.Int("currentTime", int64(1640995200002)), true},
	} {
		if got := flags.For(hoist.NewSubject("", c.now)).Bool("f", !c.want); got != c.want {
			t.Errorf("%v: got %v, want %v", c.now, got, c.want)
		}
	}
}

// What a process knows about itself holds for all subjects.
func TestUnleashHostname(t *testing.T) {
	flags := openUnleash(t, &hoist.Options{Attributes: []hoist.Attr{hoist.String("hostname", "Host-1")}}, `{
		"f": {"rules": [{"when": {"attribute": "hostname", "applicationHostname": ["a", "HOST-1"]}, "serve": true}], "default": false}}`)
	if !flags.For(hoist.Subject{}).Bool("f", false) {
		t.Error("the host is in the list")
	}
}

// "key" is a context field like any other.
func TestUnleashKeyIsPlain(t *testing.T) {
	flags := openUnleash(t, nil, `{"f": {"rules": [{"when": {"attribute": "key", "IN": ["x"]}, "serve": true}], "default": false}}`)
	if !flags.For(hoist.NewSubject("u", hoist.String("key", "x"))).Bool("f", false) || flags.For(hoist.NewSubject("x")).Bool("f", true) {
		t.Error("the subject's key is not the field")
	}
}

// Values that are no scalars are as good as missing; of others the text counts.
func TestUnleashKinds(t *testing.T) {
	flags := openUnleash(t, nil, `{
		"in": {"rules": [{"when": {"attribute": "a", "IN": ["5", "true", "0.5", "1e+21", "2022-01-01T00:00:00.000Z"]}, "serve": true}], "default": false},
		"above": {"rules": [{"when": {"attribute": "a", "NUM_GT": 4}, "serve": true}], "default": false}}`)
	cases := []struct {
		attr      hoist.Attr
		in, above bool
	}{
		{hoist.String("a", "5"), true, true}, {hoist.Int("a", 5), true, true}, {hoist.Bool("a", true), true, false}, {hoist.Float("a", 0.5), true, false},
		{hoist.Float("a", 1e21), true, true}, {hoist.Float("a", 5), true, true}, {hoist.Version("a", "5"), true, true},
		{hoist.Time("a", time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)), true, false}, {hoist.Strings("a", "5"), false, false}, {hoist.String("b", "5"), false, false},
	}
	for _, c := range cases {
		view := flags.For(hoist.NewSubject("", c.attr))
		if in, above := view.Bool("in", false), view.Bool("above", false); in != c.in || above != c.above {
			t.Errorf("%v: got %v and %v, want %v and %v", c.attr, in, above, c.in, c.above)
		}
	}
}

// A requirement sees whether the other flag is on, and its variant; a flag that
// requires others itself meets none.
func TestUnleashRequirements(t *testing.T) {
	const parents = `"on": {"default": true}, "off": {"enabled": false, "off": false, "default": true}, "chain": {"requires": {"on": true}, "default": true, "off": false},
		"a": {"variants": [{"name": "a#2", "value": true}], "default": "a#2"}, "named true": {"variants": [{"name": "true#1", "value": true}], "default": "true#1"}, `
	for requires, want := range map[string]bool{
		`{"on": true}`: true, `{"on": false}`: false, `{"off": false}`: true, `{"off": true}`: false, `{"missing": false}`: false, `{"missing": true}`: false,
		`{"chain": true}`: false, `{"chain": false}`: false, `{"a": true}`: true, `{"a": "a"}`: true, `{"a": ["x", "a"]}`: true, `{"a": "x"}`: false, `{"a": "disabled"}`: false,
		`{"on": "disabled"}`: true, `{"off": "disabled"}`: false, `{"named true": "true#1"}`: true, `{"on": "true#1"}`: false, `{"child": true}`: false,
	} {
		flags := openUnleash(t, nil, `{`+parents+`"child": {"requires": `+requires+`, "default": true, "off": false}}`)
		if got := flags.For(hoist.Subject{}).Bool("child", !want); got != want {
			t.Errorf("%s: got %v, want %v", requires, got, want)
		}
	}
}

// Mistakes that only Go programs and files can make are found.
func TestUnleashInvalid(t *testing.T) {
	for flag, want := range map[string]string{
		`{"rules": [{"exposure": {"share": 101, "by": "a"}, "serve": true}]}`:                                                `/rules/0/exposure/share: want a share from 0 % to 100 %, found 101`,
		`{"rules": [{"exposure": {"share": 5, "by": ["a", "b"]}, "serve": true}]}`:                                           `/rules/0/exposure/by: want one attribute, "default" or "random"`,
		`{"rules": [{"exposure": {"ramp": {"stages": [{"at": "2022-01-01T00:00:00Z", "share": 5}]}}, "serve": true}]}`:       `/rules/0/exposure/ramp: ramps are not for the semantics "unleash"`,
		`{"default": {"split": {"true": 0.5}, "by": "a"}}`:                                                                   `/default/split/true: want a whole weight, found 0.5`,
		`{"default": {"split": {"true": -1}, "by": "a"}}`:                                                                    `/default/split/true: want a weight of at least 0, found -1`,
		`{"default": {"split": [{"variant": "true", "weight": 4e9}, {"variant": "false", "weight": 4e9}]}}`:                  `/default/split: want weights with a sum of at most 4294967295`,
		`{"rules": [{"when": {"attribute": "a", "is": "x"}, "serve": true}]}`:                                                `/rules/0/when: unknown operator "is", did you mean "IN"?`,
		`{"rules": [{"when": {"attribute": "a", "NUM_EQ": ["1", "2"]}, "serve": true}]}`:                                     `/rules/0/when/NUM_EQ: want one operand, found 2`,
		`{"default": {"split": {"true": 1}, "by": "a", "overrides": [{"attribute": "a", "values": ["b"], "variant": "x"}]}}`: `/default/overrides/0/variant: unknown variant "x", want "true" or "false"`,
	} {
		var f hoist.Flag
		if err := json.Unmarshal([]byte(flag), &f); err != nil {
			t.Fatal(flag, err)
		}
		f.Key, f.Semantics = "f", hoist.Unleash
		if err := f.Validate(); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", flag, err, want)
		}
	}
}

// What Unleash flags do nearly always does not allocate.
func TestAllocUnleash(t *testing.T) {
	skipUnderRace(t)
	flags := openUnleash(t, nil, `{
		"rollout": {"rules": [{"exposure": {"share": 50, "by": "default", "salt": "g"}, "serve": true}], "default": false},
		"variants": {"variants": {"a": true, "b": true}, "rules": [{"exposure": {"share": 100, "by": "sessionId", "salt": "g"},
			"serve": {"split": {"a": 500, "b": 500}, "by": "plan", "salt": "g", "overrides": [{"attribute": "userId", "values": ["x"], "variant": "b"}]}}], "default": false},
		"constraints": {"requires": {"rollout": [true, false]}, "rules": [{"when": {"all": [
			{"attribute": "plan", "IN": ["free", "pro"]}, {"attribute": "plan", "NOT_IN": ["1", "2", "3", "4", "5", "6", "7", "8", "9"]},
			{"attribute": "plan", "STR_CONTAINS": ["x", "r"], "ignoreCase": true}, {"attribute": "orders", "NUM_GTE": "5"}, {"attribute": "age", "NUM_LT": "50"},
			{"attribute": "version", "SEMVER_GT": "1.2.3-rc.1"}, {"attribute": "plan", "REGEX": "^p"}, {"attribute": "remoteAddress", "IN_CIDR": ["10.0.0.0/8"]},
			{"attribute": "currentTime", "DATE_AFTER": "2022-01-01T00:00:00Z"}, {"attribute": "age", "NUM_EQ": "x", "not": true}
		]}, "serve": true}], "default": false},
		"users": {"rules": [{"when": {"attribute": "userId", "userWithId": ["a", "user-42"]}, "serve": true}], "default": false},
		"addresses": {"rules": [{"when": {"attribute": "remoteAddress", "remoteAddress": ["10.0.0.0/8"]}, "serve": true}], "default": false}
	}`)
	subject := hoist.NewSubject("user-42", hoist.String("plan", "pro"), hoist.Int("orders", 7), hoist.String("age", "42"), hoist.String("version", "1.4.0"),
		hoist.String("remoteAddress", "10.1.2.3"), hoist.String("sessionId", "s"))
	view := flags.For(subject)
	for _, key := range []string{"rollout", "variants", "constraints", "users", "addresses"} {
		if key != "rollout" && !view.Bool(key, false) {
			t.Errorf("%s is off: %v", key, view.Explain(key))
		}
		if n := testing.AllocsPerRun(100, func() { view.Bool(key, false) }); n != 0 {
			t.Errorf("%s: got %v allocations by evaluation, want 0", key, n)
		}
	}
}

// A decision hands out what a product's document says about the variant.
func TestDecisionExtension(t *testing.T) {
	flags := openUnleash(t, nil, `{
		"f": {"variants": [{"name": "a", "value": true, "payload": "1,2", "x-unleash": {"payload": {"type": "csv", "value": "1,2"}}}], "default": "a"},
		"g": {"default": true}}`)
	view := flags.For(hoist.Subject{})
	if got := string(view.Evaluate("f").Extension("unleash")); got != `{"payload":{"type":"csv","value":"1,2"}}` {
		t.Errorf("got %s", got)
	}
	for _, key := range []string{"g", "missing"} {
		if got := view.Evaluate(key).Extension("unleash"); got != nil {
			t.Errorf("%s: got %s, want nothing", key, got)
		}
	}
}
