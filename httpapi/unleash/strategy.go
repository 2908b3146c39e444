package unleash

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/hoistflags/hoist"
)

// A ruleExtension is what the [hoist.Rule] of a strategy keeps.
type ruleExtension struct {
	// Name is the name of the strategy where the rule does not tell.
	Name string `json:"name,omitempty"`

	// Variants are those of a strategy whose variants have no weight: nobody
	// gets them.
	Variants []json.RawMessage `json:"variants,omitempty"`

	SortOrder float64 `json:"sortOrder,omitempty"`

	Parameters spelling `json:"parameters,omitzero"`
	Client     spelling `json:"client,omitzero"` // of the document for SDKs
	Admin      spelling `json:"admin,omitzero"`  // of the document for admins
}

func (x *ruleExtension) spelling(form form) *spelling {
	if form == adminForm {
		return &x.Admin
	}
	return &x.Client
}

// strategy reads the members of a strategy.
func (r *reader) strategy(o object, form form, at string) strategy {
	s := strategy{Name: cmp.Or(r.text(o, "name", at), never)}
	s.Constraints, _ = r.list(o, "constraints", at)
	s.Variants, _ = r.shortList(o, "variants", at, hoist.MaxVariants)
	r.want(o["parameters"], at+"/parameters", "an object", &s.Parameters)
	segments, _ := r.shortList(o, "segments", at, hoist.MaxReferences)
	for i, text := range segments {
		s.Segments = append(s.Segments, segmentID(r.segmentKey(text, at+"/segments/"+strconv.Itoa(i))))
	}
	if form == adminForm {
		s.ID, s.Title, s.Disabled = r.text(o, "id", at), textOrNull(r.text(o, "title", at)), r.bool(o, "disabled", at)
		r.want(o["sortOrder"], at+"/sortOrder", "a number", &s.SortOrder)
	}
	return s.filled()
}

// filled returns the strategy with empty lists instead of none.
func (s strategy) filled() strategy {
	s.Constraints = append([]json.RawMessage{}, s.Constraints...)
	s.Variants = append([]json.RawMessage{}, s.Variants...)
	s.Segments = append([]json.RawMessage{}, s.Segments...)
	if s.Parameters == nil {
		s.Parameters = object{}
	}
	return s
}

// rule reads a strategy of a flag as a rule. Shared is what it serves unless it
// has variants of its own.
func (r *reader) rule(f *hoist.Flag, text json.RawMessage, form form, shared hoist.Serve, at string) hoist.Rule {
	o := r.object(text, at)
	s := r.strategy(o, form, at)
	kind := strategyNamed(s.Name)
	rule := hoist.Rule{ID: s.ID, Disabled: s.Disabled, Serve: hoist.Serve{Variant: shared.Variant}}
	if s.Title != nil {
		rule.Title = *s.Title
	}
	split := r.variants(f, s.Variants, inheritedStickiness(s.Parameters), at+"/variants")
	own := split != nil && total(split) > 0
	p := r.parameters(s.Parameters, kind, own, at+"/parameters")
	x := ruleExtension{SortOrder: s.SortOrder, Parameters: spell(s.Parameters, p.plain(kind, own))}
	switch {
	case own:
		split.Salt = saltOf(p.variantGroup)
		rule.Serve = hoist.Serve{Split: split}
	case shared.Split != nil:
		rule.Serve.Split = cloneSplit(shared.Split)
		x.Variants = s.Variants
	default:
		x.Variants = s.Variants
	}
	if kind.name == "" || kind.by != "" {
		x.Name = s.Name
	}
	if kind.share != "" {
		rule.Exposure = &hoist.Exposure{Percent: p.share, By: []string{p.by}, Salt: saltOf(p.group)}
	}
	rule.When = all(slices.Concat(kind.conditions(p), r.constraints(s.Constraints, at+"/constraints"), segmentsOf(s.Segments)))
	*x.spelling(form) = spell(o, objectOf(s.in(form)))
	rule.Extensions = extend(x)
	return rule
}

func cloneSplit(s *hoist.Split) *hoist.Split {
	rule := hoist.Targeting{Default: &hoist.Serve{Split: s}}
	return rule.Clone().Default.Split
}

// conditions returns what a strategy demands by itself.
func (kind strategyKind) conditions(p parameters) []hoist.Condition {
	switch {
	case kind.name == "":
		return []hoist.Condition{hoist.AnyOf()} // never
	case kind.list == "":
		return nil
	}
	k := hoist.Constraint{Attribute: kind.field, Operator: hoist.Operator(kind.name)}
	for _, item := range p.items {
		k.Operands = append(k.Operands, hoist.StringValue(item))
	}
	return []hoist.Condition{{Constraint: &k}}
}

// all returns the condition that each of conditions holds.
func all(conditions []hoist.Condition) hoist.Condition {
	switch len(conditions) {
	case 0:
		return hoist.Condition{}
	case 1:
		return conditions[0]
	}
	return hoist.Condition{All: conditions}
}

func segmentsOf(ids []json.RawMessage) []hoist.Condition {
	conditions := make([]hoist.Condition, len(ids))
	for i, id := range ids {
		conditions[i].Segment = segmentKey(id)
	}
	return conditions
}

// segmentKey returns the key of a segment, which is its id.
func segmentKey(id json.RawMessage) (key string) {
	if json.Unmarshal(id, &key) != nil {
		return string(id)
	}
	return key
}

// segmentID returns a key as the id it is.
func segmentID(key string) json.RawMessage {
	if id, err := strconv.ParseInt(key, 10, 64); err == nil && strconv.FormatInt(id, 10) == key {
		return json.RawMessage(key)
	}
	return rawJSON(key)
}

// segmentKey reads the id of a segment.
func (r *reader) segmentKey(text json.RawMessage, at string) (key string) {
	if !isNull(text) && text[0] == '"' {
		r.want(text, at, "a whole number", &key)
	} else {
		var id int64
		r.want(text, at, "a whole number", &id)
		key = strconv.FormatInt(id, 10)
	}
	if isNull(text) || key == "" {
		r.problem(at, "want a whole number")
	}
	return key
}

// strategy writes a rule as a strategy.
func (w *writer) strategy(rule *hoist.Rule, form form, at string) json.RawMessage {
	x := extensionOf[ruleExtension](rule.Extensions)
	parts := w.parts(&rule.When, at+"/when")
	kind := w.kindOf(rule, &parts, x.Name, at)
	own := w.ownSplit(&rule.Serve, at+"/serve")
	p := parameters{}
	if kind.list != "" {
		p.items = parts.items
	}
	if own != nil {
		p.variantGroup = groupOf(own.Salt, w.flag)
	}
	if e := rule.Exposure; e != nil && kind.share != "" {
		p.share, p.by, p.group = e.Percent, stickinessOf(e.By), groupOf(e.Salt, w.flag)
	}
	s := strategy{ID: rule.ID, Name: kind.name, Title: textOrNull(rule.Title), Disabled: rule.Disabled, SortOrder: x.SortOrder}
	if kind.name == "" && strategyNamed(x.Name).name == "" {
		s.Name = x.Name
	}
	s.Name = cmp.Or(s.Name, never)
	s.Parameters = w.parameters(p, kind, own != nil, x.Parameters, at)
	s.Constraints, s.Segments, s.Variants = parts.constraints, parts.segments, x.Variants
	if own != nil {
		s.Variants = w.variants(own, inheritedStickiness(s.Parameters), at+"/serve/split")
	}
	if rule.Window != nil {
		w.problem(at+"/window", "Unleash does not have windows: use constraints of the operators DATE_AFTER and DATE_BEFORE")
	}
	want := s.filled()
	if form == clientForm {
		want.ID, want.Title, want.Disabled, want.SortOrder = "", nil, false, 0
	}
	return respell(want.in(form), *x.spelling(form), want, func(r *reader, o object) strategy { return r.strategy(o, form, "") })
}

// stickinessOf returns what is hashed as Unleash has it.
func stickinessOf(by []string) string {
	if len(by) == 0 {
		return defaultStickiness
	}
	return by[0]
}

// parts is what the condition of a rule consists of.
type parts struct {
	never       bool
	own         *hoist.Constraint // the one of the strategy itself
	items       []string          // its operands
	constraints []json.RawMessage
	segments    []json.RawMessage
}

// parts takes a condition apart. Unleash knows constraints and segments that
// all hold.
func (w *writer) parts(c *hoist.Condition, at string) parts {
	var p parts
	w.addParts(&p, c, at)
	return p
}

func (w *writer) addParts(p *parts, c *hoist.Condition, at string) {
	switch {
	case c.All != nil:
		for i := range c.All {
			w.addParts(p, &c.All[i], at+"/all/"+strconv.Itoa(i))
		}
	case c.Any != nil && len(c.Any) == 0:
		p.never = true
	case c.Segment != "":
		p.segments = append(p.segments, segmentID(c.Segment))
	case c.Constraint != nil && strategyNamed(string(c.Constraint.Operator)).list != "":
		if p.own != nil || c.Constraint.Negate {
			w.problem(at, "Unleash has the strategy %q only alone, and not inverted", c.Constraint.Operator)
		}
		if p.own = c.Constraint; len(c.Constraint.Operands) > 0 {
			p.items = operandTexts(c.Constraint)
		}
	case c.Constraint != nil:
		p.constraints = append(p.constraints, w.constraint(c.Constraint, at))
	case c.Any != nil || c.Not != nil || c.Flag != nil:
		w.problem(at, "Unleash has conditions of constraints and segments that all hold")
	}
}

// kindOf returns the kind of strategy that a rule is. Name is the name it had.
func (w *writer) kindOf(rule *hoist.Rule, p *parts, name string, at string) strategyKind {
	named := strategyNamed(name)
	switch e := rule.Exposure; {
	case p.never:
		return strategyKind{}
	case p.own != nil:
		kind := strategyNamed(string(p.own.Operator))
		if e != nil || p.own.Attribute != kind.field {
			w.problem(at, "Unleash has the strategy %q without a percentage and for the field %q", kind.name, kind.field)
		}
		return kind
	case e == nil:
		return strategyNamed("default")
	case e.Ramp != nil || len(e.By) > 1:
		w.problem(at+"/exposure", "Unleash has a percentage that does not change, and one stickiness")
	case named.share != "" && named.by == stickinessOf(e.By):
		return named
	}
	return strategyNamed("flexibleRollout")
}

// ownSplit returns the variants that a rule has of its own, nil if it serves
// those of the feature or none.
func (w *writer) ownSplit(s *hoist.Serve, at string) *hoist.Split {
	switch {
	case s.Split != nil && s.Split.Salt == "" && w.shared != nil:
		return nil
	case s.Split == nil && s.Variant != "true":
		w.problem(at, "Unleash has strategies that switch a feature on, with or without variants")
	}
	return s.Split
}
