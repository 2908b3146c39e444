package hoist

import "slices"

// Semantics names the set of evaluation rules that hold for a flag: where the
// products this library speaks for differ in what the same words mean.
type Semantics string

const (
	// Native is this library's own semantics, and the default.
	Native Semantics = "native"

	Unleash    Semantics = "unleash"    // Unleash, as its client specification and Node SDK
	Flipt      Semantics = "flipt"      // Flipt v1, as its server
	CloudBees  Semantics = "cloudbees"  // CloudBees Feature Management, as its SDKs
	Confidence Semantics = "confidence" // Spotify Confidence, as its resolver
	Flagmint   Semantics = "flagmint"   // Flagmint, as its Go client
)

// A semantics is one row of the table in which the differences stand side by
// side. The evaluator looks at the row of a flag and never at its name.
type semantics struct {
	name Semantics

	// operators are the operators there are.
	operators []operatorRule

	// keyNames are attributes for which the subject's key stands in where the
	// subject has no attribute of that name.
	keyNames []string

	// plainKey says that "key" is the name of an attribute like any other, and
	// not of the subject's key.
	plainKey bool

	// eager says that where one of several segments is enough, the others are
	// looked at all the same, so that a decision lists each that holds.
	eager bool

	// exposure and split compile rollouts: hash, buckets and bounds, what can
	// be a unit, and what happens without one.
	exposure func(k *compiler, e *Exposure, at *place) *exposure
	split    func(k *compiler, s *Split, at *place) *split

	// unit compiles what the rules of products have that look for the unit of
	// a rule before its condition; it is nil for all others.
	unit func(k *compiler, r *Rule, out *rule, at *place)

	// wanted reports whether a requirement is met by the variant another flag
	// gave; it is nil if that flag does not exist or gave the caller's
	// fallback.
	wanted func(v *variant, wanted []string) bool

	// flatRequires says that a flag that requires others itself meets no
	// requirement, whatever it gives.
	flatRequires bool

	// looseReferences says that references to flags and segments that do not
	// exist, and circles, are legal: wanted is asked about no variant, and the
	// segment has no members.
	looseReferences bool
}

var native = &semantics{
	name:      Native,
	operators: nativeOperators,
	exposure:  nativeExposure,
	split:     nativeSplit,
	wanted:    nativeWanted,
}

var unleash = &semantics{
	name:            Unleash,
	operators:       unleashOperators,
	keyNames:        []string{"userId"},
	plainKey:        true,
	exposure:        unleashExposure,
	split:           unleashSplit,
	wanted:          unleashWanted,
	flatRequires:    true,
	looseReferences: true,
}

var flipt = &semantics{
	name:            Flipt,
	operators:       fliptOperators,
	plainKey:        true, // constraints of type entityId are about the key
	eager:           true,
	exposure:        fliptExposure,
	split:           fliptSplit,
	wanted:          nativeWanted,
	looseReferences: true,
}

var cloudbees = &semantics{
	name:            CloudBees,
	operators:       cloudbeesOperators,
	keyNames:        []string{cloudbeesDistinctID},
	plainKey:        true,
	exposure:        cloudbeesExposure,
	split:           cloudbeesSplit,
	wanted:          cloudbeesWanted,
	looseReferences: true,
}

var confidence = &semantics{
	name:            Confidence,
	operators:       confidenceOperators,
	keyNames:        []string{"targeting_key"},
	exposure:        confidenceExposure,
	split:           confidenceSplit,
	unit:            confidenceRule,
	plainKey:        true,
	wanted:          nativeWanted,
	looseReferences: true,
}

var flagmint = &semantics{
	name:            Flagmint,
	operators:       flagmintOperators,
	keyNames:        []string{"user.key"},
	exposure:        flagmintExposure,
	split:           flagmintSplit,
	wanted:          nativeWanted,
	looseReferences: true,
}

var semanticsTable = []*semantics{native, unleash, flipt, cloudbees, confidence, flagmint}

// useSemantics makes the compiler follow the semantics of a name.
func (k *compiler) useSemantics(name Semantics) {
	k.semantics = native
	if name == "" {
		return
	}
	var known []string
	for _, s := range semanticsTable {
		if s.name == name {
			k.semantics = s
			return
		}
		known = append(known, string(s.name))
	}
	k.add(k.root.to("semantics"), "unknown semantics %q, want %s", shorten(string(name)), orText(known))
}

// keyRole says whether an attribute is the subject's key.
func (s *semantics) keyRole(attribute string) keyRole {
	if attribute == keyAttribute && !s.plainKey {
		return isKey
	}
	if slices.Contains(s.keyNames, attribute) {
		return orKey
	}
	return notKey
}

// nativeWanted looks at the name of the variant and at the text of its value.
func nativeWanted(v *variant, wanted []string) bool {
	if v == nil {
		return false
	}
	return isOneOf(v.name, wanted) || v.value.isOneOf(wanted)
}

// isOneOf reports whether the text of v is in list.
func (v Value) isOneOf(list []string) bool {
	switch v.kind {
	case KindString:
		return isOneOf(v.text(), list)
	case KindBool:
		return isOneOf(boolName(v.num == 1), list)
	}
	return isOneOf(v.String(), list)
}

// isOneOf reports whether s is in list. Texts of one length that differ mostly
// do so at their ends, which spares looking at the whole.
func isOneOf(s string, list []string) bool {
	end := len(s) - 1
	for _, t := range list {
		if len(t) == len(s) && (end < 0 || t[end] == s[end]) && t == s {
			return true
		}
	}
	return false
}
