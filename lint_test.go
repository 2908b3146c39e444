package hoist_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The 32-bit functions of murmur3 read past the end of a slice: the process
// ends under the race detector's pointer checks.
func TestLintHash(t *testing.T) {
	banned := map[string]bool{"Sum32": true, "Sum32WithSeed": true}
	eachGoFile(t, func(set *token.FileSet, file *ast.File) {
		name := importedAs(file, "github.com/spaolacci/murmur3", "murmur3")
		if name == "." {
			t.Errorf("%v: murmur3 is imported with a dot, which hides its calls", set.Position(file.Package))
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && banned[s.Sel.Name] && isIdent(s.X, name) {
				t.Errorf("%v: murmur3.%s ends the process under -race; use New32WithSeed", set.Position(n.Pos()), s.Sel.Name)
			}
			return true
		})
	})
}

// A skipped test must say why, or nobody notices that it never runs.
func TestLintSkips(t *testing.T) {
	eachGoFile(t, func(set *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			s, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			bare := s.Sel.Name == "SkipNow" || s.Sel.Name == "Skip" && (len(call.Args) == 0 || isEmptyText(call.Args[0]))
			if bare && strings.HasSuffix(set.Position(n.Pos()).Filename, "_test.go") {
				t.Errorf("%v: %s without a reason", set.Position(n.Pos()), s.Sel.Name)
			}
			return true
		})
	})
}

// What is committed must not depend on the machine it was written on.
func TestLintPlaces(t *testing.T) {
	// Absolute paths below the usual homes of a checkout, and the hosts of
	// package registries. The texts are split so that they do not match here.
	places := regexp.MustCompile(`(^|[^\w.~)}-])/(work|root|home|Users)/` +
		`|proxy\.golang` + `\.org|sum\.golang` + `\.org|registry\.npmjs` + `\.org|deb\.debian` + `\.org`)
	for _, name := range repositoryFiles(t) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(content, 0) >= 0 {
			continue // not text
		}
		for i, line := range bytes.Split(content, []byte("\n")) {
			if found := places.Find(line); found != nil {
				t.Errorf("%s:%d: %q is the place of one machine, or a host that the toolchain's settings choose", name, i+1, found)
			}
		}
	}
}

// Every exported name of the published packages has a doc comment. (Its form
// is staticcheck's business.)
func TestLintDocs(t *testing.T) {
	for _, p := range goList(t, "./...") {
		if p.Name == "main" || strings.Contains(p.ImportPath, "/internal/") {
			continue
		}
		set := token.NewFileSet()
		files, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		documented := false
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file := parseGo(t, set, name)
			documented = documented || file.Doc != nil
			for _, decl := range file.Decls {
				for what, pos := range undocumented(decl) {
					t.Errorf("%v: %s has no doc comment", set.Position(pos), what)
				}
			}
		}
		if !documented {
			t.Errorf("package %s has no doc comment", p.ImportPath)
		}
	}
}

// undocumented returns the exported names that decl declares without a doc
// comment. Within parentheses the comment may also stand above them all or, for
// constants and variables, behind the name.
func undocumented(decl ast.Decl) map[string]token.Pos {
	found := map[string]token.Pos{}
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && hasExportedReceiver(d) {
			found[d.Name.Name] = d.Pos()
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
						found[name.Name] = name.Pos()
					}
				}
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					if d.Doc == nil && s.Doc == nil {
						found[s.Name.Name] = s.Pos()
					}
					maps.Copy(found, undocumentedMethods(s))
				}
			}
		}
	}
	return found
}

// undocumentedMethods does the same for the methods of an interface.
func undocumentedMethods(s *ast.TypeSpec) map[string]token.Pos {
	found := map[string]token.Pos{}
	if i, ok := s.Type.(*ast.InterfaceType); ok {
		for _, m := range i.Methods.List {
			if len(m.Names) == 1 && m.Names[0].IsExported() && m.Doc == nil && m.Comment == nil {
				found[s.Name.Name+"."+m.Names[0].Name] = m.Pos()
			}
		}
	}
	return found
}

// hasExportedReceiver reports whether d is a function, or a method that
// documentation shows.
func hasExportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// All modules and the workspace name the same Go release: the older of the two
// that are supported.
func TestLintGoLines(t *testing.T) {
	lines := map[string][]string{}
	directive := regexp.MustCompile(`(?m)^go (\S+)$`)
	for _, name := range repositoryFiles(t) {
		if base := filepath.Base(name); base != "go.mod" && base != "go.work" || strings.Contains(name, "testdata") {
			continue
		}
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		version := "nothing"
		if found := directive.FindSubmatch(content); found != nil {
			version = string(found[1])
		}
		lines[version] = append(lines[version], name)
		if bytes.Contains(content, []byte("\ntoolchain ")) {
			t.Errorf("%s has a toolchain line, which would choose a Go release for everyone", name)
		}
	}
	if len(lines) != 1 {
		t.Errorf("the go lines differ: %v", lines)
	}
}

// repositoryFiles returns every file of the repository, except what git is told
// to ignore. It walks the tree even if git has the list: go test runs a test
// again, instead of showing its last result, when a folder that it read has
// changed.
func repositoryFiles(t *testing.T) []string {
	t.Helper()
	var inGit []string
	out, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err == nil {
		inGit = strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
		slices.Sort(inGit)
	}
	var names []string
	err = filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		if _, found := slices.BinarySearch(inGit, filepath.ToSlash(name)); found || inGit == nil {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// eachGoFile calls check with every Go file of every module, tests included.
func eachGoFile(t *testing.T, check func(*token.FileSet, *ast.File)) {
	t.Helper()
	set := token.NewFileSet()
	for _, name := range repositoryFiles(t) {
		if strings.HasSuffix(name, ".go") && !strings.Contains(filepath.ToSlash(name), "testdata/") {
			check(set, parseGo(t, set, name))
		}
	}
}

func parseGo(t *testing.T, set *token.FileSet, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// importedAs returns the name under which file imports path, "" if it does
// not.
func importedAs(file *ast.File, path, name string) string {
	for _, i := range file.Imports {
		if p, _ := strconv.Unquote(i.Path.Value); p == path {
			if i.Name != nil {
				return i.Name.Name
			}
			return name
		}
	}
	return ""
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && name != "" && id.Name == name
}

func isEmptyText(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && (lit.Value == `""` || lit.Value == "``")
}
