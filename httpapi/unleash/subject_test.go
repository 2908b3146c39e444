package unleash

import (
	"testing"

	"github.com/hoistflags/hoist"
)

func TestSubject(t *testing.T) {
	cases := []struct{ rule, context, attribute, want string }{
		{"members are attributes", `{"userId":"u","appName":"a"}`, "appName", "a"},
		{"so are those that Unleash does not have", `{"plan":"pro"}`, "plan", "pro"},
		{"and properties", `{"properties":{"plan":"pro"}}`, "plan", "pro"},
		{"a member wins over a property", `{"userId":"u","properties":{"userId":"p"}}`, "userId", "u"},
		{"null is missing", `{"userId":null,"properties":{"userId":"p"}}`, "userId", "p"},
		{"empty is not", `{"userId":"","properties":{"userId":"p"}}`, "userId", ""},
		{"numbers are texts", `{"properties":{"n":5}}`, "n", "5"},
		{"of JavaScript", `{"properties":{"n":1e21}}`, "n", "1e+21"},
		{"also small ones", `{"properties":{"n":0.0000001}}`, "n", "1e-7"},
		{"and zero", `{"properties":{"n":-0.0}}`, "n", "0"},
		{"booleans are texts", `{"properties":{"b":true}}`, "b", "true"},
		{"lists are joined", `{"properties":{"l":["a",5,null,[true]]}}`, "l", "a,5,,true"},
		{"objects are of no use", `{"properties":{"o":{"a":"b"}}}`, "o", "[object Object]"},
		{"there are no paths", `{"properties":{"o":{"a":"b"}}}`, "o.a", "missing"},
		{"names may have dots", `{"properties":{"o.a":"b"}}`, "o.a", "b"},
		{"a time may be in milliseconds", `{"currentTime":1640995200000}`, "currentTime", `"2022-01-01T00:00:00Z"`},
		{"properties may be anything", `{"properties":"x"}`, "properties", "x"},
	}
	for _, c := range cases {
		s, err := Subject([]byte(c.context))
		if err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		got := "missing"
		if v, ok := s.Attr(c.attribute); ok {
			got = v.String()
		}
		if got != c.want {
			t.Errorf("%s: got %s = %q, want %q", c.rule, c.attribute, got, c.want)
		}
	}
}

func TestSubjectKey(t *testing.T) {
	for context, want := range map[string]string{
		`{"userId":"u"}`: "u", `{"userId":5}`: "5", `{}`: "", `{"userId":null}`: "", `{"userId":""}`: "", `{"properties":{"userId":"p"}}`: "",
	} {
		if s, err := Subject([]byte(context)); err != nil || s.Key() != want {
			t.Errorf("Subject(%s): got key %q, %v, want %q", context, s.Key(), err, want)
		}
	}
}

func TestSubjectErrors(t *testing.T) {
	for _, context := range []string{``, `null`, `[]`, `5`, `{`, `{"a":}`} {
		if s, err := Subject([]byte(context)); err == nil {
			t.Errorf("Subject(%s): got %+v, want an error", context, s)
		}
	}
	if _, err := Subject(make([]byte, hoist.MaxSubjectBytes+1)); err == nil {
		t.Error("a context that is too large: want an error")
	}
}

func TestVariantOf(t *testing.T) {
	const feature = `{"name":"f","enabled":true,"strategies":[
		{"name":"userWithId","parameters":{"userIds":"1"},"variants":[{"name":"v","weight":1,"payload":{"type":"csv","value":"1"}}]},
		{"name":"userWithId","parameters":{"userIds":"2"},"variants":[{"name":"v","weight":1,"payload":{"type":"json","value":"{\"a\": 2}"}}]},
		{"name":"userWithId","parameters":{"userIds":"3"},"variants":[{"name":"true","weight":1}]},
		{"name":"userWithId","parameters":{"userIds":"4"},"variants":[{"name":"disabled","weight":1}]},
		{"name":"userWithId","parameters":{"userIds":"5"},"variants":[{"name":"","weight":1,"payload":{"type":"string","value":""}}]},
		{"name":"userWithId","parameters":{"userIds":"6"},"variants":[{"name":"v#2","weight":1,"payload":{"type":"number","value":"5"}}]},
		{"name":"userWithId","parameters":{"userIds":"7"},"variants":[{"name":"v","weight":1,"payload":{"type":"json","value":"5"}}]},
		{"name":"userWithId","parameters":{"userIds":"8"}}]}`
	flags := openSet(t, importAll(t, `{"features":[`+feature+`]}`), nil)
	for user, want := range map[string]string{
		"1": `{"name":"v","enabled":true,"feature_enabled":true,"payload":{"type":"csv","value":"1"}}`,
		"2": `{"name":"v","enabled":true,"feature_enabled":true,"payload":{"type":"json","value":"{\"a\": 2}"}}`,
		"3": `{"name":"true","enabled":true,"feature_enabled":true}`,
		"4": `{"name":"disabled","enabled":true,"feature_enabled":true}`,
		"5": `{"name":"","enabled":true,"feature_enabled":true,"payload":{"type":"string","value":""}}`,
		"6": `{"name":"v#2","enabled":true,"feature_enabled":true,"payload":{"type":"number","value":"5"}}`,
		"7": `{"name":"v","enabled":true,"feature_enabled":true,"payload":{"type":"json","value":"5"}}`,
		"8": `{"name":"disabled","enabled":false,"feature_enabled":true}`,
		"9": `{"name":"disabled","enabled":false,"feature_enabled":false}`,
	} {
		if got := string(rawJSON(VariantOf(flags.For(hoist.NewSubject(user)).Evaluate("f")))); got != want {
			t.Errorf("user %s: got %s, want %s", user, got, want)
		}
	}
	if v := VariantOf(flags.For(hoist.NewSubject("1")).Evaluate("missing")); v != (Variant{Name: "disabled"}) {
		t.Errorf("missing feature: got %+v", v)
	}
	view := flags.For(hoist.NewSubject("2"))
	if !view.Bool("f", false) || view.JSON("f", nil).(map[string]any)["a"] != int64(2) {
		t.Errorf("got %v and %v, want the feature on with its payload", view.Bool("f", false), view.JSON("f", nil))
	}
	if got := flags.For(hoist.NewSubject("1")).String("f", ""); got != "1" {
		t.Errorf("got the text %q, want the payload", got)
	}
}

// Flags of other types and products have an answer too.
func TestVariantOfOthers(t *testing.T) {
	flag := func(key string, value hoist.Value) *hoist.Flag {
		return &hoist.Flag{Key: key, Variants: []hoist.Variant{{Name: "v", Value: value}}, Targeting: &hoist.Targeting{Default: &hoist.Serve{Variant: "v"}}}
	}
	object, _ := hoist.JSONValue([]byte(`{"a":1}`))
	flags := openSet(t, &hoist.Set{Flags: []*hoist.Flag{
		flag("text", hoist.StringValue("x")), flag("number", hoist.IntValue(5)), flag("json", object),
		{Key: "on", Targeting: &hoist.Targeting{Default: &hoist.Serve{Variant: "true"}}}, {Key: "off", Targeting: &hoist.Targeting{Default: &hoist.Serve{Variant: "false"}}},
		{Key: "nothing"},
	}}, nil)
	for key, want := range map[string]string{
		"text":    `{"name":"v","enabled":true,"feature_enabled":true,"payload":{"type":"string","value":"x"}}`,
		"number":  `{"name":"v","enabled":true,"feature_enabled":true,"payload":{"type":"number","value":"5"}}`,
		"json":    `{"name":"v","enabled":true,"feature_enabled":true,"payload":{"type":"json","value":"{\"a\":1}"}}`,
		"on":      `{"name":"disabled","enabled":false,"feature_enabled":true}`,
		"off":     `{"name":"disabled","enabled":false,"feature_enabled":false}`,
		"nothing": `{"name":"disabled","enabled":false,"feature_enabled":false}`,
	} {
		if got := string(rawJSON(VariantOf(flags.For(hoist.Subject{}).Evaluate(key)))); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
}
