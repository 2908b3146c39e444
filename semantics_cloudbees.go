package hoist

var cloudbeesOperators = []operatorRule{}
