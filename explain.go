package hoist

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
)

// An Explanation is the whole way of an evaluation to its decision. It is
// written down by the evaluation itself.
type Explanation struct {
	Decision Decision `json:"decision"`

	// Passed are the rules that applied and whose action was to go on with
	// the next rule, in order.
	Passed []Passage `json:"passed,omitempty"`

	// Steps are what was looked at, in order.
	Steps []Step `json:"steps,omitempty"`
}

// A Passage is a rule that applied and went on with the next one by its action,
// and the arm of its split that had this action.
type Passage struct {
	RuleID string `json:"rule,omitempty"`
	ArmID  string `json:"arm,omitempty"`
}

// A Step is one thing that was looked at.
type Step struct {
	// What was looked at: a rule by its position and title, a constraint as
	// text, "all", "any", "not", a segment or flag by key, an exposure, the
	// split, an override, the default.
	What string `json:"what"`

	// Result is what came of it: "holds", "fails", "cannot be told", or words
	// that say what was served or why not.
	Result string `json:"result,omitempty"`

	Steps []Step `json:"steps,omitempty"`
}

// String returns the explanation for people: the decision, and the steps below
// each other, indented.
func (x Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", x.Decision.key, served(x.Decision.variant))
	fmt.Fprintf(&b, " (%s", x.Decision.reason)
	if x.Decision.err != NoError {
		fmt.Fprintf(&b, ", %s", x.Decision.err)
	}
	b.WriteString(")\n")
	writeSteps(&b, x.Steps, "  ")
	return b.String()
}

func writeSteps(b *strings.Builder, steps []Step, indent string) {
	for _, s := range steps {
		b.WriteString(indent + s.What)
		if s.Result != "" {
			b.WriteString(": " + s.Result)
		}
		b.WriteByte('\n')
		writeSteps(b, s.Steps, indent+"  ")
	}
}

// Explain evaluates a flag as [View.Evaluate] does, by the same code, and writes
// down each step. It is for people and far slower; it is not counted, and the
// observer is not told.
func (v View) Explain(key string) Explanation {
	f := v.snapshot.index.find(key, hashKey(key))
	if f == nil {
		return Explanation{Decision: notFound(key)}
	}
	t := &tracer{}
	t.stack = []*Step{&t.root}
	e := evaluation{subject: v.subject, world: &v.flags.world, budget: evaluationBudget, trace: t}
	var o outcome
	e.flag(f, &o)
	return Explanation{Decision{f.key, f, o}, t.passed, t.root.Steps}
}

// A tracer writes down the steps of an evaluation. Steps that are open are on
// the stack.
type tracer struct {
	root   Step
	stack  []*Step
	passed []Passage
	bucket uint32 // of the last split
	chosen bool   // there was a unit for it
}

func (t *tracer) open(what string) {
	top := t.stack[len(t.stack)-1]
	top.Steps = append(top.Steps, Step{What: what})
	t.stack = append(t.stack, &top.Steps[len(top.Steps)-1])
}

func (t *tracer) close(result string) {
	t.stack[len(t.stack)-1].Result = result
	t.stack = t.stack[:len(t.stack)-1]
}

func (t *tracer) note(what, result string) {
	t.open(what)
	t.close(result)
}

var truthNames = [...]string{no: "fails", yes: "holds", unknown: "cannot be told", skips: "ends the rule", breaks: "cannot be evaluated"}

// The following are what evaluation calls at each step. They do nothing, and
// are inlined to one comparison, unless it is to be explained.

func (e *evaluation) open(what, key string) {
	if e.trace != nil {
		e.trace.openNamed(what, key)
	}
}

func (e *evaluation) close(t truth) {
	if e.trace != nil {
		e.trace.close(truthNames[t])
	}
}

func (e *evaluation) note(what string, v *variant) {
	if e.trace != nil {
		e.trace.note(what, served(v))
	}
}

func (e *evaluation) openRule(r *rule) {
	if e.trace != nil {
		e.trace.openRule(r)
	}
}

// notePassed notes that a rule applies and does not decide.
func (e *evaluation) notePassed(r *rule) {
	if e.trace != nil {
		e.trace.pass(r)
	}
}

func (e *evaluation) noteUnit(unit []byte, state unitState) {
	if e.trace != nil {
		e.trace.note("unit of the rule", unitText(unit, state))
	}
}

func (e *evaluation) noteKept(group, variant string, ok bool) {
	if e.trace != nil {
		e.trace.kept(group, variant, ok)
	}
}

// closeServed ends a step that served something, or went on with the next rule.
func (e *evaluation) closeServed(o *outcome, done bool) {
	if e.trace != nil {
		e.trace.closeServed(o, done)
	}
}

func (e *evaluation) noteSplit(s *split, bucket int32, state unitState) {
	if e.trace != nil {
		e.trace.split(s, bucket, state == unitFound)
	}
}

func (t *tracer) openNamed(what, key string) {
	if key != "" {
		what = fmt.Sprintf("%s %q", what, key)
	}
	t.open(what)
}

func (t *tracer) openRule(r *rule) {
	what := fmt.Sprintf("rule %d", r.position+1)
	if r.label != nil && r.label.title != "" {
		what += " (" + r.label.title + ")"
	}
	t.open(what)
}

// pass writes down that a rule is passed by, if that is by an action.
func (t *tracer) pass(r *rule) {
	s := r.serve.split
	if s == nil {
		t.passed = append(t.passed, Passage{r.name(), r.armID(-1, nil)})
		return
	}
	if i := s.armOf(t.bucket); t.chosen && i >= 0 && s.arms[i].action == nextRule && !s.arms[i].quiet {
		t.passed = append(t.passed, Passage{r.name(), r.armID(int32(t.bucket), nil)})
	}
}

func unitText(unit []byte, state unitState) string {
	switch state {
	case unitMissing:
		return "missing"
	case unitInvalid:
		return "cannot be one"
	}
	return string(appendString(nil, string(unit)))
}

func (t *tracer) kept(group, variant string, ok bool) {
	result := "nothing"
	if ok {
		result = string(appendString(nil, variant))
	}
	t.note(fmt.Sprintf("kept in %q", group), result)
}

func (t *tracer) closeServed(o *outcome, done bool) {
	switch {
	case !done:
		t.close("goes on with the next rule")
	case o.err != NoError:
		t.close(o.err.String())
	default:
		t.close(served(o.variant))
	}
}

func served(v *variant) string {
	if v == nil {
		return "the caller's fallback"
	}
	if v.value.String() == v.name {
		return "serves " + v.name
	}
	return fmt.Sprintf("serves %s = %s", v.name, v.value.appendJSON(nil))
}

func (t *tracer) exposure(x *exposure, threshold, bucket uint32, state unitState, admitted bool) {
	result := "no unit to hash"
	if state == unitFound {
		result = fmt.Sprintf("bucket %d of %d, %s", bucket, x.buckets, truthNames[truthOf(admitted)])
	}
	t.note(fmt.Sprintf("exposure %g %%", 100*float64(threshold)/float64(x.buckets)), result)
}

func (t *tracer) split(s *split, bucket int32, ok bool) {
	t.bucket, t.chosen = uint32(bucket), ok
	result := "no unit to hash"
	switch {
	case ok && bucket == -1:
		result = "override"
	case ok:
		result = fmt.Sprintf("bucket %d of %d", uint32(bucket), s.buckets)
	}
	t.note(fmt.Sprintf("split over %d arms", len(s.arms)), result)
}

// constraint notes a constraint with what the subject has.
func (t *tracer) constraint(c *cond, rules *semantics, s *Subject, result truth) {
	found := "missing"
	if v, ok := s.get(c.attr); ok {
		found = string(shortenBytes(v.appendJSON(nil)))
	}
	t.note(c.describe(rules), fmt.Sprintf("%s (%s is %s)", truthNames[result], c.attr.name, found))
}

func shortenBytes(b []byte) []byte {
	if len(b) > 100 {
		return append(slices.Clone(b[:97]), "..."...)
	}
	return b
}

// describe returns a constraint as it might be written.
func (c *cond) describe(rules *semantics) string {
	words := []string{c.attr.name}
	if c.negate {
		words = append(words, "not")
	}
	inner := c
	if c.op == opFold {
		inner = c.arg.(*cond)
	}
	words = append(words, string(rules.operators[c.operator].name), inner.operandText())
	if c.op == opFold {
		words = append(words, "ignoring case")
	}
	if c.every {
		words = append(words, "for every element")
	}
	return strings.Join(words, " ")
}

// manyOperands is how many operands an explanation lists.
const manyOperands = 10

func (c *cond) operandText() string {
	switch arg := c.arg.(type) {
	case []string:
		if len(arg) == 1 {
			return string(appendString(nil, arg[0]))
		}
		return listText(arg)
	case textSet:
		return fmt.Sprintf("one of %d", len(arg))
	case *equality:
		return arg.String()
	case *regexp.Regexp:
		return string(appendString(nil, arg.String()))
	case *Value:
		return arg.String()
	case *versionOperand:
		return arg.text
	case *timeOperand:
		return arg.text
	case *productTest:
		return arg.text
	case []netip.Prefix:
		return listText(mapSlice(arg, netip.Prefix.String))
	}
	if c.op == opPresent {
		return boolName(c.num == 1)
	}
	return fmt.Sprint(c.arg)
}

func listText(list []string) string {
	if len(list) > manyOperands {
		return fmt.Sprintf("one of %d", len(list))
	}
	text, _ := json.Marshal(list)
	return string(text)
}

// String returns the operands, sorted by kind.
func (e *equality) String() string {
	var all []string
	for b, has := range e.bools {
		if has {
			all = append(all, boolName(b == 1))
		}
	}
	for n := range e.ints {
		all = append(all, fmt.Sprint(n))
	}
	for _, f := range e.floats {
		all = append(all, fmt.Sprint(f))
	}
	for s := range e.texts {
		all = append(all, fmt.Sprintf("%q", s))
	}
	slices.Sort(all)
	switch {
	case len(all) == 1:
		return all[0]
	case len(all) > manyOperands:
		return fmt.Sprintf("one of %d", len(all))
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// windowText returns a window for people.
func (w *window) text() string {
	return fmt.Sprintf("window %s to %s", nanosText(w.from), nanosText(w.to))
}

func nanosText(nanos int64) string {
	if nanos == minNanos.UnixNano() || nanos == maxNanos.UnixNano() {
		return "…"
	}
	return time.Unix(0, nanos).UTC().Format(time.RFC3339)
}
