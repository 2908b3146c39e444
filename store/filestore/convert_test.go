package filestore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// conversions are YAML documents and the JSON that they stand for.
var conversions = []struct{ name, yaml, want string }{
	{"scalars", `{a: x, b: true, c: False, d: ~, e: null, f: , g: "", h: ''}`, `{"a":"x","b":true,"c":false,"d":null,"e":null,"f":null,"g":"","h":""}`},
	{"quoted scalars are texts", `{a: "true", b: '5', c: "~"}`, `{"a":"true","b":"5","c":"~"}`},
	{"the yes and no of YAML 1.1 are texts", `[yes, no, on, off, y, n, Yes, NO]`, `["yes","no","on","off","y","n","Yes","NO"]`},
	{"integers", `[0, 7, -7, +7, 9007199254740993, 123456789012345678901234567890, 0x1F, 0o17, -0]`, `[0,7,-7,7,9007199254740993,123456789012345678901234567890,31,15,-0]`},
	{"numbers keep their digits", `[2.10, 1.0, -0.50, .5, -.5, 5., 1e3, 1.50E+10, 5.e-3, +2.50, 0.10]`, `[2.10,1.0,-0.50,0.5,-0.5,5.0,1e3,1.50E+10,5.0e-3,2.50,0.10]`},
	{"what looks like a number but is none", `[1.2.3, 10.0.0.0/8, 12:30, 1-2, "-", +, ., ..5, 1e, 0x, 0xg, 25 %, 0o8, e5, -x]`, `["1.2.3","10.0.0.0/8","12:30","1-2","-","+",".","..5","1e","0x","0xg","25 %","0o8","e5","-x"]`},
	{"dates and times are texts as written", `[2026-05-01, 2026-05-01T08:00:00Z, 2026-05-01 08:00:00]`, `["2026-05-01","2026-05-01T08:00:00Z","2026-05-01 08:00:00"]`},
	{"tags", `[!!str 5, !!int "5", !!float 5, !!bool "true", !!null "", !!timestamp 2026-05-01, !!map {}, !!seq [], ! 5]`, `["5",5,5,true,null,"2026-05-01",{},[],5]`},
	{"names as written", `{true: 50, 1: a, 2.10: b, 2026-05-01: c, ~: d, "x": e, yes: f}`, `{"true":50,"1":"a","2.10":"b","2026-05-01":"c","~":"d","x":"e","yes":"f"}`},
	{"order is kept", "z: 1\na: 2\nm: {y: 1, b: 2}\n", `{"z":1,"a":2,"m":{"y":1,"b":2}}`},
	{"long texts", "a: |\n  one\n  two\nb: >\n  one\n  two\nc: one\n  two\n", `{"a":"one\u000atwo\u000a","b":"one two\u000a","c":"one two"}`},
	{"texts with anything in them", `["a\"b\\c\td\0", 'å 😀 <&>', "\u2028"]`, `["a\"b\\c\u0009d\u0000","å 😀 <&>","` + "\u2028" + `"]`},
	{"comments", "# head\na: 1 # line\n# foot\n", `{"a":1}`},
	{"one document, marked", "%YAML 1.2\n---\na: 1\n...\n", `{"a":1}`},
	{"aliases", "a: &x [1, &y {b: 2}]\nc: *x\nd: [*y, *y]\ne: &z text\n*z : 5\n", `{"a":[1,{"b":2}],"c":[1,{"b":2}],"d":[{"b":2},{"b":2}],"e":"text","text":5}`},
	{"merge of a mapping", "a: &x {b: 1, c: 2}\nd: {c: 3, <<: *x, e: 4}\n", `{"a":{"b":1,"c":2},"d":{"c":3,"b":1,"e":4}}`},
	{"merge of several, the first goes first", "a: &x {b: 1, c: 2}\nd: &y {b: 3, e: 4}\nf: {<<: [*x, *y, {g: 5}]}\n", `{"a":{"b":1,"c":2},"d":{"b":3,"e":4},"f":{"b":1,"c":2,"e":4,"g":5}}`},
	{"merge of what merges", "a: &x {b: 1}\nc: &y {<<: *x, d: 2}\ne: {<<: *y, b: 9}\n", `{"a":{"b":1},"c":{"b":1,"d":2},"e":{"d":2,"b":9}}`},
	{"a merge key in quotes is a name", `{"<<": {a: 1}}`, `{"<<":{"a":1}}`},
}

func TestConvert(t *testing.T) {
	for _, test := range conversions {
		t.Run(test.name, func(t *testing.T) {
			d := &document{text: []byte(test.yaml)}
			d.readYAML(1 << 20)
			if len(d.problems) > 0 {
				t.Fatalf("problems: %v", d.problems)
			}
			if diff := cmp.Diff(test.want, string(d.json)); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
		})
	}
}

// Documents that stand for far more than their size are refused quickly.
func TestConvertLimits(t *testing.T) {
	var laughs, merges strings.Builder
	laughs.WriteString("a0: &a0 [x]\n")
	merges.WriteString("a0: &a0 {x: 1}\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&laughs, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1)
		fmt.Fprintf(&merges, "a%d: &a%d {<<: [*a%d, *a%d, *a%d]}\n", i, i, i-1, i-1, i-1)
	}
	long := strings.Repeat("x", 1000)
	for _, test := range []struct {
		name, yaml string
		max        int
		want       string
	}{
		{"a billion laughs", laughs.String(), 64 << 20, "aliases stand for more than 1000000 values"},
		{"a billion merges", merges.String(), 64 << 20, "aliases stand for more than 1000000 values"},
		{"a long text many times", "a: &a " + long + "\nb: [" + strings.Repeat("*a,", 2000) + "]", 1_000_000, "longer than 1000000 bytes when written as JSON"},
		{"a long member merged many times", "a: &a {b: " + long + "}\nb: [" + strings.Repeat("{<<: *a},", 2000) + "]", 1_000_000, "longer than 1000000 bytes when written as JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := &document{text: []byte(test.yaml)}
			d.readYAML(test.max)
			if len(d.problems) != 1 || d.problems[0].text != test.want {
				t.Errorf("problems: %.300v, want %q", d.problems, test.want)
			}
			if d.json != nil {
				t.Errorf("there is JSON all the same, %d bytes", len(d.json))
			}
		})
	}
}
