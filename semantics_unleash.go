package hoist

var unleashOperators = []operatorRule{}
