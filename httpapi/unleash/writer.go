package unleash

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/hoistflags/hoist"
)

// A writer writes a flag as a feature, and notes with JSON pointers into the flag
// what a feature cannot say.
type writer struct {
	flag     *hoist.Flag
	shared   *hoist.Split // what rules without variants of their own serve
	problems hoist.Errors
}

func (w *writer) problem(at, format string, args ...any) {
	w.problems = append(w.problems, &hoist.FieldError{Path: at, Problem: fmt.Sprintf(format, args...)})
}

// feature writes a flag as it is in an environment, as SDKs get it.
func (w *writer) feature(environment string) json.RawMessage {
	x := extensionOf[flagExtension](w.flag.Extensions)
	f := feature{
		Name: w.flag.Key, Description: textOrNull(w.flag.Description),
		Type: cmp.Or(x.Type, defaultType), Project: cmp.Or(x.Project, defaultProject), Stale: x.Stale, ImpressionData: x.ImpressionData,
		Strategies: []json.RawMessage{}, Variants: []json.RawMessage{},
	}
	t := w.flag.In(environment)
	if t == nil {
		return rawJSON(f)
	}
	at := ""
	if _, own := w.flag.Environments[environment]; own {
		at = "/environments/" + environment
	}
	own := extensionOf[targetingExtension](t.Extensions)
	w.shared = sharedSplit(t)
	f.Dependencies = w.dependencies(t, at)
	f.Strategies = w.strategies(t, at)
	f.Enabled = !t.Disabled && (len(f.Strategies) > 0 || t.Default != nil && t.Default.Variant != "false")
	f.Variants = w.featureVariants(t, own.Variants, at)
	w.checkTargeting(t, at)
	want := f
	if isNever(t) {
		want.Strategies = nil
	}
	return respell(f, own.spelling, want, func(r *reader, o object) feature { return r.feature(o, "") })
}

// strategies writes the rules that are not disabled, and behind them the default
// if it is on.
func (w *writer) strategies(t *hoist.Targeting, at string) []json.RawMessage {
	list := []json.RawMessage{}
	for i := range t.Rules {
		if !t.Rules[i].Disabled {
			list = append(list, w.strategy(&t.Rules[i], clientForm, at+"/rules/"+strconv.Itoa(i)))
		}
	}
	d := t.Default
	if d == nil || d.Variant == "false" || len(t.Rules) == 0 && (d.Split == nil || w.shared != nil) {
		return list
	}
	rule := hoist.Rule{Serve: *d}
	return append(list, w.strategy(&rule, clientForm, at+"/default"))
}

// isNever reports whether the targeting is that of a feature without a list of
// strategies.
func isNever(t *hoist.Targeting) bool {
	if len(t.Rules) != 1 || len(t.Rules[0].Extensions) > 0 {
		return false
	}
	when := &t.Rules[0].When
	return when.Any != nil && len(when.Any) == 0
}

// sharedSplit returns the variants of the feature: the split, with the key of
// the flag as its salt, that all rules serve that have none of their own. It is
// nil if there is none, or if rules differ: then each has it as its own.
func sharedSplit(t *hoist.Targeting) *hoist.Split {
	var shared *hoist.Serve
	serves := make([]*hoist.Serve, len(t.Rules))
	for i := range t.Rules {
		serves[i] = &t.Rules[i].Serve
	}
	if t.Default != nil && t.Default.Variant != "false" {
		serves = append(serves, t.Default)
	}
	for _, s := range serves {
		if s.Split != nil && s.Split.Salt != "" {
			continue
		}
		if shared != nil && !equalServes(shared, s) {
			return nil
		}
		shared = s
	}
	if shared == nil {
		return nil
	}
	return shared.Split
}

func equalServes(a, b *hoist.Serve) bool { return string(rawJSON(a)) == string(rawJSON(b)) }

// featureVariants writes the variants that rules share, or those that nobody
// gets, as long as nobody would.
func (w *writer) featureVariants(t *hoist.Targeting, unused []json.RawMessage, at string) []json.RawMessage {
	if w.shared != nil {
		return w.variants(w.shared, "", at+"/default/split")
	}
	var r reader
	split := r.variants(&hoist.Flag{}, unused, "", "")
	if split == nil || r.problems != nil {
		return []json.RawMessage{}
	}
	plain := func(s *hoist.Serve) bool { return s.Split == nil && s.Variant == "true" }
	served := t.Default != nil && plain(t.Default) || slices.ContainsFunc(t.Rules, func(r hoist.Rule) bool { return plain(&r.Serve) })
	if served && total(split) > 0 {
		return []json.RawMessage{}
	}
	return unused
}

func (w *writer) dependencies(t *hoist.Targeting, at string) []dependency {
	var out []dependency
	for _, r := range t.Requires {
		d := dependency{Feature: r.Flag, Enabled: !slices.Contains(r.Variants, "false")}
		if isOn := slices.Equal(r.Variants, []string{"true"}); d.Enabled && !isOn {
			d.Variants = mapNames(r.Variants, wireName)
		}
		if len(r.Variants) > 1 && (slices.Contains(r.Variants, "false") || slices.Contains(r.Variants, "true")) {
			w.problem(at+"/requires/"+r.Flag, "Unleash demands that a feature is on, or off, or on with one of some variants")
		}
		out = append(out, d)
	}
	return out
}

// checkTargeting notes what features do not have.
func (w *writer) checkTargeting(t *hoist.Targeting, at string) {
	if w.flag.ValueType() != hoist.TypeBoolean {
		w.problem("/type", "Unleash has boolean flags, and variants with payloads")
	}
	if len(t.Overrides) > 0 {
		w.problem(at+"/overrides", "Unleash does not have overrides of subjects: use a rule with the operator userWithId")
	}
	if t.Off != "" && t.Off != "false" {
		w.problem(at+"/off", "Unleash has features that are false when they are off")
	}
	if d := t.Default; d != nil && d.Split == nil && d.Variant != "true" && d.Variant != "false" {
		w.problem(at+"/default", "Unleash has features that are true or false by default")
	}
}
