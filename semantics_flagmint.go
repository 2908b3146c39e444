package hoist

var flagmintOperators = []operatorRule{}
