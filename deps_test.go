package hoist_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/hoistflags/hoist"

// linkedModules are the modules that a program may link because it imports the
// library. Whoever adds one makes every user's security scanner look at it.
var linkedModules = []string{
	"github.com/Masterminds/semver/v3",
	"github.com/spaolacci/murmur3",
	"github.com/tidwall/gjson",
	"github.com/tidwall/match",  // by gjson
	"github.com/tidwall/pretty", // by gjson
	"go.yaml.in/yaml/v3",        // by the file store
}

// rootModules are those of them that the root package may link.
var rootModules = linkedModules[:5]

// testModules are the modules that tests may need besides.
var testModules = []string{
	"github.com/google/go-cmp",
	"pgregory.net/rapid",
}

// foreignToRoot are the packages the root package must not import: it does no
// input and output, and what it needs from the world is handed to it.
var foreignToRoot = []string{
	"database/sql", "embed", "io/ioutil", "net", "net/http", "os", "os/exec",
	"os/signal", "path/filepath", "plugin", "syscall", "testing",
}

func TestDependenciesOfPublishedPackages(t *testing.T) {
	checkModules(t, linkedModules, goList(t, "-deps", "./..."))
}

func TestDependenciesOfRootPackage(t *testing.T) {
	checkModules(t, rootModules, goList(t, "-deps", "."))
	root := goList(t, ".")[0]
	for _, path := range root.Imports {
		if slices.Contains(foreignToRoot, path) {
			t.Errorf("the root package imports %s", path)
		}
		if inner, ok := strings.CutPrefix(path, modulePath+"/"); ok && !strings.HasPrefix(inner, "internal/") {
			t.Errorf("the root package imports %s; imports point the other way", path)
		}
	}
}

func TestDependenciesOfTests(t *testing.T) {
	checkModules(t, slices.Concat(linkedModules, testModules), goList(t, "-deps", "-test", "./..."))
}

// A goPackage is what go list says about a package.
type goPackage struct {
	ImportPath string
	Name       string
	Dir        string
	Imports    []string
	Module     *struct{ Path string }
}

// goList lists packages of the library's module as those who import it see
// them: without the workspace.
func goList(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Name,Dir,Imports,Module"}, args...)...)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		t.Fatalf("%v: %v\n%s", cmd, err, failed.Stderr)
	} else if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	var packages []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatalf("%v: %v", cmd, err)
		}
		packages = append(packages, p)
	}
}

// checkModules reports packages that are not standard, ours, or of one of the
// allowed modules.
func checkModules(t *testing.T, allowed []string, packages []goPackage) {
	t.Helper()
	if len(packages) < 2 {
		t.Fatalf("go list found %d packages, want more", len(packages))
	}
	for _, p := range packages {
		if p.Module != nil && p.Module.Path != modulePath && !slices.Contains(allowed, p.Module.Path) {
			t.Errorf("package %s of module %s is linked, allowed are %q", p.ImportPath, p.Module.Path, allowed)
		}
	}
}
