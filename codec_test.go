package hoist

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

var (
	may1     = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	may1Noon = time.Date(2026, 5, 1, 12, 0, 0, 5, time.FixedZone("", 2*60*60))
)

// Objects of the model and their JSON, which each must become the other.
var codecPairs = []struct {
	name  string
	model json.Marshaler
	text  string
}{
	{"flag with nothing", Flag{}, `{}`},
	{"flag with everything outside of targeting", Flag{
		Key: "f", Name: "F", Description: "says <b>", Type: TypeString, Semantics: Native,
		Variants: []Variant{{Name: "b", Value: StringValue("B")}, {Name: "a", Value: StringValue("A")}},
		Labels:   []string{"x"}, Owner: "ann", Permanent: true, ClientSide: true, Archived: true, Expires: may1,
		Metadata:   map[string]Value{"n": IntValue(9007199254740993), "j": mustJSONValue(`{"a":[1,null]}`), "a": {}},
		Extensions: Extensions{"unleash": json.RawMessage(`{"a":1}`), "a": json.RawMessage(`null`)},
	}, `{"key":"f","name":"F","description":"says <b>","type":"string","semantics":"native","variants":{"b":"B","a":"A"},` +
		`"labels":["x"],"owner":"ann","permanent":true,"clientSide":true,"archived":true,"expires":"2026-05-01",` +
		`"metadata":{"a":null,"j":{"a":[1,null]},"n":9007199254740993},"x-a":null,"x-unleash":{"a":1}}`},
	{"expiry that is no midnight", Flag{Expires: may1Noon}, `{"expires":"2026-05-01T10:00:00.000000005Z"}`},
	{"variants with more than a value", Flag{Variants: []Variant{
		{Name: "on", Value: BoolValue(true), Payload: mustJSONValue(`{"size":3}`), Description: "d", Extensions: Extensions{"y": json.RawMessage(`1`)}},
		{Name: "none"},
	}}, `{"variants":[{"name":"on","value":true,"payload":{"size":3},"description":"d","x-y":1},{"name":"none"}]}`},
	{"variants of one name", Flag{Variants: []Variant{{Name: "a", Value: IntValue(1)}, {Name: "a", Value: FloatValue(1)}}},
		`{"variants":[{"name":"a","value":1},{"name":"a","value":1.0}]}`},
	{"targeting with nothing", Flag{Key: "f", Targeting: &Targeting{}}, `{"key":"f","enabled":true}`},
	{"targeting in the flag itself", Flag{Key: "f", Targeting: &Targeting{
		Disabled:  true,
		Requires:  []Requirement{{"g", []string{"true"}}, {"h", []string{"a", "false", "1"}}, {"i", nil}},
		Overrides: []Override{{"a", []string{"u1", "u2"}}, {"false", []string{"u3"}}, {"c", nil}},
		Rules:     []Rule{{ID: "r", Serve: Serve{Variant: "a"}}, {}},
		Default:   &Serve{Variant: "true"},
		Off:       "false",
	}}, `{"key":"f","enabled":false,"requires":{"g":true,"h":["a",false,"1"],"i":[]},` +
		`"overrides":{"a":["u1","u2"],"false":["u3"],"c":[]},"rules":[{"id":"r","serve":"a"},{}],"default":true,"off":false}`},
	{"targeting with an extension", Flag{Key: "f", Targeting: &Targeting{Off: "a", Extensions: Extensions{"y": json.RawMessage(`[]`)}}, Extensions: Extensions{"y": json.RawMessage(`{}`)}},
		`{"key":"f","targeting":{"off":"a","x-y":[]},"x-y":{}}`},
	{"environments", Flag{Environments: map[string]*Targeting{"production": {Default: &Serve{Variant: "a"}}, "a/b": {}}},
		`{"environments":{"a/b":{},"production":{"default":"a"}}}`},
	{"overrides of one variant", Targeting{Overrides: []Override{{"true", []string{"u"}}, {"true", nil}}},
		`{"overrides":[{"variant":true,"keys":["u"]},{"variant":true}]}`},
	{"rule", Rule{
		ID: "r", Title: "t", Disabled: true, When: InSegment("beta"), Window: &Window{may1, may1Noon},
		Exposure: &Exposure{Percent: 0.30000000000000004}, Serve: Serve{Variant: "a"}, Extensions: Extensions{"y": json.RawMessage(`"z"`)},
	}, `{"id":"r","title":"t","enabled":false,"when":{"segment":"beta"},` +
		`"window":{"notBefore":"2026-05-01T00:00:00Z","notAfter":"2026-05-01T10:00:00.000000005Z"},` +
		`"exposure":"0.30000000000000004 %","serve":"a","x-y":"z"}`},
	{"rule with an open window", Rule{Window: &Window{}}, `{"window":{}}`},

	{"condition that always holds", Condition{}, `{}`},
	{"all of none", Condition{All: []Condition{}}, `{"all":[]}`},
	{"any of none", Condition{Any: []Condition{}}, `{"any":[]}`},
	{"tree of conditions", AllOf(AnyOf(InSegment("a"), Condition{}), Not(Not(Condition{All: []Condition{}}))),
		`{"all":[{"any":[{"segment":"a"},{}]},{"not":{"not":{"all":[]}}}]}`},
	{"flag condition with one variant", FlagIs("f", "true"), `{"flag":"f","is":true}`},
	{"flag condition with several", FlagIs("f", "true", "a"), `{"flag":"f","in":[true,"a"]}`},
	{"flag condition with none", FlagIs("f"), `{"flag":"f","in":[]}`},
	{"constraint", Where("country", Is, "SE"), `{"attribute":"country","is":"SE"}`},
	{"constraint with a list of one", Where("country", In, "SE"), `{"attribute":"country","in":["SE"]}`},
	{"constraint with operands of each kind", Where("a", Contains, "b", true, 1, 1.0, 1e30), `{"attribute":"a","contains":["b",true,1,1.0,1e+30]}`},
	{"constraint with no operand", Where("a", Is), `{"attribute":"a","is":[]}`},
	{"constraint with everything", Condition{Constraint: &Constraint{
		Attribute: "a", Operator: Present, Operands: []Value{BoolValue(false)}, Negate: true, IgnoreCase: true, Every: true,
		Extensions: Extensions{"y": json.RawMessage(`1`)},
	}}, `{"attribute":"a","present":false,"not":true,"ignoreCase":true,"every":true,"x-y":1}`},

	{"serve nothing", Serve{}, `""`},
	{"serve a variant named like a number", Serve{Variant: "1"}, `"1"`},
	{"serve an action", Serve{Action: CallersFallback}, `{"action":"fallback"}`},
	{"serve by weight", Serve{Split: &Split{Arms: []Arm{{Variant: "b", Weight: 1}, {Variant: "a", Weight: 33.3}, {Variant: "true", Weight: 1e-9}}}},
		`{"b":1,"a":33.3,"true":1e-09}`},
	{"serve by weight variants named like members", Serve{Split: &Split{Arms: []Arm{{Variant: "split", Weight: 1}, {Variant: "action", Weight: 2}}}},
		`{"split":1,"action":2}`},
	{"split of no arms", Serve{Split: &Split{}}, `{}`},
	{"split with more than weights", Serve{Split: &Split{
		Arms: []Arm{{Variant: "a", Weight: 1}, {Variant: "b", Weight: 1}}, By: []string{"company"}, Salt: "s", Buckets: 1000,
		Overrides: []SplitOverride{{"plan", []string{"pro", "max"}, "true"}},
	}}, `{"split":{"a":1,"b":1},"by":"company","salt":"s","buckets":1000,"overrides":[{"attribute":"plan","values":["pro","max"],"variant":true}]}`},
	{"split with arms that are not variants", Serve{Split: &Split{Arms: []Arm{
		{Variant: "a", Weight: 2.5}, {Action: NextRule, Ranges: []Range{{0, 10}, {-5, 7}}, Extensions: Extensions{"y": json.RawMessage(`1`)}},
	}}}, `{"split":[{"variant":"a","weight":2.5},{"action":"next","ranges":[[0,10],[-5,7]],"x-y":1}]}`},
	{"split with a variant twice", Serve{Split: &Split{Arms: []Arm{{Variant: "a", Weight: 1}, {Variant: "a", Weight: 1}}, By: []string{"x", "y"}}},
		`{"split":[{"variant":"a","weight":1},{"variant":"a","weight":1}],"by":["x","y"]}`},

	{"exposure", Exposure{Percent: 25}, `"25 %"`},
	{"exposure of nobody", Exposure{}, `"0 %"`},
	{"exposure with more than a share", Exposure{By: []string{"company", "key"}, Salt: "s", Extensions: Extensions{"y": json.RawMessage(`1`)}},
		`{"share":"0 %","by":["company","key"],"salt":"s","x-y":1}`},
	{"ramp", Exposure{Ramp: &Ramp{To: 100, Start: may1, End: may1Noon, Steps: 4}, By: []string{"company"}},
		`{"ramp":{"from":"0 %","to":"100 %","start":"2026-05-01T00:00:00Z","end":"2026-05-01T10:00:00.000000005Z","steps":4},"by":"company"}`},
	{"ramp with stages", Exposure{Ramp: &Ramp{Stages: []Stage{{may1, 0.001}, {may1Noon, 100}}}},
		`{"ramp":{"stages":[{"at":"2026-05-01T00:00:00Z","share":"0.001 %"},{"at":"2026-05-01T10:00:00.000000005Z","share":"100 %"}]}}`},
	{"share beside a ramp", Exposure{Percent: 5, Ramp: &Ramp{}}, `{"share":"5 %","ramp":{"from":"0 %","to":"0 %"}}`},

	{"segment", Segment{Key: "s", Name: "S", Description: "d", Semantics: "unleash", When: Where("a", Is, 1), Exposure: &Exposure{Percent: 5}, Extensions: Extensions{"y": json.RawMessage(`1`)}},
		`{"key":"s","name":"S","description":"d","semantics":"unleash","when":{"attribute":"a","is":1},"exposure":"5 %","x-y":1}`},
	{"environment", Environment{Key: "production"}, `"production"`},
	{"environment with more than a key", Environment{Key: "p", Name: "P", Description: "d", Extensions: Extensions{"y": json.RawMessage(`1`)}},
		`{"key":"p","name":"P","description":"d","x-y":1}`},
	{"set of nothing", Set{}, `{}`},
	{"set", Set{
		Project:      "shop",
		Environments: []Environment{{Key: "production"}, {Key: "qa", Name: "Q"}},
		Segments:     []*Segment{{Key: "s", When: InSegment("t")}, {Key: "a"}},
		Flags:        []*Flag{{Key: "g", Name: "G"}, {Key: "f"}},
	}, `{"project":"shop","environments":["production",{"key":"qa","name":"Q"}],"segments":{"s":{"when":{"segment":"t"}},"a":{}},"flags":{"g":{"name":"G"},"f":{}}}`},
}

func TestCodec(t *testing.T) {
	for _, test := range codecPairs {
		t.Run(test.name, func(t *testing.T) {
			if got := encodeModel(t, test.model); got != test.text {
				t.Errorf("encoded:\n got %s\nwant %s", got, test.text)
			}
			if got := recodeModel(t, test.model, test.text); got != test.text {
				t.Errorf("decoded and encoded:\n got %s\nwant %s", got, test.text)
			}
		})
	}
}

// recodeModel decodes text as an object of model's type and encodes it again.
func recodeModel(t *testing.T, model json.Marshaler, text string) string {
	t.Helper()
	object := reflect.New(reflect.TypeOf(model))
	if err := object.Interface().(json.Unmarshaler).UnmarshalJSON([]byte(text)); err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
	return encodeModel(t, object.Elem().Interface().(json.Marshaler))
}

func encodeModel(t *testing.T, model json.Marshaler) string {
	t.Helper()
	text, err := model.MarshalJSON()
	if err != nil || !json.Valid(text) {
		t.Fatalf("encoding gave %s, %v", text, err)
	}
	return string(text)
}

func mustJSONValue(text string) Value {
	v, err := JSONValue([]byte(text))
	if err != nil {
		panic(err)
	}
	return v
}

// Other ways to write what has a canonical form.
func TestDecodeSpellings(t *testing.T) {
	for _, test := range []struct {
		name       string
		model      json.Marshaler
		text, want string
	}{
		{"blanks", Flag{}, " {\r\n\t\"key\" : \"f\" , \"x-y\" : { \"a\" : [ 1 , 2 ] } } ", `{"key":"f","x-y":{"a":[1,2]}}`},
		{"escapes", Flag{}, `{"\u006bey":"\ud83d\ude00\n\/"}`, `{"key":"😀\n/"}`},
		{"one label", Flag{}, `{"labels":"a"}`, `{"labels":["a"]}`},
		{"empty lists and objects", Flag{}, `{"labels":[],"variants":{},"metadata":{},"environments":{}}`, `{}`},
		{"empty list of variants", Flag{}, `{"variants":[]}`, `{}`},
		{"no rules", Flag{}, `{"rules":[]}`, `{"enabled":true}`},
		{"list of variants that could be an object", Flag{}, `{"variants":[{"name":"a","value":1},{"name":true}]}`, `{"variants":{"a":1,"true":null}}`},
		{"targeting as a member", Flag{}, `{"targeting":{"off":"a"}}`, `{"off":"a"}`},
		{"empty targeting as a member", Flag{}, `{"targeting":{}}`, `{"enabled":true}`},
		{"expiry with a time zone", Flag{}, `{"expires":"2026-05-01T02:00:00+02:00"}`, `{"expires":"2026-05-01"}`},
		{"required value in a list", Targeting{}, `{"requires":{"f":["a"],"g":1.50}}`, `{"requires":{"f":"a","g":"1.50"}}`},
		{"override of one key", Targeting{}, `{"overrides":{"a":"u"}}`, `{"overrides":{"a":["u"]}}`},
		{"list of overrides that could be an object", Targeting{}, `{"overrides":[{"keys":"u","variant":"a"}]}`, `{"overrides":{"a":["u"]}}`},
		{"off value that is a number", Targeting{}, `{"off":1e3}`, `{"off":"1e3"}`},
		{"enabled", Targeting{}, `{"enabled":true}`, `{}`},
		{"list of conditions", Rule{}, `{"when":[{"segment":"a"},[]]}`, `{"when":{"all":[{"segment":"a"},{"all":[]}]}}`},
		{"condition that always holds", Rule{}, `{"when":{}}`, `{}`},
		{"constraint with its members in another order", Condition{}, `{"not":false,"in":"SE","every":false,"attribute":"a"}`, `{"attribute":"a","in":["SE"]}`},
		{"constraint with a list of one", Condition{}, `{"attribute":"a","is":["b"]}`, `{"attribute":"a","is":"b"}`},
		{"flag condition in another order", Condition{}, `{"in":1,"flag":"f"}`, `{"flag":"f","is":"1"}`},
		{"serve a number", Serve{}, `-0.0`, `"-0.0"`},
		{"serve true", Serve{}, `"true"`, `true`},
		{"weights as a list", Serve{}, `{"split":[{"variant":"a","weight":1e0}]}`, `{"a":1}`},
		{"split with weights only", Serve{}, `{"by":[],"split":{"a":1,"b":0}}`, `{"a":1,"b":0}`},
		{"share as a number", Exposure{}, `12.5`, `"12.5 %"`},
		{"share without a blank", Exposure{}, `"12.50%"`, `"12.5 %"`},
		{"share that stands alone in an object", Exposure{}, `{"share":25}`, `"25 %"`},
		{"tiny share", Exposure{}, `1e-20`, `"0.00000000000000000001 %"`},
		{"negative share", Exposure{}, `"-1 %"`, `"-1 %"`},
		{"ramp of nothing", Exposure{}, `{"ramp":{}}`, `{"ramp":{"from":"0 %","to":"0 %"}}`},
		{"environment as an object", Environment{}, `{"key":"a"}`, `"a"`},
		{"schema and nothing else", Set{}, `{"$schema":"https://example.com/schema.json","flags":null,"segments":null}`, `{}`},
		{"flag with nothing but its key", Set{}, `{"flags":{"f":null,"g":{"key":"g"}}}`, `{"flags":{"f":{},"g":{}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := recodeModel(t, test.model, test.text); got != test.want {
				t.Errorf("decode and encode %s:\n got %s\nwant %s", test.text, got, test.want)
			}
		})
	}
}

func TestDecodeProblems(t *testing.T) {
	for _, test := range []struct {
		model json.Unmarshaler
		text  string
		want  string // the problems, one a line
	}{
		{new(Flag), ``, `line 1, column 1: unexpected end of JSON input`},
		{new(Flag), "{\n\"ü\": x}", `line 2, column 6: invalid character 'x' looking for beginning of value`},
		{new(Flag), `{} {}`, `line 1, column 4: invalid character '{' after top-level value`},
		{new(Flag), `{"a":01}`, `line 1, column 7: invalid character '1' after object key:value pair`},
		{new(Flag), "{\"name\":\"a\xff\"}", `line 1, column 11: text that is not valid UTF-8`},
		{new(Flag), `{"name":"\\ud800 \ud83d\ude00 \ude00"}`, `line 1, column 31: text that is not valid UTF-8`},
		{new(Flag), `{"metadata":{"a":["\ud800\u0041"]}}`, `line 1, column 20: text that is not valid UTF-8`},
		{new(Flag), strings.Repeat("[", 101), `nested 101 deep, limit 100`},
		{new(Flag), `null`, `want an object, found null`},
		{new(Flag), `[]`, `want an object, found a list`},

		{new(Flag), `{"rulez":[]}`, `/rulez: unknown member "rulez", did you mean "rules"?`},
		{new(Flag), `{"Client_Side":true}`, `/Client_Side: unknown member "Client_Side", did you mean "clientSide"?`},
		{new(Flag), `{"disabled":true}`, `/disabled: unknown member "disabled", did you mean "enabled": false?`},
		{new(Flag), `{"a/b~":1}`, `/a~1b~0: unknown member "a/b~"`},
		{new(Flag), `{"rules":[{"window":{"from":1}}]}`, `/rules/0/window/from: unknown member "from", want "notBefore" or "notAfter"`},
		{new(Flag), `{"name":"a","n\u0061me":"b"}`, `/name: member "name" is there twice`},
		{new(Set), `{"flags":{"f":{},"f":{}}}`, `/flags/f: member "f" is there twice`},
		{new(Targeting), `{"requires":{"f":true,"f":false}}`, `/requires/f: member "f" is there twice`},
		{new(Set), `{"x-y":1}`, `/x-y: unknown member "x-y", want "project", "environments", "segments", "flags" or "$schema"`},

		{new(Flag), `{"key":1,"permanent":"yes","labels":["a",2],"expires":"soon","variants":7}`, `
/key: want a text, found a number
/permanent: want true or false, found a text
/labels/1: want a text, found a number
/expires: want a date such as "2026-05-01", or a time such as "2026-05-01T08:00:00Z", found "soon"
/variants: want an object, found a number`},
		{new(Flag), `{"targeting":{},"rules":[]}`, `has "targeting" and members of it beside it: want one or the other`},
		{new(Flag), `{"environments":{"production":null}}`, `/environments/production: want an object, found null`},
		{new(Flag), `{"variants":{"a":1e999}}`, `/variants/a: 1e999 is not a number in the range of 64 bits`},
		{new(Set), `{"flags":{"f":{"key":"g"}}}`, `/flags/f/key: want "f", under which it is stored, found "g"`},
		{new(Set), `{"segments":{"s":null}}`, `/segments/s: want an object, found null`},
		{new(Rule), `{"window":{"notAfter":"2026-05-01"}}`, `/window/notAfter: want a time such as "2026-05-01T08:00:00Z", found "2026-05-01"`},
		{new(Rule), `{"window":{"notBefore":"0000-01-01T00:00:00+01:00"}}`, `/window/notBefore: want a time such as "2026-05-01T08:00:00Z", found "0000-01-01T00:00:00+01:00"`},
		{new(Rule), `{"rollout":5}`, `/rollout: unknown member "rollout", did you mean "exposure"?`},

		{new(Condition), `{"all":[{"segment":"a","any":[]}]}`, `/all/0/any: there is "segment" already: a condition has one of them, "all" combines several conditions`},
		{new(Condition), `{"segment":""}`, `/segment: the key is empty`},
		{new(Condition), `{"segment":"a","not":true}`, `"not" is true or false beside "attribute" only; {"not": {…}} turns any condition round`},
		{new(Condition), `{"flag":"f","is":true,"not":true}`, `"not" is true or false beside "attribute" only; {"not": {…}} turns any condition round`},
		{new(Condition), `{"flag":"f"}`, `want "is" or "in" beside "flag"`},
		{new(Condition), `{"flag":"f","atLeast":1}`, `want "is" or "in" beside "flag"`},
		{new(Condition), `{"flag":"f","is":[{}]}`, `/is/0: want the name of a variant, found an object`},
		{new(Condition), `{"is":true}`, `"is" is without "attribute", to which it belongs`},
		{new(Condition), `{"segment":"a","every":true}`, `"every" is without "attribute", to which it belongs`},
		{new(Condition), `{"attribute":"a"}`, `want an operator beside "attribute", such as "is" or "in"`},
		{new(Condition), `{"attribute":"a","startswith":"b"}`, `/startswith: unknown member "startswith", did you mean "startsWith"?`},
		{new(Condition), `{"attribute":"a","operator":"in","values":[1]}`, `
/operator: unknown member "operator", did you mean its name as the member, such as "in": […]?
/values: unknown member "values", did you mean "in"?`},
		{new(Condition), `{"attribute":"a","atLeast":1,"lessThan":2}`, `/lessThan: there is "atLeast" already: a condition has one operator, "all" combines several conditions`},
		{new(Condition), `{"attribute":"a","in":["b",["c"]]}`, `/in/1: want a text, a number, true or false, found a list`},
		{new(Condition), `{"attribute":"a","is":{"b":1}}`, `/is: want a text, a number, true or false, found an object`},
		{new(Condition), `{"attribute":"a","is":1,"not":"yes"}`, `/not: want true or false, found a text`},

		{new(Serve), `null`, `want the name of a variant, found null`},
		{new(Serve), `{"a":"50 %"}`, `/a: want a number, found a text`},
		{new(Serve), `{"split":"a"}`, `/split: want a number, found a text`},
		{new(Serve), `{"action":"next","a":1}`, `/a: unknown member "a", want "action"`},
		{new(Serve), `{"split":{"a":1},"stickiness":"x"}`, `/stickiness: unknown member "stickiness", did you mean "by"?`},
		{new(Serve), `{"split":[{"ranges":[[1],[1,2,3],[1,1.5],5]}]}`, `
/split/0/ranges/0: want two numbers, [lower, upper], found 1
/split/0/ranges/1: want two numbers, [lower, upper], found 3
/split/0/ranges/2/1: want a whole number, found 1.5
/split/0/ranges/3: want a list, found a number`},
		{new(Exposure), `"half"`, `want a share such as "25 %" or 25, found "half"`},
		{new(Exposure), `"1e1 %"`, `want a share such as "25 %" or 25, found "1e1 %"`},
		{new(Exposure), `"%"`, `want a share such as "25 %" or 25, found "%"`},
		{new(Exposure), `"25"`, `want a share such as "25 %" or 25, found "25"`},
		{new(Exposure), `true`, `want a share such as "25 %" or 25, found true`},
		{new(Exposure), `{"by":"a"}`, `want the member "share" or "ramp"`},
		{new(Exposure), `{"percentage":5}`, `/percentage: unknown member "percentage", did you mean "share"?`},
		{new(Exposure), `{"ramp":{"steps":"4","stages":[{"share":1e400}]}}`, `
/ramp/steps: want a whole number, found a text
/ramp/stages/0/share: 1e400 is not a number in the range of 64 bits`},
	} {
		before := reflect.ValueOf(test.model).Elem().Interface()
		err := test.model.UnmarshalJSON([]byte(test.text))
		if want := strings.TrimPrefix(test.want, "\n"); err == nil || err.Error() != want {
			t.Errorf("decoding %T %.200s:\n got %v\nwant %s", test.model, test.text, err, want)
		}
		if errs := (Errors{}); !errors.As(err, &errs) || !errors.Is(err, ErrInvalid) {
			t.Errorf("decoding %T %.200s: the error is a %T", test.model, test.text, err)
		}
		if !reflect.DeepEqual(before, reflect.ValueOf(test.model).Elem().Interface()) {
			t.Errorf("decoding %T %.200s: changed the object in spite of the error", test.model, test.text)
		}
	}
}

func TestDecodeLimits(t *testing.T) {
	check := func(name, text, want string) {
		t.Helper()
		if _, err := ParseSet([]byte(text)); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got error %.200v, want %s", name, err, want)
		}
	}
	check("long document", strings.Repeat(" ", MaxDocumentBytes+1), "67108865 bytes, limit 67108864")
	check("deep document", `{"flags":`+strings.Repeat(`{"x":`, 5000), "nested 5001 deep, limit 100")
	check("brackets that close first", strings.Repeat("]", 200)+strings.Repeat("[", 150), `line 1, column 1: invalid character ']' looking for beginning of value`)
	check("many elements", `{"flags":{"f":{"rules":[`+strings.Repeat(`{},`, maxObjects)+`{}]}}}`, "/flags/f/rules: 10001 elements, limit 10000")
	check("many problems", `{"flags":{"f":{"labels":[`+strings.Repeat(`1,`, 5000)+`1]}}}`, "and more")

	deepest := strings.Repeat(`{"all":[`, MaxDocumentDepth/2) + strings.Repeat(`]}`, MaxDocumentDepth/2)
	var c Condition
	if err := c.UnmarshalJSON([]byte(deepest)); err != nil {
		t.Errorf("condition nested %d deep: %v", MaxDocumentDepth, err)
	}
	wrong := strings.Replace(deepest, "[]", "[1]", 1)
	if err := c.UnmarshalJSON([]byte(wrong)); err == nil || !strings.HasSuffix(err.Error(), "/all/0: want an object, found a number") {
		t.Errorf("problem %d deep: got error %v", MaxDocumentDepth, err)
	}
}

// Names that are new to an object with many, and one that is not.
func TestNameSet(t *testing.T) {
	var s nameSet
	for i := range 40 {
		name := strings.Repeat("a", i)
		if !s.add(name) || s.add(name) {
			t.Fatalf("name %d: want it new, then not", i)
		}
	}
	if s.add("") || s.add("aaa") {
		t.Error("want the first names known still")
	}
}

// The lists of members, which only messages use, name what the decoder knows.
func TestMemberLists(t *testing.T) {
	read := func(text string, read func(*decoder, gjson.Result)) string {
		var d decoder
		read(&d, gjson.Parse(text))
		return Errors(d.problems.list).Error()
	}
	for _, test := range []struct {
		what    string
		members []string
		read    func(*decoder, gjson.Result)
	}{
		{"set", setMembers, func(d *decoder, v gjson.Result) { d.set(new(Set), v) }},
		{"environment", environmentMembers, func(d *decoder, v gjson.Result) { d.environment(new(Environment), v) }},
		{"segment", segmentMembers, func(d *decoder, v gjson.Result) { d.segment(new(Segment), v) }},
		{"flag", flagMembers, func(d *decoder, v gjson.Result) { d.flag(new(Flag), v) }},
		{"variant", variantMembers, func(d *decoder, v gjson.Result) { d.variant(new(Variant), v) }},
		{"targeting", targetingMembers, func(d *decoder, v gjson.Result) { d.targeting(new(Targeting), v) }},
		{"override", overrideMembers, func(d *decoder, v gjson.Result) { d.override(new(Override), v) }},
		{"rule", ruleMembers, func(d *decoder, v gjson.Result) { d.rule(new(Rule), v) }},
		{"window", windowMembers, func(d *decoder, v gjson.Result) { d.window(new(Window), v) }},
		{"condition", slices.Concat(conditionMembers, operatorNames()), func(d *decoder, v gjson.Result) { d.condition(new(Condition), v) }},
		{"exposure", exposureMembers, func(d *decoder, v gjson.Result) { d.exposure(new(Exposure), v) }},
		{"ramp", rampMembers, func(d *decoder, v gjson.Result) { d.ramp(new(Ramp), v) }},
		{"stage", stageMembers, func(d *decoder, v gjson.Result) { d.stage(new(Stage), v) }},
		{"split", splitMembers, func(d *decoder, v gjson.Result) { d.split(new(Split), v) }},
		{"arm", armMembers, func(d *decoder, v gjson.Result) { d.arm(new(Arm), v) }},
		{"split override", splitOverrideMembers, func(d *decoder, v gjson.Result) { d.splitOverride(new(SplitOverride), v) }},
	} {
		for _, member := range test.members {
			if got := read(`{"`+member+`":null}`, test.read); strings.Contains(got, "unknown member") {
				t.Errorf("%s: the decoder says %q", test.what, got)
			}
			if got := read(`{"`+member+`_":null}`, test.read); !strings.Contains(got, `did you mean "`+member+`"?`) {
				t.Errorf("%s: for %s_ the decoder says %q", test.what, member, got)
			}
		}
	}
}

// Every mistake names a member that there is.
func TestMistakes(t *testing.T) {
	known := slices.Concat(flagMembers, segmentMembers, ruleMembers, conditionMembers, exposureMembers, splitMembers, operatorNames())
	for _, m := range mistakes {
		if !slices.Contains(known, m.right) {
			t.Errorf("%s is taken for %s, which no object has", m.name, m.right)
		}
	}
}

func TestDecodeStored(t *testing.T) {
	f, err := decodeFlag("f", `{"key":"f","off":"a"}`)
	if err != nil || f.Key != "f" || f.Targeting.Off != "a" {
		t.Errorf("decodeFlag with the key it is stored under: got %v, %v", f, err)
	}
	if f, err := decodeFlag("f", `{}`); err != nil || f.Key != "f" {
		t.Errorf("decodeFlag without a key: got %v, %v", f, err)
	}
	if f, err := decodeFlag("f", `{"key":"g"}`); f != nil || err == nil {
		t.Errorf("decodeFlag with another key: got %v, %v", f, err)
	}
	s, err := decodeSegment("s", `{"when":{"segment":"t"}}`)
	if err != nil || s.Key != "s" || s.When.Segment != "t" {
		t.Errorf("decodeSegment: got %v, %v", s, err)
	}
	if set, err := ParseSet([]byte(`{"flags":{"":{"key":"g"}}}`)); set != nil || err == nil || !strings.HasSuffix(err.Error(), ": the key is empty") {
		t.Errorf("ParseSet of a flag stored under no key: got %v, %v", set, err)
	}
	if s, err := decodeSegment("s", `{`); s != nil || err == nil {
		t.Errorf("decodeSegment of no JSON: got %v, %v", s, err)
	}
}

// What is decoded does not change with the bytes it was read from.
func TestDecodeCopies(t *testing.T) {
	data := []byte(`{"key":"f","variants":{"a":"b"}}`)
	var f Flag
	if err := f.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	want := encodeModel(t, f)
	clear(data)
	if got := encodeModel(t, f); got != want {
		t.Errorf("after the data changed: got %s, want %s", got, want)
	}
}

// What the model can hold and JSON cannot.
func TestEncodeHostile(t *testing.T) {
	for _, test := range []struct {
		model json.Marshaler
		want  string
	}{
		{Exposure{Percent: math.NaN()}, `"0 %"`},
		{Exposure{Percent: math.Inf(1), Salt: "s"}, `{"share":"0 %","salt":"s"}`},
		{Serve{Split: &Split{Arms: []Arm{{Variant: "a", Weight: math.Inf(-1)}}}}, `{"a":0}`},
		{Flag{Name: "a\xffb\u2028"}, "{\"name\":\"a\ufffdb\\u2028\"}"},
		{Flag{Environments: map[string]*Targeting{"p": nil}}, `{"environments":{"p":null}}`},
		{Set{Flags: []*Flag{nil}, Segments: []*Segment{nil}}, `{"segments":{},"flags":{}}`},
		{Condition{Segment: "a", All: []Condition{}}, `{"all":[],"segment":"a"}`},
	} {
		if got := encodeModel(t, test.model); got != test.want {
			t.Errorf("encoding %#v:\n got %s\nwant %s", test.model, got, test.want)
		}
	}
	_, err := json.Marshal(Flag{Extensions: Extensions{"y": json.RawMessage(`{`)}})
	if err == nil {
		t.Error("json.Marshal of an extension that is no JSON: want an error")
	}
}

// Through json.Marshal and json.Unmarshal, in values and behind pointers.
func TestCodecInOtherTypes(t *testing.T) {
	type holder struct {
		Flag  Flag
		Rules []Rule
		When  map[string]Condition
		None  *Segment
	}
	in := holder{Flag{Key: "f"}, []Rule{{ID: "r"}}, map[string]Condition{"a": InSegment("s")}, nil}
	text, err := json.Marshal(in)
	const want = `{"Flag":{"key":"f"},"Rules":[{"id":"r"}],"When":{"a":{"segment":"s"}},"None":null}`
	if err != nil || string(text) != want {
		t.Fatalf("got %s, %v, want %s", text, err, want)
	}
	var out holder
	if err := json.Unmarshal(text, &out); err != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("got %+v, %v, want %+v", out, err, in)
	}
}

// flagW3 is a flag of three rules with two constraints each and a split.
const flagW3 = `{"key":"checkout","description":"the new checkout","type":"string","variants":{"a":"A","b":"B","c":"C","d":"D"},` +
	`"rules":[` +
	`{"id":"r1","when":{"all":[{"attribute":"country","in":["SE","NO","DK","FI","IS"]},{"attribute":"app","versionAtLeast":"2.4.0"}]},"serve":"a"},` +
	`{"id":"r2","when":{"all":[{"attribute":"plan","in":["pro","team","max","edu","gov"]},{"attribute":"age","moreThan":18}]},"exposure":"25 %","serve":"b"},` +
	`{"id":"r3","when":{"all":[{"attribute":"country","in":["DE","FR","NL","BE","LU"]},{"attribute":"seats","moreThan":10}]},"serve":{"a":25,"b":25,"c":25,"d":25}}],` +
	`"default":"d","off":"a"}`

func TestDecodeAllocations(t *testing.T) {
	const limit = 30
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := decodeFlag("checkout", flagW3); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > limit {
		t.Errorf("decoding a flag of three rules allocates %v times, limit %d", allocs, limit)
	}
}

func BenchmarkDecodeFlag(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(flagW3)))
	for b.Loop() {
		if _, err := decodeFlag("checkout", flagW3); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeFlag(b *testing.B) {
	f, err := decodeFlag("checkout", flagW3)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.MarshalJSON(); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzDecodeSet looks for documents that end in a panic, that are taken though
// they are not JSON, or that do not stay the same once written.
func FuzzDecodeSet(f *testing.F) {
	for _, seed := range fuzzSeeds() {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := ParseSet(data)
		if err != nil {
			for _, problem := range err.(Errors) {
				if problem.Problem == "" {
					t.Errorf("nothing is said about %s", problem.Path)
				}
			}
			return
		}
		if !json.Valid(data) {
			t.Fatal("decoded, though not valid JSON")
		}
		first, err := set.MarshalJSON()
		if err != nil {
			t.Fatalf("encoding: %v", err)
		}
		again, err := ParseSet(first)
		if err != nil {
			t.Fatalf("decoding what was encoded: %v\n%s", err, first)
		}
		if second, _ := again.MarshalJSON(); !bytes.Equal(first, second) {
			t.Fatalf("encoded twice:\n%s\n%s", first, second)
		}
		for i, flag := range set.Flags {
			if !flag.Clone().Equal(again.Flags[i]) {
				t.Errorf("flag %q differs after encoding and decoding", flag.Key)
			}
		}
	})
}

// fuzzSeeds are sets that hold each pair of the codec's table.
func fuzzSeeds() []string {
	seeds := []string{"", "{", `{"flags":[]}`, "{\"project\":\"\xff\"}", `{"project":"\ud800"}`, `{"flags":{"checkout":` + flagW3 + `}}`}
	for _, pair := range codecPairs {
		text := pair.text
		switch pair.model.(type) {
		case Set:
			seeds = append(seeds, text)
			continue
		case Environment:
			seeds = append(seeds, `{"environments":[`+text+`]}`)
			continue
		case Segment:
			seeds = append(seeds, `{"segments":{"s":`+text+`}}`)
			continue
		case Targeting:
			text = `{"targeting":` + text + `}`
		case Rule:
			text = `{"rules":[` + text + `]}`
		case Condition:
			text = `{"rules":[{"when":` + text + `}]}`
		case Exposure:
			text = `{"rules":[{"exposure":` + text + `}]}`
		case Serve:
			text = `{"default":` + text + `}`
		}
		seeds = append(seeds, `{"flags":{"f":`+text+`}}`)
	}
	return seeds
}
