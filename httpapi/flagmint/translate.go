package flagmint

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hoistflags/hoist"
)

// dialect is the name of this package's extensions.
const dialect = "flagmint"

// What the product has and the model does not, by the object it belongs to.
type (
	flagExtension struct {
		ID               string `json:"id,omitempty"`
		AnalyticsEnabled bool   `json:"analytics_enabled"`
	}
	targetingExtension struct {
		DefaultValue json.RawMessage    `json:"default_value,omitempty"` // as it was sent
		NoOff        bool               `json:"no_off,omitempty"`        // off is what the default is
		Rollouts     map[string]rollout `json:"rollouts,omitempty"`      // those nothing applies
	}
	variantExtension struct {
		ID         string          `json:"id,omitempty"`
		Key        string          `json:"key"`
		Name       string          `json:"name,omitempty"`
		Type       string          `json:"type,omitempty"`
		Value      json.RawMessage `json:"value,omitempty"` // as it was sent
		IsDefault  bool            `json:"is_default,omitempty"`
		OrderIndex int             `json:"order_index,omitempty"`
		Made       bool            `json:"made,omitempty"` // for a default value that no variation has
	}
	ruleExtension struct {
		Kind        string `json:"kind,omitempty"`
		VariationID string `json:"variation_id,omitempty"` // where there is no such variation
		RolloutID   string `json:"rollout_id,omitempty"`
		Strategy    string `json:"strategy,omitempty"`
		OrderIndex  int    `json:"order_index"`
		WholeFlag   bool   `json:"whole_flag,omitempty"` // a rollout of a flag without rules
		Rest        bool   `json:"rest,omitempty"`       // serves those the rollout of the rule before leaves out

		// Of a gradual rollout, what its stages are made from.
		Target        float64 `json:"target,omitempty"` // of one that has not started
		Increment     float64 `json:"increment,omitempty"`
		IntervalHours float64 `json:"interval_hours,omitempty"`
		StartAt       *string `json:"start_at,omitempty"`
	}
	constraintExtension struct {
		LogicalOp string          `json:"logical_op,omitempty"`
		Type      string          `json:"type,omitempty"`
		Value     json.RawMessage `json:"value,omitempty"` // one that is no operand
	}
	segmentExtension struct {
		ID        string `json:"id,omitempty"`
		LogicalOp string `json:"logical_op,omitempty"`
		Force     bool   `json:"force,omitempty"`
	}
)

func extend(e any) hoist.Extensions {
	text, err := json.Marshal(e)
	if err != nil || string(text) == "{}" {
		return nil
	}
	return hoist.Extensions{dialect: text}
}

// extension returns the extension of an object; the zero value if it has none,
// as objects made in Go.
func extension[T any](e hoist.Extensions) (x T) {
	_ = json.Unmarshal(e[dialect], &x)
	return x
}

// A reader turns one flag into the model.
type reader struct {
	c        *config
	segments map[string]string // id to key
	flag     *hoist.Flag
	names    map[string]string // variation id to variant
	problems hoist.Errors
}

// flagFromWire returns a flag as it is in one environment, "" for all, and what
// could not be represented. Segments maps the ids of segments to their keys.
func flagFromWire(c *config, environment string, segments map[string]string) (*hoist.Flag, hoist.Errors) {
	r := reader{c: c, segments: segments, names: map[string]string{}}
	r.flag = &hoist.Flag{
		Key: c.Key, Name: c.Name, Description: c.Description, Semantics: hoist.Flagmint,
		Type: hoist.Type(cmp.Or(c.Type, string(hoist.TypeBoolean))), ClientSide: c.ClientSide,
		Extensions: extend(flagExtension{c.ID, c.AnalyticsEnabled}),
	}
	r.metadata()
	for i := range c.Variations {
		r.variation(i)
	}
	t := r.targeting()
	if environment == "" {
		r.flag.Targeting = t
	} else {
		r.flag.Environments = map[string]*hoist.Targeting{environment: t}
	}
	return r.flag, r.problems
}

func (r *reader) problem(path, text string) {
	r.problems = append(r.problems, &hoist.FieldError{Path: path, Problem: text})
}

func (r *reader) metadata() {
	var members map[string]json.RawMessage
	if len(r.c.Metadata) == 0 || json.Unmarshal(r.c.Metadata, &members) != nil {
		return
	}
	for name, text := range members {
		v, err := hoist.JSONValue(text)
		if err != nil {
			r.problem("/metadata/"+name, err.Error())
			continue
		}
		if r.flag.Metadata == nil {
			r.flag.Metadata = map[string]hoist.Value{}
		}
		r.flag.Metadata[name] = v
	}
}

// variation adds a variation as a variant, named by its key or else its id.
func (r *reader) variation(i int) {
	w := &r.c.Variations[i]
	value, ok := coerce(w.Value, r.flag.Type)
	if !ok {
		r.problem("/variations/"+strconv.Itoa(i)+"/value", "want a "+string(r.flag.Type))
		return
	}
	name := cmp.Or(w.Key, w.ID)
	x := variantExtension{ID: w.ID, Key: w.Key, Name: w.Name, Type: w.Type, IsDefault: w.IsDefault, OrderIndex: w.OrderIndex}
	if string(wireValue(value)) != string(w.Value) {
		x.Value = w.Value
	}
	r.names[w.ID] = name
	r.flag.Variants = append(r.flag.Variants, hoist.Variant{Name: name, Value: value, Description: w.Description, Extensions: extend(x)})
}

// coerce reads a value of a type: values are texts on the wire, and values of
// their own kind are taken as well.
func coerce(raw json.RawMessage, t hoist.Type) (hoist.Value, bool) {
	v, err := hoist.JSONValue(raw)
	if err != nil {
		return hoist.Value{}, false
	}
	text, isText := v.Text()
	isText = isText && v.Kind() == hoist.KindString
	if isText && t != hoist.TypeString {
		if v, err = hoist.JSONValue([]byte(text)); err != nil {
			return hoist.Value{}, false
		}
	}
	_, isNumber := v.Float()
	switch t {
	case hoist.TypeBoolean:
		return v, v.Kind() == hoist.KindBool
	case hoist.TypeNumber:
		return v, isNumber
	case hoist.TypeString:
		return v, isText
	}
	return v, t == hoist.TypeJSON
}

// wireValue returns a value as the text it is on the wire.
func wireValue(v hoist.Value) json.RawMessage {
	text, _ := json.Marshal(v.String())
	return text
}

func (r *reader) targeting() *hoist.Targeting {
	t := &hoist.Targeting{Disabled: !r.c.IsActive}
	x := targetingExtension{DefaultValue: r.c.DefaultValue, NoOff: r.c.OffVariationID == ""}
	r.rules(t, &x)
	standard := r.defaultVariant(len(t.Rules) == 0)
	if standard != "" {
		t.Default = &hoist.Serve{Variant: standard}
	}
	t.Off = standard
	if name, ok := r.names[r.c.OffVariationID]; ok {
		t.Off = name
	} else if !x.NoOff {
		r.problem("/off_variation_id", "there is no such variation, the default is served instead")
		x.NoOff = true
	}
	t.Extensions = extend(x)
	return t
}

// defaultVariant returns the variant of the default value. A boolean flag with
// neither rules nor rollouts is on if it has a variation that is, whatever its
// default value; a value that no variation has gets a variant of its own.
func (r *reader) defaultVariant(plain bool) string {
	boolean := r.flag.Type == hoist.TypeBoolean
	if plain && boolean && len(r.flag.Variants) > 0 {
		for _, v := range r.flag.Variants {
			if on, _ := v.Value.Bool(); on {
				return v.Name
			}
		}
		return "false"
	}
	if len(r.c.DefaultValue) == 0 || string(r.c.DefaultValue) == "null" && r.flag.Type != hoist.TypeJSON {
		return ""
	}
	value, ok := coerce(r.c.DefaultValue, r.flag.Type)
	if !ok {
		r.problem("/default_value", "want a "+string(r.flag.Type))
		return ""
	}
	for _, v := range r.flag.Variants {
		if v.Value.Equal(value) {
			return v.Name
		}
	}
	if boolean {
		return value.String()
	}
	r.flag.Variants = append(r.flag.Variants, hoist.Variant{Name: "default value", Value: value, Extensions: extend(variantExtension{Made: true})})
	return "default value"
}

// rules adds the rules in their order. A rollout becomes one rule, or two where
// it serves something to those it leaves out.
func (r *reader) rules(t *hoist.Targeting, x *targetingExtension) {
	used := map[string]bool{}
	order := make([]int, len(r.c.TargetingRules))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(r.c.TargetingRules[a].OrderIndex, r.c.TargetingRules[b].OrderIndex)
	})
	for _, i := range order {
		w := &r.c.TargetingRules[i]
		used[w.RolloutID] = w.RolloutID != ""
		r.rule(t, i)
	}
	for _, id := range sortedKeys(r.c.Rollouts) {
		switch {
		case used[id]:
		case len(r.c.TargetingRules) == 0 && len(t.Rules) == 0:
			r.serveRollout(t, hoist.Rule{}, ruleExtension{RolloutID: id, WholeFlag: true}, "/rollouts/"+id)
		default:
			if x.Rollouts == nil {
				x.Rollouts = map[string]rollout{}
			}
			x.Rollouts[id] = r.c.Rollouts[id]
		}
	}
}

func (r *reader) rule(t *hoist.Targeting, i int) {
	w, path := &r.c.TargetingRules[i], "/targeting_rules/"+strconv.Itoa(i)
	out := hoist.Rule{ID: w.ID, Title: w.Name}
	x := ruleExtension{Kind: w.Kind, OrderIndex: w.OrderIndex}
	if w.SegmentID != "" {
		out.When = hoist.InSegment(cmp.Or(r.segments[w.SegmentID], w.SegmentID))
	} else {
		out.When = hoist.AllOf(mapConditions(w.Conditions)...)
	}
	name, known := r.names[w.VariationID]
	switch {
	case known:
		out.Serve.Variant = name
	case w.VariationID == "" && w.RolloutID != "":
		x.RolloutID = w.RolloutID
		r.serveRollout(t, out, x, path)
		return
	default:
		r.problem(path, "serves neither a variation nor a rollout that exists, the next rule is tried")
		x.VariationID, x.RolloutID = w.VariationID, w.RolloutID
		out.Serve.Action = hoist.NextRule
	}
	out.Extensions = extend(x)
	t.Rules = append(t.Rules, out)
}

// serveRollout adds a rule that serves a rollout.
func (r *reader) serveRollout(t *hoist.Targeting, out hoist.Rule, x ruleExtension, path string) {
	w, ok := r.c.Rollouts[x.RolloutID]
	x.Strategy = w.Strategy
	switch {
	case ok && w.Strategy == "variant":
		out.Serve.Split = r.split(&w)
	case ok && (w.Strategy == "percentage" || w.Strategy == "gradual") && r.flag.Type == hoist.TypeBoolean:
		out.Exposure = exposureFromWire(&w, &x)
		out.Serve.Variant = "true"
		out.Extensions = extend(x)
		t.Rules = append(t.Rules, out)
		x.Rest = true
		t.Rules = append(t.Rules, hoist.Rule{When: out.When, Serve: hoist.Serve{Variant: "false"}, Extensions: extend(x)})
		return
	case ok && w.Strategy == "off":
		out.Serve.Action = hoist.CallersFallback
		if name := r.defaultVariant(false); name != "" {
			out.Serve = hoist.Serve{Variant: name}
		}
	default:
		r.problem(path, "the rollout does not exist or cannot be served, the next rule is tried")
		out.Serve.Action = hoist.NextRule
	}
	out.Extensions = extend(x)
	t.Rules = append(t.Rules, out)
}

func (r *reader) split(w *rollout) *hoist.Split {
	s := &hoist.Split{Salt: w.Salt}
	for _, v := range w.Variants {
		s.Arms = append(s.Arms, hoist.Arm{Variant: cmp.Or(r.names[v.VariationID], v.VariationID), Weight: v.Weight})
	}
	return s
}

func exposureFromWire(w *rollout, x *ruleExtension) *hoist.Exposure {
	e := &hoist.Exposure{Salt: w.Salt, Percent: w.Percentage}
	if w.Strategy == "gradual" {
		x.Increment, x.IntervalHours, x.StartAt, x.Target = w.Increment, w.IntervalHours, w.StartAt, w.TargetPercentage
		e.Percent, e.Ramp = gradual(w)
	}
	return e
}

func mapConditions(conditions []condition) []hoist.Condition {
	out := make([]hoist.Condition, len(conditions))
	for i := range conditions {
		out[i] = conditionFromWire(&conditions[i])
	}
	return out
}

// conditionFromWire returns a condition. A list is the operands of in and nin; a
// value that cannot be an operand is kept beside.
func conditionFromWire(w *condition) hoist.Condition {
	c := &hoist.Constraint{Attribute: w.Attribute, Operator: hoist.Operator(w.Operator)}
	x := constraintExtension{LogicalOp: w.LogicalOp, Type: w.Type}
	list := w.Operator == "in" || w.Operator == "nin"
	var elements []hoist.Value
	value, err := hoist.JSONValue(w.Value)
	switch {
	case w.Operator == "exists" || w.Operator == "not_exists":
		x.Value = w.Value
	case list && json.Unmarshal(w.Value, &elements) == nil && elements != nil && scalars(elements):
		c.Operands = elements
	case !list && err == nil && scalars([]hoist.Value{value}):
		c.Operands = []hoist.Value{value}
	default:
		x.Value = w.Value
	}
	c.Extensions = extend(x)
	return hoist.Condition{Constraint: c}
}

func scalars(list []hoist.Value) bool {
	return !slices.ContainsFunc(list, func(v hoist.Value) bool { return v.IsNull() || v.Kind() == hoist.KindJSON })
}

// segmentFromWire returns a segment. One that is forced holds for everyone.
func segmentFromWire(w *segment) *hoist.Segment {
	conditions := mapConditions(w.Rules)
	s := &hoist.Segment{
		Key: cmp.Or(w.Key, w.ID), Name: w.Name, Description: w.Description, Semantics: hoist.Flagmint,
		Extensions: extend(segmentExtension{w.ID, w.LogicalOp, w.Force}),
	}
	switch strings.ToUpper(w.LogicalOp) {
	case "OR":
		s.When = hoist.AnyOf(conditions...)
	case "NOT":
		s.When = hoist.Not(hoist.AnyOf(conditions...))
	default:
		s.When = hoist.AllOf(conditions...)
	}
	if w.Force {
		s.When = hoist.AnyOf(hoist.AllOf(), s.When)
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
