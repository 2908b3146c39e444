package hoist_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/store/filestore"
)

// The pages for people. What they claim is tested here, and the commands they
// show by the test of examples/quickstart.
var docPages = []string{"README.md", "docs/file-format.md"}

func pageText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// codeBlocks returns the blocks of a language in a page.
func codeBlocks(text, language string) (blocks []string) {
	for _, rest := range strings.Split("\n"+text, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(rest, "```")
		blocks = append(blocks, block)
	}
	return blocks
}

// The first code that the README shows is an example that runs.
func TestREADMECode(t *testing.T) {
	t.Parallel()
	set := token.NewFileSet()
	file := parseGo(t, set, "example_open_test.go")
	i := slices.IndexFunc(file.Decls, func(d ast.Decl) bool {
		f, ok := d.(*ast.FuncDecl)
		return ok && f.Name.Name == "ExampleOpen"
	})
	var body bytes.Buffer
	commented := &printer.CommentedNode{Node: file.Decls[i].(*ast.FuncDecl).Body, Comments: file.Comments}
	config := printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}
	if err := config.Fprint(&body, set, commented); err != nil {
		t.Fatal(err)
	}
	code, _, _ := strings.Cut(body.String(), "\n\t// Output:")
	code = strings.ReplaceAll(strings.TrimPrefix(code, "{"), "\n\t", "\n")
	want := strings.TrimSpace(code) + "\n"
	if got := codeBlocks(pageText(t, "README.md"), "go")[0]; got != want {
		t.Errorf("the first code of the README is\n%s\nwant the body of ExampleOpen:\n%s", got, want)
	}
}

// Every file that a page shows is good.
func TestPagesFiles(t *testing.T) {
	t.Parallel()
	for _, name := range docPages {
		for _, block := range codeBlocks(pageText(t, name), "yaml") {
			if _, err := loadText(t, block); err != nil && strings.Contains(block, "flags:") {
				t.Errorf("%s: %v\n%s", name, err, block)
			}
		}
	}
}

// loadText loads a flags file of this text.
func loadText(t *testing.T, text string) (hoist.State, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "flags.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return filestore.New(file, nil).Load(context.Background())
}

// tableRows returns the rows of the table below a header, cell by cell.
func tableRows(t *testing.T, text, header string) (rows [][]string) {
	t.Helper()
	_, rest, found := strings.Cut(text, "\n"+header+"\n")
	if !found {
		t.Fatalf("there is no table %q", header)
	}
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			break
		}
		if !strings.HasPrefix(line, "|---") {
			rows = append(rows, strings.Split(strings.Trim(line, "| "), " | "))
		}
	}
	return rows
}

// The table of operators has each operator once, with an example that is good.
func TestREADMEOperators(t *testing.T) {
	t.Parallel()
	var got []string
	for _, row := range tableRows(t, pageText(t, "README.md"), "| operator | holds if | example |") {
		operator, example := strings.Trim(row[0], "`"), strings.Trim(row[2], "`")
		got = append(got, operator)
		if !strings.Contains(example, operator+": ") {
			t.Errorf("the example for %s does not show it: %s", operator, example)
		}
		if _, err := loadText(t, "flags: {example: {rules: [{when: "+example+", serve: true}]}}"); err != nil {
			t.Errorf("the example for %s: %v", operator, err)
		}
	}
	if want := operatorConstants(t); !slices.Equal(got, want) {
		t.Errorf("the table has the operators\n%q, want\n%q", got, want)
	}
}

// operatorConstants returns the operators that constraint.go declares.
func operatorConstants(t *testing.T) (operators []string) {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^\t\w+ +Operator = "(\w+)"`)
	for _, found := range declared.FindAllStringSubmatch(pageText(t, "constraint.go"), -1) {
		operators = append(operators, found[1])
	}
	return operators
}

// The table of limits has each exported limit, with its value.
func TestREADMELimits(t *testing.T) {
	t.Parallel()
	limits := map[string]int{
		"MaxDocumentBytes":  hoist.MaxDocumentBytes,
		"MaxDocumentDepth":  hoist.MaxDocumentDepth,
		"MaxKeyBytes":       hoist.MaxKeyBytes,
		"MaxVariants":       hoist.MaxVariants,
		"MaxRules":          hoist.MaxRules,
		"MaxConditionDepth": hoist.MaxConditionDepth,
		"MaxConditions":     hoist.MaxConditions,
		"MaxOperands":       hoist.MaxOperands,
		"MaxRegexpBytes":    hoist.MaxRegexpBytes,
		"MaxReferences":     hoist.MaxReferences,
		"MaxReferenceDepth": hoist.MaxReferenceDepth,
		"MaxSubjectBytes":   hoist.MaxSubjectBytes,
		"MaxSubjectDepth":   hoist.MaxSubjectDepth,
	}
	for _, row := range tableRows(t, pageText(t, "README.md"), "| constant | limit | of |") {
		name := strings.Trim(row[0], "`")
		if want := limitText(limits[name]); row[1] != want {
			t.Errorf("the README says %s is %s, want %s", name, row[1], want)
		}
		delete(limits, name)
	}
	for name := range limits {
		t.Errorf("the README does not have %s", name)
	}
}

// TestREADMELimits must know each limit there is.
func TestREADMELimitsAreAll(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	known := pageText(t, "readme_test.go")
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			for _, limit := range exportedLimits(decl) {
				if !strings.Contains(known, "hoist."+limit+",") {
					t.Errorf("%s in %s is not in the test of the README's limits", limit, name)
				}
			}
		}
	}
}

// exportedLimits returns the constants that decl declares whose names begin
// with Max.
func exportedLimits(decl ast.Decl) (limits []string) {
	d, ok := decl.(*ast.GenDecl)
	if !ok || d.Tok != token.CONST {
		return nil
	}
	for _, spec := range d.Specs {
		for _, name := range spec.(*ast.ValueSpec).Names {
			if strings.HasPrefix(name.Name, "Max") {
				limits = append(limits, name.Name)
			}
		}
	}
	return limits
}

// limitText returns n as the README writes it.
func limitText(n int) string {
	if n > 0 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// The pages explain each member that the schema has.
func TestPagesMembers(t *testing.T) {
	t.Parallel()
	var schema any
	if err := json.Unmarshal([]byte(pageText(t, "docs/flags.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, name := range docPages {
		text.WriteString(pageText(t, name))
	}
	members := map[string]bool{}
	addMembers(members, schema)
	delete(members, "$schema") // stands in a comment
	for member := range members {
		// In code, alone or with what stands there: `member`, {member: …}.
		if !regexp.MustCompile("[`{ ]" + member + "[`:]").MatchString(text.String()) {
			t.Errorf("no page explains %q", member)
		}
	}
}

// addMembers adds the names of all properties in a schema.
func addMembers(members map[string]bool, schema any) {
	switch s := schema.(type) {
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		for name := range properties {
			members[name] = true
		}
		for _, inner := range s {
			addMembers(members, inner)
		}
	case []any:
		for _, inner := range s {
			addMembers(members, inner)
		}
	}
}

// What the README says of missing and wrong flags is so.
func TestREADMEMissingAndWrong(t *testing.T) {
	t.Parallel()
	words := map[string]bool{}
	for r := hoist.ReasonError; r <= hoist.ReasonDisabled; r++ {
		words[r.String()] = true
	}
	for k := hoist.FlagNotFound; k <= hoist.EvaluationFailed; k++ {
		words[k.String()] = true
	}
	for _, row := range tableRows(t, pageText(t, "README.md"), "| what | answer | reason, error |") {
		for word := range strings.SplitSeq(row[2], ", ") {
			if !words[strings.Trim(word, "`")] {
				t.Errorf("%s: there is no reason or error %s", row[0], word)
			}
		}
	}
}

// The error that the README shows is what the file store says.
func TestREADMEError(t *testing.T) {
	t.Parallel()
	_, err := loadText(t, strings.Repeat("\n", 10)+`
flags:
  checkout:
    rules: [{when: {attribute: email, startWith: ada}, serve: true}]
`)
	if err == nil {
		t.Fatal("a misspelled operator is no error")
	}
	message := err.Error()[strings.Index(err.Error(), "flags.yaml:"):]
	if !strings.Contains(pageText(t, "README.md"), "    "+message+"\n") {
		t.Errorf("the README does not show\n%s", message)
	}
}

// Links within the repository lead somewhere.
func TestPagesLinks(t *testing.T) {
	t.Parallel()
	links := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, name := range docPages {
		for _, found := range links.FindAllStringSubmatch(pageText(t, name), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), found[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
