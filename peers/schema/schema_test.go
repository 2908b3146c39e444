package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/hoistflags/hoist"
)

const root = "../.."

// schemaText returns the schema, decoded.
func schemaText(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(root + "/docs/flags.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return document.(map[string]any)
}

// compile returns the schema, to check documents with. It checks the schema
// itself against that of draft 2020-12.
func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("flags.schema.json", schemaText(t)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("flags.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A place is an object of the file that has members: where its members are
// listed in the schema and in the decoder, and a document around it.
type place struct {
	definition string   // in $defs, "" for the file itself
	lists      []string // variables of the decoder
	document   string   // with % for the object
	with       string   // members without which the object is not complete
	aside      []string // members that belong to other definitions
}

var places = []place{
	{"", []string{"setMembers"}, `%`, ``, nil},
	{"environmentObject", []string{"environmentMembers"}, `{"environments": [%]}`, `"key": "it"`, nil},
	{"segment", []string{"segmentMembers"}, `{"segments": {"it": %}}`, ``, nil},
	{"flag", []string{"flagMembers", "targetingMembers"}, `{"flags": {"it": %}}`, ``, nil},
	{"variant", []string{"variantMembers"}, `{"flags": {"it": {"variants": [%]}}}`, `"name": "a"`, nil},
	{"targeting", []string{"targetingMembers"}, `{"flags": {"it": {"environments": {"production": %}}}}`, ``, nil},
	{"override", []string{"overrideMembers"}, `{"flags": {"it": {"overrides": [%]}}}`, `"variant": "a"`, nil},
	{"rule", []string{"ruleMembers"}, `{"flags": {"it": {"rules": [%]}}}`, `"serve": true`, nil},
	{"sticky", []string{"stickyMembers"}, `{"flags": {"it": {"rules": [{"serve": true, "sticky": %}]}}}`, ``, nil},
	{"window", []string{"windowMembers"}, `{"flags": {"it": {"rules": [{"serve": true, "window": %}]}}}`, ``, nil},
	{"constraint", []string{"conditionMembers"}, `{"flags": {"it": {"rules": [{"serve": true, "when": %}]}}}`, `"attribute": "a", "is": "b"`, []string{"all", "any", "segment", "flag"}},
	{"productConstraint", nil, `{"segments": {"it": {"semantics": "unleash", "when": %}}}`, `"attribute": "a", "STR_CONTAINS": "b"`, nil},
	{"allCondition", nil, `{"segments": {"it": {"when": %}}}`, ``, nil},
	{"anyCondition", nil, `{"segments": {"it": {"when": %}}}`, ``, nil},
	{"notCondition", nil, `{"segments": {"it": {"when": %}}}`, ``, nil},
	{"segmentCondition", nil, `{"segments": {"it": {"when": %}}}`, ``, nil},
	{"flagCondition", nil, `{"segments": {"it": {"when": %}}}`, `"flag": "a", "is": true`, nil},
	{"exposureObject", []string{"exposureMembers"}, `{"segments": {"it": {"exposure": %}}}`, `"share": 5`, nil},
	{"ramp", []string{"rampMembers"}, `{"segments": {"it": {"exposure": {"ramp": %}}}}`, `"start": "2026-01-01T00:00:00Z", "end": "2027-01-01T00:00:00Z"`, nil},
	{"stage", []string{"stageMembers"}, `{"segments": {"it": {"exposure": {"ramp": {"stages": [%]}}}}}`, `"at": "2026-01-01T00:00:00Z"`, nil},
	{"actionServe", nil, `{"flags": {"it": {"default": %}}}`, ``, nil},
	{"split", []string{"splitMembers"}, `{"flags": {"it": {"default": %}}}`, `"split": {"true": 1}`, nil},
	{"arm", []string{"armMembers"}, `{"flags": {"it": {"default": {"split": [%]}}}}`, `"variant": true, "weight": 1`, nil},
	{"splitOverride", []string{"splitOverrideMembers"}, `{"flags": {"it": {"default": {"split": {"true": 1}, "overrides": [%]}}}}`, `"attribute": "a", "variant": true`, nil},
}

// The members that the schema lists are those that the decoder lists.
func TestMembers(t *testing.T) {
	schema := schemaText(t)
	known := decoderLists(t)
	seen := map[string]bool{}
	for _, p := range places {
		object := definition(t, schema, p.definition)
		if object["additionalProperties"] != false {
			t.Errorf("%s: unknown members are not excluded", p.definition)
		}
		seen[p.definition] = true
		if p.lists == nil {
			continue
		}
		var want []string
		for _, list := range p.lists {
			if known[list] == nil {
				t.Fatalf("the decoder has no list %s", list)
			}
			want = append(want, known[list]...)
		}
		if p.definition == "constraint" {
			want = append(want, operators(t)...)
		}
		want = slices.DeleteFunc(want, func(name string) bool { return slices.Contains(p.aside, name) })
		got := slices.Sorted(maps.Keys(object["properties"].(map[string]any)))
		slices.Sort(want)
		if want = slices.Compact(want); !slices.Equal(got, want) {
			t.Errorf("%s: the schema has the members\n%v, the decoder\n%v", p.definition, got, want)
		}
	}
	for name, d := range schema["$defs"].(map[string]any) {
		if _, object := d.(map[string]any)["properties"]; object && !seen[name] {
			t.Errorf("%s has members, but is not tested", name)
		}
	}
}

// Each member with each of its examples is what both the schema and the decoder
// take, and a member that does not exist is what neither takes. Members that
// begin with "x-" are taken by both, or by neither.
func TestExamples(t *testing.T) {
	schema, check := schemaText(t), compile(t)
	for _, p := range places {
		for name, property := range definition(t, schema, p.definition)["properties"].(map[string]any) {
			examples := examplesOf(t, schema, property)
			if len(examples) == 0 {
				t.Errorf("%s: %s has no example", p.definition, name)
			}
			for _, example := range examples {
				expect(t, check, p.around(name, example), true)
			}
		}
		expect(t, check, p.around("nameless", "x"), false)
		expect(t, check, p.around("x-note", "x"), definition(t, schema, p.definition)["patternProperties"] != nil)
	}
}

// around returns a document in which an object has a member, and the members
// that it must have besides.
func (p place) around(name string, value any) string {
	members := map[string]any{}
	with := p.with
	switch p.definition + "/" + name {
	case "exposureObject/ramp", "exposureObject/population", "ramp/stages":
		with = ""
	case "arm/action":
		with = `"weight": 1`
	}
	if err := json.Unmarshal([]byte("{"+with+"}"), &members); err != nil {
		panic(err)
	}
	if p.definition == "constraint" && members["attribute"] != nil && name != "attribute" && name != "nameless" && !isModifier(name) {
		delete(members, "is")
	}
	if p.definition == "flagCondition" && name == "in" {
		delete(members, "is")
	}
	members[name] = value
	object, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return strings.Replace(p.document, "%", string(object), 1)
}

func isModifier(name string) bool {
	return slices.Contains([]string{"not", "ignoreCase", "every"}, name) || strings.HasPrefix(name, "x-")
}

// Whole files that are right, and what makes them wrong.
func TestDocuments(t *testing.T) {
	check := compile(t)
	for _, test := range documents {
		expect(t, check, test.text, test.valid)
	}
}

var documents = []struct {
	text  string
	valid bool
}{
	{`{}`, true},
	{`{"flags": null, "segments": null}`, true},
	{`{"flags": {"a": null}}`, true},
	{`{"flags": {"a": {"environments": {"production": {"default": true}}, "rules": []}}}`, true},
	{`{"flags": {"a": {"rules": [{"when": {}, "serve": true}]}}}`, true},
	{`{"flags": {"a": {"rules": [{"when": [{"attribute": "a", "is": 1}, {"not": {"any": []}}], "serve": {"true": 1, "false": 3}}]}}}`, true},
	{`{"flags": {"a": {"variants": {"split": 1, "action": 2}, "default": {"split": 1, "action": 2}}}}`, true},
	{`{"flags": {"a": {"variants": {"1": "x"}, "default": 1}}}`, true},
	{`{"flags": {"a": {"default": {"split": [{"variant": true, "weight": 1}, {"action": "fallback", "weight": 3}], "by": ["company", "key"]}}}}`, true},
	{`{"flags": {"a": {"default": {"action": "fallback"}, "expires": "2026-01-01T00:00:00+01:00"}}}`, true},
	{`{"segments": {"a": {"exposure": {"ramp": {"stages": [{"at": "2026-01-01T00:00:00Z", "share": 1}, {"at": "2026-02-01T00:00:00Z", "share": "100%"}]}, "by": "company"}}}}`, true},
	{`{"flags": {"a": {"default": true}, "b": {"requires": {"a": [true, false]}, "rules": [{"when": {"flag": "a", "in": [true]}, "serve": true}]}}}`, true},

	{`[]`, false},
	{`{"flags": []}`, false},
	{`{"flags": {"": {}}}`, false},
	{`{"flags": {" a": {}}}`, false},
	{`{"flags": {"a\n": {}}}`, false},
	{`{"flags": {"a": true}}`, false},
	{`{"flags": {"a": {"key": "b"}}}`, true}, // the schema cannot know; see below
	{`{"environments": [{"name": "x"}]}`, false},
	{`{"environments": "production"}`, false},
	{`{"flags": {"a": {"type": "bool"}}}`, false},
	{`{"flags": {"a": {"semantics": "nativ"}}}`, false},
	{`{"flags": {"a": {"enabled": "yes"}}}`, false},
	{`{"flags": {"a": {"expires": "2026-1-1"}}}`, false},
	{`{"flags": {"a": {"expires": "tomorrow"}}}`, false},
	{`{"flags": {"a": {"targeting": {}, "default": true}}}`, false},
	{`{"flags": {"a": {"variants": [{"value": true}]}}}`, false},
	{`{"flags": {"a": {"variants": "blue"}}}`, false},
	{`{"flags": {"a": {"environments": {"production": true}}}}`, false},
	{`{"flags": {"a": {"requires": {"b": []}}}}`, false},
	{`{"flags": {"a": {"requires": ["b"]}}}`, false},
	{`{"flags": {"a": {"default": null}}}`, false},
	{`{"flags": {"a": {"default": []}}}`, false},
	{`{"flags": {"a": {"default": {}}}}`, false},
	{`{"flags": {"a": {"default": {"true": -1, "false": 2}}}}`, false},
	{`{"flags": {"a": {"default": {"true": "50 %"}}}}`, false},
	{`{"flags": {"a": {"default": {"action": "next", "split": {"true": 1}}}}}`, false},
	{`{"flags": {"a": {"default": {"action": "stop"}}}}`, false},
	{`{"flags": {"a": {"default": {"split": [{"weight": 1}]}}}}`, false},
	{`{"flags": {"a": {"default": {"split": [{"variant": true, "action": "next", "weight": 1}]}}}}`, false},
	{`{"flags": {"a": {"default": {"split": []}}}}`, false},
	{`{"flags": {"a": {"rules": {"serve": true}}}}`, false},
	{`{"flags": {"a": {"rules": [{"when": {"segment": "b"}}]}}}`, false},
	{`{"flags": {"a": {"rules": [{"serve": true, "window": {"notBefore": "2026-01-01"}}]}}}`, false},
	{`{"flags": {"a": {"rules": [{"serve": true, "exposure": {}}]}}}`, false},
	{`{"flags": {"a": {"rules": [{"serve": true, "exposure": 101}]}}}`, false},
	{`{"flags": {"a": {"rules": [{"serve": true, "exposure": "101 %"}]}}}`, false},
	{`{"flags": {"a": {"rules": [{"serve": true, "exposure": "25"}]}}}`, false},
	{`{"flags": {"a": {"rules": [{"serve": true, "exposure": "25.0001 %"}]}}}`, false},
	{`{"flags": {"a": {"rules": [{"serve": true, "exposure": {"share": 5, "ramp": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}}}]}}}`, false},
	{`{"segments": {"a": {"exposure": {"ramp": {}}}}}`, false},
	{`{"segments": {"a": {"exposure": {"ramp": {"start": "2026-01-01T00:00:00Z"}}}}}`, false},
	{`{"segments": {"a": {"exposure": {"ramp": {"steps": 1.5, "start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}}}}}`, false},
	{`{"segments": {"a": {"exposure": {"ramp": {"from": 5, "stages": [{"at": "2026-01-01T00:00:00Z", "share": 1}]}}}}}`, false},
	{`{"segments": {"a": {"when": true}}}`, false},
	{`{"segments": {"a": {"when": {"segment": ""}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a"}}}}`, false},
	{`{"segments": {"a": {"when": {"is": "a"}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "is": "a", "in": ["b"]}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "is": "a", "all": []}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "is": null}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "in": [["b"]]}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "", "is": "b"}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "startsWith": 5}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "matches": ["a", "b"]}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "matches": "("}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "atLeast": "5"}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "versionIs": "1.2.3.4"}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "versionIs": true}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "before": "now-x"}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "before": 5}}}}`, false},
	{`{"segments": {"a": {"when": {"attribute": "a", "present": "yes"}}}}`, false},
	{`{"segments": {"a": {"when": {"flag": "a"}}}}`, false},
	{`{"segments": {"a": {"when": {"flag": "a", "is": true, "not": true}}}}`, false},
	{`{"segments": {"a": {"when": {"flag": "a", "atLeast": 5}}}}`, false},
	{`{"segments": {"a": {"when": {"all": {"attribute": "a", "is": "b"}}}}}`, false},
}

// Files of the repository are what the schema takes, too.
func TestFiles(t *testing.T) {
	check := compile(t)
	for _, name := range []string{"store/filestore/testdata/shop.yaml", "testdata/shop/flags.yaml"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		var node yaml.Node
		if err := yaml.Unmarshal(text, &node); err != nil {
			t.Fatal(err)
		}
		var document any
		keepTimes(&node)
		if err := node.Decode(&document); err != nil {
			t.Fatal(err)
		}
		if err := check.Validate(plain(document)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// keepTimes makes dates and times the texts that they are in a flags file.
func keepTimes(n *yaml.Node) {
	if n.Tag == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, child := range n.Content {
		keepTimes(child)
	}
}

// plain returns what the YAML library makes of a document as what JSON would
// be: with names that are texts.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			out[name] = plain(member)
		}
		return out
	case map[any]any:
		out := map[string]any{}
		for name, member := range v {
			out[fmt.Sprint(name)] = plain(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	}
	return v
}

// expect checks that schema and library agree on a document. What flags and
// segments refer to is not the schema's business.
func expect(t *testing.T, check *jsonschema.Schema, document string, valid bool) {
	t.Helper()
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	if err := check.Validate(instance); (err == nil) != valid {
		t.Errorf("%s\nthe schema says %v, want valid = %v", document, err, valid)
	}
	if strings.Contains(document, `"key": "b"`) {
		return // keys that differ: what the schema cannot tell
	}
	if err := validate(document); (err == nil) != valid {
		t.Errorf("%s\nthe library says %v, want valid = %v", document, err, valid)
	}
}

// validate returns what is wrong with the single objects of a document.
func validate(document string) error {
	var set hoist.Set
	if err := set.UnmarshalJSON([]byte(document)); err != nil {
		return err
	}
	list, _ := errors.AsType[hoist.Errors](set.Validate())
	for _, segment := range set.Segments {
		wrong, _ := errors.AsType[hoist.Errors](segment.Validate())
		list = append(list, wrong...)
	}
	list = slices.DeleteFunc(list, isElsewhere)
	if len(list) == 0 {
		return nil
	}
	return list
}

// isElsewhere reports whether e is about what other parts of a file must have:
// the members under test stand in a file without any.
func isElsewhere(e *hoist.FieldError) bool {
	return slices.ContainsFunc([]string{"unknown variant", "are for semantics", "does not exist", "form a circle"}, func(words string) bool {
		return strings.Contains(e.Problem, words)
	})
}

func definition(t *testing.T, schema map[string]any, name string) map[string]any {
	t.Helper()
	if name == "" {
		return schema
	}
	d, ok := schema["$defs"].(map[string]any)[name].(map[string]any)
	if !ok {
		t.Fatalf("the schema has no definition %s", name)
	}
	return d
}

// examplesOf returns the examples of a property, its own or those of what it
// refers to.
func examplesOf(t *testing.T, schema map[string]any, property any) []any {
	t.Helper()
	p := property.(map[string]any)
	if examples, ok := p["examples"].([]any); ok {
		return examples
	}
	reference, ok := p["$ref"].(string)
	if !ok {
		return nil
	}
	var at any = schema
	for step := range strings.SplitSeq(strings.TrimPrefix(reference, "#/"), "/") {
		at = at.(map[string]any)[step]
	}
	return examplesOf(t, schema, at)
}

// decoderLists returns the lists of members that the decoder has for its
// messages, from its source.
func decoderLists(t *testing.T) map[string][]string {
	t.Helper()
	lists := map[string][]string{}
	eachFile(t, root+"/decode*.go", func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Names) == 1 && len(v.Values) == 1 && strings.HasSuffix(v.Names[0].Name, "Members") {
				ast.Inspect(v.Values[0], func(n ast.Node) bool {
					if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
						name, _ := strconv.Unquote(text.Value)
						lists[v.Names[0].Name] = append(lists[v.Names[0].Name], name)
					}
					return true
				})
			}
			return true
		})
	})
	return lists
}

// operators returns the constants of type Operator, from their source.
func operators(t *testing.T) []string {
	t.Helper()
	var names []string
	eachFile(t, root+"/*.go", func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := v.Type.(*ast.Ident); ok && kind.Name == "Operator" && len(v.Values) == 1 {
				name, _ := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				names = append(names, name)
			}
			return true
		})
	})
	if len(names) == 0 {
		t.Fatal("there is no constant of type Operator")
	}
	return names
}

func eachFile(t *testing.T, pattern string, visit func(*ast.File)) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v, %v", pattern, names, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		visit(file)
	}
}
