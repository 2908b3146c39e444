package cloudbees

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hoistflags/hoist"
)

// The properties that the product's SDKs set by themselves, as far as they
// matter to evaluation.
const (
	// DistinctID identifies the user; rollouts stick to it unless a flag names
	// another property. Where a subject has no such attribute, its key is it.
	DistinctID = "rox.distinct_id"

	// AppRelease is the release of the application, such as "4.1.0", which
	// version conditions look at.
	AppRelease = "rox.app_release"

	// Platform is the platform of the application by the name that the
	// product's SDKs have for it, such as "Go", "NodeJS" or "Android". It is
	// case-sensitive. Without it, what is configured for no platform holds.
	Platform = "rox.platform"
)

// The operators of the product. The engine has them by the same names, but for
// equality with one of a list.
const (
	opEqual   = "eq"
	opUnequal = "ne"
	opIn      = "in-array"
)

var (
	stateOperators   = []string{"is-undefined", "is-true", "is-false"}
	valueOperators   = []string{opEqual, opUnequal, "gt", "gte", "lt", "lte", "regex"}
	versionOperators = []string{"semver-gt", "semver-gte", "semver-lt", "semver-lte", "semver-eq", "semver-ne"}
)

// parts returns the parts of a condition, in an order of their own.
func (r *reader) parts(c *condition, at string) []hoist.Condition {
	var out []hoist.Condition
	if c.Dependency != nil {
		out = append(out, r.dependency(c.Dependency, at+"/dependency"))
	}
	if c.Group != nil {
		out = append(out, r.group(c.Group, at+"/group"))
	}
	if c.Version != nil {
		out = append(out, r.version(c.Version, at+"/version"))
	}
	if c.Property != nil {
		out = append(out, r.property(c.Property, at+"/property"))
	}
	return out
}

func (r *reader) dependency(d *dependency, at string) hoist.Condition {
	return hoist.FlagIs(d.Flag, text(r.scalar(d.Value, at+"/value")))
}

// group returns membership in one, all or none of the groups. "nor" is what the
// product's own export writes for "not".
func (r *reader) group(g *group, at string) hoist.Condition {
	in := []hoist.Condition{}
	for i, name := range r.texts(g.Name, at+"/name") {
		if name == "" {
			r.fail(nth(at+"/name", i), "want the name of a group")
		}
		in = append(in, hoist.InSegment(name))
	}
	switch g.Operator {
	case "", "or":
		return hoist.AnyOf(in...)
	case "and":
		return hoist.AllOf(in...)
	case "not", "nor":
		return hoist.Not(hoist.AnyOf(in...))
	}
	r.fail(at+"/operator", "unknown operator %.60q, want or, and or not", g.Operator)
	return hoist.Condition{}
}

func (r *reader) version(v *version, at string) hoist.Condition {
	if !slices.Contains(versionOperators, v.Operator) {
		r.fail(at+"/operator", "unknown operator %.60q, want one of %s", v.Operator, strings.Join(versionOperators, ", "))
	}
	return hoist.Where(AppRelease, hoist.Operator(v.Operator), v.Semver)
}

func (r *reader) property(p *property, at string) hoist.Condition {
	return r.test(p.Name, p.Operator, p.Operand, at)
}

// test returns the test of a property. Equality with a list is membership in
// it.
func (r *reader) test(name, operator string, operand json.RawMessage, at string) hoist.Condition {
	k := &hoist.Constraint{Attribute: name, Operator: hoist.Operator(operator)}
	out := hoist.Condition{Constraint: k}
	switch {
	case slices.Contains(stateOperators, operator):
		return out // which ignore the operand
	case operator == opIn || isList(operand) && (operator == opEqual || operator == opUnequal):
		k.Operator, k.Negate = opIn, operator == opUnequal
		k.Operands = r.operands(operand, at+"/operand")
	case slices.Contains(valueOperators, operator) || slices.Contains(versionOperators, operator):
		k.Operands = []hoist.Value{r.scalar(operand, at+"/operand")}
	default:
		r.fail(at+"/operator", "unknown operator %.60q", operator)
	}
	return out
}

// operands reads a list of scalars, or one alone.
func (r *reader) operands(raw json.RawMessage, at string) []hoist.Value {
	if !isList(raw) {
		return []hoist.Value{r.scalar(raw, at)}
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		r.fail(at, "%v", err)
	}
	var out []hoist.Value
	for i, raw := range list {
		out = append(out, r.scalar(raw, nth(at, i)))
	}
	return out
}

// parts prints what parts say as a condition. Each is printed in the words
// in which it was written, as far as these still say it.
func (p *printer) parts(parts []hoist.Condition, written *ruleNote, at string) (out condition) {
	versions := 0
	for i := range parts {
		if isVersion(&parts[i]) {
			versions++
		}
	}
	for i := range parts {
		c := &parts[i]
		switch {
		case c.Flag != nil && out.Dependency == nil:
			out.Dependency = p.dependencyOf(c, written.Dependency, at)
		case isGroup(c) && out.Group == nil:
			out.Group = p.groupIn(c, written.Group)
		case isVersion(c) && out.Version == nil && (versions > 1 || !means(written.Property, c, (*reader).property)):
			out.Version = &version{string(c.Constraint.Operator), c.Constraint.Operands[0].String()}
		case c.Constraint != nil && out.Property == nil:
			out.Property = p.propertyOf(c, written.Property, at)
		default:
			p.fail(at, "want at most one flag, one test of groups, one of the version and one of a property, and all of them must hold")
		}
	}
	return out
}

// means reports whether a part of a document, which may be missing, says c.
func means[T any](written *T, c *hoist.Condition, read func(*reader, *T, string) hoist.Condition) bool {
	var r reader
	return written != nil && read(&r, written, "").Equal(*c) && r.errs == nil
}

func (p *printer) dependencyOf(c *hoist.Condition, written *dependency, at string) *dependency {
	if means(written, c, (*reader).dependency) {
		return written
	}
	if len(c.Flag.Variants) != 1 {
		p.fail(at+"/flag", "want one variant of flag %q, found %d", c.Flag.Flag, len(c.Flag.Variants))
		return nil
	}
	value := hoist.StringValue(c.Flag.Variants[0])
	if s := value.String(); s == "true" || s == "false" {
		value = hoist.BoolValue(s == "true")
	}
	return &dependency{c.Flag.Flag, raw(value)}
}

// isGroup reports whether c is membership in one, all or none of some segments.
func isGroup(c *hoist.Condition) bool {
	_, _, ok := groupOf(c)
	return ok
}

func groupOf(c *hoist.Condition) (operator string, names []string, ok bool) {
	list := c.Any
	switch {
	case c.Segment != "":
		return "or", []string{c.Segment}, true
	case c.All != nil:
		operator, list = "and", c.All
	case c.Any != nil:
		operator = "or"
	case c.Not != nil:
		operator, names, ok = groupOf(c.Not)
		return "not", names, ok && operator == "or"
	}
	names = []string{}
	for _, in := range list {
		names = append(names, in.Segment)
	}
	return operator, names, operator != "" && !slices.Contains(names, "")
}

func (p *printer) groupIn(c *hoist.Condition, written *group) *group {
	if means(written, c, (*reader).group) {
		return written
	}
	operator, names, _ := groupOf(c)
	return &group{operator, p.json(names, "")}
}

// isVersion reports whether c can be said as a version.
func isVersion(c *hoist.Condition) bool {
	k := c.Constraint
	return k != nil && k.Attribute == AppRelease && slices.Contains(versionOperators, string(k.Operator)) && isPlain(k) &&
		len(k.Operands) == 1 && k.Operands[0].Kind() == hoist.KindString
}

// isPlain reports whether a constraint has nothing that documents cannot say.
func isPlain(k *hoist.Constraint) bool { return !k.IgnoreCase && !k.Every && !k.Negate }

func (p *printer) propertyOf(c *hoist.Condition, written *property, at string) *property {
	if means(written, c, (*reader).property) {
		return written
	}
	operator, operand := p.testOf(c.Constraint, at)
	return &property{c.Constraint.Attribute, operator, operand}
}

func (p *printer) testOf(k *hoist.Constraint, at string) (operator string, operand json.RawMessage) {
	operator = string(k.Operator)
	plain := *k
	switch {
	case operator == opIn && k.Negate:
		operator, plain.Negate = opUnequal, false
	case slices.Contains(stateOperators, operator):
		operand = nil
	case operator != opIn && len(k.Operands) == 1:
		operand = raw(k.Operands[0])
	}
	if k.Operator == opIn {
		list := make([]json.RawMessage, len(k.Operands))
		for i, v := range k.Operands {
			list[i] = raw(v)
		}
		operand = p.json(list, at)
	}
	if !slices.Contains(slices.Concat(stateOperators, valueOperators, versionOperators, []string{opIn}), string(k.Operator)) {
		p.fail(at, "unknown operator %q", k.Operator)
	}
	if !isPlain(&plain) {
		p.fail(at, "a negated constraint, ignored case and \"every\" are not something a CloudBees condition has")
	}
	return operator, operand
}
