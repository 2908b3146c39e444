package hoist

// flagmint is the row of Flagmint in the table of semantics.
var flagmint = &semantics{
	name:            Flagmint,
	operators:       flagmintOperators,
	keyNames:        []string{},
	exposure:        nativeExposure,
	split:           nativeSplit,
	wanted:          nativeWanted,
	looseReferences: true,
}

var flagmintOperators = []operatorRule{}
