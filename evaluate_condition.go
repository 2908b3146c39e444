package hoist

// holds evaluates one node of a condition. The segments of the scope that hold
// are added to segments.
func (e *evaluation) holds(s *scope, c *cond, segments *uint64) truth {
	switch c.op {
	case opAll:
		first, n := c.children()
		return e.all(s, span{uint16(first), uint16(n)}, segments)
	case opAny:
		return e.any(s, c, segments)
	case opNot:
		e.open("not", "")
		first, _ := c.children()
		t := e.holds(s, &s.conds[first], segments).not()
		e.close(t)
		return t
	case opSegment:
		return e.member(s, c.ref, segments)
	case opFlag:
		return e.wanted(s, &s.wants[c.ref])
	case opConst:
		return truth(c.num)
	case opKept:
		return e.hasKept(c)
	case opAnyEager:
		return e.anyEager(s, c, segments)
	}
	return e.constraint(s, c)
}

// all evaluates nodes that must all hold.
func (e *evaluation) all(s *scope, nodes span, segments *uint64) truth {
	if nodes.n != 1 {
		e.open("all", "")
	}
	result := yes
	for i := range nodes.n {
		var t truth
		if child := &s.conds[nodes.first+i]; child.op >= opPresent {
			t = e.constraint(s, child) // as holds would do, and a call less
		} else {
			t = e.holds(s, child, segments)
		}
		if t == no {
			result = no
			break
		}
		if t != yes {
			result = t
			if t != unknown {
				break
			}
		}
	}
	if nodes.n != 1 {
		e.close(result)
	}
	return result
}

func (e *evaluation) any(s *scope, c *cond, segments *uint64) truth {
	e.open("any", "")
	result := no
	first, n := c.children()
	for i := range n {
		t := e.holds(s, &s.conds[first+i], segments)
		if t == yes {
			result = yes
			break
		}
		if t != no {
			result = t
			if t != unknown {
				break
			}
		}
	}
	e.close(result)
	return result
}

// anyEager gives what any gives and looks at every child, so that all
// segments that hold are found.
func (e *evaluation) anyEager(s *scope, c *cond, segments *uint64) truth {
	e.open("any", "")
	result := no
	first, n := c.children()
	for i := range n {
		switch t := e.holds(s, &s.conds[first+i], segments); t {
		case no:
		case yes:
			result = yes
		case unknown:
			if result == no {
				result = unknown
			}
		default:
			e.close(t)
			return t
		}
	}
	e.close(result)
	return result
}

// member evaluates segment i of a scope.
func (e *evaluation) member(s *scope, i uint16, segments *uint64) truth {
	g := s.segments[i]
	e.budget--
	if e.budget < 0 {
		return breaks
	}
	if g == nil || !e.enter(s, &g.scope) {
		return no
	}
	t := e.inSegment(g)
	e.leave(&g.scope)
	if t == yes && i < 64 {
		*segments |= 1 << i
	}
	return t
}

func (e *evaluation) inSegment(g *segment) truth {
	e.open("segment", g.key)
	t := e.targets(g)
	if (t == yes || t == unknown) && g.exposure != nil {
		if admitted, _ := e.admits(g.exposure); admitted != yes {
			t = no
		}
	}
	e.close(t)
	return t
}

// targets evaluates the condition of a segment, without its exposure.
func (e *evaluation) targets(g *segment) truth {
	if g.when.n == 0 {
		return yes
	}
	var inner uint64
	return e.all(&g.scope, g.when, &inner)
}

// constraint tests one attribute.
func (e *evaluation) constraint(s *scope, c *cond) truth {
	v, ok := e.get(c.attr)
	t := unknown
	switch {
	case c.op == opProduct:
		t = e.product(c.arg.(*productTest), v, ok)
	case c.op == opPresent:
		t = truthOf(ok == (c.num == 1))
	case !ok:
	case v.kind == KindList:
		t = e.list(c, v.list())
	default:
		t = e.test(c, v)
	}
	if c.negate {
		t = t.not()
	}
	if e.trace != nil {
		e.trace.constraint(c, s.semantics, e.subject, t)
	}
	return t
}

func (e *evaluation) product(p *productTest, v Value, present bool) truth {
	var now int64
	if p.timed {
		now = e.now()
	}
	return p.run(p, v, present, now)
}

// list tests the elements of a list: one must pass, or with every each.
func (e *evaluation) list(c *cond, elements []Value) truth {
	if len(elements) == 0 {
		return unknown
	}
	decides := yes
	if c.every {
		decides = no
	}
	result := decides.not()
	for _, v := range elements {
		switch t := e.test(c, v); t {
		case decides:
			return t
		case unknown:
			result = unknown
		}
	}
	return result
}
