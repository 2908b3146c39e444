package unleash

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// A generator makes up features and contexts, over few names and values, so that
// something matches now and then. What it leaves out on purpose:
//
//   - ids and groups beyond ASCII: the Node SDK hashes their UTF-16 units cut off
//     to a byte, all others and we hash UTF-8;
//   - userId, sessionId, remoteAddress and currentTime among the properties:
//     the Node SDK finds them there for constraints and stickiness, but not in
//     the strategies that are named after them, by default stickiness and for
//     dates; for us properties are attributes like others;
//   - ids that are not texts: the Node SDK takes 0 and false for none, and does
//     not find 5 among the texts of userWithId;
//   - null for appName and environment: the Node SDK then does not fall back to
//     what the process says;
//   - dates in forms of no standard, which JavaScript's engines take and no
//     other SDK;
//   - documents on which the SDK throws: lists and parameters that are missing;
//   - what is by chance: contexts without the ids on which an answer depends.
type generator struct {
	*rand.Rand
}

// A made feature, and the fields of which a context must have one each, or the
// answer is by chance.
type made struct {
	name     string
	document map[string]any
	needs    [][]string
}

type members = map[string]any

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

// often reports true n times of 100.
func (g *generator) often(n int) bool { return g.IntN(100) < n }

// some returns up to n of from, possibly repeated.
func some[T any](g *generator, n int, from ...T) []T {
	out := []T{}
	for range g.IntN(n + 1) {
		out = append(out, pick(g, from...))
	}
	return out
}

// world returns features, of which the first are parents of others, and
// segments.
func (g *generator) world(n int) (features []made, segments []members) {
	for id := range 6 {
		segments = append(segments, members{"id": id + 1, "name": fmt.Sprint("segment ", id), "constraints": g.constraints(2)})
	}
	var parents []made
	for i := range n {
		f := g.feature("feature-" + strconv.Itoa(i))
		if i >= n/4 && g.often(40) {
			g.depend(&f, parents)
		}
		if i < n/3 {
			parents = append(parents, f)
		}
		features = append(features, f)
	}
	return features, segments
}

func (g *generator) feature(name string) made {
	f := made{name: name}
	strategies := []members{}
	for range pick(g, 0, 1, 1, 1, 2, 3) {
		strategies = append(strategies, g.strategy(&f))
	}
	f.document = members{"name": name, "enabled": g.often(90), "strategies": strategies}
	if g.often(80) {
		f.document["variants"] = []members{}
	}
	if g.often(35) {
		f.document["variants"] = g.variants(&f, defaultStickiness)
	}
	return f
}

const defaultStickiness = "default"

func (g *generator) depend(f *made, parents []made) {
	dependencies := []members{}
	for range pick(g, 1, 1, 2) {
		parent := pick(g, parents...)
		f.needs = append(f.needs, parent.needs...)
		d := members{"feature": pick(g, parent.name, parent.name, parent.name, "missing")}
		if g.often(50) {
			d["enabled"] = g.often(60)
		}
		if g.often(40) {
			d["variants"] = some(g, 2, "a", "b", "c", "disabled", "true", "a#2")
		}
		dependencies = append(dependencies, d)
	}
	if len(dependencies) == 2 && dependencies[0]["feature"] == dependencies[1]["feature"] {
		dependencies = dependencies[:1] // contradictions are an error for us
	}
	f.document["dependencies"] = dependencies
}

func (g *generator) strategy(f *made) members {
	p := members{}
	name := pick(g, "default", "flexibleRollout", "flexibleRollout", "flexibleRollout", "flexibleRollout", "userWithId",
		"gradualRolloutUserId", "gradualRolloutSessionId", "gradualRolloutRandom", "remoteAddress", "applicationHostname", "mystery")
	stickiness := defaultStickiness
	switch name {
	case "flexibleRollout":
		stickiness = g.rollout(f, p)
	case "gradualRolloutUserId", "gradualRolloutSessionId":
		p["percentage"] = g.percentage()
	case "gradualRolloutRandom":
		p["percentage"] = pick(g, "0", "100")
	case "userWithId":
		p["userIds"] = pick(g, "1,2,3", " 1 , 2", "1 ,4\t,5", "", "7,,8", "17,18,19,20,21,22,23,24,25,26,27")
	case "remoteAddress":
		p["IPs"] = pick(g, "10.0.0.0/8", "127.0.0.1, 10.1.2.3", "::1", "2001:db8::/32,example", "10.0.0.0/33,x", "0.0.0.0/0", "")
	case "applicationHostname":
		p["hostNames"] = pick(g, hostname, "other, "+hostname, "OTHER", "")
	}
	if g.often(85) {
		p["groupId"] = pick(g, "", "g", "group 1", ":", "::", f.name)
	}
	s := members{"name": name, "parameters": p, "constraints": []members{}}
	if g.often(50) {
		s["constraints"] = g.constraints(2)
	}
	if g.often(25) {
		s["segments"] = some(g, 2, 1, 2, 3, 4, 5, 6, 99)
	}
	if g.often(35) {
		s["variants"] = g.variants(f, stickiness)
	}
	return s
}

// rollout makes the parameters of flexibleRollout and returns its stickiness.
func (g *generator) rollout(f *made, p members) string {
	percent := g.percentage()
	stickiness := pick(g, defaultStickiness, defaultStickiness, "userId", "sessionId", "plan", "n", "environment", "random", "")
	if stickiness == "random" {
		percent = pick(g, "0", "100")
	}
	if p["rollout"] = percent; percent != "0" && percent != "100" && (stickiness == defaultStickiness || stickiness == "") {
		f.needs = append(f.needs, []string{"userId", "sessionId"})
	}
	if p["stickiness"] = stickiness; stickiness == "" {
		if g.often(50) {
			return "random"
		}
		delete(p, "stickiness")
		return defaultStickiness
	}
	return stickiness
}

func (g *generator) percentage() any {
	if g.often(10) {
		return pick[any](g, "", "abc", "33.3", "0x20", " 50 ", "5e1", "101", "-1", "Infinity", 50)
	}
	return strconv.Itoa(pick(g, 0, 100, g.IntN(101), g.IntN(101)))
}

// variants makes a list of variants. Inherited is the stickiness of a strategy.
func (g *generator) variants(f *made, inherited string) []members {
	list, weighted := []members{}, 0
	stickiness := inherited
	for i := range g.IntN(5) {
		v := members{"name": pick(g, "a", "b", "c", "disabled", "true", "a#2"), "weight": pick(g, 0, 1, 3, 250, 500, 1000)}
		if v["weight"] != 0 {
			weighted++
		}
		if g.often(60) {
			own := pick(g, defaultStickiness, "userId", "sessionId", "plan", "n", "random")
			if v["stickiness"] = own; i == 0 {
				stickiness = own
			}
		}
		if g.often(40) {
			v["payload"] = members{"type": pick(g, "string", "json", "csv", "number"), "value": pick(g, "", "5", "x,y", `{"a": 1}`, `{"b":[2]}`)}
		}
		if g.often(20) {
			v["overrides"] = []members{{"contextName": pick(g, "userId", "plan", "n", "environment"), "values": some(g, 3, "1", "2", "3", "pro", "5", "")}}
		}
		list = append(list, v)
	}
	switch {
	case weighted < 2:
	case stickiness == defaultStickiness:
		f.needs = append(f.needs, []string{"userId", "sessionId", "remoteAddress"})
	default:
		f.needs = append(f.needs, []string{stickiness}) // never met by "random"
	}
	return list
}

func (g *generator) constraints(n int) []members {
	list := []members{}
	for range g.IntN(n + 1) {
		list = append(list, g.constraint())
	}
	return list
}

func (g *generator) constraint() members {
	operator := pick(g, "IN", "NOT_IN", "STR_STARTS_WITH", "STR_ENDS_WITH", "STR_CONTAINS", "NUM_EQ", "NUM_GT", "NUM_GTE", "NUM_LT", "NUM_LTE",
		"DATE_AFTER", "DATE_BEFORE", "SEMVER_EQ", "SEMVER_GT", "SEMVER_GTE", "SEMVER_LT", "SEMVER_LTE", "REGEX", "IN_CIDR", "BOGUS")
	c := members{"contextName": pick(g, "plan", "n", "text", "version", "userId", "environment", "appName", "address", "currentTime"), "operator": operator, "values": []string{}}
	switch operator {
	case "IN", "NOT_IN", "STR_STARTS_WITH", "STR_ENDS_WITH", "STR_CONTAINS", "BOGUS":
		c["values"] = some(g, 3, "pro", "Pro", " pro ", "", " ", "free", "r", "1", "2", "5", "0.5", "true", "hoist", "default", "É", "İ", "σ", "ς", "Σ", "a", "b", "c", "d", "e", "f", "g")
		if g.often(10) {
			c["values"] = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "pro"}
		}
	case "DATE_AFTER", "DATE_BEFORE":
		c["value"] = pick(g, dates...)
	case "REGEX":
		c["value"] = pick(g, "^pro$", "P.o", "[", "", "(?i)PRO", `\d+`, "(?=x)", `^$`, "É", "o")
	case "IN_CIDR":
		c["values"] = some(g, 3, networks...)
		c["contextName"] = pick(g, "address", "remoteAddress")
	default:
		c["value"] = pick(g, pick(g, numbers...), pick(g, numbers...), "\u00a05")
		if operator[0] == 'S' {
			c["contextName"], c["value"] = pick(g, "version", "plan"), pick(g, versions...)
		}
	}
	if g.often(30) {
		c["inverted"] = g.often(80)
	}
	if g.often(30) {
		c["caseInsensitive"] = g.often(80)
	}
	return c
}

var (
	numbers  = []string{"1", "5", "-5", "0", "", " ", "0.5", ".5", "5.", "5e0", "0x5", "0b101", "1_0", "x", "Infinity", "-Infinity", "NaN", "9007199254740993", "9007199254740992", "1e400"}
	versions = []string{
		"1.0.0", "1.2.3", "v1.2.3", " v1.2.3", " 1.2.3 ", "=1.2.3", "1.2", "1.2.3-rc.1", "1.2.3-rc.10", "1.2.3-rc.9", "1.2.3-rc", "1.2.3-1", "1.2.3+b1", "1.2.3+b2",
		"01.2.3", "1.2.3-01", "1.2.3-", "2.0.0", "9007199254740992.0.0", "x", "",
	}
	dates = []string{
		"2022-01-01T00:00:00Z", "2022-01-01T00:00:00.0009Z", "2022-01-01T00:00:00.001Z", "2022-01-01T02:00:00+02:00", "2022-01-01T02:00+0200", "2022-01-01", "2022-01", "2022",
		"2022-01-01T00:00:00", "2022-01-01 00:00", "2022-02-30T00:00:00Z", "2022-02-32", "2022-01-01T24:00:00Z", "2022-01-01T25:00:00Z", "1640995200000", "soon", "+012022-01-01", "9999-12-31T23:59:59Z",
	}
	networks = []string{
		"10.0.0.0/8", "10.1.2.3", " 10.0.0.0/8 ", "0.0.0.0/0", "10.0.0.0/33", "010.0.0.1", "10.1", "::1", "0:0:0:0:0:0:0:1", "::/0", "2001:db8::/32", "2001:DB8::5",
		"::ffff:10.0.0.1", "::ffff:0:0/96", "fe80::1%eth0", "x", "", "10.1.2.3/32", "10.1.2.0/24",
	}
)

// context makes up a context.
func (g *generator) context() members {
	c, properties := members{}, members{}
	put := func(often int, to members, name string, value any) {
		if g.often(often) {
			to[name] = value
		}
	}
	put(85, c, "userId", pick(g, strconv.Itoa(g.IntN(30)), strconv.Itoa(g.IntN(1e6)), "", "user with blanks"))
	put(60, c, "sessionId", pick(g, "s1", fmt.Sprint("s", g.IntN(1e6)), ""))
	put(50, c, "remoteAddress", pick(g, "127.0.0.1", "10.1.2.3", "10.1.2.3/32", "::1", "2001:db8::5", "2001:DB8::5", "::ffff:10.0.0.1", "example", " 10.1.2.3", "fe80::1%eth0", ""))
	put(30, c, "environment", pick(g, "default", "pro", "free", ""))
	put(20, c, "appName", pick(g, "hoist", "other", ""))
	put(70, c, "currentTime", pick(g, dates...))
	put(10, c, "plan", pick(g, "pro", "free")) // outside of the properties, where the SDK looks too
	put(70, properties, "plan", pick[any](g, "pro", "Pro", " pro ", "free", "", "pro\n", nil, true))
	put(70, properties, "text", pick[any](g, "ÉPRO", "épro", "i̇x", "ΑΣ", "ΑΣ ΑΣΑ", "ας", "a b", ""))
	put(70, properties, "n", pick[any](g, pick(g, numbers...), 5, 0.5, -5, 1e21, 1e-7, true, nil))
	put(60, properties, "version", pick[any](g, pick(g, versions...), 1.2))
	put(60, properties, "address", pick(g, networks...))
	if len(properties) > 0 || g.often(50) {
		c["properties"] = properties
	}
	return c
}

// isMet reports whether a context has what an answer depends on.
func isMet(needs [][]string, context members) bool {
	for _, names := range needs {
		met := false
		for _, name := range names {
			if v, ok := context[name]; ok && v != "" {
				met = true
			} else if v := context["properties"]; v != nil && !ok {
				p := v.(members)[name]
				met = met || p != nil && p != ""
			}
		}
		if !met {
			return false
		}
	}
	return true
}
