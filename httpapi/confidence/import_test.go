package confidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hoistflags/hoist"
)

// Bad flags and segments are reported with their places, and harm no others.
func TestImportReport(t *testing.T) {
	const good = `{"name":"flags/good","state":"ACTIVE","variants":[{"name":"flags/good/variants/v","value":{}}]}`
	for _, test := range []struct{ name, document, want string }{
		{"not an object", `{"flags":[5]}`, "/flags/0: want an object, found 5"},
		{"null", `{"flags":[null]}`, "/flags/0: want an object, found null"},
		{"no name", `{"flags":[{}]}`, `/flags/0/name: want a name such as "flags/x", found ""`},
		{"name of another kind", `{"flags":[{"name":"segments/x"}]}`, `/flags/0/name: want a name such as "flags/x", found "segments/x"`},
		{"wrong type", `{"flags":[{"name":"flags/f","clients":"x"}]}`, "/flags/0/clients: want a list, found a string"},
		{"wrong type deeper", `{"flags":[{"name":"flags/f","rules":[{"segment":"segments/s","enabled":"yes"}]}]}`, "/flags/0/rules/0/enabled: want true or false, found a string"},
		{"twice, in two spellings", `{"flags":[{"name":"flags/f","displayName":"a","display_name":"b"}]}`, `/flags/0/display_name: there is "displayName" already`},
		{"state", `{"flags":[{"name":"flags/f","state":{}}]}`, `/flags/0/state: want a name such as "ACTIVE", found an object`},
		{"variant of another flag", `{"flags":[{"name":"flags/f","variants":[{"name":"flags/g/variants/a"}]}]}`, `/flags/0/variants/0/name: want a name such as "flags/f/variants/x", found "flags/g/variants/a"`},
		{"two variants of one name", `{"flags":[{"name":"flags/f","state":"ACTIVE","variants":[{"name":"flags/f/variants/a"},{"name":"flags/f/variants/a"}]}]}`, `/flags/0/variants/1: there are two variants "a"`},
		{"value", `{"flags":[{"name":"flags/f","variants":[{"name":"flags/f/variants/a","value":[1]}]}]}`, "/flags/0/variants/0/value: want an object, found a list"},
		{"number beyond all bounds", `{"flags":[{"name":"flags/f","variants":[{"name":"flags/f/variants/a","value":{"a":1}},{"name":"flags/f/variants/b","value":{}}],"rules":[{"assignmentSpec":{"bucketCount":3000000000}}]}]}`,
			"/flags/0/rules/0/assignmentSpec/bucketCount: want a whole number of 32 bits, found a value 3000000000"},
		{"segment of another kind", `{"flags":[{"name":"flags/f","rules":[{"segment":"s"}]}]}`, `/flags/0/rules/0/segment: want a name such as "segments/x", found "s"`},
		{"environment", `{"flags":[{"name":"flags/f","rules":[{"environments":["prod"]}]}]}`, `/flags/0/rules/0/environments/0: want a name such as "environments/x", found "prod"`},
		{"two kinds of assignment", `{"flags":[{"name":"flags/f","rules":[{"assignmentSpec":{"assignments":[{"fallthrough":{},"clientDefault":{}}]}}]}]}`,
			"/flags/0/rules/0/assignmentSpec/assignments/0: want one of variant, fallthrough and clientDefault"},
		{"assignment of no variant", `{"flags":[{"name":"flags/f","rules":[{"assignmentSpec":{"assignments":[{"variant":{}}]}}]}]}`,
			"/flags/0/rules/0/assignmentSpec/assignments/0/variant/variant: want the name of a variant"},
		{"selector that is no attribute", `{"flags":[{"name":"flags/f","state":"ACTIVE","rules":[{"targetingKeySelector":" x","assignmentSpec":{}}]}]}`, `/flags/0/rules/0/serve/by: attribute name " x" has blanks at its ends`},
		{"flag twice", `{"flags":[{"name":"flags/f"},{"name":"flags/f"}]}`, "/flags/1/name: there is another of this name"},

		{"two kinds of expression", `{"segments":[{"name":"segments/s","targeting":{"expression":{"ref":"a","not":{}}}}]}`, "/segments/0/targeting/expression: want one of ref, not, and, and or"},
		{"unknown member of an expression", `{"segments":[{"name":"segments/s","targeting":{"expression":{"and":{"operands":[{"xor":{}}]}}}}]}`, "/segments/0/targeting/expression/and/operands/0/xor: unknown member"},
		{"two kinds of criterion", `{"segments":[{"name":"segments/s","targeting":{"criteria":{"a/b":{"attribute":{},"segment":{}}},"expression":{"ref":"a/b"}}}]}`,
			"/segments/0/targeting/criteria/a~1b: want one of attribute, segment and materializedSegment"},
		{"no attribute", `{"segments":[{"name":"segments/s","targeting":{"criteria":{"a":{"attribute":{"eqRule":{}}}},"expression":{"ref":"a"}}}]}`, `/segments/0/when/attribute: attribute name "" is empty`},
		{"unknown rule", `{"segments":[{"name":"segments/s","targeting":{"criteria":{"a":{"attribute":{"attributeName":"x","regexRule":{}}}},"expression":{"ref":"a"}}}]}`, "/segments/0/targeting/criteria/a/attribute/regexRule: unknown member"},
		{"two rules", `{"segments":[{"name":"segments/s","targeting":{"criteria":{"a":{"attribute":{"attributeName":"x","eqRule":{},"setRule":{}}}},"expression":{"ref":"a"}}}]}`, "/segments/0/targeting/criteria/a/attribute: want one rule, found eqRule and setRule"},
		{"any in all", `{"segments":[{"name":"segments/s","targeting":{"criteria":{"a":{"attribute":{"attributeName":"x","allRule":{"rule":{"anyRule":{}}}}}},"expression":{"ref":"a"}}}]}`, "/segments/0/targeting/criteria/a/attribute/allRule/rule: anyRule and allRule do not nest"},
		{"value of two types", `{"segments":[{"name":"segments/s","targeting":{"criteria":{"a":{"attribute":{"attributeName":"x","eqRule":{"value":{"boolValue":true,"stringValue":"x"}}}}},"expression":{"ref":"a"}}}]}`,
			"/segments/0/targeting/criteria/a/attribute/eqRule/value: want a value of one type"},
		{"number", `{"segments":[{"name":"segments/s","targeting":{"criteria":{"a":{"attribute":{"attributeName":"x","eqRule":{"value":{"numberValue":"x"}}}}},"expression":{"ref":"a"}}}]}`,
			"/segments/0/targeting/criteria/a/attribute/eqRule/value/numberValue: want a number, found a text"},
		{"time", `{"segments":[{"name":"segments/s","targeting":{"criteria":{"a":{"attribute":{"attributeName":"x","setRule":{"values":[{"timestampValue":"x"}]}}}},"expression":{"ref":"a"}}}]}`,
			`/segments/0/targeting/criteria/a/attribute/setRule/values/0/timestampValue: want a time such as 2026-05-01T08:00:00Z, found "x"`},
		{"two starts", `{"segments":[{"name":"segments/s","targeting":{"criteria":{"a":{"attribute":{"attributeName":"x","rangeRule":{"startInclusive":{},"startExclusive":{}}}}},"expression":{"ref":"a"}}}]}`,
			"/segments/0/targeting/criteria/a/attribute/rangeRule: want one start and one end"},
		{"proportion", `{"segments":[{"name":"segments/s","allocation":{"proportion":{"value":"2"}}}]}`, `/segments/0/allocation/proportion/value: want a decimal from 0 to 1, found "2"`},
		{"nested too deep", `{"segments":[{"name":"segments/s","targeting":{"expression":` + strings.Repeat(`{"not":`, 33) + `{}` + strings.Repeat(`}`, 33) + `}}]}`,
			"/segments/0/targeting/expression" + strings.Repeat("/not", 32) + ": expressions nested deeper than 32"},
		{"bitset", `{"bitsets":[{"segment":"segments/s","gzippedBitset":"AAAA"}]}`, "/bitsets/0/gzippedBitset: unexpected EOF: the segment is left without a population"},
		{"long bitset", `{"bitsets":[{"segment":"segments/s","gzippedBitset":"` + base64Of(pack(make([]byte, populationBytes+1))) + `"}]}`, "/bitsets/0/gzippedBitset: more than 125000 bytes: the segment is left without a population"},
		{"clients", `{"clients":[{"name":"clients/a"}]}`, "/clients: clients are no part of a set: flags name them"},
		{"credentials", `{"clientCredentials":[{"name":"x"}]}`, "/clientCredentials: credentials are no part of a set"},
	} {
		t.Run(test.name, func(t *testing.T) {
			document := test.document
			if strings.Contains(document, `"flags":[`) {
				document = strings.Replace(document, `]}`, `]}`, 1)
				document = document[:len(document)-2] + "," + good + "]}"
			} else {
				document = document[:len(document)-1] + `,"flags":[` + good + "]}"
			}
			set, report, err := Import([]byte(document), nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(report) == 0 || report[0].Error() != test.want {
				t.Errorf("reported:\n%v\nwant:\n%s", report, test.want)
			}
			if err := set.Validate(); err != nil || !slices.ContainsFunc(set.Flags, func(f *hoist.Flag) bool { return f.Key == "good" }) {
				t.Errorf("the other flag is not there: %v, %v", set.Flags, err)
			}
		})
	}
}

func base64Of(b []byte) string {
	text, _ := json.Marshal(b)
	return string(bytes.Trim(text, `"`))
}

func TestImportUnreadable(t *testing.T) {
	for document, want := range map[string]string{
		``:             "confidence: unexpected end of JSON input",
		`{"flags":`:    "confidence: unexpected end of JSON input",
		`[]`:           "confidence: want an object, found a list",
		`{"flags":{}}`: "confidence: /flags: want a list, found a object",
		strings.Repeat(`[`, 101) + strings.Repeat(`]`, 101): "confidence: nested 101 deep, limit 100",
	} {
		if _, _, err := Import([]byte(document), nil); err == nil || err.Error() != want {
			t.Errorf("Import(%.20s): %v, want %s", document, err, want)
		}
		if _, err := Credentials([]byte(document)); err == nil || err.Error() != want {
			t.Errorf("Credentials(%.20s): %v, want %s", document, err, want)
		}
	}
	if _, _, err := Import(make([]byte, hoist.MaxDocumentBytes+1), nil); err == nil {
		t.Error("a document that is too long was read")
	}
}

// Where a population comes from: the state's bitsets, the segment's own, or its
// share, which the state's segments have for people only.
func TestImportPopulations(t *testing.T) {
	packed := base64Of(pack([]byte{1, 2}))
	document := `{"bitsets":[{"segment":"segments/stored","gzippedBitset":"` + packed + `"},{"segment":"segments/full","fullBitset":true},{"segment":"segments/listed","gzippedBitset":"` + packed + `"}],
		"segmentsNoBitsets":[{"name":"segments/stored","allocation":{"proportion":{"value":"0.5"}}},{"name":"segments/full","allocation":{"proportion":{"value":"0.5"}}},{"name":"segments/none","allocation":{"proportion":{"value":"0.5"}}}],
		"segments":[{"name":"segments/listed"},{"name":"segments/own","bitsetAllocation":{"bitset":"Aw=="}},{"name":"segments/share","state":"OK","allocation":{"proportion":{"value":"0.5"}}},
			{"name":"segments/waiting","state":"UNALLOCATED","allocation":{"proportion":{"value":"0.5"}}},{"name":"segments/unset","allocation":{}},{"name":"segments/plain"}]}`
	set, report, err := Import([]byte(document), &ImportOptions{Account: "acc", Project: "shop", Environment: "production"})
	if err != nil || report != nil {
		t.Fatal(err, report)
	}
	if set.Project != "shop" || len(set.Environments) != 1 || set.Environments[0].Key != "production" {
		t.Errorf("project %q, environments %v", set.Project, set.Environments)
	}
	got := map[string]string{}
	for _, s := range set.Segments {
		text, _ := json.Marshal(s.Exposure)
		got[s.Key] = string(text)
	}
	for key, want := range map[string]string{
		"stored": `{"population":"AQI=","salt":"MegaSalt-acc"}`, "full": "null", "none": "null", "listed": `{"population":"AQI=","salt":"MegaSalt-acc"}`,
		"own": `{"population":"Aw==","salt":"MegaSalt-acc"}`, "share": `{"share":"50 %","salt":"MegaSalt-acc"}`, "waiting": `{"share":"0 %","salt":"MegaSalt-acc"}`,
		"unset": `{"share":"0 %","salt":"MegaSalt-acc"}`, "plain": "null",
	} {
		if got[key] != want {
			t.Errorf("segment %s: exposure %s, want %s", key, got[key], want)
		}
	}
}

// A flag goes to the environment that is asked for, and comes from it.
func TestEnvironment(t *testing.T) {
	text := []byte(`{"name":"flags/f","rules":[{"name":"flags/f/rules/r","segment":"segments/s"}]}`)
	f, err := flagFromWire(text, "production")
	if err != nil || f.Targeting != nil || len(f.Environments["production"].Rules) != 1 {
		t.Fatalf("%v, %v", f, err)
	}
	got, err := flagToWire(f, "production")
	if err != nil || string(got) != string(text) {
		t.Errorf("%s, %v, want %s", got, err, text)
	}
	if got, err = flagToWire(f, "other"); err != nil || string(got) != `{"name":"flags/f"}` {
		t.Errorf("other environment: %s, %v", got, err)
	}
}

func TestCredentials(t *testing.T) {
	got, err := Credentials([]byte(`{"client_credentials":[{"name":"clients/a/credentials/x","client_secret":{"secret":"s1"},"environments":["environments/e"]},{"name":"clients/ab/clientCredentials/y","clientSecret":{"secret":"s2"}}]}`))
	if want := `[{s1 clients/a [environments/e]} {s2 clients/ab []}]`; err != nil || fmt.Sprint(got) != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := Credentials([]byte(`{"clientCredentials":[{"name":"clients/a"}]}`)); err == nil || err.Error() != `/clientCredentials/0/name: want a name such as "clients/x/clientCredentials/y", found "clients/a"` {
		t.Errorf("a name that is none: %v", err)
	}
}

func TestClients(t *testing.T) {
	f, err := flagFromWire([]byte(`{"name":"flags/f","state":"ACTIVE","clients":["clients/a","clients/b"]}`), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := Clients(f); !slices.Equal(got, []string{"clients/a", "clients/b"}) || !Resolves("clients/a", f) || Resolves("clients/c", f) {
		t.Errorf("clients %v", got)
	}
	if f.Archived = true; Resolves("clients/a", f) {
		t.Error("an archived flag resolves")
	}
	if Resolves("clients/a", &hoist.Flag{Key: "native"}) {
		t.Error("a flag of no client resolves")
	}
}

func TestSubject(t *testing.T) {
	s, err := Subject([]byte(`{"targeting_key":"u","key":"k","targetingKey":"t","n":5.0,"big":9007199254740993,"f":0.1,"neg":-0.0,"a.b":1,"a":{"b":2,"c.d":3,"c":{"d":null}},"l":[1,"x",[true],{}],
		"confidence:environments":["environments/mine"]}`), "environments/prod")
	if err != nil {
		t.Fatal(err)
	}
	if s.Key() != "u" {
		t.Errorf("key %q", s.Key())
	}
	for name, want := range map[string]string{
		"n": "5", "big": "9007199254740992", "f": "0.1", "neg": "-0.0", "a.b": "2", "a.c": `{"d":null}`, "l": `[1,"x",[true],{}]`, EnvironmentsAttribute: `["environments/prod"]`,
	} {
		if v, ok := s.Attr(name); !ok || string(encode(v)) != want {
			t.Errorf("%s = %s, %v, want %s", name, encode(v), ok, want)
		}
	}
	for _, name := range []string{"a.c.d", "a.c.d.e", "x"} {
		if v, ok := s.Attr(name); ok {
			t.Errorf("%s = %v, want none", name, v)
		}
	}
	for context, key := range map[string]string{`{"targeting_key":5}`: "5", `{"targeting_key":1.5}`: "", `{"targeting_key":true}`: "", `{"key":"k"}`: "", `{}`: "", `{"targeting_key":{"a":1}}`: ""} {
		if s, err := Subject([]byte(context)); err != nil || s.Key() != key {
			t.Errorf("%s: key %q, %v, want %q", context, s.Key(), err, key)
		}
	}
	for _, context := range []string{``, `null`, `5`, `[]`, `{"a":}`, `{} {}`, strings.Repeat(`{"a":`, 33) + `1` + strings.Repeat(`}`, 33), `{"a":"` + strings.Repeat("x", hoist.MaxSubjectBytes) + `"}`} {
		if _, err := Subject([]byte(context)); err == nil {
			t.Errorf("%.20s was read", context)
		}
	}
}

// Whatever is imported evaluates, and comes back as what it was.
func FuzzImport(f *testing.F) {
	v := readVectors(f)
	for _, text := range v.State.Flags {
		f.Add(fmt.Appendf(nil, `{"flags":[%s],"segmentsNoBitsets":[%s]}`, text, v.State.SegmentsNoBitsets[len(text)%len(v.State.SegmentsNoBitsets)]))
	}
	for _, text := range v.State.SegmentsNoBitsets {
		f.Add(fmt.Appendf(nil, `{"segments":[%s]}`, text))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		set, _, err := Import(document, nil)
		if err != nil {
			return
		}
		if err := set.Validate(); err != nil {
			t.Fatalf("imported, and not valid: %v", err)
		}
		for _, flag := range set.Flags {
			sent, err := flagToWire(flag, "")
			if err != nil {
				t.Fatalf("flag %q cannot go back: %v", flag.Key, err)
			}
			again, err := flagFromWire(sent, "")
			if err != nil || !again.Equal(flag) {
				t.Fatalf("%s\nis read as %v, %v", sent, again, err)
			}
		}
		for _, segment := range set.Segments {
			if _, err := segmentToWire(segment, ""); err != nil {
				t.Fatalf("segment %q cannot go back: %v", segment.Key, err)
			}
		}
		flags, err := hoist.Open(t.Context(), hoist.Static(*set), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer flags.Close()
		for d := range flags.For(hoist.NewSubject("user-1", hoist.String("country", "SE"))).All() {
			if Reason(d) == "" {
				t.Error(d)
			}
		}
	})
}
