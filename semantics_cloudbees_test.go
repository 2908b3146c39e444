package hoist_test

import (
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/hoistflags/hoist"
)

// cloudbeesFlag returns a flag with three texts as variants.
func cloudbeesFlag(key string, t hoist.Targeting) *hoist.Flag {
	f := &hoist.Flag{Key: key, Type: hoist.TypeString, Semantics: hoist.CloudBees, Targeting: &t}
	for _, name := range []string{"a", "b", "false"} {
		f.Variants = append(f.Variants, hoist.Variant{Name: name, Value: hoist.StringValue(name)})
	}
	return f
}

// A share is compared with the bucket as a 64-bit float: what lies next to the
// bucket of a subject falls on the right side of it.
func TestCloudBeesShareIsExact(t *testing.T) {
	for i := range 200 {
		key := fmt.Sprintf("user-%d", i)
		sum := md5.Sum([]byte(key + ".f"))
		bucket := float64(binary.LittleEndian.Uint32(sum[:4])) / 4294967295.0
		for _, percent := range []float64{
			bucket * 100, math.Nextafter(bucket*100, 0), math.Nextafter(bucket*100, 100),
			float64(float32(bucket * 100)), math.Floor(bucket * 100), math.Ceil(bucket * 100), 0, 100,
		} {
			split := &hoist.Split{Arms: []hoist.Arm{{Variant: "a", Weight: percent}}}
			flags := openFlags(t, nil, cloudbeesFlag("f", hoist.Targeting{Default: &hoist.Serve{Split: split}}))
			got := flags.For(hoist.NewSubject(key)).String("f", "") == "a"
			if want := bucket < percent/100; got != want {
				t.Errorf("bucket %v of %q under %v %%: got %t, want %t", bucket, key, percent, got, want)
			}
		}
	}
}

// 100 in parts whose sum is not exactly 100 leaves nobody out.
func TestCloudBeesSumOfShares(t *testing.T) {
	split := &hoist.Split{}
	for range 10 {
		split.Arms = append(split.Arms, hoist.Arm{Variant: "a", Weight: 10.000000000000002})
	}
	f := cloudbeesFlag("f", hoist.Targeting{Default: &hoist.Serve{Split: split}})
	if err := f.Validate(); err != nil {
		t.Errorf("ten shares of a tenth: %v", err)
	}
	split.Arms[0].Weight = 11
	if err := f.Validate(); err == nil || !strings.HasPrefix(err.Error(), "/default/split: ") {
		t.Errorf("shares of 101 %%: got %v, want an error at /default/split", err)
	}
}

// What decides is the stickiness property, for which the key stands in if it is
// the default one; a property named key is one like any other.
func TestCloudBeesUnit(t *testing.T) {
	sticky := func(by ...string) *hoist.Flag {
		split := &hoist.Split{By: by, Arms: []hoist.Arm{{Variant: "a", Weight: 100}}}
		return cloudbeesFlag("f", hoist.Targeting{Default: &hoist.Serve{Split: split}})
	}
	for name, test := range map[string]struct {
		flag    *hoist.Flag
		subject hoist.Subject
		served  bool
	}{
		"key":                   {sticky(), hoist.NewSubject("k"), true},
		"nobody":                {sticky(), hoist.NewSubject(""), false},
		"distinct id":           {sticky(), hoist.NewSubject("", hoist.String("rox.distinct_id", "k")), true},
		"empty text":            {sticky("p"), hoist.NewSubject("k", hoist.String("p", "")), true},
		"number":                {sticky("p"), hoist.NewSubject("k", hoist.Float("p", 5)), true},
		"boolean":               {sticky("p"), hoist.NewSubject("k", hoist.Bool("p", false)), true},
		"missing":               {sticky("p"), hoist.NewSubject("k"), false},
		"list":                  {sticky("p"), hoist.NewSubject("k", hoist.Strings("p", "x")), false},
		"property key":          {sticky("key"), hoist.NewSubject("", hoist.String("key", "x")), true},
		"property key, missing": {sticky("key"), hoist.NewSubject("k"), false},
	} {
		d := openFlags(t, nil, test.flag).For(test.subject).Evaluate("f")
		if d.IsFallback() == test.served || d.Error() != hoist.NoError {
			t.Errorf("%s: got %q, %s", name, d.Variant(), d.Error())
		}
	}
	// 5.0 and "5" are one unit.
	flags := openFlags(t, nil, sticky("p"))
	number, _ := flags.For(hoist.NewSubject("", hoist.Float("p", 5))).Evaluate("f").Bucket()
	text, _ := flags.For(hoist.NewSubject("", hoist.String("p", "5"))).Evaluate("f").Bucket()
	if number != text {
		t.Errorf("got bucket %d for 5.0 and %d for the text", number, text)
	}
}

// Buckets need all of 32 bits without a sign.
func TestCloudBeesBucket(t *testing.T) {
	split := &hoist.Split{Arms: []hoist.Arm{{Variant: "a", Weight: 100}}}
	flags := openFlags(t, nil, cloudbeesFlag("seed2", hoist.Targeting{Default: &hoist.Serve{Split: split}}))
	d := flags.For(hoist.NewSubject("user-1")).Evaluate("seed2")
	if bucket, ok := d.Bucket(); !ok || bucket != 3494965572 {
		t.Errorf("got bucket %d, %t, want 3494965572", bucket, ok)
	}
	if text, err := d.MarshalJSON(); err != nil || !strings.Contains(string(text), `"bucket":3494965572`) {
		t.Errorf("got %s, %v", text, err)
	}
	if explained := fmt.Sprint(flags.For(hoist.NewSubject("user-1")).Explain("seed2")); !strings.Contains(explained, "bucket 3494965572 of 4294967295") {
		t.Errorf("got %s, want the bucket in it", explained)
	}
}

// On a circle of dependencies the inner one reads as false, wherever the walk
// began.
func TestCloudBeesCircles(t *testing.T) {
	on := func(other, wanted string) hoist.Targeting {
		return hoist.Targeting{
			Rules:   []hoist.Rule{{When: hoist.FlagIs(other, wanted), Serve: hoist.Serve{Variant: "a"}}},
			Default: &hoist.Serve{Variant: "b"},
		}
	}
	flags := openFlags(t, nil,
		cloudbeesFlag("self", on("self", "false")),
		cloudbeesFlag("x", on("y", "a")),
		cloudbeesFlag("y", on("x", "false")),
		cloudbeesFlag("outside", on("self", "a")),
	)
	view := flags.For(hoist.NewSubject("someone"))
	for key, want := range map[string]string{
		"self":    "a", // its inner self reads false
		"x":       "a", // y sees x as false and gives a
		"y":       "b", // x sees y as false, not as a, and gives b
		"outside": "a",
	} {
		for range 2 {
			if got := view.String(key, ""); got != want {
				t.Errorf("%s: got %q, want %q", key, got, want)
			}
		}
	}
}

func TestCloudBeesOperandsAreChecked(t *testing.T) {
	for _, test := range []struct {
		when hoist.Condition
		want string // "" means that it compiles
	}{
		{hoist.Where("p", "eq"), "/rules/0/when/eq: want one operand, found 0"},
		{hoist.Where("p", "eq", "a", "b"), "/rules/0/when/eq: want one operand, found 2"},
		{hoist.Where("p", "regex", strings.Repeat("a", hoist.MaxRegexpBytes+1)), "/rules/0/when/regex: regular expression of 1001 bytes, limit 1000"},
		{hoist.Where("p", "is-true", true), "/rules/0/when/is-true: 1 operands, limit 0"},
		{hoist.Where("p", hoist.StartsWith, "a"), `/rules/0/when: unknown operator "startsWith"`},
		{hoist.Where("p", "regex", "("), ""},
		{hoist.Where("p", "regex", 5), ""},
		{hoist.Where("p", "semver-gt", "v4"), ""},
		{hoist.Where("p", "in-array"), ""},
		{hoist.InSegment("nobody knows it"), ""},
		{hoist.FlagIs("nobody knows it", "x"), ""},
	} {
		f := cloudbeesFlag("f", hoist.Targeting{Rules: []hoist.Rule{{When: test.when, Serve: hoist.Serve{Variant: "a"}}}})
		got := ""
		if err := f.Validate(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", must(test.when.MarshalJSON()), got, test.want)
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// The stages of a schedule are in any order.
func TestCloudBeesStages(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 5, n, 0, 0, 0, 0, time.UTC) }
	ramp := &hoist.Ramp{Stages: []hoist.Stage{{At: day(3), Percent: 0}, {At: day(2), Percent: 100}}}
	f := &hoist.Flag{Key: "f", Semantics: hoist.CloudBees, Targeting: &hoist.Targeting{
		Rules:   []hoist.Rule{{Exposure: &hoist.Exposure{Ramp: ramp}, Serve: hoist.Serve{Variant: "true"}}},
		Default: &hoist.Serve{Variant: "false"},
	}}
	for n, want := range map[int]bool{1: false, 2: true, 3: false} {
		flags := openFlags(t, &hoist.Options{Clock: func() time.Time { return day(n) }}, f)
		if got := flags.For(hoist.NewSubject("k")).Bool("f", !want); got != want {
			t.Errorf("on day %d: got %t, want %t", n, got, want)
		}
	}
	// Without a unit there is no answer, not even false.
	if d := openFlags(t, nil, f).For(hoist.NewSubject("")).Evaluate("f"); !d.IsFallback() {
		t.Errorf("without a unit: got %q, want the fallback", d.Variant())
	}
}

func TestAllocCloudBees(t *testing.T) {
	skipUnderRace(t)
	list := make([]any, 20)
	for i := range list {
		list[i] = fmt.Sprint(i)
	}
	whens := []hoist.Condition{
		hoist.Where("missing", "is-true"),
		hoist.Where("plan", "eq", "free"),
		hoist.Where("seats", "gt", 100),
		hoist.Where("text", "lt", 5),
		hoist.Where("plan", "gt", 5),
		hoist.Where("rox.app_release", "semver-lt", "4.1"),
		hoist.Where("plan", "in-array", list...),
		hoist.Where("plan", "regex", "^fr[e]{2}"),
		hoist.FlagIs("other", "false"),
		hoist.InSegment("gone"),
	}
	targeting := hoist.Targeting{Default: &hoist.Serve{Split: &hoist.Split{Arms: []hoist.Arm{{Variant: "a", Weight: 50}, {Variant: "b", Weight: 50}}}}}
	for _, when := range whens {
		targeting.Rules = append(targeting.Rules, hoist.Rule{When: when, Serve: hoist.Serve{Variant: "false"}})
	}
	number := &hoist.Flag{Key: "number", Semantics: hoist.CloudBees, Variants: []hoist.Variant{{Name: "5.5", Value: hoist.FloatValue(5.5)}}}
	number.Targeting = &hoist.Targeting{Rules: []hoist.Rule{{When: hoist.Where("plan", "eq", "pro"), Serve: hoist.Serve{Variant: "5.5"}}}}
	targeting.Rules = append(targeting.Rules, hoist.Rule{When: hoist.FlagIs("number", "5"), Serve: hoist.Serve{Variant: "false"}})
	other := cloudbeesFlag("other", hoist.Targeting{Default: &hoist.Serve{Variant: "a"}})
	flags := openFlags(t, nil, cloudbeesFlag("f", targeting), other, number)
	subject := hoist.NewSubject("someone", hoist.String("plan", "pro"), hoist.Int("seats", 5), hoist.String("text", "7.5"),
		hoist.String("rox.app_release", "4.1.0"))
	if got := flags.For(subject).String("f", ""); got != "a" && got != "b" {
		t.Fatalf("got %q, want one of the split", got)
	}
	if n := testing.AllocsPerRun(100, func() { flags.For(subject).String("f", "") }); n != 0 {
		t.Errorf("got %v allocations by evaluation, want 0", n)
	}
}
