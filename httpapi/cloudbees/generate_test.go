package cloudbees

import (
	"encoding/json"
	"fmt"

	"github.com/hoistflags/hoist"
	"pgregory.net/rapid"
)

// What random documents are made of: few enough names and values that tests
// often hold and references often lead somewhere.
var (
	flagNames     = []string{"f0", "f1", "f2", "f3.x", "f4 y"}
	groupNames    = []string{"A", "B", "C"}
	platformNames = []string{"Go", "Android", "android"}
	propertyNames = []string{"p", "q", "key", "a.b", AppRelease, DistinctID}
	versionTexts  = []string{"4", "4.0", "4.0.0", "04", "3.9", "10.0", "4.0.1", "v4", "", "4.0.0-rc", "99999999999999999999.1"}
	patterns      = []string{"^a", "b$", ".", "", "(", "[0-9]+", "(?i)ABC"}
	scalars       = []any{
		true, false, "", "true", "false", "a", "b", "abc", "5", "5.0", " 5", "1e1", "NaN", "-3", "żółć", "a\"b",
		0.0, 5.0, 5.5, -3.0, 10.0, 1e21, 1e-7, "4", "4.0", "1_000", "0x1p4",
	}
	instants = []string{
		"2020-01-01T00:00:00Z", "2026-05-01T10:00:00+02:00", "2026-05-01T07:59:59.999Z", "2026-06-01T00:00:00.5Z", "2999-01-01T00:00:00Z",
	}
	flagValues = map[hoist.Type][]any{
		hoist.TypeBoolean: {true, false},
		hoist.TypeString:  {"red", "blue", "", "5", "false", "a\nb", `""`},
		hoist.TypeNumber:  {0.0, 5.0, 5.5, -3.0, 1e21},
	}
)

func one[T any](t *rapid.T, what string, from []T) T { return rapid.SampledFrom(from).Draw(t, what) }

func chance(t *rapid.T, what string) bool { return rapid.Bool().Draw(t, what) }

// often holds three times of four.
func often(t *rapid.T, what string) bool { return rapid.IntRange(0, 3).Draw(t, what) > 0 }

func several(t *rapid.T, what string, most int, draw func() any) []any {
	list := []any{}
	for range rapid.IntRange(0, most).Draw(t, what) {
		list = append(list, draw())
	}
	return list
}

// drawFlag returns a valid document, written in all the ways that the product
// reads.
func drawFlag(t *rapid.T, name string) map[string]any {
	kind := one(t, "type", []hoist.Type{hoist.TypeBoolean, hoist.TypeString, hoist.TypeNumber})
	d := map[string]any{"name": name, "type": "flag"}
	if kind != hoist.TypeBoolean {
		d["availableValues"] = flagValues[kind]
	} else if chance(t, "listed") {
		d["availableValues"] = one(t, "available", [][]any{{"false", "true"}, {true, false}, {false, true}, {true}})
	}
	d["value"] = drawValue(t, kind)
	if !often(t, "value given") {
		delete(d, "value")
	}
	optional := func(member string, v any) {
		if chance(t, member) {
			d[member] = v
		}
	}
	optional("enabled", often(t, "enabled"))
	optional("description", one(t, "description", []string{"", "a < b & c", "ü"}))
	optional("labels", one[any](t, "labels", []any{[]string{"x", "y"}, "alone", []string{}}))
	optional("isPermanent", chance(t, "permanent"))
	optional("stickinessProperty", one(t, "sticky", propertyNames))
	optional("seed", one(t, "seed", []string{"s", "5e4ecf851643406a35bc790f", name}))
	optional("created", "2020-11-26T10:21:47.850Z")
	optional("updated", one(t, "updated", []string{"", "2020-11-26T10:21:48.000Z"}))
	optional("conditions", several(t, "conditions", 3, func() any { return drawCondition(t, kind) }))
	platforms := []any{}
	for _, platform := range platformNames {
		if !often(t, "platform") {
			platforms = append(platforms, drawPlatform(t, kind, name, platform))
		}
	}
	optional("platforms", platforms)
	return d
}

func drawPlatform(t *rapid.T, kind hoist.Type, name, platform string) any {
	p := map[string]any{"name": platform, "value": drawValue(t, kind)}
	if !often(t, "flag") {
		p["flag"] = one(t, "called", []string{name, "other"})
	}
	if chance(t, "conditions") {
		p["conditions"] = several(t, "conditions", 2, func() any { return drawCondition(t, kind) })
	}
	if !often(t, "value given") {
		delete(p, "value")
	}
	return p
}

func drawValue(t *rapid.T, kind hoist.Type) any {
	scalar := func() any {
		if !often(t, "scalar") {
			return nil
		}
		v := one(t, "value", flagValues[kind])
		if b, ok := v.(bool); ok && chance(t, "as text") {
			return fmt.Sprint(b)
		}
		return v
	}
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0:
		rest, list := 100.0, []any{}
		for range rapid.IntRange(1, 3).Draw(t, "options") {
			o := map[string]any{"option": scalar()}
			if p := rapid.Float64Range(0, rest).Draw(t, "percentage"); len(list) > 0 || chance(t, "percentage given") {
				o["percentage"] = p
				rest -= p
			} else {
				rest = 0
			}
			list = append(list, o)
		}
		return list
	case 1:
		if kind == hoist.TypeBoolean {
			return drawSchedule(t)
		}
	}
	return scalar()
}

func drawSchedule(t *rapid.T) any {
	list := []any{}
	for range rapid.IntRange(1, 4).Draw(t, "entries") {
		list = append(list, map[string]any{"from": one(t, "from", instants), "percentage": rapid.Float64Range(0, 100).Draw(t, "percentage")})
	}
	return list
}

func drawCondition(t *rapid.T, kind hoist.Type) any {
	c := map[string]any{"value": drawValue(t, kind)}
	if !often(t, "no dependency") {
		c["dependency"] = map[string]any{
			"flag":  one(t, "flag", append([]string{"gone"}, flagNames...)),
			"value": one(t, "wanted", []any{true, false, "true", "false", "red", "", 5.0, 5.5, "5", 1e21}),
		}
	}
	if !often(t, "no group") {
		g := map[string]any{"name": one[any](t, "group", []any{"A", "none", []any{}, []any{"A"}, []any{"A", "B"}, []any{"A", "none", "C"}})}
		if operator := one(t, "operator", []string{"", "or", "and", "not", "nor"}); operator != "" {
			g["operator"] = operator
		}
		c["group"] = g
	}
	if !often(t, "no version") {
		c["version"] = map[string]any{"operator": one(t, "operator", versionOperators), "semver": one(t, "semver", versionTexts)}
	}
	if chance(t, "property") {
		name, operator, operand := drawTest(t)
		p := map[string]any{"name": name, "operator": operator}
		if operand != nil {
			p["operand"] = operand
		}
		c["property"] = p
	}
	return c
}

func drawTest(t *rapid.T) (name, operator string, operand any) {
	name = one(t, "property", propertyNames)
	switch rapid.IntRange(0, 4).Draw(t, "form") {
	case 0:
		operator = one(t, "operator", stateOperators)
		if !often(t, "operand") {
			operand = one(t, "operand", scalars)
		}
	case 1:
		operator, operand = "regex", one[any](t, "pattern", []any{one(t, "pattern", patterns), 5.0})
	case 2:
		operator, operand = one(t, "operator", versionOperators), one(t, "semver", versionTexts)
	case 3:
		operator = one(t, "operator", []string{"in-array", "eq", "ne"})
		operand = several(t, "operands", 12, func() any { return one(t, "operand", scalars) })
	default:
		operator, operand = one(t, "operator", valueOperators[:6]), one(t, "operand", scalars)
	}
	return name, operator, operand
}

func drawGroup(t *rapid.T, name string) map[string]any {
	g := map[string]any{"name": name, "type": "target-group"}
	if chance(t, "described") {
		g["description"] = "who may"
	}
	if chance(t, "operator") {
		g["operator"] = one(t, "operator", []string{"and", "or"})
	}
	g["conditions"] = several(t, "conditions", 3, func() any {
		name, operator, operand := drawTest(t)
		c := map[string]any{"property": name, "operator": operator}
		if operand != nil {
			c["operand"] = operand
		}
		return c
	})
	return g
}

// drawProperties returns what is known about someone.
func drawProperties(t *rapid.T) map[string]any {
	props := map[string]any{}
	for _, name := range propertyNames {
		switch rapid.IntRange(0, 3).Draw(t, name) {
		case 0:
		case 1:
			props[name] = nil
		case 2:
			props[name] = one(t, "version", versionTexts)
		default:
			props[name] = one(t, "value", scalars)
		}
	}
	if often(t, "known") {
		props[DistinctID] = fmt.Sprintf("user-%d", rapid.IntRange(0, 1000).Draw(t, "id"))
	}
	return props
}

// marshalAny is for values that can be marshalled.
func marshalAny(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
