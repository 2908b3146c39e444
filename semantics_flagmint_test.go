package hoist_test

import (
	"testing"

	"github.com/hoistflags/hoist"
)

// flagmintFlag returns a flag with a rule of several constraints, a percentage
// and a split.
func flagmintFlag() *hoist.Flag {
	return &hoist.Flag{
		Key: "f", Semantics: hoist.Flagmint,
		Variants: []hoist.Variant{{Name: "a", Value: hoist.StringValue("a")}, {Name: "b", Value: hoist.StringValue("b")}},
		Targeting: &hoist.Targeting{
			Rules: []hoist.Rule{
				{
					When: hoist.AllOf(
						hoist.Where("plan", "in", "pro", "team"), hoist.Where("age", "gt", 18), hoist.Where("mail", "endsWith", ".example"),
						hoist.Where("beta", "eq", true), hoist.Where("gone", "not_exists"), hoist.Where("name", "matches", "^A.*b"),
					),
					Exposure: &hoist.Exposure{Percent: 1, Salt: "s"},
					Serve:    hoist.Serve{Variant: "a"},
				},
				{Serve: hoist.Serve{Split: &hoist.Split{Salt: "s", Arms: []hoist.Arm{{Variant: "a", Weight: 30}, {Variant: "b", Weight: 70}}}}},
			},
			Default: &hoist.Serve{Variant: "a"},
		},
	}
}

func TestAllocFlagmint(t *testing.T) {
	skipUnderRace(t)
	flags := openFlags(t, nil, flagmintFlag())
	ask := func(key string) hoist.Decision {
		return flags.For(hoist.NewSubject(key,
			hoist.String("kind", "user"), hoist.String("plan", "team"), hoist.Int("age", 20), hoist.String("mail", "a@b.example"),
			hoist.Bool("beta", true), hoist.String("name", "Adab"))).Evaluate("f")
	}
	if bucket, ok := ask("user-42").Bucket(); !ok || bucket < 1 {
		t.Fatalf("bucket %d, %t, want one beyond the percentage, so that everything is looked at", bucket, ok)
	}
	for _, key := range []string{"user-42", ""} {
		if n := testing.AllocsPerRun(100, func() { ask(key) }); n != 0 {
			t.Errorf("key %q: got %v allocations by evaluation, want 0", key, n)
		}
	}
}

// Without a key the default is served, which is not an error.
func TestFlagmintWithoutKey(t *testing.T) {
	flags := openFlags(t, nil, flagmintFlag())
	d := flags.For(hoist.Subject{}).Evaluate("f")
	if d.Variant() != "a" || d.Reason() != hoist.ReasonDefault || d.Error() != hoist.NoError {
		t.Errorf("got %q, %v, %v, want a, DEFAULT", d.Variant(), d.Reason(), d.Error())
	}
	byID := flags.For(hoist.NewSubject("", hoist.String("user_id", "u"))).Evaluate("f")
	if byID.Reason() != hoist.ReasonSplit {
		t.Errorf("by user_id: got %v, want SPLIT", byID.Reason())
	}
}
