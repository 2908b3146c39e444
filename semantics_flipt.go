package hoist

var fliptOperators = []operatorRule{}
