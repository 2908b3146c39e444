package hoist

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// found describes v in a problem.
func found(v gjson.Result) string {
	switch {
	case v.IsObject():
		return "an object"
	case v.IsArray():
		return "a list"
	}
	return [...]string{gjson.Null: "null", gjson.False: "false", gjson.Number: "a number", gjson.String: "a text", gjson.True: "true"}[v.Type]
}

// foundText is found where it matters which text it is.
func foundText(v gjson.Result) string {
	if v.Type == gjson.String {
		return fmt.Sprintf("%.60q", v.Str)
	}
	return found(v)
}

func (d *decoder) text(v gjson.Result) string {
	if v.Type != gjson.String {
		d.add("want a text, found %s", found(v))
	}
	return v.Str
}

// texts reads a list of texts, or one that stands alone.
func (d *decoder) texts(v gjson.Result) []string { return scalars(d, v, d.text) }

// bytes reads bytes in base64.
func (d *decoder) bytes(v gjson.Result) []byte {
	b, err := base64.StdEncoding.DecodeString(d.text(v))
	if err != nil {
		d.add("want base64: %v", err)
	}
	return b
}

func (d *decoder) bool(v gjson.Result) bool {
	if !v.IsBool() {
		d.add("want true or false, found %s", found(v))
	}
	return v.Type == gjson.True
}

func (d *decoder) number(v gjson.Result) float64 {
	switch {
	case v.Type != gjson.Number:
		d.add("want a number, found %s", found(v))
	case math.IsInf(v.Num, 0):
		d.add("%.40s is not a number in the range of 64 bits", v.Raw)
		return 0
	}
	return v.Num
}

func (d *decoder) integer(v gjson.Result) int {
	n, err := strconv.Atoi(v.Raw)
	switch {
	case v.Type != gjson.Number:
		d.add("want a whole number, found %s", found(v))
	case err != nil:
		d.add("want a whole number, found %.40s", v.Raw)
	}
	return n
}

// value reads a value of any kind.
func (d *decoder) value(v gjson.Result) Value {
	value, err := jsonValue(v)
	if err != nil {
		d.add("%v", err)
	}
	return value
}

// operand reads a value that is not an object or list.
func (d *decoder) operand(v gjson.Result) Value {
	if v.Type == gjson.JSON {
		d.add("want a text, a number, true or false, found %s", found(v))
		return Value{}
	}
	return d.value(v)
}

// time reads an instant.
func (d *decoder) time(v gjson.Result) time.Time {
	if t, ok := parseInstant(v.Str); ok {
		return t
	}
	d.add(`want a time such as "2026-05-01T08:00:00Z", found %s`, foundText(v))
	return time.Time{}
}

// timeOrDate reads an instant, or a date, which is its midnight in UTC.
func (d *decoder) timeOrDate(v gjson.Result) time.Time {
	if t, err := time.Parse(time.DateOnly, v.Str); err == nil {
		return t
	}
	if t, ok := parseInstant(v.Str); ok {
		return t
	}
	d.add(`want a date such as "2026-05-01", or a time such as "2026-05-01T08:00:00Z", found %s`, foundText(v))
	return time.Time{}
}

// parseInstant reads what RFC 3339 allows and nothing besides. Years that RFC 3339
// cannot hold once the offset is gone are not read.
func parseInstant(s string) (time.Time, bool) {
	var t time.Time
	err := t.UnmarshalText([]byte(s))
	t = t.UTC()
	return t, err == nil && t.Year() >= 0 && t.Year() <= 9999
}

// share reads a percentage.
func (d *decoder) share(v gjson.Result) float64 {
	if v.Type == gjson.Number {
		return d.number(v)
	}
	if percent, ok := parseShare(v.Str); ok {
		return percent
	}
	d.add(`want a share such as "25 %%" or 25, found %s`, foundText(v))
	return 0
}

// parseShare reads "25 %", with or without blanks before the sign.
func parseShare(s string) (percent float64, ok bool) {
	number, ok := strings.CutSuffix(s, "%")
	number = strings.TrimRight(number, " ")
	// What ParseFloat knows beyond decimal numbers has other characters.
	if !ok || strings.Trim(number, "-.0123456789") != "" {
		return 0, false
	}
	percent, err := strconv.ParseFloat(number, 64)
	return percent, err == nil
}

// variantName reads the name of a variant. A boolean or a number stands for
// the variant of that name, as it is written.
func (d *decoder) variantName(v gjson.Result) string {
	switch v.Type {
	case gjson.True, gjson.False, gjson.Number:
		return v.Raw
	case gjson.String:
	default:
		d.add("want the name of a variant, found %s", found(v))
	}
	return v.Str
}

// key reads the member "key" of an object that may have its key already, from
// the name under which it is stored.
func (d *decoder) key(key *string, v gjson.Result) {
	if *key != "" && v.Type == gjson.String && v.Str != *key {
		d.add("want %.60q, under which it is stored, found %.60q", *key, v.Str)
		return
	}
	*key = d.text(v)
}

// extension reads a member whose name begins with "x-", and reports whether it
// does.
func (d *decoder) extension(to *Extensions, name string, v gjson.Result) bool {
	product, ok := strings.CutPrefix(name, "x-")
	if ok {
		if *to == nil {
			*to = Extensions{}
		}
		(*to)[product] = appendCompact(nil, []byte(v.Raw))
	}
	return ok
}

// unknown notes that the member where the decoder is should not be there.
func (d *decoder) unknown(name string, known []string) {
	d.add("unknown member %.60q%s", name, instead(name, known))
}
