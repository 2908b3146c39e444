package unleash

import (
	"cmp"
	"encoding/json"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/hoistflags/hoist"
)

// A strategyKind is what a strategy looks at beside constraints and segments: a
// percentage, or whether a field of the context is in a list.
type strategyKind struct {
	name  string
	share string // the parameter that is a percentage
	by    string // its stickiness; "" if there is a parameter for it
	list  string // the parameter that is a list
	field string // what must be in it
}

var strategyKinds = []strategyKind{
	{name: "default"},
	{name: "flexibleRollout", share: "rollout"},
	{name: "gradualRolloutUserId", share: "percentage", by: "userId"},
	{name: "gradualRolloutSessionId", share: "percentage", by: "sessionId"},
	{name: "gradualRolloutRandom", share: "percentage", by: randomStickiness},
	{name: "userWithId", list: "userIds", field: "userId"},
	{name: "remoteAddress", list: "IPs", field: "remoteAddress"},
	{name: "applicationHostname", list: "hostNames", field: "hostname"},
}

// strategyNamed returns a kind of strategies. Those that Unleash's SDKs do not
// know are of the zero kind, and never hold.
func strategyNamed(name string) strategyKind {
	for _, kind := range strategyKinds {
		if kind.name == name {
			return kind
		}
	}
	return strategyKind{}
}

// parameters is what the parameters of a strategy mean. What does not matter for
// its kind is left empty.
type parameters struct {
	share        float64
	by           string
	group        string // of the percentage
	variantGroup string // of the variants, if it has any
	items        []string
}

// parameters reads the parameters of a strategy with or without variants.
func (r *reader) parameters(o object, kind strategyKind, hasVariants bool, at string) parameters {
	var p parameters
	group, variantGroup := groupText(o["groupId"])
	if hasVariants {
		p.variantGroup = variantGroup
	}
	if kind.share != "" {
		p.share, p.group = r.percentage(o, kind.share, at), group
		p.by = cmp.Or(kind.by, looseText(o, "stickiness"), defaultStickiness)
	}
	if kind.list != "" {
		p.items = splitList(r.text(o, kind.list, at))
	}
	return p
}

// inheritedStickiness returns the stickiness of variants that have none. One
// that is there and empty is not the default, other than for a percentage, but
// a field that nobody has: the variant is random.
func inheritedStickiness(o object) string {
	if o["stickiness"] == nil {
		return defaultStickiness
	}
	return cmp.Or(looseText(o, "stickiness"), randomStickiness)
}

// The groups of variants where there is none: the Node SDK makes text of the
// missing value.
const (
	noVariantGroup   = "undefined"
	nullVariantGroup = "null"
)

// groupText returns the groups that a parameter means for a percentage and for
// variants.
func groupText(text json.RawMessage) (percentage, variants string) {
	var s string
	switch {
	case text == nil:
		return "", noVariantGroup
	case isNull(text):
		return "", nullVariantGroup
	case json.Unmarshal(text, &s) == nil:
		return s, s
	}
	return string(text), string(text)
}

// percentage reads a number that is written as text, as JavaScript's Number
// does. What is no number is 0.
func (r *reader) percentage(o object, name, at string) float64 {
	f, text := 0.0, o[name]
	if isNull(text) || text[0] != '"' {
		r.want(text, at+"/"+name, "a text", &f)
	} else {
		f = numberIn(r.text(o, name, at))
	}
	if math.IsNaN(f) {
		return 0
	}
	return min(max(f, 0), 100)
}

// blanks is what is white space in JavaScript.
const blanks = `\s\v\x{a0}\x{feff}\x{2028}\x{2029}\p{Zs}`

var (
	number    = regexp.MustCompile(`^[` + blanks + `]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?Infinity|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|)[` + blanks + `]*$`)
	separator = regexp.MustCompile(`[` + blanks + `]*,[` + blanks + `]*`)
)

func numberIn(s string) float64 {
	match := number.FindStringSubmatch(s)
	if match == nil {
		return math.NaN()
	}
	s = match[1]
	if s == "" {
		return 0
	}
	if len(s) > 2 && s[0] == '0' && strings.IndexByte("bBoOxX", s[1]) >= 0 {
		n, err := strconv.ParseUint(s, 0, 64)
		if err != nil {
			return math.Inf(1) // more than 64 bits
		}
		return float64(n)
	}
	f, _ := strconv.ParseFloat(s, 64) // beyond the range it is an infinity
	return f
}

// splitList splits a list at its commas. Blanks around them do not count, those
// at the ends of the list do. No text is no list.
func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return separator.Split(s, -1)
}

// plain returns parameters as the server writes them.
func (p parameters) plain(kind strategyKind, hasVariants bool) object {
	o := object{}
	put := func(name, text string) { o[name] = rawJSON(text) }
	if kind.share != "" {
		put(kind.share, strconv.FormatFloat(p.share, 'f', -1, 64))
		if kind.by == "" {
			put("stickiness", p.by)
		}
		if kind.by != randomStickiness || p.group != "" {
			put("groupId", p.group)
		}
	}
	switch {
	case !hasVariants:
	case kind.share == "" || p.group == p.variantGroup:
		put("groupId", p.variantGroup)
	case p.variantGroup == noVariantGroup:
		delete(o, "groupId")
	case p.variantGroup == nullVariantGroup:
		o["groupId"] = json.RawMessage("null")
	}
	if kind.list != "" {
		put(kind.list, strings.Join(p.items, ","))
	}
	return o
}

// parameters writes parameters in their spelling.
func (w *writer) parameters(p parameters, kind strategyKind, hasVariants bool, s spelling, at string) object {
	meaning := func(r *reader, o object) parameters { return r.parameters(o, kind, hasVariants, "") }
	var out object
	_ = json.Unmarshal(respell(p.plain(kind, hasVariants), s, p, meaning), &out)
	if !reflect.DeepEqual(meaning(&reader{}, out), p) {
		w.problem(at, "Unleash cannot have this: a percentage and variants share the salt, and the items of a list have no commas or blanks around them")
	}
	return out
}

// A group of nothing but colons has one more in the model, where an empty salt
// is the key of the flag.
func saltOf(group string) string {
	if strings.Trim(group, ":") == "" {
		return ":" + group
	}
	return group
}

// groupOf returns the group that a salt of a flag is.
func groupOf(salt string, f *hoist.Flag) string {
	switch {
	case salt == "":
		return f.Key
	case strings.Trim(salt, ":") == "":
		return salt[1:]
	}
	return salt
}
