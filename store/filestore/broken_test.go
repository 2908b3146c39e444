package filestore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hoistflags/hoist"
)

// brokenFiles are files that people might write, and what they are told.
var brokenFiles = []struct {
	name  string
	files map[string]string
	want  []string
}{
	{
		name: "unknown member with a suggestion",
		files: map[string]string{"flags.yaml": `
flags:
  checkout:
    enviroments:
      production: {default: true}
`},
		want: []string{`flags.yaml:4:5: flag "checkout": /enviroments: unknown member "enviroments", did you mean "environments"?`},
	},
	{
		name: "deep inside of a flag",
		files: map[string]string{"flags.yaml": `
flags:
  checkout-button:
    variants: {blue: "#0000ff", green: "#00ff00"}
    environments:
      production:
        rules:
          - title: Nordics
            when: {attribute: country, in: [SE, {no: 1}]}
            serve: green
        default: blue
`},
		want: []string{`flags.yaml:9:49: flag "checkout-button": /environments/production/rules/0/when/in/1: want a text, a number, true or false, found an object`},
	},
	{
		name: "everything at once, in the order of the file",
		files: map[string]string{"flags.yaml": `
project: shop
flagz: {}
segments:
  staff:
    when: {attribute: email, endWith: x}
flags:
  a:
    variants: {blue: 1, green: 2}
    rules:
      - serve: gren
    default: blue
  b:
    enabled: maybe
    rules:
      - when: {attribute: age, atLeast: adult}
        serve: true
      - serve: {true: 50, false: 60%}
  c:
    default: maybe
`},
		want: []string{
			`flags.yaml:3:1: /flagz: unknown member "flagz", did you mean "flags"?`,
			`flags.yaml:6:30: segment "staff": /when/endWith: unknown member "endWith", did you mean "endsWith"?`,
			`flags.yaml:11:9: flag "a": /rules/0/serve: unknown variant "gren", want "blue" or "green"`,
			`flags.yaml:14:5: flag "b": /enabled: want true or false, found a text`,
			`flags.yaml:18:27: flag "b": /rules/1/serve/false: want a number, found a text`,
			`flags.yaml:20:5: flag "c": /default: unknown variant "maybe", want "true" or "false"`,
		},
	},
	{
		name: "references and circles",
		files: map[string]string{"flags.yaml": `
flags:
  a:
    requires: {b: true}
    default: true
  b:
    requires: {a: true}
    default: true
  c:
    rules:
      - when: {segment: stuff}
        serve: true
    default: false
`},
		want: []string{
			`flags.yaml:7:16: flag "b": /requires/a: references form a circle: flag "a" → flag "b" → flag "a"`,
			`flags.yaml:11:16: flag "c": /rules/0/when/segment: segment "stuff" does not exist`,
		},
	},
	{
		name: "given twice in a YAML file",
		files: map[string]string{"flags.yaml": `
flags:
  a: {default: true}
  b: {default: true}
  a: {default: false}
`},
		want: []string{`flags.yaml:5:3: flag "a": given twice, first at 3:3`},
	},
	{
		name: "given twice in a JSON file",
		files: map[string]string{"flags.json": `{
  "flags": {
    "a": {"default": true},
    "b": {"default": true, "variants": {"true": 1}, "default": {"x": {"y": 1, "y": 2}}},
    "a": {"default": false}
  }
}`},
		want: []string{
			`flags.json:4:53: flag "b": /default: given twice, first at 4:11`,
			`flags.json:4:79: flag "b": /default/x/y: given twice, first at 4:71`,
			`flags.json:5:5: flag "a": given twice, first at 3:5`,
		},
	},
	{
		name: "across the files of a directory",
		files: map[string]string{
			"flags/a.yaml":       "project: shop\nenvironments: [production]\nflags:\n  one: {default: true}\n  two:\n    requires: {three: true}\n",
			"flags/b.json":       "{\"project\": \"shop\", \"flags\": {\n  \"one\": {\"default\": true},\n  \"four\": {\"environments\": {\"prod\": {\"default\": true}}}}}",
			"flags/c.yml":        "project: ship\nenvironments: [staging, production]\nsegments: {one: {}}\n",
			"flags/.hidden.yaml": "not: right",
			"flags/_draft.yaml":  "not: right",
			"flags/notes.txt":    "not: right",
		},
		want: []string{
			`flags/b.json:2:3: flag "one": given twice, first at flags/a.yaml:4:3`,
			`flags/c.yml:1:1: /project: project "ship", but flags/a.yaml:1:1 says "shop"; files of one directory are one project`,
			`flags/c.yml:2:25: /environments/1: given twice, first at flags/a.yaml:2:16`,
		},
	},
	{
		name: "references across the files of a directory",
		files: map[string]string{
			"flags/a.yaml": "environments: [production]\nflags:\n  two:\n    requires: {three: true}\n    default: true\n",
			"flags/b.json": "{\"flags\": {\n  \"four\": {\"environments\": {\"prod\": {\"default\": true}}}}}",
		},
		want: []string{
			`flags/a.yaml:4:16: flag "two": /requires/three: flag "three" does not exist`,
			`flags/b.json:2:29: flag "four": /environments/prod: the set has no environment "prod"`,
		},
	},
	{
		name:  "one broken file does not hide what is wrong in another",
		files: map[string]string{"flags/a.yaml": "flags: [", "flags/b.yaml": "flags:\n  a: {default: maybe}\n"},
		want: []string{
			`flags/a.yaml:1:1: not YAML: did not find expected node content`,
			`flags/b.yaml:2:7: flag "a": /default: unknown variant "maybe", want "true" or "false"`,
		},
	},
	{
		name: "what is wrong where an anchor is, told of each flag that uses it",
		files: map[string]string{"flags.yaml": `
flags:
  a:
    rules: &rules
      - &rule
        serve: tru
  b:
    rules: *rules
  c:
    rules:
      - <<: *rule
        title: c
  d:
    rules: [*rule]
`},
		want: []string{
			`flags.yaml:6:9: flag "a": /rules/0/serve: unknown variant "tru", want "true" or "false"`,
			`flags.yaml:6:9: flag "b": /rules/0/serve: unknown variant "tru", want "true" or "false"`,
			`flags.yaml:6:9: flag "c": /rules/0/serve: unknown variant "tru", want "true" or "false"`,
			`flags.yaml:6:9: flag "d": /rules/0/serve: unknown variant "tru", want "true" or "false"`,
		},
	},
	{name: "no set: a list", files: map[string]string{"flags.yaml": "- a\n"}, want: []string{`flags.yaml:1:1: want an object, found a list`}},
	{name: "no set: a text", files: map[string]string{"flags.json": ` "a"`}, want: []string{`flags.json:1:2: want an object, found a text`}},
	{name: "empty", files: map[string]string{"flags.yaml": ""}, want: []string{`flags.yaml:1:1: the file is empty; a set without flags is {}`}},
	{name: "empty JSON", files: map[string]string{"flags.json": "\n"}, want: []string{`flags.json:1:1: the file is empty; a set without flags is {}`}},
	{name: "only comments", files: map[string]string{"flags.yaml": "# a\n# b\n"}, want: []string{`flags.yaml:1:1: the file is empty; a set without flags is {}`}},
	{name: "not UTF-8", files: map[string]string{"flags.yaml": "flags:\n  é\xff: {}\n"}, want: []string{`flags.yaml:2:4: not UTF-8`}},
	{name: "JSON with a comment", files: map[string]string{"flags.json": "{\n  // hm\n}"}, want: []string{`flags.json:2:3: not JSON: invalid character '/' looking for beginning of object key string`}},
	{name: "JSON with a comma too many", files: map[string]string{"flags.json": "\ufeff{\"flags\": {},}"}, want: []string{`flags.json:1:14: not JSON: invalid character '}' looking for beginning of object key string`}},
	{name: "JSON that ends early", files: map[string]string{"flags.json": "{\"flags\": {\n"}, want: []string{`flags.json:1:12: not JSON: the text ends too early`}},
	{name: "two documents", files: map[string]string{"flags.yaml": "flags: {}\n---\nflags: {}\n"}, want: []string{`flags.yaml:2:1: a second document begins here; a file holds one`}},
	{name: "only a marker", files: map[string]string{"flags.yaml": "---\n# nothing\n"}, want: []string{`flags.yaml:1:1: the file is empty; a set without flags is {}`}},
	{name: "something after the end", files: map[string]string{"flags.yaml": "flags: {}\n...\nflags: {}\n  a\n"}, want: []string{`flags.yaml:3:1: not YAML: did not find expected <document start>`}},
	{name: "a tab", files: map[string]string{"flags.yaml": "flags:\n  a:\n\tdefault: true\n"}, want: []string{`flags.yaml:3:2: not YAML: found character that cannot start any token`}},
	{name: "indented too little", files: map[string]string{"flags.yaml": "flags:\n  a:\n    type: boolean\n   owner: x\n  b:\n    type: string\n"}, want: []string{`flags.yaml:4:4: not YAML: did not find expected key`}},
	{name: "indented too much", files: map[string]string{"flags.yaml": "flags:\n  a:\n    type: boolean\n      owner: x\n"}, want: []string{`flags.yaml:4:7: not YAML: mapping values are not allowed in this context`}},
	{name: "brackets left open", files: map[string]string{"flags.yaml": "flags:\n  a: {labels: [b, c\n  d: {}\n"}, want: []string{`flags.yaml:2:3: not YAML: did not find expected ',' or ']'`}},
	{name: "a bracket too many", files: map[string]string{"flags.yaml": "flags:\n  a: {labels: [b, c]}}\n  d: {}\n"}, want: []string{`flags.yaml:2:3: not YAML: did not find expected key`}},
	{name: "quotes left open", files: map[string]string{"flags.yaml": "flags:\n  a: {owner: \"b}\n  d: {}\n"}, want: []string{`flags.yaml:2:3: not YAML: found unexpected end of stream`}},
	{name: "an anchor that is not there", files: map[string]string{"flags.yaml": "flags:\n  a: {default: true}\n  b: *a\n  c: {}\n"}, want: []string{`flags.yaml:3:3: not YAML: unknown anchor 'a' referenced`}},
	{name: "a percent sign first", files: map[string]string{"flags.yaml": "flags:\n  a:\n    owner: %x\n"}, want: []string{`flags.yaml:3:5: not YAML: found character that cannot start any token`}},
	{name: "numbers that are none", files: map[string]string{"flags.yaml": `
flags:
  a:
    variants: {a: .inf, b: -.Inf, c: .nan, d: 010, e: 1_000, f: 0xfffffffffffffffff, g: 0b11, h: +007.50}
`}, want: []string{
		`flags.yaml:4:16: flag "a": /variants/a: .inf is not a number that can be used here`,
		`flags.yaml:4:25: flag "a": /variants/b: -.Inf is not a number that can be used here`,
		`flags.yaml:4:35: flag "a": /variants/c: .nan is not a number that can be used here`,
		`flags.yaml:4:44: flag "a": /variants/d: 010 is read as octal by some and as decimal by others: write 10, or "010" if it is a text`,
		`flags.yaml:4:52: flag "a": /variants/e: 1_000 is read as a number by some and as a text by others: write it in decimal without underscores, or "1_000" if it is a text`,
		`flags.yaml:4:62: flag "a": /variants/f: 0xfffffffffffffffff does not fit 64 bits`,
		`flags.yaml:4:86: flag "a": /variants/g: 0b11 is read as a number by some and as a text by others: write it in decimal without underscores, or "0b11" if it is a text`,
		`flags.yaml:4:95: flag "a": /variants/h: +007.50 is read as octal by some and as decimal by others: write 7.50, or "+007.50" if it is a text`,
	}},
	{name: "tags and names", files: map[string]string{"flags.yaml": `
flags:
  a: {owner: !who ann, labels: !!set {x}, description: !!int x, archived: !!str true}
  ? [b, c]
  : {}
  d: {<<: 5}
`}, want: []string{
		`flags.yaml:3:7: flag "a": /owner: the tag !who is not known here`,
		`flags.yaml:3:24: flag "a": /labels: the tag !!set is not known here`,
		`flags.yaml:3:43: flag "a": /description: "x" does not fit the tag !!int`,
		`flags.yaml:3:65: flag "a": /archived: want true or false, found a text`,
		`flags.yaml:4:5: flag "": the name of a member must be a text`,
		`flags.yaml:6:7: flag "d": << wants a mapping or a list of mappings`,
	}},
	{name: "an anchor within itself", files: map[string]string{"flags.yaml": "flags:\n  a: &a\n    metadata: {x: *a}\n  b: &b\n    <<: *b\n"}, want: []string{
		`flags.yaml:3:16: flag "a": /metadata/x: the anchor "a" contains itself`,
		`flags.yaml:5:5: flag "b": the anchor "b" contains itself`,
	}},
	{name: "merge of what is no mapping", files: map[string]string{"flags.yaml": "flags: {a: {<<: [{}, 5]}}\n"}, want: []string{`flags.yaml:1:13: flag "a": << wants a mapping or a list of mappings`}},
	{name: "a project that is none", files: map[string]string{"flags.yaml": "project: \" shop\"\nflags: {}\n"}, want: []string{`flags.yaml:1:1: /project: key " shop" has blanks at its ends`}},
	{name: "variants and weights in their short form", files: map[string]string{"flags.yaml": `
flags:
  a:
    type: string
    variants:
      blue: x
      green: 5
    default:
      blue: 1
      gren: 1
`}, want: []string{
		`flags.yaml:7:7: flag "a": /variants/1: the variant "green" is a number, the flag is of type string`,
		`flags.yaml:10:7: flag "a": /default/split/gren: unknown variant "gren", want "blue" or "green"`,
	}},
	{name: "nested too deeply", files: map[string]string{"flags.yaml": "flags: {a: {metadata: {x: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}}}"}, want: []string{`flags.yaml:1:123: flag "a": /metadata/x` + strings.Repeat("/0", 96) + `: nested more than 100 deep`}},
	{name: "nested too deeply in JSON", files: map[string]string{"flags.json": `{"flags": {"a": {"metadata": {"x": ` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}}}}"}, want: []string{`flags.json:1:132: flag "a": /metadata/x` + strings.Repeat("/0", 96) + `: nested more than 100 deep`}},
}

func TestBrokenFiles(t *testing.T) {
	for _, test := range brokenFiles {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			path := ""
			for name, text := range test.files {
				write(t, name, text)
				path, _, _ = strings.Cut(name, "/")
			}
			_, err := New(path, &Options{PollInterval: time.Millisecond}).Load(context.Background())
			if err == nil {
				t.Fatal("Load returned no error")
			}
			if diff := cmp.Diff(test.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if !errors.Is(err, hoist.ErrInvalid) {
				t.Errorf("errors.Is(%T, ErrInvalid) = false", err)
			}
		})
	}
}

// Of very many problems the first are told, and that there are more.
func TestManyProblems(t *testing.T) {
	var text strings.Builder
	text.WriteString("flags:\n" + strings.Repeat("  a: {x: 1}\n", 1000) + strings.Repeat("  b: {y: .nan}\n", 1000))
	for i := range 1000 {
		fmt.Fprintf(&text, "  c%d: {z: 1}\n", i)
	}
	t.Chdir(t.TempDir())
	write(t, "flags.yaml", text.String())
	_, err := New("flags.yaml", &Options{PollInterval: time.Millisecond}).Load(context.Background())
	list, ok := errors.AsType[Errors](err)
	if !ok || len(list) != 2*maxProblems+1 {
		t.Fatalf("Load: %d problems, want %d", len(list), 2*maxProblems+1)
	}
	if first, want := list[0].Error(), `flags.yaml:2:7: flag "a": /x: unknown member "x"`; first != want {
		t.Errorf("the first problem is %s, want %s", first, want)
	}
	if last, want := list[len(list)-1].Error(), "flags.yaml: and more"; last != want {
		t.Errorf("the last problem is %s, want %s", last, want)
	}
}

// write writes a file as most programs do: in place.
func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
