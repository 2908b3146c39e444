package hoist

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/tidwall/gjson"
)

// Kind says what a [Value] holds.
type Kind uint8

// The kinds of values. Attributes of a subject may have every kind; the value
// of a variant and the operand of a constraint have the kinds that JSON has.
const (
	KindNull    Kind = iota // nothing: the zero Value
	KindBool                // true or false
	KindInt                 // a 64-bit signed integer, exact
	KindFloat               // a 64-bit float
	KindString              // text
	KindTime                // an instant, in nanoseconds since 1970
	KindVersion             // a version number, held as text
	KindList                // a list of values
	KindObject              // named values, reached by dotted path
	KindJSON                // a JSON document that is an object or an array, held as compact text
)

var kindNames = [...]string{"null", "boolean", "number", "number", "string", "time", "version", "list", "object", "json"}

// String returns the word for k that error messages use. Both number kinds
// are "number".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// A Value is one value: an attribute of a subject, what a variant gives, or an
// operand of a constraint. It is a tagged union like [log/slog.Value]: scalars
// are held without an allocation, and 64-bit integers stay exact.
//
// The zero Value is null. Values are immutable and safe for concurrent use.
type Value struct {
	kind Kind
	// num is the boolean (0 or 1), the integer, the bits of the float, the
	// nanoseconds of the time, or the length of what ptr points to.
	num uint64
	// ptr is the first byte of the text, or the first element of the list
	// ([]Value) or object ([]Attr).
	ptr unsafe.Pointer
}

// BoolValue returns a boolean.
func BoolValue(v bool) Value {
	if v {
		return Value{kind: KindBool, num: 1}
	}
	return Value{kind: KindBool}
}

// IntValue returns an integer.
func IntValue(v int64) Value { return Value{kind: KindInt, num: uint64(v)} }

// FloatValue returns a floating point number.
func FloatValue(v float64) Value { return Value{kind: KindFloat, num: math.Float64bits(v)} }

// StringValue returns a text.
func StringValue(v string) Value {
	return Value{kind: KindString, num: uint64(len(v)), ptr: unsafe.Pointer(unsafe.StringData(v))}
}

// VersionValue returns a version number such as "2.4.1". The text is read when
// a constraint compares it; see [VersionAtLeast] for what is a version.
func VersionValue(v string) Value {
	return Value{kind: KindVersion, num: uint64(len(v)), ptr: unsafe.Pointer(unsafe.StringData(v))}
}

// TimeValue returns an instant. Instants before 1678 or after 2262 are moved
// to the nearest one that fits nanoseconds in 64 bits.
func TimeValue(v time.Time) Value { return Value{kind: KindTime, num: uint64(clampNanos(v))} }

// ListValue returns a list. It keeps v, which must not be changed afterwards.
func ListValue(v ...Value) Value {
	return Value{kind: KindList, num: uint64(len(v)), ptr: unsafe.Pointer(unsafe.SliceData(v))}
}

// ObjectValue returns named values. It keeps attrs, which must not be changed
// afterwards. Where two have one name, the first counts.
func ObjectValue(attrs ...Attr) Value {
	return Value{kind: KindObject, num: uint64(len(attrs)), ptr: unsafe.Pointer(unsafe.SliceData(attrs))}
}

// JSONValue returns the value that a JSON text stands for: a scalar becomes a
// value of its own kind, an object or array is kept as compact text of
// [KindJSON]. Integers that fit stay exact; a number beyond the range of a
// 64-bit float is an error, as is anything that is not one JSON value.
func JSONValue(text []byte) (Value, error) {
	if !json.Valid(text) {
		return Value{}, fmt.Errorf("not a JSON value: %.40q", text)
	}
	return jsonValue(gjson.ParseBytes(text))
}

// jsonValue is JSONValue on a document that is known to be valid.
func jsonValue(r gjson.Result) (Value, error) {
	switch r.Type {
	case gjson.Null:
		return Value{}, nil
	case gjson.True, gjson.False:
		return BoolValue(r.Type == gjson.True), nil
	case gjson.String:
		return StringValue(r.Str), nil
	case gjson.Number:
		return numberValue(r.Raw)
	}
	return jsonText(r.Raw), nil
}

// jsonText returns the object or array raw, which is valid JSON.
func jsonText(raw string) Value {
	var compact bytes.Buffer
	compact.Grow(len(raw))
	if json.Compact(&compact, []byte(raw)) != nil {
		return Value{}
	}
	v := StringValue(compact.String())
	v.kind = KindJSON
	return v
}

// numberValue reads a JSON number: an integer where it is written as one and
// fits 64 bits, else a float.
func numberValue(text string) (Value, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
		return IntValue(n), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return Value{}, fmt.Errorf("%.40s is not a number in the range of 64 bits", text)
	}
	return FloatValue(f), nil
}

// AnyValue returns the value that corresponds to v. It takes booleans, all
// sizes of integers and floats, strings, [time.Time], [json.Number],
// [json.RawMessage], [Value], slices and maps of these with text keys, nil,
// and whatever encoding/json can encode. What cannot be represented is null,
// so that a hostile attribute cannot stop an evaluation.
func AnyValue(v any) Value {
	switch v := v.(type) {
	case nil:
		return Value{}
	case Value:
		return v
	case bool:
		return BoolValue(v)
	case string:
		return StringValue(v)
	case int:
		return IntValue(int64(v))
	case int64:
		return IntValue(v)
	case int32:
		return IntValue(int64(v))
	case int16:
		return IntValue(int64(v))
	case int8:
		return IntValue(int64(v))
	case uint8:
		return IntValue(int64(v))
	case uint16:
		return IntValue(int64(v))
	case uint32:
		return IntValue(int64(v))
	case uint:
		return uintValue(uint64(v))
	case uint64:
		return uintValue(v)
	case float64:
		return FloatValue(v)
	case float32:
		return FloatValue(float64(v))
	case time.Time:
		return TimeValue(v)
	case []string:
		return ListValue(mapSlice(v, StringValue)...)
	case []any:
		return ListValue(mapSlice(v, AnyValue)...)
	case map[string]any:
		return ObjectValue(attrsOf(v)...)
	case json.Number:
		n, _ := numberValue(v.String())
		return n
	}
	text, err := json.Marshal(v)
	if err != nil {
		return Value{}
	}
	value, _ := JSONValue(text)
	return value
}

func uintValue(v uint64) Value {
	if v > math.MaxInt64 {
		return FloatValue(float64(v))
	}
	return IntValue(int64(v))
}

func mapSlice[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

// attrsOf returns m as attributes in the order of their names.
func attrsOf(m map[string]any) []Attr {
	attrs := make([]Attr, 0, len(m))
	for name, v := range m {
		attrs = append(attrs, Attr{name, AnyValue(v)})
	}
	slices.SortFunc(attrs, func(a, b Attr) int { return compareText(a.Name, b.Name) })
	return attrs
}

// Kind returns what v holds.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.kind == KindNull }

// Bool returns the boolean in v and whether v is one.
func (v Value) Bool() (value, ok bool) { return v.num == 1 && v.kind == KindBool, v.kind == KindBool }

// Int returns the integer in v and whether v is one. A float with an integral
// value counts where the integer is exact.
func (v Value) Int() (value int64, ok bool) {
	switch v.kind {
	case KindInt:
		return int64(v.num), true
	case KindFloat:
		f := v.float()
		if f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
			return int64(f), true
		}
	}
	return 0, false
}

// Float returns the number in v and whether v is one. Integers beyond 2^53 are
// rounded to the nearest float.
func (v Value) Float() (value float64, ok bool) {
	switch v.kind {
	case KindInt:
		return float64(int64(v.num)), true
	case KindFloat:
		return v.float(), true
	}
	return 0, false
}

// Text returns the text of a string or version, or the JSON text of an object
// or array, and whether v is one of these.
func (v Value) Text() (text string, ok bool) {
	switch v.kind {
	case KindString, KindVersion, KindJSON:
		return v.text(), true
	}
	return "", false
}

// Time returns the instant in v, in UTC, and whether v is one.
func (v Value) Time() (t time.Time, ok bool) {
	if v.kind != KindTime {
		return time.Time{}, false
	}
	return time.Unix(0, int64(v.num)).UTC(), true
}

// List returns the elements of a list and whether v is one. The slice must
// not be changed.
func (v Value) List() (elements []Value, ok bool) {
	if v.kind != KindList {
		return nil, false
	}
	return v.list(), true
}

func (v Value) text() string    { return unsafe.String((*byte)(v.ptr), int(v.num)) }
func (v Value) float() float64  { return math.Float64frombits(v.num) }
func (v Value) list() []Value   { return unsafe.Slice((*Value)(v.ptr), int(v.num)) }
func (v Value) object() []Attr  { return unsafe.Slice((*Attr)(v.ptr), int(v.num)) }
func (v Value) isNumber() bool  { return v.kind == KindInt || v.kind == KindFloat }
func (v Value) isTextual() bool { return v.kind == KindString || v.kind == KindVersion }

// Equal reports whether v and w are the same: the same kind and the same
// content. The integer 1 and the float 1 differ; not-a-number equals itself.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind {
		return false
	}
	switch v.kind {
	case KindString, KindVersion, KindJSON:
		return v.text() == w.text()
	case KindList:
		return slices.EqualFunc(v.list(), w.list(), Value.Equal)
	case KindObject:
		return slices.EqualFunc(v.object(), w.object(), func(a, b Attr) bool { return a.Name == b.Name && a.Value.Equal(b.Value) })
	}
	return v.num == w.num
}

// Any returns v as an ordinary Go value: nil, bool, int64, float64, string,
// time.Time, []any or map[string]any. Objects and arrays are decoded anew at
// each call; integers in them are int64 where they fit.
func (v Value) Any() any {
	switch v.kind {
	case KindBool:
		return v.num == 1
	case KindInt:
		return int64(v.num)
	case KindFloat:
		return v.float()
	case KindString, KindVersion:
		return v.text()
	case KindTime:
		t, _ := v.Time()
		return t
	case KindList:
		return mapSlice(v.list(), Value.Any)
	case KindObject:
		m := make(map[string]any, v.num)
		for _, a := range slices.Backward(v.object()) {
			m[a.Name] = a.Value.Any()
		}
		return m
	case KindJSON:
		return decodeAny(gjson.Parse(v.text()))
	}
	return nil
}

// decodeAny returns r, which is valid, as Go values.
func decodeAny(r gjson.Result) any {
	switch {
	case r.IsObject():
		m := map[string]any{}
		r.ForEach(func(name, value gjson.Result) bool {
			if _, twice := m[name.String()]; !twice {
				m[name.String()] = decodeAny(value)
			}
			return true
		})
		return m
	case r.IsArray():
		list := []any{}
		r.ForEach(func(_, value gjson.Result) bool {
			list = append(list, decodeAny(value))
			return true
		})
		return list
	}
	v, _ := jsonValue(r)
	return v.Any()
}

// String returns v for people: text as it is, everything else as JSON.
func (v Value) String() string {
	if v.isTextual() {
		return v.text()
	}
	return string(v.appendJSON(nil))
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

var (
	minNanos = time.Unix(0, math.MinInt64)
	maxNanos = time.Unix(0, math.MaxInt64)
)

func clampNanos(t time.Time) int64 {
	switch {
	case t.Before(minNanos):
		return math.MinInt64
	case t.After(maxNanos):
		return math.MaxInt64
	}
	return t.UnixNano()
}
