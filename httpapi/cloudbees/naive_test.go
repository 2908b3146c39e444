package cloudbees

import (
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A naive evaluator reads documents as they are and does what the product's
// documentation and the results of its SDKs say, slowly and without a thought of
// the model. It is what the translation and the engine are compared with.
type naive struct {
	flags, groups map[string]map[string]any // by name
	props         map[string]any
	platform      string
	now           time.Time
	stack         []string // flags being evaluated
}

// evaluate returns the text of the value of a flag, nil for the default in the
// code.
func (n *naive) evaluate(name string) *string {
	f, ok := n.flags[name]
	if !ok || f["enabled"] == false {
		return nil
	}
	n.stack = append(n.stack, name)
	defer func() { n.stack = n.stack[:len(n.stack)-1] }()
	block := f
	for _, p := range items(f["platforms"]) {
		if p := p.(map[string]any); p["name"] == n.platform {
			if other, ok := p["flag"]; ok && other != name {
				return nil
			}
			block = p
			break
		}
	}
	for _, c := range items(block["conditions"]) {
		if c := c.(map[string]any); n.matches(c) {
			return n.value(f, c)
		}
	}
	return n.value(f, block)
}

func items(v any) []any {
	list, _ := v.([]any)
	return list
}

// plainText returns the text of a scalar.
func plainText(v any) string {
	if f, ok := v.(float64); ok {
		return string(marshalAny(f))
	}
	return fmt.Sprint(v)
}

// isBoolean reports whether a flag is boolean.
func isBoolean(f map[string]any) bool {
	for _, v := range items(f["availableValues"]) {
		if v != true && v != false && v != "true" && v != "false" {
			return false
		}
	}
	return true
}

func (n *naive) value(f, block map[string]any) *string {
	v, given := block["value"]
	if !given && isBoolean(f) {
		v = false
	}
	list, isSplit := v.([]any)
	if !isSplit {
		return scalarValue(f, v)
	}
	bucket, ok := n.bucket(f)
	if !ok {
		return nil
	}
	if _, scheduled := list[0].(map[string]any)["from"]; scheduled {
		return new(fmt.Sprint(bucket < n.scheduled(list)/100))
	}
	sum := 0.0
	for _, o := range list {
		low := sum / 100
		sum += percentageOf(o)
		if low <= bucket && bucket < sum/100 {
			return scalarValue(f, o.(map[string]any)["option"])
		}
	}
	switch {
	case !isBoolean(f):
		return nil
	case len(list) == 1:
		return new(fmt.Sprint(plainText(list[0].(map[string]any)["option"]) == "false"))
	}
	return new("false")
}

func scalarValue(f map[string]any, v any) *string {
	if v == nil || isBoolean(f) && plainText(v) != "true" && plainText(v) != "false" {
		return nil
	}
	return new(plainText(v))
}

func percentageOf(o any) float64 {
	if p, ok := o.(map[string]any)["percentage"].(float64); ok {
		return p
	}
	return 100
}

// scheduled returns the percentage of the entry that began last.
func (n *naive) scheduled(list []any) float64 {
	percentage, since := 0.0, time.Time{}
	for _, o := range list {
		from, err := time.Parse(time.RFC3339, o.(map[string]any)["from"].(string))
		if err == nil && !from.After(n.now) && !from.Before(since) {
			percentage, since = percentageOf(o), from
		}
	}
	return percentage
}

func (n *naive) bucket(f map[string]any) (float64, bool) {
	property, seed := DistinctID, f["name"].(string)
	if p, ok := f["stickinessProperty"].(string); ok {
		property = p
	}
	if s, ok := f["seed"].(string); ok {
		seed = s
	}
	unit, ok := n.props[property]
	if !ok || unit == nil {
		return 0, false
	}
	sum := md5.Sum([]byte(plainText(unit) + "." + seed))
	bucket := float64(binary.LittleEndian.Uint32(sum[:4])) / 4294967295.0
	if bucket == 1 {
		bucket = 0
	}
	return bucket, true
}

func (n *naive) matches(c map[string]any) bool {
	if d, ok := c["dependency"].(map[string]any); ok && !n.depends(d) {
		return false
	}
	if g, ok := c["group"].(map[string]any); ok && !n.inGroups(g) {
		return false
	}
	if v, ok := c["version"].(map[string]any); ok && !test(n.props[AppRelease], v["operator"].(string), v["semver"]) {
		return false
	}
	p, ok := c["property"].(map[string]any)
	return !ok || test(n.props[p["name"].(string)], p["operator"].(string), p["operand"])
}

func (n *naive) depends(d map[string]any) bool {
	name, got := d["flag"].(string), "false"
	if !slices.Contains(n.stack, name) {
		if v := n.evaluate(name); v != nil && *v != "" {
			got = *v
		}
	}
	return got == plainText(d["value"])
}

func (n *naive) inGroups(g map[string]any) bool {
	names, isList := g["name"].([]any)
	if !isList {
		names = []any{g["name"]}
	}
	in := 0
	for _, name := range names {
		if n.inGroup(n.groups[name.(string)]) {
			in++
		}
	}
	switch g["operator"] {
	case "and":
		return in == len(names)
	case "not", "nor":
		return in == 0
	}
	return in > 0
}

func (n *naive) inGroup(g map[string]any) bool {
	if g == nil {
		return false
	}
	conditions := items(g["conditions"])
	holds := 0
	for _, c := range conditions {
		c := c.(map[string]any)
		if test(n.props[c["property"].(string)], c["operator"].(string), c["operand"]) {
			holds++
		}
	}
	if g["operator"] == "or" && len(conditions) > 0 {
		return holds > 0
	}
	return holds == len(conditions)
}

// test applies an operator to a property, nil if it is undefined.
func test(v any, operator string, operand any) bool {
	list, isList := operand.([]any)
	text, isText := v.(string)
	switch {
	case operator == "is-undefined":
		return v == nil
	case operator == "is-true":
		return v == true
	case operator == "is-false":
		return v == nil || v == false
	case operator == "ne" && isList:
		return !test(v, "in-array", operand)
	case operator == "in-array" || operator == "eq" && isList:
		return isText && slices.ContainsFunc(list, func(o any) bool { return plainText(o) == text })
	case operator == "eq" || operator == "ne":
		return same(v, operator, operand)
	case operator == "regex":
		pattern, isPattern := operand.(string)
		re, err := regexp.Compile(pattern)
		return isText && isPattern && err == nil && re.MatchString(text)
	case strings.HasPrefix(operator, "semver-"):
		return versions(v, strings.TrimPrefix(operator, "semver-"), operand)
	}
	a, okA := numeric(v)
	b, okB := numeric(operand)
	return okA && okB && map[string]bool{"gt": a > b, "gte": a >= b, "lt": a < b, "lte": a <= b}[operator]
}

func same(v any, operator string, operand any) bool {
	switch o := operand.(type) {
	case float64:
		n, ok := numeric(v)
		return ok && (n == o) == (operator == "eq")
	case bool:
		b, isBool := v.(bool)
		return ((isBool || v == nil) && b == o) == (operator == "eq")
	}
	return (v == operand) == (operator == "eq")
}

func numeric(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil
	}
	return 0, false
}

var dotted = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)

func versions(v any, operator string, operand any) bool {
	a, okA := v.(string)
	b, okB := operand.(string)
	if !okA || !okB || !dotted.MatchString(a) || !dotted.MatchString(b) {
		return false
	}
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	c := 0
	for i := 0; c == 0 && i < max(len(x), len(y)); i++ {
		c = segmentAt(x, i).Cmp(segmentAt(y, i))
	}
	if c == 0 {
		c = len(x) - len(y)
	}
	return map[string]bool{"eq": c == 0, "ne": c != 0, "gt": c > 0, "gte": c >= 0, "lt": c < 0, "lte": c <= 0}[operator]
}

func segmentAt(list []string, i int) *big.Int {
	n := new(big.Int)
	if i < len(list) {
		n.SetString(list[i], 10)
	}
	return n
}
