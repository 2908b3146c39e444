package flagmint

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/hoistflags/hoist"
)

// A Template is what a new flag is seeded with.
type Template string

// The templates of the product. What it does not document in full is decided
// here: the values and keys of the variations, and that the rollout of
// GradualRollout has no start, so that it is at 0 %.
const (
	// NoTemplate gives a boolean flag the variations true and false, and other
	// flags none.
	NoTemplate Template = ""

	// GradualRollout is a boolean flag with a gradual rollout to 100 %, by 10 %
	// a day, that has not started.
	GradualRollout Template = "gradual_rollout"

	// KillSwitch is a boolean flag that is on for everyone, and off once it is
	// not active.
	KillSwitch Template = "kill_switch"

	// ABTest is a flag with two variations, control and treatment, half and
	// half.
	ABTest Template = "ab_test"
)

// NewFlagOptions are what [NewFlag] needs beside the key.
type NewFlagOptions struct {
	Name string

	// Type is the type of the flag; empty means boolean, or for an ABTest what
	// Flavor says.
	Type hoist.Type

	Template Template

	// Flavor is the type of the variations of an ABTest, which needs it:
	// string, number or json. Other templates do not look at it.
	Flavor hoist.Type

	// Environments are those the flag gets a targeting in.
	Environments []string

	// NewID returns an id for a variation, rule or rollout, or a salt. It is
	// required: the product has random ones.
	NewID func() string
}

// ErrTemplate is matched by errors about templates that cannot be used.
var ErrTemplate = errors.New("flagmint: template")

// NewFlag returns a new flag as the product creates it from a template. It is
// an error, matched by [ErrTemplate], if the template does not exist or does not
// go with the type or flavor.
func NewFlag(key string, o NewFlagOptions) (*hoist.Flag, error) {
	c := config{Key: key, Name: o.Name, IsActive: true, AnalyticsEnabled: true, Rollouts: map[string]rollout{}}
	var err error
	if c.Type, err = templateType(o); err != nil {
		return nil, err
	}
	c.Variations = templateVariations(o, c.Type)
	if len(c.Variations) > 0 {
		c.DefaultValue, c.OffVariationID = c.Variations[0].Value, c.Variations[len(c.Variations)-1].ID
	}
	flag := &hoist.Flag{}
	for i, environment := range o.Environments {
		c.Rollouts = templateRollouts(o, c.Variations)
		in, problems := flagFromWire(&c, environment, nil)
		if len(problems) > 0 {
			return nil, problems
		}
		if i == 0 {
			flag = in
		}
		flag.Environments[environment] = in.Environments[environment]
	}
	if len(o.Environments) == 0 {
		flag, _ = flagFromWire(&c, "", nil)
	}
	return flag, nil
}

func templateType(o NewFlagOptions) (string, error) {
	t := o.Type
	switch o.Template {
	case NoTemplate:
	case GradualRollout, KillSwitch:
		if t != "" && t != hoist.TypeBoolean {
			return "", fmt.Errorf("%w: %s needs a boolean flag, not %q", ErrTemplate, o.Template, t)
		}
	case ABTest:
		if !slices.Contains([]hoist.Type{hoist.TypeString, hoist.TypeNumber, hoist.TypeJSON}, o.Flavor) {
			return "", fmt.Errorf("%w: ab_test needs a flavor: string, number or json, not %q", ErrTemplate, o.Flavor)
		}
		if t != "" && t != o.Flavor {
			return "", fmt.Errorf("%w: the flavor %s does not go with the type %s", ErrTemplate, o.Flavor, t)
		}
		t = o.Flavor
	default:
		return "", fmt.Errorf("%w: unknown template %q", ErrTemplate, o.Template)
	}
	if t == "" {
		t = hoist.TypeBoolean
	}
	return string(t), nil
}

// templateVariations returns the variations: the default first, the off
// variation last.
func templateVariations(o NewFlagOptions, t string) []variation {
	seed := func(keys []string, values ...string) (list []variation) {
		for i, key := range keys {
			value, _ := json.Marshal(values[i])
			list = append(list, variation{ID: o.NewID(), Key: key, Name: key, Type: t, Value: value, IsDefault: i == 0, OrderIndex: i})
		}
		return list
	}
	groups := []string{"control", "treatment"}
	switch {
	case o.Template == ABTest && t == "number":
		return seed(groups, "0", "1")
	case o.Template == ABTest && t == "json":
		return seed(groups, "{}", "{}")
	case o.Template == ABTest:
		return seed(groups, groups...)
	case t == "boolean":
		return seed([]string{"true", "false"}, "true", "false")
	}
	return nil
}

// templateRollouts returns the rollouts of one environment, each with ids and a
// salt of its own.
func templateRollouts(o NewFlagOptions, variations []variation) map[string]rollout {
	switch o.Template {
	case GradualRollout:
		return map[string]rollout{o.NewID(): {
			Strategy: "gradual", Salt: o.NewID(), TargetPercentage: 100, Increment: 10, IntervalHours: 24,
		}}
	case ABTest:
		return map[string]rollout{o.NewID(): {
			Strategy: "variant", Salt: o.NewID(),
			Variants: []weights{{variations[0].ID, 50}, {variations[1].ID, 50}},
		}}
	}
	return map[string]rollout{}
}
