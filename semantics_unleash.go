package hoist

import (
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// The rules are those of Unleash's client specification 6.1.0 and, where that
// says nothing, of its Node SDK 6.12.1, which is what its server evaluates
// with: testdata/upstream/unleash has its answers, and the module peers compares
// with it. docs/semantics.md lists what is decided otherwise.

const anyScalar = texts | numbers | booleans

// unleashOperators are the operators of constraints, and behind them the
// strategies that look at something else than constraints do. None errs: what
// cannot be read fails, and inverted it holds. The value of an operator that
// takes one is its only operand; there may be none.
var unleashOperators = []operatorRule{
	{"IN", anyScalar, MaxOperands, 0, true, unleashList(unleashIn)},
	{"NOT_IN", anyScalar, MaxOperands, 0, true, unleashList(unleashNotIn)},
	{"STR_STARTS_WITH", anyScalar, MaxOperands, 0, true, unleashList(unleashTexts(strings.HasPrefix))},
	{"STR_ENDS_WITH", anyScalar, MaxOperands, 0, true, unleashList(unleashTexts(strings.HasSuffix))},
	{"STR_CONTAINS", anyScalar, MaxOperands, 0, true, unleashList(unleashTexts(strings.Contains))},

	{"NUM_EQ", anyScalar, MaxOperands, equal, true, compileUnleashNumber},
	{"NUM_GT", anyScalar, MaxOperands, greater, true, compileUnleashNumber},
	{"NUM_GTE", anyScalar, MaxOperands, greater | equal, true, compileUnleashNumber},
	{"NUM_LT", anyScalar, MaxOperands, less, true, compileUnleashNumber},
	{"NUM_LTE", anyScalar, MaxOperands, less | equal, true, compileUnleashNumber},

	{"DATE_AFTER", anyScalar, MaxOperands, greater, true, compileUnleashDate},
	{"DATE_BEFORE", anyScalar, MaxOperands, less, true, compileUnleashDate},

	{"SEMVER_EQ", anyScalar, MaxOperands, equal, true, compileUnleashVersion},
	{"SEMVER_GT", anyScalar, MaxOperands, greater, true, compileUnleashVersion},
	{"SEMVER_GTE", anyScalar, MaxOperands, greater | equal, true, compileUnleashVersion},
	{"SEMVER_LT", anyScalar, MaxOperands, less, true, compileUnleashVersion},
	{"SEMVER_LTE", anyScalar, MaxOperands, less | equal, true, compileUnleashVersion},

	{"REGEX", anyScalar, MaxOperands, 0, true, compileUnleashRegexp},
	{"IN_CIDR", anyScalar, MaxOperands, 0, true, compileUnleashNetworks},

	{"userWithId", anyScalar, MaxOperands, 0, true, compileUnleashUsers},
	{"remoteAddress", anyScalar, MaxOperands, 0, true, compileUnleashAddresses},
	{"applicationHostname", anyScalar, MaxOperands, 0, true, compileUnleashHosts},

	// What stands for an operator that Unleash does not have: it fails, also
	// inverted.
	{"never", anyScalar, MaxOperands, 0, true, compileUnleashNever},
}

func compileUnleashNever(*compiler, *operatorRule, *Constraint, *place) cond {
	return cond{op: opConst, num: uint64(no)}
}

// unleashNo is the test of an operator whose operand cannot be read.
func unleashNo(*productTest, Value, bool, int64) truth { return no }

// unleashOperand returns the text of the only operand of c, and whether there
// is one.
func (k *compiler) unleashOperand(c *Constraint, at *place) (string, bool) {
	if len(c.Operands) > 1 {
		k.add(at, "want one operand, found %d", len(c.Operands))
	}
	if len(c.Operands) == 0 {
		return "", false
	}
	text, _ := unleashText(c.Operands[0], true)
	return k.names.text(text), true
}

// unleashOperands returns the texts of the operands.
func (k *compiler) unleashOperands(c *Constraint) []string {
	return mapSlice(c.Operands, func(v Value) string {
		text, _ := unleashText(v, true)
		return k.names.text(text)
	})
}

// unleashText returns a value as the text by which Unleash compares it, which
// is JavaScript's, and whether it has one: not if it is missing, null, a list or
// an object.
func unleashText(v Value, present bool) (string, bool) {
	switch {
	case !present:
		return "", false
	case v.isTextual():
		return v.text(), true
	case v.kind == KindBool:
		return boolName(v.num == 1), true
	}
	var buffer [32]byte
	b := appendUnleashText(buffer[:0], v)
	return string(b), len(b) > 0
}

// unleashList returns the compile function of an operator that takes a list. It
// leaves out empty values and cuts off blanks from the others, as the SDK does:
// " " becomes "" and stays.
func unleashList(run func(*productTest, Value, bool, int64) truth) func(*compiler, *operatorRule, *Constraint, *place) cond {
	return func(k *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
		p := &productTest{run: run}
		for _, text := range k.unleashOperands(c) {
			if text != "" {
				p.texts = append(p.texts, k.names.text(unleashTrim(text)))
			}
		}
		p.text = listText(p.texts)
		p.set = setOfMany(p.texts)
		if c.IgnoreCase {
			p.extra = mapSlice(p.texts, unleashLower)
		}
		return cond{op: opProduct, arg: p}
	}
}

// setOfMany returns texts as a set if they are many.
func setOfMany(texts []string) textSet {
	if len(texts) <= fewTexts {
		return nil
	}
	set := make(textSet, len(texts))
	for _, text := range texts {
		set[text] = struct{}{}
	}
	return set
}

// unleashIn compares by case, whatever the constraint says: caseInsensitive
// has no effect in the SDKs.
func unleashIn(p *productTest, v Value, present bool, _ int64) truth {
	s, ok := unleashText(v, present)
	if !ok {
		return no
	}
	if p.set != nil {
		_, found := p.set[s]
		return truthOf(found)
	}
	return truthOf(isOneOf(s, p.texts))
}

// unleashNotIn is the opposite, also for a missing attribute.
func unleashNotIn(p *productTest, v Value, present bool, now int64) truth {
	return unleashIn(p, v, present, now).not()
}

// unleashTexts returns the test of an operator that looks for parts of a text.
func unleashTexts(test func(s, part string) bool) func(*productTest, Value, bool, int64) truth {
	return func(p *productTest, v Value, present bool, _ int64) truth {
		s, ok := unleashText(v, present)
		if !ok {
			return no
		}
		parts := p.texts
		if folded, fold := p.extra.([]string); fold {
			s, parts = unleashLower(s), folded
		}
		for _, part := range parts {
			if test(s, part) {
				return yes
			}
		}
		return no
	}
}

// compileUnleashNumber compares as 64-bit floats: integers beyond 2^53 are
// rounded.
func compileUnleashNumber(k *compiler, r *operatorRule, c *Constraint, at *place) cond {
	text, ok := k.unleashOperand(c, at)
	limit := unleashNumber(text)
	if !ok || math.IsNaN(limit) {
		return cond{op: opProduct, arg: &productTest{run: unleashNo, text: text}}
	}
	accept := r.accept
	return cond{op: opProduct, arg: &productTest{text: text, value: FloatValue(limit), run: func(p *productTest, v Value, present bool, _ int64) truth {
		f, ok := unleashFloat(v, present)
		return truthOf(ok && accept&orderingOf(compareOrdered(f, p.value.float())) != 0)
	}}}
}

// unleashFloat returns an attribute as a number.
func unleashFloat(v Value, present bool) (float64, bool) {
	f, ok := v.Float()
	if !ok {
		var s string
		if s, ok = unleashText(v, present); ok {
			f = unleashNumber(s)
		}
	}
	return f, ok && !math.IsNaN(f)
}

// compileUnleashDate compares instants, to the millisecond. Whatever attribute
// the constraint names, the SDK looks at currentTime, and takes the time of
// evaluation for it if there is none.
func compileUnleashDate(k *compiler, r *operatorRule, c *Constraint, at *place) cond {
	text, _ := k.unleashOperand(c, at)
	node := cond{attr: k.names.attr("currentTime", k.semantics.keyRole("currentTime")), op: opProduct}
	limit, ok := unleashDate(text)
	if !ok {
		node.arg = &productTest{run: unleashNo, text: text}
		return node
	}
	accept := r.accept
	node.arg = &productTest{timed: true, text: text, value: IntValue(limit), run: func(p *productTest, v Value, present bool, now int64) truth {
		at, ok := unleashInstant(v, present, now)
		return truthOf(ok && accept&orderingOf(compareOrdered(at, int64(p.value.num))) != 0)
	}}
	return node
}

// unleashInstant returns the current time in milliseconds: that of the context,
// or else now, which is in nanoseconds.
func unleashInstant(v Value, present bool, now int64) (int64, bool) {
	text, isText := "", v.isTextual()
	if isText {
		text = v.text()
	}
	switch {
	case !present || isText && text == "":
		return floorMillis(now), true
	case v.kind == KindTime:
		return floorMillis(int64(v.num)), true
	case v.kind == KindInt:
		return int64(v.num), true
	}
	return unleashDate(text)
}

func floorMillis(nanos int64) int64 {
	millis := nanos / 1e6
	if nanos%1e6 < 0 {
		millis--
	}
	return millis
}

// compileUnleashVersion compares versions by the precedence of semver.org. The
// version of a context must not begin with a v; that of a constraint may.
func compileUnleashVersion(k *compiler, r *operatorRule, c *Constraint, at *place) cond {
	text, _ := k.unleashOperand(c, at)
	limit, ok := parseUnleashVersion(text)
	if !ok {
		return cond{op: opProduct, arg: &productTest{run: unleashNo, text: text}}
	}
	accept := r.accept
	return cond{op: opProduct, arg: &productTest{text: text, extra: &limit, run: func(p *productTest, v Value, present bool, _ int64) truth {
		s, _ := unleashText(v, present)
		if strings.HasPrefix(s, "v") {
			return no
		}
		version, ok := parseUnleashVersion(s)
		return truthOf(ok && accept&orderingOf(version.compare(p.extra.(*unleashVersion))) != 0)
	}}}
}

// compileUnleashRegexp finds an RE2 expression anywhere in the text. One that
// cannot be compiled is found nowhere.
func compileUnleashRegexp(k *compiler, _ *operatorRule, c *Constraint, at *place) cond {
	pattern, ok := k.unleashOperand(c, at)
	if len(pattern) > MaxRegexpBytes {
		k.add(at, "regular expression of %d bytes, limit %d", len(pattern), MaxRegexpBytes)
		return cond{}
	}
	source := pattern
	if c.IgnoreCase {
		source = "(?i:" + pattern + ")"
	}
	_, alone := regexp.Compile(pattern)
	re, err := regexp.Compile(source)
	if !ok || alone != nil || err != nil {
		return cond{op: opProduct, arg: &productTest{run: unleashNo, text: pattern}}
	}
	return cond{op: opProduct, arg: &productTest{text: pattern, extra: re, run: func(p *productTest, v Value, present bool, _ int64) truth {
		s, ok := unleashText(v, present)
		return truthOf(ok && p.extra.(*regexp.Regexp).MatchString(s))
	}}}
}

// compileUnleashNetworks compares an address with addresses and networks of its
// own family. Operands that are neither are passed over.
func compileUnleashNetworks(k *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
	var networks []netip.Prefix
	for _, text := range k.unleashOperands(c) {
		if network, ok := parseUnleashNetwork(unleashTrim(text)); ok {
			networks = append(networks, network)
		}
	}
	p := &productTest{extra: networks, text: listText(mapSlice(networks, netip.Prefix.String))}
	p.run = func(p *productTest, v Value, present bool, _ int64) truth {
		s, _ := unleashText(v, present)
		network, ok := parseUnleashNetwork(s)
		return truthOf(ok && inUnleashNetworks(network, p.extra.([]netip.Prefix)))
	}
	return cond{op: opProduct, arg: p}
}

// inUnleashNetworks reports whether an address, or the whole of a network, is
// in one of networks.
func inUnleashNetworks(inner netip.Prefix, networks []netip.Prefix) bool {
	for _, network := range networks {
		if network.Bits() <= inner.Bits() && network.Contains(inner.Addr()) {
			return true
		}
	}
	return false
}

// parseUnleashNetwork reads a network or an address, which is a network of one.
// Zones do not count, and an IPv4 address within IPv6 is one of IPv6.
func parseUnleashNetwork(s string) (netip.Prefix, bool) {
	text, length, isNetwork := strings.Cut(s, "/")
	if text == "" || strings.IndexByte("0123456789abcdefABCDEF:", text[0]) < 0 {
		return netip.Prefix{}, false // spares building an error
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	bits := addr.BitLen()
	if isNetwork {
		if length == "" || len(length) > 3 || strings.Trim(length, "0123456789") != "" {
			return netip.Prefix{}, false
		}
		bits = int(unleashNumber(length))
	}
	network := netip.PrefixFrom(addr.WithZone(""), bits)
	return network, network.IsValid()
}

// compileUnleashUsers is the strategy userWithId.
func compileUnleashUsers(k *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
	p := &productTest{run: unleashIn, texts: k.unleashOperands(c)}
	p.text, p.set = listText(p.texts), setOfMany(p.texts)
	return cond{op: opProduct, arg: p}
}

// compileUnleashAddresses is the strategy remoteAddress: the text of an
// address, or an IPv4 network or address. IPv6 is compared as text only, as the
// Node SDK does it.
func compileUnleashAddresses(k *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
	var networks []netip.Prefix
	p := &productTest{texts: k.unleashOperands(c)}
	p.text = listText(p.texts)
	for _, text := range p.texts {
		if network, ok := parseUnleashNetwork(text); ok && network.Addr().Is4() {
			networks = append(networks, network)
		}
	}
	p.extra = networks
	p.run = func(p *productTest, v Value, present bool, _ int64) truth {
		s, ok := unleashText(v, present)
		if !ok || s == "" {
			return no
		}
		if slices.Contains(p.texts, s) {
			return yes
		}
		network, ok := parseUnleashNetwork(s)
		return truthOf(ok && inUnleashNetworks(network, p.extra.([]netip.Prefix)))
	}
	return cond{op: opProduct, arg: p}
}

// compileUnleashHosts is the strategy applicationHostname. The name of the host
// is the attribute "hostname", which a process gives in [Options.Attributes].
func compileUnleashHosts(k *compiler, _ *operatorRule, c *Constraint, _ *place) cond {
	p := &productTest{texts: mapSlice(k.unleashOperands(c), unleashLower)}
	p.text = listText(p.texts)
	p.run = func(p *productTest, v Value, present bool, _ int64) truth {
		s, ok := unleashText(v, present)
		return truthOf(ok && s != "" && slices.Contains(p.texts, unleashLower(s)))
	}
	return cond{op: opProduct, arg: p}
}
