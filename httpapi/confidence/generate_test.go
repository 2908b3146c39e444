package confidence

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"pgregory.net/rapid"
)

// Generators of random documents in the form in which the product answers:
// camelCase, and without members that say nothing. Names and values come from
// small pools that flags, segments and contexts share.

type doc = map[string]any

// below draws a number below n, each as likely as any other: rapid's own
// ranges prefer small ones.
func below(t *rapid.T, n int) int {
	v := 0
	for range bits.Len(uint(n)) + 4 {
		v <<= 1
		if rapid.Bool().Draw(t, "bit") {
			v++
		}
	}
	return v % n
}

func pick[T any](t *rapid.T, from ...T) T { return from[below(t, len(from))] }

// chance is true in so many of 100 cases.
func chance(t *rapid.T, percent int) bool { return below(t, 100) >= 100-percent }

func upTo(t *rapid.T, n int) int { return below(t, n+1) }

var (
	segmentIDs     = []string{"s0", "s1", "s2", "s3", "gone"}
	variantIDs     = []string{"a", "b", "c"}
	attributeNames = []string{"country", "age", "app.version", "since", "tags", "targeting_key", "key", "x"}
	texts          = []string{"SE", "NO", "null", "", "true", "5", "1.2.0", "1.10", "2023-01-01", "version 1.2", "string", "é"}
)

// put adds a member, unless it says nothing.
func (d0 members) set(name string, v any) {
	switch v := v.(type) {
	case string:
		if v == "" {
			return
		}
	case int:
		if v == 0 {
			return
		}
	case bool:
		if !v {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	}
	d0[name] = v
}

type members doc

func list[T any](n int, draw func(i int) T) []any {
	var out []any
	for i := range n {
		out = append(out, draw(i))
	}
	return out
}

func drawFlag(t *rapid.T, name string) doc {
	f := members{"name": "flags/" + name}
	f.set("displayName", pick(t, "", name, "A name"))
	f.set("description", pick(t, "", "says <b> & more"))
	f.set("owner", pick(t, "", "identities/u1"))
	f.set("state", pick(t, "", "ACTIVE", "ACTIVE", "ACTIVE", "ARCHIVED"))
	f.set("clients", list(upTo(t, 2), func(i int) string { return fmt.Sprintf("clients/c%d", i) }))
	if chance(t, 60) {
		f["schema"] = drawSchema(t, 0)
	}
	n := pick(t, 0, 2, 3, 3, 3)
	f.set("variants", list(n, func(i int) doc { return drawVariant(t, name, variantIDs[i]) }))
	f.set("rules", list(pick(t, 0, 1, 2, 3, 4, 4), func(i int) doc { return drawRule(t, name, fmt.Sprintf("r%d", i)) }))
	drawRest(t, f)
	return doc(f)
}

// drawRest adds members that nothing looks at.
func drawRest(t *rapid.T, d members) {
	if chance(t, 30) {
		d["createTime"] = "2025-08-25T13:18:35.341635Z"
		d["labels"] = doc{"team": "x", "a_b": "c"}
	}
	if chance(t, 10) {
		d["brand_new"] = list(2, func(i int) int { return i })
	}
}

func drawSchema(t *rapid.T, depth int) doc {
	fields := doc{}
	for _, name := range variantFields[:upTo(t, len(variantFields))] {
		switch kind := pick(t, "int", "string", "bool", "double", "list", "struct"); {
		case kind == "struct" && depth < 2:
			fields[name] = doc{"structSchema": drawSchema(t, depth+1)}
		case kind == "list":
			fields[name] = doc{"listSchema": doc{"elementSchema": doc{"stringSchema": doc{}}}}
		default:
			fields[name] = doc{"stringSchema": doc{}}
		}
	}
	if len(fields) == 0 {
		return doc{}
	}
	return doc{"schema": fields}
}

var variantFields = []string{"color", "size", "a/b", "tilde~", "o"}

func drawVariant(t *rapid.T, flag, name string) doc {
	v := members{"name": "flags/" + flag + "/variants/" + name}
	v.set("description", pick(t, "", "d"))
	if chance(t, 90) {
		v["value"] = drawObject(t, 0)
	}
	drawRest(t, v)
	return doc(v)
}

func drawObject(t *rapid.T, depth int) doc {
	o := doc{}
	for _, name := range variantFields {
		if !chance(t, 40) {
			continue
		}
		if depth < 2 && chance(t, 40) {
			o[name] = drawObject(t, depth+1)
		} else {
			o[name] = pick[any](t, nil, "x", 3.0, 0.5, true, []any{"a", nil})
		}
	}
	return o
}

func drawRule(t *rapid.T, flag, name string) doc {
	r := members{}
	r.set("name", pick(t, "", "flags/"+flag+"/rules/"+name, "flags/"+flag+"/rules/"+name))
	r.set("description", pick(t, "", "for people"))
	r.set("enabled", chance(t, 85))
	r.set("targetingKeySelector", pick(t, "", "", "", "", "account.id", "targeting_key", "x"))
	if chance(t, 95) {
		r["segment"] = "segments/" + pick(t, segmentIDs...)
	}
	r.set("environments", list(pick(t, 0, 0, 0, 0, 0, 0, 0, 1, 2), func(int) string { return "environments/" + pick(t, "prod", "qa") }))
	if chance(t, 95) {
		r["assignmentSpec"] = drawSpec(t, flag)
	}
	if chance(t, 15) {
		r["materializationSpec"] = drawMaterializationSpec(t)
	}
	drawRest(t, r)
	return doc(r)
}

func drawMaterializationSpec(t *rapid.T) doc {
	m := members{}
	m.set("readMaterialization", pick(t, "", "materializedSegments/m1", "materializedSegments/m2"))
	m.set("writeMaterialization", pick(t, "", "materializedSegments/m1", "materializedSegments/m2"))
	if chance(t, 60) {
		mode := members{}
		mode.set("materializationMustMatch", chance(t, 50))
		mode.set("segmentTargetingCanBeIgnored", chance(t, 50))
		m["mode"] = doc(mode)
	}
	return doc(m)
}

func drawSpec(t *rapid.T, flag string) doc {
	buckets := pick(t, 0, 1, 7, 7, 100, 100, 100, 100)
	s := members{}
	s.set("bucketCount", buckets)
	s.set("assignments", list(pick(t, 0, 1, 1, 1, 1, 2, 3), func(i int) doc {
		a := members{}
		a.set("assignmentId", pick(t, "", fmt.Sprint("id", i)))
		switch pick(t, "variant", "variant", "variant", "variant", "variant", "fallthrough", "clientDefault", "none") {
		case "variant":
			a["variant"] = doc{"variant": "flags/" + pick(t, flag, flag, flag, flag, flag, flag, flag, "other") + "/variants/" + pick(t, "a", "b", "c")}
		case "fallthrough":
			a["fallthrough"] = doc{}
		case "clientDefault":
			a["clientDefault"] = doc{}
		}
		a.set("bucketRanges", list(pick(t, 0, 1, 1, 1, 1, 1, 1, 2), func(int) doc { return drawRange(t, buckets) }))
		return doc(a)
	}))
	return doc(s)
}

func drawRange(t *rapid.T, buckets int) doc {
	b := members{}
	if chance(t, 60) {
		b.set("upper", buckets)
		return doc(b)
	}
	b.set("lower", rapid.IntRange(-1, buckets+1).Draw(t, "lower"))
	b.set("upper", rapid.IntRange(-1, buckets+1).Draw(t, "upper"))
	return doc(b)
}

func drawSegment(t *rapid.T, name string) doc {
	s := members{"name": "segments/" + name}
	s.set("displayName", pick(t, "", "A name"))
	s.set("state", pick(t, "", "OK", "ALLOCATED", "UNALLOCATED", "ARCHIVED"))
	if chance(t, 60) {
		s["targeting"] = drawTargeting(t)
	}
	if chance(t, 30) {
		a := doc{"exclusivityTags": list(2, func(i int) string { return fmt.Sprint("tag", i) })}
		if chance(t, 80) {
			a["proportion"] = doc{"value": pick(t, "0.5556", "0.5", "1", "0", "0.07", "1e-3", "0.50", "0.000001")}
		}
		s["allocation"] = a
	}
	if chance(t, 10) {
		stored := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bits")
		if chance(t, 10) {
			stored = bytes.Repeat([]byte{pick[byte](t, 0xff, 0x5a)}, populationBytes)
		}
		b := doc{}
		if len(stored) > 0 {
			b["bitset"] = base64.StdEncoding.EncodeToString(stored)
		}
		s["bitsetAllocation"] = b
	}
	drawRest(t, s)
	return doc(s)
}

func drawTargeting(t *rapid.T) doc {
	criteria := doc{}
	names := []string{"p", "q", "s", "m"}
	for _, name := range names {
		if chance(t, 60) {
			criteria[name] = drawCriterion(t)
		}
	}
	out := doc{}
	if len(criteria) > 0 {
		out["criteria"] = criteria
	}
	if chance(t, 90) {
		out["expression"] = drawExpression(t, append(names, "zzz"), 0)
	}
	return out
}

func drawExpression(t *rapid.T, names []string, depth int) doc {
	kind := pick(t, "ref", "ref", "ref", "not", "and", "or", "none")
	if depth > 2 {
		kind = "ref"
	}
	operands := func() doc {
		o := members{}
		o.set("operands", list(upTo(t, 3), func(int) doc { return drawExpression(t, names, depth+1) }))
		return doc(o)
	}
	switch kind {
	case "ref":
		return doc{"ref": pick(t, names...)}
	case "not":
		return doc{"not": drawExpression(t, names, depth+1)}
	case "and", "or":
		return doc{kind: operands()}
	}
	return doc{}
}

func drawCriterion(t *rapid.T) doc {
	switch pick(t, "attribute", "attribute", "attribute", "attribute", "segment", "materialized", "none") {
	case "attribute":
		a := doc{"attributeName": pick(t, attributeNames...)}
		maps.Copy(a, drawAttributeRule(t, true))
		return doc{"attribute": a}
	case "segment":
		return doc{"segment": doc{"segment": "segments/" + pick(t, segmentIDs...)}}
	case "materialized":
		return doc{"materializedSegment": doc{"materializedSegment": "materializedSegments/" + pick(t, "m1", "m2")}}
	}
	return doc{}
}

// drawAttributeRule returns the rule of an attribute under its name, or nothing.
func drawAttributeRule(t *rapid.T, outer bool) doc {
	kinds := []string{"eqRule", "eqRule", "setRule", "rangeRule", "startsWithRule", "endsWithRule", "containsRule", ""}
	if outer {
		kinds = append(kinds, "anyRule", "allRule")
	}
	switch kind := pick(t, kinds...); kind {
	case "":
		return doc{}
	case "eqRule":
		if chance(t, 10) {
			return doc{kind: doc{}}
		}
		return doc{kind: doc{"value": drawValue(t)}}
	case "setRule":
		s := members{}
		s.set("values", list(pick(t, 0, 1, 2, 3, 12), func(int) doc { return drawValue(t) }))
		return doc{kind: doc(s)}
	case "rangeRule":
		r := doc{}
		if start := pick(t, "", "startInclusive", "startExclusive"); start != "" {
			r[start] = drawValue(t)
		}
		if end := pick(t, "", "endInclusive", "endExclusive"); end != "" {
			r[end] = drawValue(t)
		}
		return doc{kind: r}
	case "anyRule", "allRule":
		if chance(t, 10) {
			return doc{kind: doc{}}
		}
		return doc{kind: doc{"rule": drawAttributeRule(t, false)}}
	default:
		s := members{}
		s.set("value", pick(t, texts...))
		return doc{kind: doc(s)}
	}
}

func drawValue(t *rapid.T) doc {
	switch pick(t, "bool", "number", "number", "string", "string", "timestamp", "version", "list", "none", "strange") {
	case "bool":
		return doc{"boolValue": chance(t, 50)}
	case "number":
		return doc{"numberValue": pick(t, 5.0, 0.0, -1.0, 0.1, 1e21, 1672531200.0)}
	case "string":
		return doc{"stringValue": pick(t, texts...)}
	case "timestamp":
		return doc{"timestampValue": pick(t, "2023-01-01T00:00:00Z", "2024-05-06T07:08:09.123456789Z")}
	case "version":
		return doc{"versionValue": doc{"version": pick(t, "1.2", "1.2.0", "v1.2.0", "1.10.0")}}
	case "list":
		return doc{"listValue": doc{"values": []any{doc{"stringValue": "a"}}}}
	case "strange":
		return doc{"numberValue": pick(t, "Infinity", "-Infinity", "NaN")}
	}
	return doc{}
}

func drawContext(t *rapid.T) doc {
	c := doc{}
	for _, name := range []string{"country", "age", "since", "tags", "key", "x"} {
		if chance(t, 60) {
			c[name] = drawAttribute(t, 0)
		}
	}
	if chance(t, 90) {
		c["targeting_key"] = pick[any](t, "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9", "", 5.0, 1.5, true, nil)
	}
	if chance(t, 50) {
		c["account"] = pick[any](t, doc{"id": pick[any](t, "acc1", "acc2", 7.0, false)}, "str")
	}
	if chance(t, 50) {
		c["app"] = doc{"version": drawAttribute(t, 1)}
	}
	return c
}

func drawAttribute(t *rapid.T, depth int) any {
	switch pick(t, "text", "text", "text", "number", "bool", "null", "list", "object") {
	case "text":
		return pick(t, slices.Concat(texts, []string{"1.2.1000", "2023-06-01T12:00:00Z", "5e0", "inf"})...)
	case "number":
		return pick(t, 5.0, 0.0, -1.0, 0.1, 1e21, 1672531200.0, 1672531200000.0, 7.5)
	case "bool":
		return chance(t, 50)
	case "list":
		if depth < 2 {
			return append([]any{}, list(upTo(t, 3), func(int) any { return drawAttribute(t, depth+1) })...)
		}
	case "object":
		return doc{"x": 1.0}
	}
	return nil
}
