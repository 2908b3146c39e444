package hoist

// flipt is the row of Flipt in the table of semantics.
var flipt = &semantics{
	name:            Flipt,
	operators:       fliptOperators,
	keyNames:        []string{"entityId"},
	exposure:        nativeExposure,
	split:           nativeSplit,
	wanted:          nativeWanted,
	looseReferences: true,
}

var fliptOperators = []operatorRule{}
