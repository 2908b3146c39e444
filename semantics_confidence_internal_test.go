package hoist

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The hash of the recorded results, also of keys that no rollout can have.
func TestConfidenceHash(t *testing.T) {
	dir := os.Getenv("VECTORS_DIR")
	if dir == "" {
		dir = filepath.Join("testdata", "upstream", "confidence")
	}
	text, err := os.ReadFile(filepath.Join(dir, "confidence.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Hash []struct {
			Key, H1 string
			Million uint32 `json:"mod1000000"`
			Hundred uint32 `json:"mod100"`
			Seven   uint32 `json:"mod7"`
		}
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors.Hash {
		if got := fmt.Sprintf("%016x", murmur64([]byte(v.Key))); got != v.H1 {
			t.Errorf("h1 of %q = %s, want %s", v.Key, got, v.H1)
		}
		for buckets, want := range map[uint32]uint32{1_000_000: v.Million, 100: v.Hundred, 7: v.Seven} {
			r := rollout{hash: hashMurmur60, buckets: buckets}
			if got := r.reduce([]byte(v.Key)); got != want {
				t.Errorf("bucket of %q of %d = %d, want %d", v.Key, buckets, got, want)
			}
		}
	}
	if t.Logf("%d keys compared", len(vectors.Hash)); len(vectors.Hash) == 0 {
		t.Error("nothing was compared")
	}
}

// An order has each bucket once.
func TestBucketOrder(t *testing.T) {
	for _, salt := range []string{"", "everyone", "se"} {
		order := newBucketOrder(salt)
		seen := make([]bool, orderedBuckets)
		for b := range uint32(orderedBuckets) {
			p := order.position(b)
			if seen[p] {
				t.Fatalf("%q: two buckets are at %d", salt, p)
			}
			seen[p] = true
		}
	}
	// What must never change, or subjects move.
	order := newBucketOrder("everyone")
	if got, want := [3]uint32{order.position(0), order.position(1), order.position(999_999)}, [3]uint32{512087, 408343, 845321}; got != want {
		t.Errorf("positions of buckets 0, 1 and 999999 = %v, want %v", got, want)
	}
}

func TestReadNumber(t *testing.T) {
	for text, want := range map[string]float64{
		"5": 5, "5.0": 5, "+5": 5, "-5": -5, ".5": 0.5, "5.": 5, "5e0": 5, "5.e1": 50, ".5E-1": 0.05, "5e+1": 50, "00": 0, "1e21": 1e21,
		"inf": math.Inf(1), "-INFINITY": math.Inf(-1), "+Infinity": math.Inf(1), "1e999": math.Inf(1), "-1e999": math.Inf(-1), "1e-999": 0,
	} {
		if got, ok := readNumber(text); !ok || got != want {
			t.Errorf("readNumber(%q) = %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"nan", "NaN", "-nan", "+NAN"} {
		if got, ok := readNumber(text); !ok || !math.IsNaN(got) {
			t.Errorf("readNumber(%q) = %v, %v, want NaN", text, got, ok)
		}
	}
	for _, text := range []string{"", " ", "+", "-", ".", "e5", "5e", "5e+", " 5", "5 ", "0x5", "1_0", "--5", "+-5", "5.5.5", "infin", "true", "5,0", "٥"} {
		if got, ok := readNumber(text); ok {
			t.Errorf("readNumber(%q) = %v, want none", text, got)
		}
	}
}

func TestReadTime(t *testing.T) {
	at := func(seconds int64, nanos int32) instant { return instant{seconds, nanos} }
	for text, want := range map[string]instant{
		"2023-01-01": at(1672531200, 0), "2023-1-1": at(1672531200, 0), "2024-02-29": at(1709164800, 0), "1969-12-31": at(-86400, 0), "0000-01-01": at(-62167219200, 0),
		"2023-01-01T00:00:00": at(1672531200, 0), "2023-01-01 00:00:00": at(1672531200, 0), "2023-06-01T12:00:00.5": at(1685620800, 5e8),
		"2023-01-01T01:00:00+01:00": at(1672531200, 0), "2022-12-31 23:00:00-01:00": at(1672531200, 0), "2023-01-01 00:00:00Z": at(1672531200, 0),
		"2023-06-01T12:00:00.123456789Z": at(1685620800, 123456789), "2023-06-01T12:00:00.1234567891Z": at(1685620800, 123456789),
		"2016-12-31T23:59:60Z": at(1483228799, 1e9), "1969-12-31T23:59:59.25Z": at(-1, 25e7),
	} {
		if got, ok := readTime(text); !ok || got != want {
			t.Errorf("readTime(%q) = %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "T", " ", "2023", "2023-01", "2023-13-01", "2023-02-29", "2023-01-32", "2023-00-01", "2023-01-00", "23-01-01", "20230101", "1672531200", "2023-01-01x",
		"2023-06-01T12:00Z", "2023-06-01T12:00", "2023-06-01t12:00:00z", "2023-06-01T12:00:00z", "2023-06-01T24:00:00Z", "2023-06-01T12:60:00Z", "2023-06-01T12:00:61Z",
		"2023-06-01T12:00:00.Z", "2023-06-01T12:00:00.xZ", "2023-06-01T12:00:00+0100", "2023-06-01T12:00:00+1:00", "2023-06-01T12:00:00Zx", "2023-6-1T12:00:00Z", "2023-06-01T12:00:00+24:00",
	} {
		if got, ok := readTime(text); ok {
			t.Errorf("readTime(%q) = %v, want none", text, got)
		}
	}
}

// Where both read a text, we read what time.Parse does.
func TestReadTimeAsRFC3339(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nanos := rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")
		want := time.Unix(rapid.Int64Range(-62e9, 253e9).Draw(t, "seconds"), nanos).UTC()
		zone := time.FixedZone("", rapid.IntRange(-23*60, 23*60).Draw(t, "minutes")*60)
		text := want.In(zone).Format(time.RFC3339Nano)
		if y := want.In(zone).Year(); y < 0 || y > 9999 {
			return
		}
		if got, ok := readTime(text); !ok || got != instantOf(want) {
			t.Errorf("readTime(%q) = %v, %v, want %v", text, got, ok, instantOf(want))
		}
	})
}

func TestNumberTime(t *testing.T) {
	for f, want := range map[float64]instant{
		0: {}, -1: {-1, 0}, 1672531200: {1672531200, 0}, 999_999_999_999: {999_999_999_999, 0}, 1e12: {1e9, 0}, -1e12: {-1e9, 0}, 1672531200001: {1672531200, 1e6},
		-1672531200001: {-1672531201, 999e6}, 8_210_266_876_799_999: {8_210_266_876_799, 999e6}, -8_334_601_228_800_000: {-8_334_601_228_800, 0},
	} {
		if got, ok := numberTime(f); !ok || got != want {
			t.Errorf("numberTime(%v) = %v, %v, want %v", f, got, ok, want)
		}
	}
	for _, f := range []float64{8_210_266_876_800_000, -8_334_601_228_800_001, 1e300, math.Inf(1), math.NaN()} {
		if got, ok := numberTime(f); ok {
			t.Errorf("numberTime(%v) = %v, want none", f, got)
		}
	}
}

func TestReadVersion(t *testing.T) {
	for text, want := range map[string]versionKey{
		"1.2": {1, 2}, "1.2.3": {1, 2, 3}, "1.2.3.4": {1, 2, 3, 4}, "1.2.999": {1, 2, 999}, "1.2.1000": {1, 2, 0, 1000}, "1.2.1000.4": {1, 2, 1000, 4},
		"01.2": {1, 2}, "1.2.0-beta": {1, 2}, "1.2-": {1, 2}, "9999999999.1": {9999999999, 1}, "1.2-1.5": {1, 2},
		"": {}, "1": {}, "v1.2.0": {}, "1.2.x": {}, "1.2.3.4.5": {}, "12345678901.0": {}, "1..2": {}, "1.2.": {}, ".1.2": {}, "-1.2": {}, "1.+2": {},
	} {
		if got := readVersion(text); got != want {
			t.Errorf("readVersion(%q) = %v, want %v", text, got, want)
		}
	}
}

// The JSON form of what rules, exposures and arms have for products.
func TestConfidenceCodec(t *testing.T) {
	for _, test := range []struct {
		model json.Marshaler
		text  string
	}{
		{Rule{Sticky: &Sticky{}}, `{"sticky":{}}`},
		{Rule{Sticky: &Sticky{"r", "w", true, true}}, `{"sticky":{"read":"r","write":"w","mustMatch":true,"ignoreSegment":true}}`},
		{Exposure{Population: []byte{}}, `{"population":""}`},
		{Exposure{Population: []byte{255, 1}, Salt: "s"}, `{"population":"/wE=","salt":"s"}`},
		{Exposure{Population: []byte{1}, Percent: 5}, `{"share":"5 %","population":"AQ=="}`},
		{Serve{Split: &Split{Arms: []Arm{{ID: "x", Variant: "a", Weight: 1}}}}, `{"split":[{"id":"x","variant":"a","weight":1}]}`},
		{Serve{Split: &Split{Arms: []Arm{{ID: "x", Ranges: []Range{{0, 1}}}}}}, `{"split":[{"id":"x","ranges":[[0,1]]}]}`},
	} {
		if got := encodeModel(t, test.model); got != test.text {
			t.Errorf("encoded:\n got %s\nwant %s", got, test.text)
		}
		if got := recodeModel(t, test.model, test.text); got != test.text {
			t.Errorf("decoded and encoded:\n got %s\nwant %s", got, test.text)
		}
	}
	var e Exposure
	if err := e.UnmarshalJSON([]byte(`{"population":"?"}`)); err == nil {
		t.Error("a population that is not base64 was read")
	}
	r := Rule{Sticky: &Sticky{Read: "a"}, Exposure: &Exposure{Population: []byte{1}}}
	c := r.clone()
	c.Sticky.Read, c.Exposure.Population[0] = "b", 2
	if r.Sticky.Read != "a" || r.Exposure.Population[0] != 1 {
		t.Error("a clone shares what can be changed")
	}
}
