package hoist

import (
	"math"
	"slices"
	"strings"
)

// The words of stickiness that are not attributes.
const (
	unleashDefault = "default" // the user, or else the session; of variants, or else the address
	unleashRandom  = "random"
)

const unleashVariantSeed = 86028157

// unleashRollout compiles what exposures and splits have in common: murmur3 of
// 32 bits of the group, a colon and the unit. By is the stickiness; none is
// the default. The salt is the group. An empty one means the key of the flag,
// as everywhere; a group of nothing but colons has one more here, so that ":"
// is the empty group.
func (k *compiler) unleashRollout(by []string, group string, fallback []string, at *place) rollout {
	if len(by) > 1 {
		k.add(at.to("by"), "want one attribute, %q or %q", unleashDefault, unleashRandom)
	}
	none := noUnitSkips
	switch {
	case len(by) == 0 || by[0] == unleashDefault:
		by, none = fallback, noUnitRandom
	case by[0] == unleashRandom:
		by, none = nil, noUnitRandom
	}
	if group != "" && strings.Trim(group, ":") == "" {
		group = group[1:]
	} else if group == "" {
		group = k.salt
	}
	r := k.compileRollout(by, group, exposureSeparator, at)
	r.salt = k.names.text(group + exposureSeparator)
	r.hash, r.unit, r.none = hashMurmur32, unitUnleash, none
	return r
}

// unleashExposure compiles the percentage of flexibleRollout and its
// predecessors. There are 100 buckets; a share that is not whole is cut off,
// since its fraction admits no bucket.
func unleashExposure(k *compiler, e *Exposure, at *place) *exposure {
	out := &exposure{rollout: k.unleashRollout(e.By, e.Salt, []string{"userId", "sessionId"}, at)}
	out.buckets = 100
	if e.Ramp != nil {
		k.add(at.to("ramp"), "ramps are not for the semantics %q", Unleash)
	}
	if !(e.Percent >= 0 && e.Percent <= 100) {
		share := at
		if e.By != nil || e.Salt != "" {
			share = at.to("share")
		}
		k.add(share, "want a share from 0 %% to 100 %%, found %v", e.Percent)
		return out
	}
	out.threshold = uint32(e.Percent)
	return out
}

// unleashSplit compiles variants. There are as many buckets as the weights add
// up to; a subject without the unit gets one by chance. Without any weight
// there is no variant: the flag is on, and overrides do not count.
func unleashSplit(k *compiler, s *Split, at *place) *split {
	out := &split{rollout: k.unleashRollout(s.By, s.Salt, []string{"userId", "sessionId", "remoteAddress"}, at)}
	out.seed, out.none = unleashVariantSeed, noUnitRandom
	out.rest = arm{target: k.variant(boolName(true))}
	arms := at.to("split")
	if s.Buckets != 0 {
		k.add(at.to("buckets"), "buckets are not for the semantics %q", Unleash)
	}
	if len(s.Arms) > MaxVariants {
		k.add(arms, "%d arms, limit %d", len(s.Arms), MaxVariants)
		return out
	}
	total := uint64(0)
	for i := range s.Arms {
		total += k.unleashArm(&s.Arms[i], total, out, arms)
	}
	if total > math.MaxUint32 {
		k.add(arms, "want weights with a sum of at most %d", uint32(math.MaxUint32))
	}
	for i := range s.Overrides {
		overrides := at.to("overrides")
		out.overrides = append(out.overrides, k.compileSplitOverride(&s.Overrides[i], overrides.nth(i)))
	}
	if out.buckets = uint32(total); total == 0 {
		out.arms, out.overrides = nil, nil
	}
	return out
}

// unleashArm adds an arm that begins at a bucket, and returns how many it has.
func (k *compiler) unleashArm(a *Arm, from uint64, out *split, at *place) uint64 {
	here := at.to(a.Variant)
	k.checkArm(a, at)
	if a.Weight != math.Trunc(a.Weight) || a.Weight > math.MaxUint32 {
		k.add(here, "want a whole weight, found %v", a.Weight)
		return 0
	}
	compiled := arm{bound: uint32(from + uint64(max(0, a.Weight))), action: k.action(a.Action, here)}
	if a.Action == "" {
		compiled.target = k.wantVariant(a.Variant, here)
	}
	out.arms = append(out.arms, compiled)
	return uint64(max(0, a.Weight))
}

// unleashUnit appends the first of the attributes that is a scalar and not
// empty.
func (e *evaluation) unleashUnit(b []byte, by []*attrRef) ([]byte, unitState) {
	n := len(b)
	for _, ref := range by {
		if v, ok := e.get(ref); ok {
			if b = appendUnleashText(b, v); len(b) > n {
				return b, unitFound
			}
		}
	}
	return b, unitMissing
}

// unleashWanted looks at a dependency: "true" wants the parent on, "false" off,
// any other name on with the variant of that name; "disabled" is the name of
// there being none, and "" is never given. A parent that is not boolean is on.
func unleashWanted(v *variant, wanted []string) bool {
	if v == nil {
		return false
	}
	on := v.value.kind != KindBool || v.value.num == 1
	name := unleashVariantName(v.name)
	if v.name == boolName(true) {
		name = "disabled"
	}
	return slices.ContainsFunc(wanted, func(w string) bool {
		switch w {
		case "":
			return false
		case "true", "false":
			return on == (w == "true")
		}
		return on && unleashVariantName(w) == name
	})
}

// unleashVariantName returns the name that a variant has in Unleash. There, each
// strategy has variants of its own, so that a flag can have two of one name: in
// the model the further ones end in "#2" and so on. A name that would be taken
// for such a one, or for the value of a flag, ends in "#1".
func unleashVariantName(name string) string {
	i := strings.LastIndexByte(name, '#')
	if i < 0 || i+1 == len(name) || name[i+1] == '0' || strings.Trim(name[i+1:], "0123456789") != "" {
		return name
	}
	return name[:i]
}
