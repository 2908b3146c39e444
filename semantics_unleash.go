package hoist

// unleash is the row of Unleash in the table of semantics.
var unleash = &semantics{
	name:            Unleash,
	operators:       unleashOperators,
	keyNames:        []string{"userId"},
	exposure:        nativeExposure,
	split:           nativeSplit,
	wanted:          nativeWanted,
	looseReferences: true,
}

var unleashOperators = []operatorRule{}
