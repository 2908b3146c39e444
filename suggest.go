package hoist

import (
	"cmp"
	"fmt"
	"strings"
)

// instead returns what a message about an unknown name goes on with: the known
// name that was likely meant or, if there are few, all of them.
func instead(name string, known []string) string {
	if meant := likely(name, known); meant != "" {
		return ", did you mean " + meant + "?"
	}
	if len(known) > 12 {
		return ""
	}
	return ", want " + orText(mapSlice(known, func(k string) string { return fmt.Sprintf("%q", k) }))
}

// mistakes are names that people write for others, mostly because another
// product has them.
var mistakes = []struct {
	name, right string
	text        string // what to write, if it is more than the right name
}{
	{"bucketBy", "by", ""},
	{"condition", "when", ""},
	{"conditions", "when", ""},
	{"constraint", "when", ""},
	{"constraints", "when", ""},
	{"defaultVariant", "default", ""},
	{"disabled", "enabled", `"enabled": false`},
	{"else", "default", ""},
	{"env", "environments", ""},
	{"eq", "is", ""},
	{"equals", "is", ""},
	{"fallthrough", "default", ""},
	{"gt", "moreThan", ""},
	{"gte", "atLeast", ""},
	{"if", "when", ""},
	{"lt", "lessThan", ""},
	{"lte", "atMost", ""},
	{"maintainer", "owner", ""},
	{"offVariation", "off", ""},
	{"operator", "is", `its name as the member, such as "in": […]`},
	{"percent", "share", ""},
	{"percentage", "share", ""},
	{"prerequisites", "requires", ""},
	{"property", "attribute", ""},
	{"regex", "matches", ""},
	{"regexp", "matches", ""},
	{"rollout", "exposure", ""},
	{"segments", "segment", ""},
	{"stickiness", "by", ""},
	{"tags", "labels", ""},
	{"targets", "overrides", ""},
	{"then", "serve", ""},
	{"values", "in", ""},
	{"variant", "serve", ""},
	{"variation", "serve", ""},
	{"variations", "variants", ""},
	{"weights", "split", ""},
}

// likely returns the known name, in quotes, that was likely meant by name: by
// a common mistake, or because few letters differ. It returns "" if there is
// none.
func likely(name string, known []string) string {
	meant, limit := "", 3
	if len(name) < 5 {
		limit = 2 // two other letters turn a short name into any other
	}
	for _, k := range known {
		quoted := fmt.Sprintf("%q", k)
		for _, m := range mistakes {
			if m.name == name && m.right == k {
				return cmp.Or(m.text, quoted)
			}
		}
		if d := editDistance(strings.ToLower(k), strings.ToLower(name)); d < limit {
			meant, limit = quoted, d
		}
	}
	return meant
}

// farApart is more than any distance that matters.
const farApart = 100

// editDistance returns how many bytes must be put in, left out or replaced to
// make b of a; farApart if their lengths tell already that it is too many.
func editDistance(a, b string) int {
	if max(len(a), len(b))-min(len(a), len(b)) > 2 || len(a) > farApart {
		return farApart
	}
	row := make([]int, len(b)+1) // distances from a prefix of a to each of b's
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
