package hoist

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// broken returns a copy of a valid set in which up to three things, of any
// kind and at any place, were replaced by something else that Go can hold.
// Mostly it is not valid any more.
func broken(t *rapid.T, set Set) Set {
	b := breaker{t: t, texts: slices.Concat(poolBroken, keysOf(set))}
	out := copyOf(reflect.ValueOf(set)).Interface().(Set)
	for range rapid.IntRange(0, 3).Draw(t, "mutations") {
		places := placesIn(reflect.ValueOf(&out).Elem(), nil)
		b.replace(places[rapid.IntRange(0, len(places)-1).Draw(t, "place")])
	}
	if chance(t, 3) {
		b.nest(&out)
	}
	return out
}

// keysOf returns the keys of set, which among conditions make circles.
func keysOf(set Set) []string {
	var keys []string
	for _, s := range set.Segments {
		keys = append(keys, s.Key)
	}
	for _, f := range set.Flags {
		keys = append(keys, f.Key)
	}
	return keys
}

// A breaker replaces things.
type breaker struct {
	t     *rapid.T
	texts []string
}

var (
	poolBroken = []string{
		"", "unknown", "[", "(?<x", "a{1001}", "(?P<>a)", "300.0.0.0/8", "10.0.0.0/33", "now+", "now-d", "now-1w", "now--1h", "now+99999d", "1.2.3.4", "2024-02-30",
		"\x00", "\xff", " blank ", "line\nbreak", "\u200b", strings.Repeat("x", 256), strings.Repeat("(", 2000), "true", "false", "on", "blue", "next", "fallback",
		"native", "unleash", "boolean", "string", "number", "json", "in", "is", "IS", "matches", "lessThan", "versionIs", "before", "present", "inNetwork",
		"production", "user-1", "key", "~/~0", "x-y", "geo..city", ".", "null", "[]", "{}", "1e999",
	}
	poolBrokenFloats = []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, math.Copysign(0, -1), 0, 1, 50, 100, 100.0001, 101, 0.00001, 1e308, 5e-324}
	poolBrokenTimes  = []time.Time{{}, noon, noon.Add(-time.Hour), time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(0, math.MaxInt64), time.Unix(0, 0)}
	poolBrokenRaw    = []json.RawMessage{json.RawMessage("null"), json.RawMessage(`{"a":1,"a":2}`)}
)

func (b *breaker) value() Value {
	return pick(b.t,
		Value{}, BoolValue(true), IntValue(-1), FloatValue(pick(b.t, poolBrokenFloats...)), StringValue(pick(b.t, b.texts...)),
		TimeValue(noon), VersionValue("1.2.3"), ListValue(), ListValue(IntValue(1)), ObjectValue(), ObjectValue(String("a", "b")),
		Value{kind: KindJSON, num: 2, ptr: StringValue("{}").ptr},
	)
}

// isLeaf reports whether values of a type are replaced as a whole.
func isLeaf(t reflect.Type) bool {
	return t == reflect.TypeFor[Value]() || t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[json.RawMessage]()
}

// placesIn appends every place in v whose content can be replaced.
func placesIn(v reflect.Value, places []reflect.Value) []reflect.Value {
	if v.CanSet() {
		places = append(places, v)
	}
	switch {
	case isLeaf(v.Type()):
	case v.Kind() == reflect.Pointer && !v.IsNil():
		places = placesIn(v.Elem(), places)
	case v.Kind() == reflect.Struct:
		for _, field := range v.Fields() {
			places = placesIn(field, places)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			places = placesIn(v.Index(i), places)
		}
	case v.Kind() == reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			if v.MapIndex(key).Kind() == reflect.Pointer {
				places = placesIn(v.MapIndex(key), places)
			}
		}
	}
	return places
}

// replace puts something else of the same type in a place.
func (b *breaker) replace(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[Value]():
		v.Set(reflect.ValueOf(b.value()))
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(pick(b.t, poolBrokenTimes...)))
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		v.Set(reflect.ValueOf(pick(b.t, poolBrokenRaw...)))
	case v.Kind() == reflect.String:
		v.SetString(pick(b.t, b.texts...))
	case v.Kind() == reflect.Float64:
		v.SetFloat(pick(b.t, poolBrokenFloats...))
	case v.Kind() == reflect.Int:
		v.SetInt(pick[int64](b.t, -1, 0, 1, 1000, 1<<62))
	case v.Kind() == reflect.Bool:
		v.SetBool(!v.Bool())
	case v.Kind() == reflect.Slice:
		b.replaceSlice(v)
	case v.Kind() == reflect.Map:
		b.replaceMap(v)
	case v.Kind() == reflect.Pointer && v.IsNil():
		v.Set(reflect.New(v.Type().Elem()))
	default:
		v.SetZero()
	}
}

func (b *breaker) replaceSlice(v reflect.Value) {
	zero := reflect.Zero(v.Type().Elem())
	switch n := v.Len(); pick(b.t, "none", "empty", "twice", "more", "less") {
	case "none":
		v.SetZero()
	case "empty":
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	case "twice":
		if n > 0 {
			zero = v.Index(n - 1)
		}
		v.Set(reflect.Append(v.Slice3(0, n, n), zero))
	case "more":
		v.Set(reflect.Append(v.Slice3(0, n, n), zero))
	case "less":
		v.Set(v.Slice(min(1, n), n))
	}
}

func (b *breaker) replaceMap(v reflect.Value) {
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	value := reflect.New(v.Type().Elem()).Elem()
	if isLeaf(value.Type()) {
		b.replace(value)
	}
	if v.Type().Elem().Kind() == reflect.Pointer && chance(b.t, 50) {
		value = reflect.New(v.Type().Elem().Elem())
	}
	v.SetMapIndex(reflect.ValueOf(strings.ToValidUTF8(pick(b.t, b.texts...), "?")), value)
}

// nest puts a condition deep into others.
func (b *breaker) nest(set *Set) {
	deep := func(c *Condition) {
		for range pick(b.t, MaxConditionDepth-4, MaxConditionDepth, 50, 5000) {
			*c = pick(b.t, Not(*c), AllOf(*c))
		}
	}
	if i := slices.IndexFunc(set.Segments, func(s *Segment) bool { return s != nil }); i >= 0 {
		deep(&set.Segments[i].When)
	}
}

// copyOf returns a copy of v that shares nothing with it that can be replaced.
// (It does not trust Clone.)
func copyOf(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch {
	case isLeaf(v.Type()):
	case v.Kind() == reflect.Pointer && !v.IsNil():
		out.Set(reflect.New(v.Type().Elem()))
		out.Elem().Set(copyOf(v.Elem()))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			out.Field(i).Set(copyOf(v.Field(i)))
		}
	case v.Kind() == reflect.Slice && !v.IsNil():
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(copyOf(v.Index(i)))
		}
	case v.Kind() == reflect.Map && !v.IsNil():
		out.Set(reflect.MakeMap(v.Type()))
		for it := v.MapRange(); it.Next(); {
			out.SetMapIndex(it.Key(), copyOf(it.Value()))
		}
	}
	return out
}

// describe returns a model object in a notation that shows what JSON cannot
// hold. What is zero is left out.
func describe(v any) string { return describeValue(reflect.ValueOf(v)) }

func describeValue(v reflect.Value) string {
	var parts []string
	switch {
	case v.Type() == reflect.TypeFor[Value]():
		value := v.Interface().(Value)
		return fmt.Sprintf("%v %.80q", value.Kind(), value.String())
	case isLeaf(v.Type()) || v.Kind() == reflect.String:
		return fmt.Sprintf("%.80q", v.Interface())
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return describeValue(v.Elem())
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if !v.Field(i).IsZero() {
				parts = append(parts, v.Type().Field(i).Name+": "+describeValue(v.Field(i)))
			}
		}
		return v.Type().Name() + "{" + strings.Join(parts, ", ") + "}"
	case v.Kind() == reflect.Slice && !v.IsNil():
		for i := range v.Len() {
			parts = append(parts, describeValue(v.Index(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case v.Kind() == reflect.Map && !v.IsNil():
		for it := v.MapRange(); it.Next(); {
			parts = append(parts, fmt.Sprintf("%q: %s", it.Key(), describeValue(it.Value())))
		}
		slices.Sort(parts)
		return "map[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(v)
}
