package hoist

import "slices"

// compileSegment returns a segment, or what is wrong with it.
func compileSegment(s *Segment, n *names) (*segment, error) {
	out, err := (&compiler{names: n}).segment(s)
	if err != nil {
		_, err = (&compiler{names: n, root: &place{}}).segment(s)
	}
	return out, err
}

func (k *compiler) segment(s *Segment) (*segment, error) {
	k.salt = k.names.text(s.Key)
	out := &segment{key: k.salt}
	k.useSemantics(s.Semantics)
	k.checkKey(k.root.to("key"), "key", s.Key)
	k.scope.conds = make([]cond, 0, s.When.nodes())
	out.when = k.compileCondition(&s.When, k.root.to("when"))
	out.exposure = k.compileExposure(s.Exposure, k.root.to("exposure"))
	if err := k.err(); err != nil {
		return nil, err
	}
	k.scope.semantics = k.semantics
	out.scope = k.scope
	return out, nil
}

// compileCondition returns the nodes that must hold for c. That all of several
// must, as in most conditions, takes no node.
func (k *compiler) compileCondition(c *Condition, at *place) span {
	if len(c.All) > 0 && c.forms() == 1 {
		return k.compileEach(c.All, at.to("all"), 1)
	}
	if c.isAlways() {
		return span{}
	}
	position := len(k.scope.conds)
	k.scope.conds = append(k.scope.conds, cond{})
	k.compileNode(c, position, at, 1)
	return span{uint16(position), 1}
}

// forms returns how many fields of c are set, which must not be several.
func (c *Condition) forms() (n int) {
	for _, is := range [...]bool{c.All != nil, c.Any != nil, c.Not != nil, c.Constraint != nil, c.Segment != "", c.Flag != nil} {
		if is {
			n++
		}
	}
	return n
}

func countConditions(rules []Rule) int {
	n := 0
	for i := range rules {
		n += rules[i].When.nodes()
	}
	return n
}

// nodes returns how many nodes c has as the condition of a rule or segment.
func (c *Condition) nodes() int {
	if len(c.All) > 0 {
		return c.count() - 1
	}
	return c.count()
}

// count returns how many nodes c has, 0 if it always holds.
func (c *Condition) count() int {
	n := 1
	switch {
	case c.All != nil:
		for i := range c.All {
			n += max(1, c.All[i].count())
		}
	case c.Any != nil:
		for i := range c.Any {
			n += max(1, c.Any[i].count())
		}
	case c.Not != nil:
		n += max(1, c.Not.count())
	case c.isAlways():
		n = 0
	}
	return n
}

// compileNode compiles c into the node at position.
func (k *compiler) compileNode(c *Condition, position int, at *place, depth int) {
	if depth > MaxConditionDepth {
		k.add(at, "conditions nested deeper than %d", MaxConditionDepth)
		return
	}
	if c.forms() > 1 {
		k.add(at, "want one of all, any, not, attribute, segment or flag")
		return
	}
	switch {
	case c.All != nil:
		k.compileChildren(opAll, c.All, position, at.to("all"), depth)
	case c.Any != nil:
		k.compileChildren(k.anyOpcode(c.Any), c.Any, position, at.to("any"), depth)
	case c.Not != nil:
		k.compileNot(c.Not, position, at.to("not"), depth)
	case c.Segment != "":
		k.scope.conds[position] = cond{op: opSegment, ref: k.segmentRef(c.Segment, at.to("segment"))}
	case c.Flag != nil:
		k.scope.conds[position] = cond{op: opFlag, ref: uint16(k.want(c.Flag, at))}
	case c.Constraint != nil:
		k.compileConstraint(c.Constraint, position, at)
	default:
		k.scope.conds[position] = cond{op: opAll} // all of none
	}
}

// anyOpcode returns what evaluates a condition of which one child is enough.
func (k *compiler) anyOpcode(children []Condition) opcode {
	if k.semantics.eager && slices.ContainsFunc(children, func(c Condition) bool { return c.Segment != "" }) {
		return opAnyEager
	}
	return opAny
}

func (k *compiler) compileChildren(op opcode, children []Condition, position int, at *place, depth int) {
	nodes := k.compileEach(children, at, depth)
	k.scope.conds[position] = newParent(op, nodes)
}

// compileEach compiles conditions into nodes side by side.
func (k *compiler) compileEach(children []Condition, at *place, depth int) span {
	nodes := k.room(len(children), at)
	for i := range nodes.n {
		k.compileNode(&children[i], int(nodes.first+i), at.nth(int(i)), depth+1)
	}
	return nodes
}

func (k *compiler) compileNot(child *Condition, position int, at *place, depth int) {
	nodes := k.room(1, at)
	k.scope.conds[position] = newParent(opNot, nodes)
	if nodes.n > 0 {
		k.compileNode(child, int(nodes.first), at, depth+1)
	}
}

// room makes room for n nodes. There is none beyond the limit.
func (k *compiler) room(n int, at *place) span {
	first := len(k.scope.conds)
	if first+n > MaxConditions {
		k.add(at, "more than %d conditions", MaxConditions)
		return span{}
	}
	k.scope.conds = append(k.scope.conds, make([]cond, n)...)
	return span{uint16(first), uint16(n)}
}

func (k *compiler) segmentRef(key string, at *place) uint16 {
	if problem := keyProblem(key); problem != "" {
		k.add(at, "segment key %q %s", shorten(key), problem)
	}
	if k.scope.links == nil {
		k.scope.links = &links{}
	}
	position := slices.Index(k.scope.segKeys, key)
	if position < 0 {
		position = len(k.scope.segKeys)
		k.scope.segKeys = append(k.scope.segKeys, k.names.text(key))
	}
	if position >= MaxReferences {
		k.add(at, "more than %d references to segments", MaxReferences)
		return 0
	}
	return uint16(position)
}
