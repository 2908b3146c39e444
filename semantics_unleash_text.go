package hoist

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// How Unleash's Node SDK, that is JavaScript, reads numbers, dates and versions
// from text, and writes values as text.

// unleashTrim cuts off what is white space in JavaScript.
func unleashTrim(s string) string { return strings.TrimFunc(s, isUnleashSpace) }

func isUnleashSpace(c rune) bool {
	switch c {
	case '\t', '\n', '\v', '\f', '\r', ' ', '\u00a0', '\ufeff', '\u2028', '\u2029':
		return true
	}
	return c > 0xff && unicode.Is(unicode.Zs, c)
}

// appendUnleashText appends a scalar as JavaScript's String does, and nothing
// for anything else. An instant is as toISOString has it.
func appendUnleashText(b []byte, v Value) []byte {
	switch v.kind {
	case KindString, KindVersion:
		return append(b, v.text()...)
	case KindBool:
		return strconv.AppendBool(b, v.num == 1)
	case KindInt:
		return strconv.AppendInt(b, int64(v.num), 10)
	case KindFloat:
		return appendUnleashFloat(b, v.float())
	case KindTime:
		return time.Unix(0, int64(v.num)).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	}
	return b
}

func appendUnleashFloat(b []byte, f float64) []byte {
	switch abs := math.Abs(f); {
	case math.IsNaN(f):
		return append(b, "NaN"...)
	case math.IsInf(f, 1):
		return append(b, "Infinity"...)
	case math.IsInf(f, -1):
		return append(b, "-Infinity"...)
	case f == 0:
		return append(b, '0')
	case abs >= 1e-6 && abs < 1e21:
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	b = strconv.AppendFloat(b, f, 'e', -1, 64)
	if n := len(b); b[n-2] == '0' && (b[n-3] == '-' || b[n-3] == '+') { // e-07 is e-7 there
		b = append(b[:n-2], b[n-1])
	}
	return b
}

// unleashNumber reads a number as JavaScript's Number does: "" is 0, and what
// is no number not-a-number.
func unleashNumber(s string) float64 {
	s = unleashTrim(s)
	if s == "" {
		return 0
	}
	if len(s) > 2 && s[0] == '0' {
		if base := strings.IndexByte("bBoOxX", s[1]); base >= 0 {
			return unleashInteger(s[2:], [...]int{2, 8, 16}[base/2])
		}
	}
	if !isUnleashDecimal(s) {
		switch s {
		case "Infinity", "+Infinity":
			return math.Inf(1)
		case "-Infinity":
			return math.Inf(-1)
		}
		return math.NaN()
	}
	f, _ := strconv.ParseFloat(s, 64) // beyond the range it is an infinity
	return f
}

// unleashInteger reads digits of a base.
func unleashInteger(digits string, base int) float64 {
	f := 0.0
	for i := range len(digits) {
		d := strings.IndexByte("0123456789abcdefABCDEF", digits[i])
		if d > 15 {
			d -= 6
		}
		if d < 0 || d >= base {
			return math.NaN()
		}
		f = f*float64(base) + float64(d)
	}
	return f
}

// isUnleashDecimal reports whether s is digits with at most a sign, a point and
// an exponent.
func isUnleashDecimal(s string) bool {
	s = trimSign(s)
	mantissa, exponent := s, "0"
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], trimSign(s[i+1:])
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return isDigits(exponent) && exponent != "" && isDigits(whole) && isDigits(fraction) && whole+fraction != ""
}

func trimSign(s string) string {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// unleashDate reads an instant in milliseconds: the forms of ISO 8601 that
// ECMAScript defines, and a blank for the T. A time without an offset is in
// UTC, other than in JavaScript, where it depends on the machine; and of what
// else JavaScript's engines take, nothing is read.
func unleashDate(s string) (millis int64, ok bool) {
	d := dateReader{rest: unleashTrim(s), ok: true}
	year, month, day := d.year(), 1, 1
	if d.take("-") {
		month = d.number(2, 1, 12)
		if d.take("-") {
			day = d.number(2, 1, 31)
		}
	}
	var hour, minute, second, milli, offset int
	if d.take("Tt ") {
		hour = d.number(2, 0, 24)
		d.ok = d.take(":") && d.ok
		minute = d.number(2, 0, 59)
		if d.take(":") {
			second = d.number(2, 0, 59)
			if d.take(".") {
				milli = d.millis()
			}
		}
		offset = d.offset()
		if hour == 24 && (minute > 0 || second > 0 || milli > 0) {
			return 0, false
		}
	}
	if !d.ok || d.rest != "" {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute-offset, second, milli*1e6, time.UTC)
	return t.UnixMilli(), true
}

// A dateReader takes the parts of a date one by one.
type dateReader struct {
	rest string
	ok   bool
}

// take takes one of some characters, if it is there.
func (d *dateReader) take(chars string) bool {
	if d.rest == "" || strings.IndexByte(chars, d.rest[0]) < 0 {
		return false
	}
	d.rest = d.rest[1:]
	return true
}

// number takes a number of so many digits.
func (d *dateReader) number(digits, from, to int) int {
	n := 0
	for range digits {
		if d.rest == "" || !isDigits(d.rest[:1]) {
			d.ok = false
			return from
		}
		n, d.rest = n*10+int(d.rest[0]-'0'), d.rest[1:]
	}
	if n < from || n > to {
		d.ok = false
	}
	return n
}

// year takes four digits, or a sign and six.
func (d *dateReader) year() int {
	switch {
	case d.take("+"):
		return d.number(6, 0, 275760)
	case d.take("-"):
		return -d.number(6, 1, 271820)
	}
	return d.number(4, 0, 9999)
}

// millis takes the digits of a fraction, of which three count.
func (d *dateReader) millis() int {
	n, digits := 0, 0
	for ; d.rest != "" && isDigits(d.rest[:1]); digits++ {
		if digits < 3 {
			n = n*10 + int(d.rest[0]-'0')
		}
		d.rest = d.rest[1:]
	}
	if digits == 0 {
		d.ok = false
	}
	for ; digits < 3; digits++ {
		n *= 10
	}
	return n
}

// offset takes what is behind a time, and returns it in minutes.
func (d *dateReader) offset() int {
	if d.rest == "" || d.take("Zz") {
		return 0
	}
	sign := 1
	if d.rest[0] == '-' {
		sign = -1
	}
	d.ok = d.take("+-") && d.ok
	hours := d.number(2, 0, 23)
	d.take(":")
	return sign * (hours*60 + d.number(2, 0, 59))
}

// An unleashVersion is a version as semver.org defines it, without its build.
type unleashVersion struct {
	numbers [3]uint64
	before  string // the identifiers of a pre-release
}

// parseUnleashVersion reads three numbers and what may follow them. One v in
// front is allowed, and blanks around.
func parseUnleashVersion(s string) (v unleashVersion, ok bool) {
	if len(s) > 256 {
		return v, false
	}
	s = strings.TrimPrefix(unleashTrim(s), "v")
	s, build, hasBuild := strings.Cut(s, "+")
	if hasBuild && !eachIdentifier(build, false) {
		return v, false
	}
	s, before, isBefore := strings.Cut(s, "-")
	if isBefore && !eachIdentifier(before, true) {
		return v, false
	}
	v.before = before
	for i := range v.numbers {
		part, rest, more := strings.Cut(s, ".")
		n := unleashNumber(part)
		if part == "" || !isDigits(part) || len(part) > 1 && part[0] == '0' || n > 1<<53-1 || more != (i < 2) {
			return v, false
		}
		v.numbers[i], s = uint64(n), rest
	}
	return v, true
}

// eachIdentifier reports whether s is identifiers with dots between them, of
// which, if they are of a pre-release, numbers have no leading zero.
func eachIdentifier(s string, numbers bool) bool {
	for {
		id, rest, more := strings.Cut(s, ".")
		if id == "" || strings.ContainsFunc(id, isNoIdentifier) || numbers && len(id) > 1 && id[0] == '0' && isDigits(id) {
			return false
		}
		if !more {
			return true
		}
		s = rest
	}
}

func isNoIdentifier(c rune) bool {
	return c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z')
}

// compare compares the precedence of two versions.
func (v *unleashVersion) compare(w *unleashVersion) int {
	for i := range v.numbers {
		if c := compareOrdered(v.numbers[i], w.numbers[i]); c != 0 {
			return c
		}
	}
	switch {
	case v.before == w.before:
		return 0
	case v.before == "":
		return 1
	case w.before == "":
		return -1
	}
	a, b := v.before, w.before
	for {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		if c := compareIdentifiers(x, y); c != 0 || !moreA && !moreB {
			return c
		}
		if moreA != moreB { // the longer one comes later
			return compareOrdered(int64(len(restA)), int64(len(restB)))
		}
		a, b = restA, restB
	}
}

// compareIdentifiers compares numbers by value, as floats, and has them come
// before text.
func compareIdentifiers(a, b string) int {
	switch isA, isB := isDigits(a), isDigits(b); {
	case isA && isB:
		return compareOrdered(unleashNumber(a), unleashNumber(b))
	case isA:
		return -1
	case isB:
		return 1
	}
	return compareText(a, b)
}

// unleashLower maps to lower case as JavaScript does, which knows what Go's
// mapping by letters does not: İ becomes two, and Σ at the end of a word is ς.
func unleashLower(s string) string {
	if !strings.ContainsAny(s, "İΣ") {
		return strings.ToLower(s)
	}
	var b strings.Builder
	letters := []rune(s)
	for i, c := range letters {
		switch {
		case c == 'İ':
			b.WriteString("i\u0307")
		case c == 'Σ' && endsWord(letters, i):
			b.WriteRune('ς')
		default:
			b.WriteRune(unicode.ToLower(c))
		}
	}
	return b.String()
}

// endsWord reports whether the letter at i has a letter before it and none
// behind it, passing over marks, as Unicode's Final_Sigma has it.
func endsWord(letters []rune, i int) bool {
	before, after := i-1, i+1
	for before >= 0 && caseIgnorable(letters[before]) {
		before--
	}
	for after < len(letters) && caseIgnorable(letters[after]) {
		after++
	}
	return before >= 0 && cased(letters[before]) && !(after < len(letters) && cased(letters[after]))
}

func cased(c rune) bool {
	return unicode.IsUpper(c) || unicode.IsLower(c) || unicode.IsTitle(c)
}

func caseIgnorable(c rune) bool {
	return unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) || strings.ContainsRune("'.:··՟״‘’․‧︓﹒﹕＇．：", c)
}
