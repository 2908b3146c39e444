package hoist

// cloudbees is the row of CloudBees in the table of semantics.
var cloudbees = &semantics{
	name:            CloudBees,
	operators:       cloudbeesOperators,
	keyNames:        []string{"rox.distinct_id"},
	exposure:        nativeExposure,
	split:           nativeSplit,
	wanted:          nativeWanted,
	looseReferences: true,
}

var cloudbeesOperators = []operatorRule{}
