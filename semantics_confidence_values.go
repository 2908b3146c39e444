package hoist

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// What attributes are converted to, and how texts are read (3.5, 3.6).

// convertBool converts an item: of texts only "true" and "TRUE" are true (3.5).
func convertBool(v Value) (b float64, ok bool) {
	switch {
	case v.kind == KindBool:
		return float64(v.num), true
	case v.isTextual() && (v.text() == "true" || v.text() == "TRUE"):
		return 1, true
	}
	return 0, v.isTextual()
}

func convertNumber(v Value) (f float64, ok bool) {
	if v.isTextual() {
		return readNumber(v.text())
	}
	return v.Float()
}

// readNumber reads a decimal number or one of inf, infinity and nan (3.5). What
// is too large is infinite.
func readNumber(s string) (f float64, ok bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == s {
		digits = strings.TrimPrefix(s, "+")
	}
	switch {
	case strings.EqualFold(digits, "nan"):
		return math.NaN(), true
	case strings.EqualFold(digits, "inf") || strings.EqualFold(digits, "infinity"):
	case !isDecimal(digits):
		return 0, false
	}
	f, _ = strconv.ParseFloat(s, 64) // an error can only be about the range
	return f, true
}

// isDecimal reports whether s is digits with at most one point and perhaps an
// exponent.
func isDecimal(s string) bool {
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i+1:]
		if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
			exponent = exponent[1:]
		}
		if exponent == "" || !isDigits(exponent) {
			return false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return isDigits(whole) && isDigits(fraction) && whole+fraction != ""
}

// An instant is a time of Confidence, which can lie further away than 64 bits
// of nanoseconds reach.
type instant struct {
	seconds int64 // since 1970
	nanos   int32
}

func instantOf(t time.Time) instant { return instant{t.Unix(), int32(t.Nanosecond())} }

func (a instant) compare(b instant) int {
	if a.seconds != b.seconds {
		return compareOrdered(a.seconds, b.seconds)
	}
	return compareOrdered(int64(a.nanos), int64(b.nanos))
}

// convertTime converts an item to an instant: numbers are seconds or, from 1e12
// on, milliseconds (3.5).
func convertTime(v Value) (instant, bool) {
	switch {
	case v.isTextual():
		return readTime(v.text())
	case v.kind == KindTime:
		return instantOf(time.Unix(0, int64(v.num))), true
	case v.isNumber():
		f, _ := v.Float()
		return numberTime(math.Trunc(f))
	}
	return instant{}, false
}

// The first and the last millisecond that there is (3.5).
const (
	minMillis = -8_334_601_228_800_000
	maxMillis = 8_210_266_876_799_999
)

func numberTime(f float64) (instant, bool) {
	if math.Abs(f) < 1e12 {
		return instant{seconds: int64(f)}, true
	}
	if !(f >= minMillis && f <= maxMillis) {
		return instant{}, false
	}
	millis := int64(f)
	seconds, rest := millis/1000, millis%1000
	if rest < 0 {
		seconds, rest = seconds-1, rest+1000
	}
	return instant{seconds, int32(rest) * 1e6}, true
}

// readTime reads a date, a date and a time in UTC, or an RFC 3339 time with a
// blank or a T in it (3.6). It allocates nothing.
func readTime(s string) (instant, bool) {
	i := strings.IndexAny(s, "T ")
	if i < 0 {
		days, ok := readDate(s, 1)
		return instant{seconds: days * secondsOfDay}, ok
	}
	clock, offset, ok := s[i+1:], int64(0), true
	digits := 1
	if j := strings.IndexAny(clock, "Z+-"); j >= 0 {
		digits = 2
		offset, ok = readOffset(clock[j:])
		clock = clock[:j]
	}
	days, okDate := readDate(s[:i], digits)
	at, okClock := readClock(clock, digits)
	at.seconds += days*secondsOfDay - offset
	return at, ok && okDate && okClock
}

const secondsOfDay = 24 * 60 * 60

// readDate reads a year of four digits, and a month and a day of two or of at
// least so many. It returns days since 1970.
func readDate(s string, least int) (days int64, ok bool) {
	year, rest, ok1 := readDigits(s, 4, 4)
	month, rest, ok2 := readDigits(skip(rest, '-'), least, 2)
	day, rest, ok3 := readDigits(skip(rest, '-'), least, 2)
	if !ok1 || !ok2 || !ok3 || rest != "" || month < 1 || month > 12 || day < 1 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t.Unix() / secondsOfDay, t.Day() == day
}

// readClock reads hours, minutes and seconds, perhaps with a fraction of which
// nine digits count. The second 60 is a leap second: later than 59 and before
// the next.
func readClock(s string, least int) (at instant, ok bool) {
	hour, rest, ok1 := readDigits(s, least, 2)
	minute, rest, ok2 := readDigits(skip(rest, ':'), least, 2)
	second, rest, ok3 := readDigits(skip(rest, ':'), least, 2)
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second > 60 {
		return at, false
	}
	if rest != "" {
		fraction := skip(rest, '.')
		if fraction == "" || !isDigits(fraction) {
			return at, false
		}
		for i := range 9 {
			at.nanos *= 10
			if i < len(fraction) {
				at.nanos += int32(fraction[i] - '0')
			}
		}
	}
	if second == 60 {
		second, at.nanos = 59, at.nanos+1e9
	}
	at.seconds = int64(hour*60*60 + minute*60 + second)
	return at, true
}

// readOffset reads Z, or the distance from UTC in hours and minutes.
func readOffset(s string) (seconds int64, ok bool) {
	if s == "Z" {
		return 0, true
	}
	hour, rest, ok1 := readDigits(s[1:], 2, 2)
	minute, rest, ok2 := readDigits(skip(rest, ':'), 2, 2)
	seconds = int64(hour*60*60 + minute*60)
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, s[0] != 'Z' && ok1 && ok2 && rest == "" && hour < 24 && minute < 60
}

// readDigits reads a number of least to most digits.
func readDigits(s string, least, most int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < most && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= least
}

// skip returns s without its first byte, if that is c, else what no number
// begins with.
func skip(s string, c byte) string {
	if s == "" || s[0] != c {
		return "?"
	}
	return s[1:]
}

// A versionKey is what versions are compared by in ranges (3.6).
type versionKey [4]uint64

func (a versionKey) compare(b versionKey) int {
	for i := range a {
		if c := compareOrdered(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// readVersion returns the key of two to four numbers; what is none of these is
// zero, which can be compared like all others. A third and last number of more
// than three digits counts as the fourth.
func readVersion(s string) versionKey {
	s, _, _ = strings.Cut(s, "-")
	var key versionKey
	for i := range key {
		part, rest, more := strings.Cut(s, ".")
		if part == "" || !isDigits(part) || len(part) > 10 {
			return versionKey{}
		}
		for _, c := range []byte(part) {
			key[i] = key[i]*10 + uint64(c-'0')
		}
		if !more {
			return lastPart(key, i, len(part))
		}
		s = rest
	}
	return versionKey{} // a fifth part
}

func lastPart(key versionKey, i, digits int) versionKey {
	switch {
	case i == 0:
		return versionKey{}
	case i == 2 && digits > 3:
		key[2], key[3] = 0, key[2]
	}
	return key
}
