package filestore

import "testing"

// Pointers lead to the name of a member or to the element of a list; what is
// not there, to the nearest place around it.
func TestLocate(t *testing.T) {
	const yamlText = `base: &base
  off: x
  rules: [1, 2]
flags:
  "a/b~c":
    <<: *base
    rules:
      - serve: å
        when: {x: [1, {y: 2}]}
  plain: *base
`
	const jsonText = `{
  "flags": {
    "a/b~c": {"rules": [
      {"serve": "å", "when": {"x": [1, {"y": 2}]}}
    ]},
    "\u0061": [[], {"b": {}}]
  }
}`
	for _, test := range []struct{ file, text, pointer, want string }{
		{"x.yaml", yamlText, "", "1:1"},
		{"x.yaml", yamlText, "/flags", "4:1"},
		{"x.yaml", yamlText, "/flags/a~1b~0c", "5:3"},
		{"x.yaml", yamlText, "/flags/a~1b~0c/rules", "7:5"},
		{"x.yaml", yamlText, "/flags/a~1b~0c/rules/0", "8:9"},
		{"x.yaml", yamlText, "/flags/a~1b~0c/rules/0/serve/split/x", "8:9"},
		{"x.yaml", yamlText, "/flags/a~1b~0c/rules/0/when/x/1/y", "9:24"},
		{"x.yaml", yamlText, "/flags/a~1b~0c/rules/7", "7:5"},
		{"x.yaml", yamlText, "/flags/a~1b~0c/rules/-1", "7:5"},
		{"x.yaml", yamlText, "/flags/a~1b~0c/off", "2:3"},
		{"x.yaml", yamlText, "/flags/plain", "10:3"},
		{"x.yaml", yamlText, "/flags/plain/rules/1", "3:14"},
		{"x.yaml", yamlText, "/flags/1", "10:3"},
		{"x.yaml", yamlText, "/flags/a~1b~0c/rules/0/split/when/x/1/y", "9:24"},
		{"x.yaml", yamlText, "/nothing", "1:1"},
		{"x.json", jsonText, "", "1:1"},
		{"x.json", jsonText, "/flags", "2:3"},
		{"x.json", jsonText, "/flags/a~1b~0c", "3:5"},
		{"x.json", jsonText, "/flags/a~1b~0c/rules/0", "4:7"},
		{"x.json", jsonText, "/flags/a~1b~0c/rules/0/when", "4:22"},
		{"x.json", jsonText, "/flags/a~1b~0c/rules/0/when/x/1/y", "4:41"},
		{"x.json", jsonText, "/flags/a~1b~0c/rules/1", "3:15"},
		{"x.json", jsonText, "/flags/a/1/b", "6:21"},
		{"x.json", jsonText, "/flags/a/0/b", "6:16"},
		{"x.json", jsonText, "/flags/1", "6:5"},
		{"x.json", jsonText, "/flags/a~1b~0c/rules/0/split/when/x/1/y", "4:41"},
		{"x.json", jsonText, "/nothing", "1:1"},
	} {
		d := parse(test.file, []byte(test.text), 1<<20)
		if got := d.locate(test.pointer).String(); got != test.want {
			t.Errorf("%s: locate(%q) = %s, want %s", test.file, test.pointer, got, test.want)
		}
	}
}
