package hoist

import (
	"math"
	"strings"
	"testing"

	"github.com/spaolacci/murmur3"
)

// The numbers that Unleash computes for a group and an id: for a percentage,
// and for variants of 1000. Ids beyond ASCII are hashed as UTF-8, as all SDKs
// but Node's do.
func TestUnleashBuckets(t *testing.T) {
	for _, c := range []struct {
		group, id      string
		share, variant uint32
	}{
		{"gr1", "123", 73, 796}, {"groupX", "999", 25, 260}, {"g", "u-42", 19, 152}, {"g", "7", 81, 933},
		{"g", "ä", 55, 726}, {"g", "日本", 37, 348}, {"grp", "😀", 91, 223},
	} {
		data := []byte(c.group + ":" + c.id)
		if got := murmur32(data, 0)%100 + 1; got != c.share {
			t.Errorf("%s: got %d of 100, want %d", data, got, c.share)
		}
		if got := murmur32(data, unleashVariantSeed)%1000 + 1; got != c.variant {
			t.Errorf("%s: got %d of 1000, want %d", data, got, c.variant)
		}
		hash := murmur3.New32WithSeed(unleashVariantSeed)
		hash.Write(data)
		if got, want := murmur32(data, unleashVariantSeed), hash.Sum32(); got != want {
			t.Errorf("%s: got hash %d, the library %d", data, got, want)
		}
	}
}

func TestUnleashNumber(t *testing.T) {
	nan := math.NaN()
	for text, want := range map[string]float64{
		"": 0, " ": 0, "1": 1, "01": 1, "0x10": 16, "0X1f": 31, "0b101": 5, "0o17": 15, "1e3": 1000, ".5": 0.5, "5.": 5, "-0": 0, "+5": 5, " 5\n": 5, "\u00a05\ufeff": 5,
		"Infinity": math.Inf(1), "-Infinity": math.Inf(-1), "1e400": math.Inf(1), "9007199254740993": 9007199254740992,
		"- 5": nan, "infinity": nan, "inf": nan, "NaN": nan, "1_000": nan, "１": nan, "1,5": nan, "0x": nan, "0xg": nan, "0b2": nan, "1e": nan, "-0x10": nan, "--1": nan, ".": nan, "e5": nan, "0x\x10": nan, "\u00855": nan,
	} {
		if got := unleashNumber(text); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestUnleashDate(t *testing.T) {
	const newYear = 1640995200000 // 2022
	for text, want := range map[string]int64{
		"2022": newYear, "2022-01": newYear, "2022-01-01": newYear, "2022-01-01T00:00Z": newYear, "2022-01-01T00:00:00": newYear, "2022-01-01 00:00:00": newYear,
		"2022-01-01t00:00:00z": newYear, "2022-01-01T00:00:00.1239Z": newYear + 123, "2022-01-01T00:00:00.5Z": newYear + 500, "2022-01-01T01:30:00+01:30": newYear,
		"2021-12-31T23:00-0100": newYear, "2021-12-31T24:00:00Z": newYear, "2021-11-31": 1638316800000, " 2022-01-01 ": newYear, "+002022-01-01": newYear, "1969-12-31T23:59:59.999Z": -1,
	} {
		if got, ok := unleashDate(text); !ok || got != want {
			t.Errorf("%q: got %d, %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "x", "22", "2022-1-1", "2022-13-01", "2022-01-32", "2022-00-01", "2022-01-01T05", "2022-01-01T24:00:01Z", "2022-01-01T05:60Z", "2022-01-01T05:06:60Z",
		"2022-01-01T05:06+01", "2022-01-01T05:06:07,8Z", "2022-01-01T05:06:07.Z", "1640995200000", "now", "20220101", "-000000-01-01", "2022-01-01T", "2022-01-01T05:06Zx",
	} {
		if got, ok := unleashDate(text); ok {
			t.Errorf("%q: got %d, want no date", text, got)
		}
	}
}

func TestUnleashVersion(t *testing.T) {
	order := []string{
		"0.0.0-0", "0.0.0", "1.2.3-1", "1.2.3-2", "1.2.3-10", "1.2.3-B", "1.2.3-a", "1.2.3-a.1", "1.2.3-a.b", "1.2.3-rc", "1.2.3", "1.2.4", "1.10.0", "9007199254740991.0.0",
	}
	for i, a := range order {
		for j, b := range order {
			v, okA := parseUnleashVersion(a)
			w, okB := parseUnleashVersion(" v" + b + "+build.01 ")
			if !okA || !okB || orderingOf(v.compare(&w)) != orderingOf(i-j) {
				t.Errorf("%s to %s: got %d, %v, %v", a, b, v.compare(&w), okA, okB)
			}
		}
	}
	for _, text := range []string{
		"", "1", "1.2", "1.2.3.4", "=1.2.3", "V1.2.3", "v 1.2.3", "01.2.3", "1.02.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+", "1.2.3+a_b", "1.2.3-ä", "9007199254740992.0.0", "1.2.x",
		"1.2.3-" + strings.Repeat("a", 251),
	} {
		if _, ok := parseUnleashVersion(text); ok {
			t.Errorf("%q is no version", text)
		}
	}
}

func TestUnleashLower(t *testing.T) {
	for text, want := range map[string]string{
		"ABC": "abc", "É": "é", "İ": "i\u0307", "Σ": "σ", "ΑΣ": "ας", "ΑΣ Α": "ας α", "ΑΣΑ": "ασα", "Α.Σ": "α.ς", "ΑΣ.Α": "ασ.α", "ΑΣ\u0301": "ας\u0301", "ẞ": "ß",
	} {
		if got := unleashLower(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestUnleashVariantName(t *testing.T) {
	for name, want := range map[string]string{
		"a": "a", "a#2": "a", "a#10": "a", "#1": "", "a#2#1": "a#2", "true#1": "true", "a#": "a#", "a#0": "a#0", "a#02": "a#02", "a#x": "a#x", "a#2x": "a#2x", "": "",
	} {
		if got := unleashVariantName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
