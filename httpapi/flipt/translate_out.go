package flipt

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/hoistflags/hoist"
)

// A writer turns one flag into a bundle.
type writer struct {
	flag      *hoist.Flag
	targeting *hoist.Targeting
	path      string // of the targeting
	out       *bundle
	problems  hoist.Errors
}

// flagToWire returns a flag, as it is in one environment, as documents, and
// what of it Flipt has no form for. Ids that are not there are derived from
// names and positions.
func flagToWire(f *hoist.Flag, namespace, environment string) (*bundle, hoist.Errors) {
	x := extensionOf[flagExtension](f.Extensions)
	w := &writer{flag: f, targeting: f.In(environment), out: &bundle{Flag: flag{
		Key: f.Key, Name: cmp.Or(f.Name, f.Key), Description: f.Description, Metadata: f.Metadata,
		CreatedAt: x.CreatedAt, UpdatedAt: x.UpdatedAt, Variants: []variant{}, NamespaceKey: namespace,
	}}}
	if _, own := f.Environments[environment]; own {
		w.path = "/environments/" + pointerStep(environment)
	}
	switch {
	case f.Semantics != hoist.Flipt:
		w.problem("/semantics", "the flag is not one of Flipt's")
	case f.Archived:
		w.problem("/archived", "flags of Flipt are not archived")
	case w.targeting == nil:
		w.problem(w.path, "the flag does nothing in the environment %q", environment)
	default:
		w.write(x)
	}
	return w.out, w.problems
}

func (w *writer) problem(path, format string, args ...any) {
	w.problems = append(w.problems, &hoist.FieldError{Path: path, Problem: fmt.Sprintf(format, args...)})
}

func (w *writer) write(x flagExtension) {
	t := w.targeting
	if len(t.Requires) > 0 {
		w.problem(w.path+"/requires", "flags of Flipt do not depend on others")
	}
	if len(t.Overrides) > 0 {
		w.problem(w.path+"/overrides", "flags of Flipt have no overrides")
	}
	unused := extensionOf[targetingExtension](t.Extensions)
	switch w.flag.ValueType() {
	case hoist.TypeString:
		w.out.Flag.Type = variantFlag
		w.out.Rollouts = unusedRollouts(unused.Rollouts, &w.out.Flag)
		w.variantFlag()
	case hoist.TypeBoolean:
		w.out.Flag.Type = booleanFlag
		w.out.Rules = unusedRules(unused.Rules, &w.out.Flag)
		w.unusedVariants(x)
		w.booleanFlag()
	default:
		w.problem("/type", "flags of Flipt are of type boolean or string, not %s", w.flag.ValueType())
	}
}

// unusedVariants writes the variants that a boolean flag keeps.
func (w *writer) unusedVariants(x flagExtension) {
	f := &w.out.Flag
	for _, v := range x.Variants {
		v.FlagKey, v.NamespaceKey = f.Key, f.NamespaceKey
		f.Variants = append(f.Variants, v)
		if v.Key == x.DefaultVariant && v.Key != "" {
			f.DefaultVariant = &v
		}
	}
	for i, v := range w.flag.Variants {
		if on, ok := v.Value.Bool(); !ok || strconv.FormatBool(on) != v.Name || !v.Payload.IsNull() {
			w.problem(at("/variants", i), "boolean flags of Flipt have no variants that are served")
		}
	}
}

func (w *writer) variantFlag() {
	f, t := &w.out.Flag, w.targeting
	f.Enabled = !t.Disabled
	for i := range w.flag.Variants {
		w.variant(&w.flag.Variants[i], at("/variants", i))
	}
	w.defaultVariant()
	ranks := ranksOf(t.Rules)
	for i := range t.Rules {
		out := w.rule(i, at(w.path+"/rules", i))
		out.Rank = ranks[i]
		w.out.Rules = append(w.out.Rules, out)
	}
}

func (w *writer) variant(v *hoist.Variant, path string) {
	f := &w.out.Flag
	x := extensionOf[variantExtension](v.Extensions)
	out := variant{
		ID: cmp.Or(x.ID, derivedID("variant", f.Key, v.Name)), FlagKey: f.Key, Key: v.Name, Name: x.Name,
		Description: v.Description, CreatedAt: x.CreatedAt, UpdatedAt: x.UpdatedAt, NamespaceKey: f.NamespaceKey,
	}
	if !v.Value.Equal(hoist.StringValue(v.Name)) {
		w.problem(path, "variants of Flipt are their own values, an attachment is the payload")
	}
	out.Attachment = attachmentOf(v.Payload)
	if kept, err := payloadOf(x.Attachment); err == nil && x.Attachment != "" && kept.Equal(v.Payload) {
		out.Attachment = x.Attachment
	}
	f.Variants = append(f.Variants, out)
}

// defaultVariant writes the default, which is what the flag gives when it is
// off as well.
func (w *writer) defaultVariant() {
	t, name := w.targeting, ""
	if t.Default != nil && (t.Default.Split != nil || t.Default.Action == hoist.NextRule) {
		w.problem(w.path+"/default", "the default of a flag of Flipt is a variant or nothing")
	} else if t.Default != nil {
		name = t.Default.Variant
	}
	if t.Off != name && (t.Off != "" || t.Disabled) {
		w.problem(w.path+"/off", "in Flipt a flag that is off gives its default, %q", name)
	}
	for i, v := range w.out.Flag.Variants {
		if v.Key == name && name != "" {
			w.out.Flag.DefaultVariant = &w.out.Flag.Variants[i]
		}
	}
}

func (w *writer) booleanFlag() {
	f, t := &w.out.Flag, w.targeting
	if t.Disabled {
		w.problem(w.path+"/enabled", "boolean flags of Flipt are never disabled: what they call enabled is the default")
	}
	if t.Default == nil || t.Default.Variant != "true" && t.Default.Variant != "false" {
		w.problem(w.path+"/default", "the default of a boolean flag of Flipt is true or false")
	} else {
		f.Enabled = t.Default.Variant == "true"
	}
	ranks := ranksOf(t.Rules)
	for i := range t.Rules {
		out := w.rollout(i, at(w.path+"/rules", i))
		out.Rank = ranks[i]
		w.out.Rollouts = append(w.out.Rollouts, out)
	}
}
