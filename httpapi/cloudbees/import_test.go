package cloudbees

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hoistflags/hoist"
)

// What is wrong with a flag is reported where it is, and the others are
// imported.
func TestImportReport(t *testing.T) {
	for _, test := range []struct{ flag, want string }{
		{`7`, `/1: want an object, found a number`},
		{`null`, `/1: want an object, found null`},
		{`{}`, `/1/name: want a text that is not empty`},
		{`{"name":5}`, `/1/name: want a text, found a number`},
		{`{"name":" f"}`, `/1/name: " f" has blanks at its ends`},
		{`{"name":"good"}`, `/1/name: there is a flag "good" already`},
		{`{"name":"f","enabled":"yes"}`, `/1/enabled: want true or false, found a text`},
		{`{"name":"f","labels":[1]}`, `/1/labels/0: want a text, found a number`},
		{`{"name":"f","availableValues":[true,"x"]}`, `/1/availableValues/1: want values of one type, found a string after a boolean`},
		{`{"name":"f","availableValues":[{}]}`, `/1/availableValues/0: want a text, a number, true or false, found an object`},
		{`{"name":"f","availableValues":[1e999]}`, `/1/availableValues/0: 1e999 is not a number in the range of 64 bits`},
		{`{"name":"f","value":{}}`, `/1/value: want a text, a number, true or false, found an object`},
		{`{"name":"f","value":[]}`, `/1/value: want at least one option`},
		{`{"name":"f","value":[true]}`, `/1/value/0: want an object, found true`},
		{`{"name":"f","value":[{"percentage":5}]}`, `/1/value/0/option: want a value`},
		{`{"name":"f","value":[{"option":true,"percentage":101}]}`, `/1/value/0/percentage: want 0 to 100, found 101`},
		{`{"name":"f","value":[{"option":true,"percentage":60},{"option":false,"percentage":50}]}`, `/1/value: want percentages of at most 100 together, found 110`},
		{`{"name":"f","value":[{"from":"today","percentage":5}]}`, `/1/value/0/from: want a time such as 2026-05-01T08:00:00Z, found "today"`},
		{`{"name":"f","value":[{"from":"2026-05-01T08:00:00Z","option":true}]}`, `/1/value/0/option: want no option where there is a time: a schedule gives true`},
		{`{"name":"f","availableValues":["a"],"value":[{"from":"2026-05-01T08:00:00Z"}]}`, `/1/value: want options: a schedule is for boolean flags, this one is a string`},
		{`{"name":"f","conditions":{}}`, `/1/conditions: want a list, found an object`},
		{`{"name":"f","conditions":[5]}`, `/1/conditions/0: want an object, found a number`},
		{`{"name":"f","conditions":[{"property":{"name":"p","operator":"like"}}]}`, `/1/conditions/0/property/operator: unknown operator "like"`},
		{`{"name":"f","conditions":[{"property":{"name":"p","operator":"eq"}}]}`, `/1/conditions/0/property/operand: want a text, a number, true or false, found nothing`},
		{`{"name":"f","conditions":[{"property":{"name":"p","operator":"gt","operand":[1]}}]}`, `/1/conditions/0/property/operand: want a text, a number, true or false, found a list`},
		{`{"name":"f","conditions":[{"property":{"name":"p","operator":"in-array","operand":[[]]}}]}`, `/1/conditions/0/property/operand/0: want a text, a number, true or false, found a list`},
		{`{"name":"f","conditions":[{"group":{"operator":"xor","name":"A"}}]}`, `/1/conditions/0/group/operator: unknown operator "xor", want or, and or not`},
		{`{"name":"f","conditions":[{"group":{"name":["A",""]}}]}`, `/1/conditions/0/group/name/1: want the name of a group`},
		{`{"name":"f","conditions":[{"version":{"operator":"eq","semver":"4"}}]}`, `/1/conditions/0/version/operator: unknown operator "eq", want one of semver-gt, semver-gte, semver-lt, semver-lte, semver-eq, semver-ne`},
		{`{"name":"f","conditions":[{"version":{"operator":"semver-eq","semver":4}}]}`, `/1/conditions/0/version/semver: want a text, found a number`},
		{`{"name":"f","conditions":[{"dependency":{"value":true}}]}`, `/1/conditions/0/dependency/flag: want a text that is not empty`},
		{`{"name":"f","conditions":[{"dependency":{"flag":"g"}}]}`, `/1/conditions/0/dependency/value: want a text, a number, true or false, found nothing`},
		{`{"name":"f","platforms":[{"value":true}]}`, `/1/platforms/0/name: want a text that is not empty`},
		{`{"name":"f","conditions":[{"property":{"name":"p","operator":"regex","operand":"` + strings.Repeat("x", 1001) + `"}}]}`,
			`/1: /rules/0/when/regex: regular expression of 1001 bytes, limit 1000`},
	} {
		set, report, err := Import([]byte(`[{"name":"good","value":true},`+test.flag+`,{"name":"last"}]`), nil)
		if err != nil {
			t.Errorf("Import of %s: %v", test.flag, err)
			continue
		}
		if got := fmt.Sprint(report); got != test.want {
			t.Errorf("Import of %.200s:\ngot  %s\nwant %s", test.flag, got, test.want)
		}
		if len(set.Flags) != 2 {
			t.Errorf("Import of %.200s: got %d flags, want the two that are good", test.flag, len(set.Flags))
		}
	}
}

// What can be imported and does not do what it says is reported, too.
func TestImportNotes(t *testing.T) {
	set, report, err := Import([]byte(`{
		"flags": [
			{"name":"f","conditions":[{"value":"abcd"}],"value":[{"option":5}]},
			{"name":"g","platforms":[{"name":"Go","value":true},{"name":"iOS","flag":"h","value":true}]}
		],
		"targetGroups": [{"name":"A"},{"name":"A"},{"name":"B","operator":"not"},{"name":"C","conditions":[{"property":"p","operator":"eq"}]}]
	}`), &ImportOptions{Project: "shop", Environment: "production"})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`/flags/0/conditions/0/value: "abcd" is not a boolean: the caller's fallback is served`,
		`/flags/0/value/0/option: 5 is not a boolean: the caller's fallback is served`,
		`/flags/1/platforms/1/flag: on platform "iOS" the flag is called "h": by its own name it gives the caller's fallback there, and by the other one it is not known`,
		`/targetGroups/1/name: there is a group "A" already`,
		`/targetGroups/2/operator: unknown operator "not", want and or or`,
		`/targetGroups/3/conditions/0/operand: want a text, a number, true or false, found nothing`,
	}, "\n")
	if got := fmt.Sprint(report); got != want {
		t.Errorf("report:\n%s", cmp.Diff(want, got))
	}
	if set.Project != "shop" || len(set.Environments) != 1 || len(set.Flags) != 2 || len(set.Segments) != 1 {
		t.Errorf("got project %q, %d environments, %d flags and %d segments, want shop, 1, 2 and 1",
			set.Project, len(set.Environments), len(set.Flags), len(set.Segments))
	}
	if f := set.Flags[0]; f.Targeting != nil || f.Environments["production"] == nil {
		t.Error("the configuration is not that of the environment")
	}
}

func TestImportUnreadable(t *testing.T) {
	for document, want := range map[string]string{
		``:                       "cloudbees: unexpected end of JSON input",
		`[`:                      "cloudbees: unexpected end of JSON input",
		`5`:                      "cloudbees: want an object, found a number",
		`{}`:                     `cloudbees: want a list of flags, or an object with "flags" or "targetGroups"`,
		`{"flags":{}}`:           "cloudbees: /flags: want a list, found an object",
		strings.Repeat("[", 33):  "cloudbees: nested deeper than 32",
		`[{"name":"f"}] trailer`: "cloudbees: invalid character 't' after top-level value",
	} {
		if _, _, err := Import([]byte(document), nil); fmt.Sprint(err) != want {
			t.Errorf("Import(%q): got %v, want %s", document, err, want)
		}
	}
	set, report, err := Import([]byte(`{"flags":null,"targetGroups":[]}`), nil)
	if err != nil || report != nil || len(set.Flags) != 0 {
		t.Errorf("an export of nothing: got %v, %v, %v", set, report, err)
	}
}

// A flag that refers to itself or to what does not exist is legal: the list in
// the product's documentation has one.
func TestImportLooseReferences(t *testing.T) {
	flags := mustImport(t, raws(`{"name":"f","conditions":[{"dependency":{"flag":"f","value":"false"},"group":{"operator":"not","name":"gone"},"value":true}]}`), nil, nil)
	if got := flags.For(hoist.NewSubject("someone")).Bool("f", false); !got {
		t.Error("got false, want true: on a circle the inner flag reads as false")
	}
}

func TestSubject(t *testing.T) {
	s, err := Subject([]byte(`{"rox.distinct_id":5.0,"key":"k","n":9007199254740993,"none":null,"nested":{"a":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	if s.Key() != "5" {
		t.Errorf("got the key %q, want the text of the distinct id", s.Key())
	}
	if v, _ := s.Attr("n"); v.String() != "9007199254740993" {
		t.Errorf("got %v, want the integer as it is", v)
	}
	if _, ok := s.Attr("none"); ok {
		t.Error("null is a property")
	}
	for _, document := range []string{``, `5`, `{"a":`, `[]`, strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40)} {
		if _, err := Subject([]byte(document)); !errors.Is(err, hoist.ErrSubject) {
			t.Errorf("Subject(%.20q): got %v, want ErrSubject", document, err)
		}
	}
}

// Documents of whatever kind do no harm, what is imported is valid, and it is
// printed and read again as the same.
func FuzzImport(f *testing.F) {
	f.Add([]byte(`[{"name":"f","value":[{"option":true,"percentage":50}],"platforms":[{"name":"Go","flag":"g","conditions":[{"value":"x"}]}]}]`))
	f.Add([]byte(`{"flags":[{"name":"f","availableValues":["a",""],"value":""}],"targetGroups":[{"name":"A","operator":"or","conditions":[{"property":"p","operator":"in-array","operand":["x",5]}]}]}`))
	f.Add([]byte(`[{"name":"f","conditions":[{"property":{"name":"p","operator":"ne","operand":[1]},"value":[{"from":"2026-05-01T08:00:00+02:00"}]}]}]`))
	f.Add([]byte(`[{"name":"f","availableValues":[5,5.5],"stickinessProperty":"p","seed":"s","value":[{"option":5.0},{"option":null,"percentage":0}]}]`))
	f.Fuzz(func(t *testing.T, document []byte) {
		set, _, err := Import(document, nil)
		if err != nil {
			return
		}
		if err := set.Validate(); err != nil {
			t.Fatalf("Import(%q): %v", document, err)
		}
		for _, flag := range set.Flags {
			printed, errs := printFlag(flag, "")
			if errs != nil {
				t.Fatalf("%q: %v", document, errs)
			}
			again, read := roundTrip(t, marshalAny(printed), "")
			if diff := cmp.Diff(read, again); diff != "" {
				t.Fatalf("%q: %s", document, diff)
			}
		}
		for _, segment := range set.Segments {
			if _, errs := printGroup(segment); errs != nil {
				t.Fatalf("%q: %v", document, errs)
			}
		}
	})
}
