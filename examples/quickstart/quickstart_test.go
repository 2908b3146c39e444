package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file anew")

const (
	golden = "testdata/quickstart.golden"
	top    = "../.." // of the repository
)

// quickstart is the program, built once for all tests.
var quickstart string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "quickstart-test-")
	if err != nil {
		panic(err)
	}
	quickstart = filepath.Join(dir, "quickstart.exe")
	if out, err := exec.Command("go", "build", "-o", quickstart, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// run runs the program in a directory.
func runIn(t *testing.T, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(quickstart, args...)
	var out, errOut bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errOut
	if err := cmd.Run(); err != nil {
		failed := (*exec.ExitError)(nil)
		if !errors.As(err, &failed) {
			t.Fatal(err)
		}
		code = failed.ExitCode()
	}
	return out.String(), errOut.String(), code
}

func TestDemonstration(t *testing.T) {
	t.Parallel()
	got, stderr, code := runIn(t, top)
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the output is not that of %s (-update writes it anew):\n%s", golden, got)
	}
}

func TestOneDecision(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"boolean", []string{"-flag", "guest-checkout"}, `{"flag":"guest-checkout","value":true,"variant":"true","reason":"STATIC"}`},
		{"environment", []string{"-flag", "test-cards", "-environment", "development"},
			`{"flag":"test-cards","value":true,"variant":"true","reason":"STATIC"}`},
		{"no targeting outside of environments", []string{"-flag", "test-cards"}, `{"flag":"test-cards","reason":"DISABLED"}`},
		{"rule", []string{"-flag", "new-checkout", "-environment", "production", "-subject", `{"email": "ada@shop.example"}`},
			`{"flag":"new-checkout","value":true,"variant":"true","reason":"TARGETING_MATCH","ruleIndex":0,"segments":["beta-testers"]}`},
		{"exposure", []string{"-flag", "new-checkout", "-environment", "production", "-subject", `{"key": "user-1", "company": {"id": "acme"}}`},
			`{"flag":"new-checkout","value":true,"variant":"true","reason":"SPLIT","ruleIndex":1,"bucket":15846}`},
		{"override", []string{"-flag", "new-checkout", "-environment", "production", "-subject", `{"key": "user-grace"}`},
			`{"flag":"new-checkout","value":true,"variant":"true","reason":"TARGETING_MATCH"}`},
		{"requirement", []string{"-flag", "express-checkout", "-environment", "production", "-subject", `{"key": "user-mallory", "cards": 1}`},
			`{"flag":"express-checkout","value":false,"variant":"false","reason":"DISABLED"}`},
		{"OpenFeature's name of the key", []string{"-flag", "new-checkout", "-environment", "production", "-subject", `{"targetingKey": "user-grace"}`},
			`{"flag":"new-checkout","value":true,"variant":"true","reason":"TARGETING_MATCH"}`},
		{"number", []string{"-flag", "page-size", "-subject", `{"device": {"width": 2560}}`},
			`{"flag":"page-size","value":96,"variant":"many","reason":"TARGETING_MATCH","ruleIndex":0}`},
		{"every element", []string{"-flag", "gift-wrapping", "-subject", `{"basket": {"categories": ["books", "cheese"]}}`},
			`{"flag":"gift-wrapping","value":false,"variant":"false","reason":"DEFAULT"}`},
		{"network", []string{"-flag", "warehouse-console", "-subject", `{"email": "a@SHOP.example", "ip": "2001:db8:20::7"}`},
			`{"flag":"warehouse-console","value":true,"variant":"true","reason":"TARGETING_MATCH","ruleIndex":0,"segments":["staff"]}`},
		{"version", []string{"-flag", "update-notice", "-subject", `{"app": "3.1.0-rc.1", "platform": "iOS"}`},
			`{"flag":"update-notice","value":"There is a new version of the app.","variant":"soon","reason":"TARGETING_MATCH","ruleIndex":1}`},
		{"document", []string{"-flag", "banner", "-subject", `{"company": {"name": "A & B <Ltd>", "employees": 250}}`},
			`{"flag":"banner","value":{"title":"Shopping for your company?","text":"Ask us for a quote.","link":"/business","phone":true},"variant":"business","reason":"TARGETING_MATCH","rule":"business","ruleIndex":0,"segments":["large-companies"]}`},
		{"no key", []string{"-flag", "product-page"}, `{"flag":"product-page","reason":"ERROR","error":"TARGETING_KEY_MISSING"}`},
		{"archived", []string{"-flag", "loyalty-points"}, `{"flag":"loyalty-points","reason":"ERROR","error":"FLAG_NOT_FOUND"}`},
		{"unknown", []string{"-flag", "<none>"}, `{"flag":"<none>","reason":"ERROR","error":"FLAG_NOT_FOUND"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, stderr, code := runIn(t, top, test.args...)
			if code != 0 || stderr != "" || got != test.want+"\n" {
				t.Errorf("%q prints %s, want %s; exit code %d, %s", test.args, got, test.want, code, stderr)
			}
			if !json.Valid([]byte(got)) {
				t.Errorf("%q prints what is not JSON: %s", test.args, got)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return name
	}
	broken := write("broken.yaml", "flags:\n  a:\n    defualt: true\n")
	other := write("other.yaml", "flags: {a: {default: true}}\n")
	tests := []struct {
		name string
		dir  string
		args []string
		code int
		want string // in what it says
	}{
		{"unknown argument", top, []string{"-flga", "a"}, 2, "flag provided but not defined: -flga\nusage: quickstart"},
		{"help", top, []string{"-help"}, 0, "usage: quickstart"},
		{"argument without a name", top, []string{"new-checkout"}, 2, `unexpected argument "new-checkout"`},
		{"environment alone", top, []string{"-environment", "production"}, 2, "-environment and -subject go with -flag"},
		{"subject alone", top, []string{"-subject", "{}"}, 2, "-environment and -subject go with -flag"},
		{"empty flag", top, []string{"-flag", ""}, 2, "-flag wants the key of a flag"},
		{"subject that is no JSON", top, []string{"-flag", "a", "-subject", "{"}, 2, "-subject wants a JSON object: hoist: invalid subject"},
		{"subject that is no object", top, []string{"-flag", "a", "-subject", "[1]"}, 2, "-subject wants a JSON object"},
		{"elsewhere", dir, nil, 1, "run it from the top of the repository, or name a file with -flags"},
		{"elsewhere, one decision", dir, []string{"-flag", "a"}, 1, "run it from the top of the repository"},
		{"no such file", top, []string{"-flags", "none.yaml", "-flag", "a"}, 1, "none.yaml"},
		{"broken file", top, []string{"-flags", broken, "-flag", "a"}, 1, `broken.yaml:3:5: flag "a": /defualt: unknown member "defualt", did you mean "default"?`},
		{"not the shop", top, []string{"-flags", other}, 1, "other.yaml is not the file of the shop"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, stderr, code := runIn(t, test.dir, test.args...)
			if code != test.code || !strings.Contains(stderr, test.want) {
				t.Errorf("%q: exit code %d, want %d; it says\n%s\nwant something with\n%s", test.args, code, test.code, stderr, test.want)
			}
		})
	}
}

// The program also works from elsewhere when it is told where the file is.
func TestFileArgument(t *testing.T) {
	t.Parallel()
	file, err := filepath.Abs(filepath.Join(top, shop))
	if err != nil {
		t.Fatal(err)
	}
	got, stderr, code := runIn(t, t.TempDir(), "-flags", file)
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if code != 0 || got != string(want) {
		t.Errorf("exit code %d, %s\n%s", code, stderr, got)
	}
}

// Every command that the README shows is run here, and gives what it shows. A
// line "…" stands for lines that are left out.
func TestREADME(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := consoles(string(text))
	if len(shown) < 2 {
		t.Fatalf("the README shows %d commands, want more", len(shown))
	}
	for _, c := range shown {
		t.Run(c.command, func(t *testing.T) {
			t.Parallel()
			checkConsole(t, c)
		})
	}
}

// A console is a command with the output that a page shows.
type console struct{ command, output string }

// consoles returns the commands in the code blocks of the kind "console".
func consoles(text string) (list []console) {
	for _, block := range strings.Split(text, "```console\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for _, part := range strings.Split("\n"+block, "\n$ ")[1:] {
			command, output, _ := strings.Cut(part, "\n")
			for strings.HasSuffix(command, `\`) {
				more, rest, _ := strings.Cut(output, "\n")
				command, output = command+"\n"+more, rest
			}
			command, _, _ = strings.Cut(command, "   #")
			command = strings.TrimSpace(command)
			list = append(list, console{command, output})
		}
	}
	return list
}

func checkConsole(t *testing.T, c console) {
	rest, ok := strings.CutPrefix(c.command, "go run ./examples/quickstart")
	switch {
	case c.command == "make test":
		c.command = "make --dry-run test >/dev/null" // this test is a part of it
	case c.command == "go get github.com/hoistflags/hoist":
		return // needs the network
	case strings.HasPrefix(c.command, "go run ./examples/migrate "):
		c.command += " 2>/dev/null" // its report
	case !ok:
		t.Fatalf("the test does not know the command %q", c.command)
	default:
		c.command = `"$QUICKSTART"` + rest
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no shell to run commands as the pages show them")
		}
		t.Skip("there is no shell to run commands as the pages show them")
	}
	cmd := exec.Command(shell, "-c", c.command)
	cmd.Dir = top
	cmd.Env = append(os.Environ(), "QUICKSTART="+quickstart)
	got, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v", c.command, err)
	}
	if c.output != "" && !shows(string(got), c.output) {
		t.Errorf("%s prints\n%s\nthe page shows\n%s", c.command, got, c.output)
	}
}

// shows reports whether output is excerpt, in which a line "…" stands for any
// lines.
func shows(output, excerpt string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(excerpt), "…\n", `(.*\n)*`)
	return regexp.MustCompile("^" + pattern + "$").MatchString(output)
}

func TestShows(t *testing.T) {
	t.Parallel()
	const output = "a\nb\nc\nd\n"
	for excerpt, want := range map[string]bool{
		"a\nb\nc\nd\n":       true,
		"a\n…\nd\n":          true,
		"a\n…\n":             true,
		"…\nd\n":             true,
		"…\nb\nc\n…\n":       true,
		"a\n…\nc\n…\nd\n":    true,
		"…\nb\n…\nd\n":       true,
		"a\n":                false,
		"b\n…\n":             false,
		"…\nc\n":             false,
		"…\nc\nb\n…\n":       false,
		"a\n…\nc\n":          false,
		"a\nb\nc\nd\ne\n":    false,
		"…\na\nb\nc\nx\n…\n": false,
	} {
		if got := shows(output, excerpt); got != want {
			t.Errorf("shows(%q, %q) = %v, want %v", output, excerpt, got, want)
		}
	}
}
