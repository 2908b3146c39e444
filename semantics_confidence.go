package hoist

// confidence is the row of Confidence in the table of semantics.
var confidence = &semantics{
	name:            Confidence,
	operators:       confidenceOperators,
	keyNames:        []string{"targeting_key"},
	exposure:        nativeExposure,
	split:           nativeSplit,
	wanted:          nativeWanted,
	looseReferences: true,
}

var confidenceOperators = []operatorRule{}
