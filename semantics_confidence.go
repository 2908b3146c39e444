package hoist

var confidenceOperators = []operatorRule{}
