package hoist

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A compiler compiles one flag or segment.
type compiler struct {
	problems
	names     *names
	root      *place // nil where places are not tracked
	semantics *semantics
	scope     scope
	variants  []variant
	salt      string // the default salt: the key of the flag or segment
	json      bool   // the flag is of type json
	boolean   bool   // the flag is of type boolean
	orElse    *Serve // the default of the targeting that is being compiled
}

// names keeps one copy of what recurs, so that compiled flags share it and do
// not keep the documents they were read from.
type names struct {
	texts     map[string]string
	operators map[string]cond // compiled, by what appendOperands says
	key       []byte          // room for that
	attrs     map[string]*attrRef
}

func newNames() *names {
	return &names{texts: map[string]string{}, operators: map[string]cond{}, attrs: map[string]*attrRef{}}
}

func (n *names) text(s string) string {
	if s == "" {
		return ""
	}
	if t, ok := n.texts[s]; ok {
		return t
	}
	t := strings.Clone(s)
	if len(t) <= 64 && len(n.texts) < 1<<16 {
		n.texts[t] = t
	}
	return t
}

// forget ends sharing, except for the few that are attributes. A map that was
// big once would stay so.
func (n *names) forget() {
	if len(n.texts)+len(n.operators) > 1000 {
		n.texts, n.operators = map[string]string{}, map[string]cond{}
	}
	clear(n.texts)
	clear(n.operators)
}

func (n *names) attr(name string, key keyRole) *attrRef {
	if ref, ok := n.attrs[name]; ok && ref.key == key {
		return ref
	}
	name = n.text(name)
	ref := newAttrRef(name)
	ref.key = key
	n.attrs[name] = &ref
	return &ref
}

// Limits on what is compiled. The length of a document is limited by the
// decoder, [MaxDocumentBytes].
const (
	MaxKeyBytes       = 255       // of the key of a flag, segment, environment, variant or attribute
	MaxVariants       = 1000      // of a flag
	MaxRules          = 1000      // of a targeting
	MaxConditionDepth = 32        // nesting of conditions
	MaxConditions     = 10_000    // nodes of all conditions of a targeting or segment
	MaxOperands       = 1_000_000 // of a constraint
	MaxRegexpBytes    = 1000      // of a regular expression
	MaxReferences     = 1000      // to other flags or segments, from one flag or segment
)

// compileFlag returns f as it is in an environment, or what is wrong with it
// there. It returns nil for a flag that is archived.
func compileFlag(f *Flag, environment string, n *names) (*flag, error) {
	out, err := (&compiler{names: n}).flag(f, environment)
	if err != nil {
		_, err = (&compiler{names: n, root: &place{}}).flag(f, environment)
	}
	return out, err
}

func (k *compiler) flag(f *Flag, environment string) (*flag, error) {
	k.salt = k.names.text(f.Key)
	valueType := f.ValueType()
	out := &flag{key: k.salt, valueType: codeOf(valueType), clientSide: f.ClientSide}
	k.json, k.boolean = valueType == TypeJSON, valueType == TypeBoolean
	k.useSemantics(f.Semantics)
	k.compileVariants(f, out)
	out.metadata = k.compileMetadata(f.Metadata)
	k.checkFlag(f, k.root)
	t, at := f.Targeting, k.root
	if own, ok := f.Environments[environment]; ok {
		environments := k.root.to("environments")
		t, at = own, environments.to(environment)
	}
	k.compileTargeting(t, at, out)
	if err := k.err(); err != nil {
		return nil, err
	}
	k.scope.semantics = k.semantics
	out.scope = k.scope
	return out, nil
}

func (k *compiler) compileMetadata(metadata map[string]Value) map[string]Value {
	if len(metadata) == 0 {
		return nil
	}
	out := make(map[string]Value, len(metadata))
	for name, v := range metadata {
		if !isModelKind(v.kind) || v.kind == KindFloat && notFinite(v.float()) {
			k.add(k.root.to("metadata").to(name), "a value that JSON does not have")
		}
		out[k.names.text(name)] = k.detach(v)
	}
	return out
}

// checkFlag checks what does not depend on the environment.
func (k *compiler) checkFlag(f *Flag, at *place) {
	k.checkKey(at.to("key"), "key", f.Key)
	switch f.Type {
	case "", TypeBoolean, TypeString, TypeNumber, TypeJSON:
	default:
		k.add(at.to("type"), "unknown type %q, want %s", f.Type, "boolean, string, number or json")
	}
}

func (k *compiler) checkKey(at *place, what, key string) {
	if problem := keyProblem(key); problem != "" {
		k.add(at, "%s %q %s", what, shorten(key), problem)
	}
}

// keyProblem says what is wrong with a key, "" if nothing is.
func keyProblem(key string) string {
	switch {
	case key == "":
		return "is empty"
	case len(key) > MaxKeyBytes:
		return fmt.Sprintf("has %d bytes, limit %d", len(key), MaxKeyBytes)
	case !utf8.ValidString(key):
		return "is not UTF-8"
	case strings.TrimSpace(key) != key:
		return "has blanks at its ends"
	case strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "has characters that do not print"
	}
	return ""
}

func shorten(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:57], "") + "..."
	}
	return s
}

// compileVariants compiles the variants, and for a boolean flag the two it has
// without declaring them.
func (k *compiler) compileVariants(f *Flag, out *flag) {
	at := k.root.to("variants")
	if len(f.Variants) > MaxVariants {
		k.add(at, "%d variants, limit %d", len(f.Variants), MaxVariants)
		return
	}
	n := len(f.Variants)
	if k.boolean {
		n += 2
	}
	k.variants = make([]variant, 0, n)
	for i := range f.Variants {
		v := &f.Variants[i]
		place := at.nth(i)
		k.checkVariant(v, f.ValueType(), place)
		if k.variant(v.Name) != nil {
			k.add(place, "there are two variants %q", v.Name)
		}
		k.addVariant(v.Name, v.Value, v.Payload)
		out.keepExtensions(i, v.Extensions)
	}
	if k.boolean {
		for _, b := range [...]bool{true, false} {
			if name := boolName(b); k.variant(name) == nil {
				k.addVariant(name, BoolValue(b), Value{})
			}
		}
	}
	out.variants = k.variants
}

// keepExtensions keeps the extensions of variant i, to hand them out with
// decisions.
func (f *flag) keepExtensions(i int, e Extensions) {
	if len(e) == 0 {
		return
	}
	if f.extensions == nil {
		f.extensions = map[uint32]Extensions{}
	}
	f.extensions[uint32(i)] = e.clone()
}

func boolName(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func (k *compiler) checkVariant(v *Variant, want Type, at *place) {
	switch {
	case v.Name == "":
		k.add(at, "the variant has no name")
	case len(v.Name) > MaxKeyBytes || !utf8.ValidString(v.Name) || strings.ContainsFunc(v.Name, unicode.IsControl):
		k.add(at, "the name %q is not text of at most %d bytes without control characters", shorten(v.Name), MaxKeyBytes)
	case v.Value.kind == KindFloat && notFinite(v.Value.float()) || v.Payload.kind == KindFloat && notFinite(v.Payload.float()):
		k.add(at, "the variant %q is not a finite number", v.Name)
	case !isModelKind(v.Value.kind) || !isModelKind(v.Payload.kind):
		k.add(at, "the variant %q has a value that JSON does not have", v.Name)
	case want != TypeJSON && typeOf(v.Value) != want:
		k.add(at, "the variant %q is a %s, the flag is of type %s", v.Name, v.Value.kind, want)
	}
}

func notFinite(f float64) bool { return math.IsNaN(f) || math.IsInf(f, 0) }

// isModelKind reports whether values of kind k can stand in a flag.
func isModelKind(k Kind) bool { return k <= KindString || k == KindJSON }

func (k *compiler) addVariant(name string, value, payload Value) {
	v := variant{name: k.names.text(name), value: k.detach(value), index: uint32(len(k.variants))}
	if k.json || payload.kind != KindNull {
		v.json = &jsonForm{payload: k.detach(payload)}
		v.json.decoded = v.jsonValue().Any()
	}
	v.gives = v.answers(k.json)
	k.variants = append(k.variants, v)
}

// detach returns v without a tie to the document it was read from.
func (k *compiler) detach(v Value) Value {
	if v.kind == KindString {
		return StringValue(k.names.text(v.text()))
	}
	return v.clone()
}

func (k *compiler) variant(name string) *variant {
	for i := range k.variants {
		if k.variants[i].name == name {
			return &k.variants[i]
		}
	}
	return nil
}

// wantVariant returns the variant of a name that something refers to.
func (k *compiler) wantVariant(name string, at *place) *variant {
	v := k.variant(name)
	if v == nil {
		known := mapSlice(k.variants, func(v variant) string { return fmt.Sprintf("%q", v.name) })
		switch {
		case len(known) == 0:
			k.add(at, "unknown variant %q: the flag has no variants", shorten(name))
		case len(known) > 12:
			k.add(at, "unknown variant %q", shorten(name))
		default:
			k.add(at, "unknown variant %q, want %s", shorten(name), orText(known))
		}
	}
	return v
}

func (k *compiler) compileTargeting(t *Targeting, at *place, out *flag) {
	if t == nil {
		out.disabled, out.untargeted = true, true
		out.fixed = &outcome{bucket: -1, rule: -1, reason: ReasonDisabled}
		return
	}
	k.orElse = t.Default
	out.disabled = t.Disabled
	if t.Off != "" {
		out.off = k.wantVariant(t.Off, at.to("off"))
	}
	k.compileRequires(t, at.to("requires"), out)
	k.compileOverrides(t, at.to("overrides"), out)
	k.compileRules(t, at.to("rules"), out)
	if t.Default != nil {
		out.orElse = k.compileServe(t.Default, at.to("default"))
	} else {
		out.orElse.action = callersFallback
	}
	out.orElseReason = ReasonStatic
	if len(t.Rules) > 0 || len(t.Overrides) > 0 {
		out.orElseReason = ReasonDefault
	}
	out.fixed = fixedOutcome(out)
}

// fixedOutcome returns the outcome of a flag for which nothing about the
// subject matters, or nil.
func fixedOutcome(f *flag) *outcome {
	o := &outcome{variant: f.orElse.variant, bucket: -1, rule: -1, reason: f.orElseReason}
	switch {
	case f.disabled:
		o.variant, o.reason = f.off, ReasonDisabled
	case f.requires > 0 || len(f.rules) > 0 || len(f.overrides) > 0 || f.orElse.split != nil:
		return nil
	}
	return o
}

func (k *compiler) compileRequires(t *Targeting, at *place, out *flag) {
	for i := range t.Requires {
		r := &t.Requires[i]
		place := at.to(r.Flag)
		if slices.ContainsFunc(t.Requires[:i], func(other Requirement) bool { return other.Flag == r.Flag }) {
			k.add(place, "the flag is required twice")
		}
		k.want(r, place)
		out.requires++
	}
}

// want adds a requirement to the scope and returns its position.
func (k *compiler) want(r *Requirement, at *place) int {
	if problem := keyProblem(r.Flag); problem != "" {
		k.add(at, "flag key %q %s", shorten(r.Flag), problem)
	}
	if len(r.Variants) == 0 {
		k.add(at, "no variant is given that flag %q must have", shorten(r.Flag))
	}
	if k.scope.links == nil {
		k.scope.links = &links{}
	}
	position := slices.Index(k.scope.flagKeys, r.Flag)
	if position < 0 {
		position = len(k.scope.flagKeys)
		k.scope.flagKeys = append(k.scope.flagKeys, k.names.text(r.Flag))
	}
	if len(k.scope.wants) >= MaxReferences {
		k.add(at, "more than %d references to flags", MaxReferences)
		return 0
	}
	k.scope.wants = append(k.scope.wants, want{flag: position, variants: mapSlice(r.Variants, k.names.text)})
	return len(k.scope.wants) - 1
}

func (k *compiler) compileOverrides(t *Targeting, at *place, out *flag) {
	if len(t.Overrides) == 0 {
		return
	}
	out.overrides = map[string]*variant{}
	for _, o := range t.Overrides {
		place := at.to(o.Variant)
		v := k.wantVariant(o.Variant, place)
		for _, key := range o.Keys {
			if key == "" || !utf8.ValidString(key) {
				k.add(place, "the subject key %q is empty or not UTF-8", shorten(key))
			}
			if _, twice := out.overrides[key]; twice {
				k.add(place, "subject %q has an override already", shorten(key))
			}
			out.overrides[strings.Clone(key)] = v
		}
	}
}

func (k *compiler) compileRules(t *Targeting, at *place, out *flag) {
	if len(t.Rules) > MaxRules {
		k.add(at, "%d rules, limit %d", len(t.Rules), MaxRules)
		return
	}
	if len(t.Rules) > 0 {
		out.rules = make([]rule, 0, len(t.Rules))
		k.scope.conds = make([]cond, 0, countConditions(t.Rules))
	}
	for i := range t.Rules {
		place := at.nth(i)
		if r, on := k.compileRule(&t.Rules[i], i, place); on {
			out.rules = append(out.rules, r)
		}
	}
}

// compileRule compiles one rule; a disabled one is checked and left out.
func (k *compiler) compileRule(r *Rule, i int, at *place) (rule, bool) {
	out := rule{position: int32(i)}
	if r.ID != "" || r.Title != "" {
		out.label = &ruleLabel{k.names.text(r.ID), k.names.text(r.Title)}
	}
	out.when = k.compileCondition(&r.When, at.to("when"))
	out.window = k.compileWindow(r.Window, at.to("window"))
	out.exposure = k.compileExposure(r.Exposure, at.to("exposure"))
	out.serve = k.compileServe(&r.Serve, at.to("serve"))
	switch {
	case k.semantics.unit != nil:
		k.semantics.unit(k, r, &out, at)
	case r.Sticky != nil:
		k.add(at.to("sticky"), "sticky rules are for semantics that have them")
	}
	return out, !r.Disabled
}

func (k *compiler) compileWindow(w *Window, at *place) *window {
	if w == nil || w.NotBefore.IsZero() && w.NotAfter.IsZero() {
		return nil
	}
	out := &window{math.MinInt64, math.MaxInt64}
	if !w.NotBefore.IsZero() {
		out.from = clampNanos(w.NotBefore)
	}
	if !w.NotAfter.IsZero() {
		out.to = clampNanos(w.NotAfter)
	}
	if out.from > out.to {
		k.add(at, "notAfter %s is before notBefore %s", w.NotAfter.Format(time.RFC3339), w.NotBefore.Format(time.RFC3339))
	}
	return out
}

func (k *compiler) compileServe(s *Serve, at *place) serve {
	given := 0
	for _, is := range [...]bool{s.Variant != "", s.Split != nil, s.Action != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		k.add(at, "want one of a variant, a split or an action")
		return serve{}
	}
	switch {
	case s.Split != nil:
		return serve{split: k.semantics.split(k, s.Split, at)}
	case s.Action != "":
		return serve{action: k.action(s.Action, at)}
	}
	return serve{variant: k.wantVariant(s.Variant, at)}
}

func (k *compiler) action(a Action, at *place) actionCode {
	switch a {
	case "":
		return serveVariant
	case NextRule:
		return nextRule
	case CallersFallback:
		return callersFallback
	}
	k.add(at, "unknown action %q, want %q or %q", shorten(string(a)), NextRule, CallersFallback)
	return serveVariant
}
