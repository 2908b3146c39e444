package hoist

import "slices"

// Semantics names the set of evaluation rules that hold for a flag: where the
// products this library speaks for differ in what the same words mean.
type Semantics string

// Native is this library's own semantics, and the default.
const Native Semantics = "native"

// A semantics is one row of the table in which the differences stand side by
// side. The evaluator looks at the row of a flag and never at its name.
type semantics struct {
	name Semantics

	// operators are the operators there are.
	operators []operatorRule

	// keyNames are attributes for which the subject's key stands in where the
	// subject has no attribute of that name.
	keyNames []string
}

var semanticsTable = []semantics{
	{name: Native, operators: nativeOperators},
}

// useSemantics makes the compiler follow the semantics of a name and returns
// them.
func (k *compiler) useSemantics(name Semantics) *semantics {
	k.semantics = &semanticsTable[0]
	if name == "" {
		return k.semantics
	}
	var known []string
	for i := range semanticsTable {
		if semanticsTable[i].name == name {
			k.semantics = &semanticsTable[i]
			return k.semantics
		}
		known = append(known, string(semanticsTable[i].name))
	}
	root := place{}
	k.add(new(root.member("semantics")), "unknown semantics %q, want %s", shorten(string(name)), orText(known))
	return k.semantics
}

// keyRole says whether an attribute is the subject's key.
func (s *semantics) keyRole(attribute string) keyRole {
	if attribute == keyAttribute {
		return isKey
	}
	if slices.Contains(s.keyNames, attribute) {
		return orKey
	}
	return notKey
}
