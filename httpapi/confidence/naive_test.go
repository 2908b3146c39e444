package confidence

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/spaolacci/murmur3"

	"github.com/hoistflags/hoist"
)

// A naiveResolver evaluates the product's documents as they are, step by step
// as the product's rules are written down. It knows nothing of the model.
type naiveResolver struct {
	account  string
	segments map[string]doc
	kept     []row // nil: there is no store
	noStore  bool
	context  doc
	environs []string

	unit    string
	hasUnit bool
	writes  []row
}

// What ends a rule or a flag. They are panics, to keep the steps simple.
type (
	skipRule  struct{}
	flagFails struct{ reason string }
)

func text(d doc, name string) string { s, _ := d[name].(string); return s }

func number(d doc, name string) int { n, _ := d[name].(int); return n }

func docs(d doc, name string) (out []doc) {
	all, _ := d[name].([]any)
	for _, v := range all {
		out = append(out, v.(doc))
	}
	return out
}

// resolve returns an outcome with the reason, the variant and what names it.
func (n *naiveResolver) resolve(flag doc) (o outcome) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case flagFails:
			o = outcome{Reason: p.reason, Fallthroughs: o.Fallthroughs}
			if p.reason == "ERROR" {
				n.writes = nil
			}
		default:
			panic(p)
		}
	}()
	for _, rule := range docs(flag, "rules") {
		n.rule(flag, rule, &o)
		if o.Reason != "" {
			return o
		}
	}
	o.Reason = "NO_SEGMENT_MATCH"
	return o
}

func (n *naiveResolver) rule(flag, rule doc, o *outcome) {
	defer func() {
		switch p := recover().(type) {
		case nil, skipRule:
		default:
			panic(p)
		}
	}()
	if rule["enabled"] != true || !n.inEnvironment(rule) {
		return
	}
	segment, exists := n.segments[text(rule, "segment")]
	if !exists {
		return
	}
	spec, hasSpec := rule["assignmentSpec"].(doc)
	full := hasSpec && isFull(spec)
	n.readUnit(text(rule, "targetingKeySelector"), full)
	if !hasSpec {
		return
	}
	matched, given := n.sticky(flag, rule, spec, segment)
	a := given
	if a == nil {
		if !matched && !n.inSegment(text(rule, "segment"), nil) {
			return
		}
		if a = n.assign(rule, spec, full); a == nil {
			return
		}
		n.write(rule, a)
	}
	id := text(rule, "name")[strings.LastIndex(text(rule, "name"), "/")+1:]
	switch {
	case a["fallthrough"] != nil:
		o.Fallthroughs = append(o.Fallthroughs, id)
	case a["clientDefault"] != nil:
		o.Reason, o.Rule, o.AssignmentID, o.Variant = "MATCH", id, text(a, "assignmentId"), new("")
	case a["variant"] != nil:
		name := text(a["variant"].(doc), "variant")
		for _, v := range docs(flag, "variants") {
			if text(v, "name") == name {
				o.Reason, o.Rule, o.AssignmentID, o.Variant = "MATCH", id, text(a, "assignmentId"), &name
				return
			}
		}
		panic(flagFails{"ERROR"})
	}
}

func (n *naiveResolver) inEnvironment(rule doc) bool {
	list, _ := rule["environments"].([]any)
	for _, name := range list {
		for _, own := range n.environs {
			if name == own {
				return true
			}
		}
	}
	return len(list) == 0
}

func isFull(spec doc) bool {
	a := docs(spec, "assignments")
	if len(a) != 1 {
		return false
	}
	r := docs(a[0], "bucketRanges")
	return len(r) == 1 && number(r[0], "lower") == 0 && number(r[0], "upper") == number(spec, "bucketCount")
}

// at returns the member of the context at a path.
func (n *naiveResolver) at(path string) any {
	var v any = n.context
	for step := range strings.SplitSeq(path, ".") {
		o, ok := v.(doc)
		if !ok {
			return nil
		}
		v = o[step]
	}
	return v
}

func (n *naiveResolver) readUnit(selector string, full bool) {
	n.unit, n.hasUnit = "", false
	path := selector
	if path == "" {
		path = "targeting_key"
	}
	valid := false
	switch v := n.at(path).(type) {
	case nil:
		if selector != "" {
			panic(skipRule{})
		}
		return
	case string:
		n.unit, valid = v, len(v) <= 100
	case float64:
		n.unit = strconv.FormatFloat(v, 'f', -1, 64)
		valid = v == math.Trunc(v) && len(n.unit) <= 100
	}
	switch {
	case valid:
		n.hasUnit = true
	case !full || selector != "":
		panic(flagFails{"TARGETING_KEY_ERROR"})
	}
}

func hashed(key string, buckets int) int {
	h, _ := murmur3.Sum128([]byte(key))
	return int((h >> 4) % uint64(buckets))
}

// assign returns the assignment by the hash, nil if there is none.
func (n *naiveResolver) assign(rule, spec doc, full bool) doc {
	if full {
		return docs(spec, "assignments")[0]
	}
	if !n.hasUnit {
		return nil
	}
	buckets := number(spec, "bucketCount")
	if buckets == 0 {
		panic(flagFails{"ERROR"})
	}
	_, id, _ := strings.Cut(text(rule, "segment"), "/")
	b := hashed(id+"|"+n.unit, buckets)
	for _, a := range docs(spec, "assignments") {
		for _, r := range docs(a, "bucketRanges") {
			if number(r, "lower") <= b && b < number(r, "upper") {
				return a
			}
		}
	}
	return nil
}

// sticky returns whether the segment need not be tested, and the assignment
// that was kept, if it is the answer.
func (n *naiveResolver) sticky(flag, rule, spec, segment doc) (matched bool, given doc) {
	m, _ := rule["materializationSpec"].(doc)
	read := text(m, "readMaterialization")
	if read == "" {
		return false, nil
	}
	if !n.hasUnit {
		panic(skipRule{})
	}
	if n.noStore {
		panic(flagFails{"MATERIALIZATION_NOT_SUPPORTED"})
	}
	mode, _ := m["mode"].(doc)
	for _, row := range n.kept {
		if row.Unit != n.unit || row.Materialization != read || row.Rule != text(rule, "name") {
			continue
		}
		if mode["segmentTargetingCanBeIgnored"] != true && !n.targeted(segment, []string{text(rule, "segment")}) {
			return false, nil
		}
		var carriers []doc
		for _, a := range docs(spec, "assignments") {
			if v, ok := a["variant"].(doc); ok && row.Variant != "" && text(v, "variant") == row.Variant {
				carriers = append(carriers, a)
			}
		}
		if len(carriers) == 1 {
			return true, carriers[0]
		}
		if len(carriers) > 1 {
			if a := n.assign(rule, spec, false); a != nil {
				if v, ok := a["variant"].(doc); ok && text(v, "variant") == row.Variant {
					return true, a
				}
			}
		}
		return true, nil
	}
	if mode["materializationMustMatch"] == true {
		panic(skipRule{})
	}
	return false, nil
}

func (n *naiveResolver) write(rule, a doc) {
	m, ok := rule["materializationSpec"].(doc)
	if !ok || !n.hasUnit || a["variant"] == nil && a["fallthrough"] == nil && a["clientDefault"] == nil {
		return
	}
	if n.noStore {
		panic(flagFails{"MATERIALIZATION_NOT_SUPPORTED"})
	}
	if to := text(m, "writeMaterialization"); to != "" { // our deviation
		v, _ := a["variant"].(doc)
		n.writes = append(n.writes, row{to, text(rule, "name"), n.unit, text(v, "variant")})
	}
}

func (n *naiveResolver) inSegment(name string, path []string) bool {
	s, ok := n.segments[name]
	for _, on := range path {
		ok = ok && on != name
	}
	return ok && n.targeted(s, append(path[:len(path):len(path)], name)) && n.inPopulation(s)
}

func (n *naiveResolver) inPopulation(s doc) bool {
	b, ok := s["bitsetAllocation"].(doc)
	if !ok {
		return true
	}
	stored, _ := base64.StdEncoding.DecodeString(text(b, "bitset"))
	if !n.hasUnit {
		set := 0
		for _, b := range stored {
			set += bits.OnesCount8(b)
		}
		return set == 8*len(stored)
	}
	i := hashed("MegaSalt-"+n.account+"|"+n.unit, 1_000_000)
	return i/8 < len(stored) && stored[i/8]>>(i%8)&1 == 1
}

func (n *naiveResolver) targeted(s doc, path []string) bool {
	targeting, _ := s["targeting"].(doc)
	expression, ok := targeting["expression"].(doc)
	criteria, _ := targeting["criteria"].(doc)
	return !ok || n.expression(expression, criteria, path)
}

func (n *naiveResolver) expression(e, criteria doc, path []string) bool {
	if not, ok := e["not"].(doc); ok {
		return !n.expression(not, criteria, path)
	}
	if and, ok := e["and"].(doc); ok {
		for _, o := range docs(and, "operands") {
			if !n.expression(o, criteria, path) {
				return false
			}
		}
		return true
	}
	if or, ok := e["or"].(doc); ok {
		for _, o := range docs(or, "operands") {
			if n.expression(o, criteria, path) {
				return true
			}
		}
		return false
	}
	criterion, _ := criteria[text(e, "ref")].(doc)
	if a, ok := criterion["attribute"].(doc); ok {
		return n.attribute(a)
	}
	if s, ok := criterion["segment"].(doc); ok {
		return n.inSegment(text(s, "segment"), path)
	}
	if m, ok := criterion["materializedSegment"].(doc); ok && n.hasUnit {
		if n.noStore {
			panic(flagFails{"MATERIALIZATION_NOT_SUPPORTED"})
		}
		for _, row := range n.kept {
			if row.Unit == n.unit && row.Materialization == text(m, "materializedSegment") {
				return true
			}
		}
	}
	return false
}

// attribute tests a rule on an attribute: all items of it, or any.
func (n *naiveResolver) attribute(a doc) bool {
	v := n.at(text(a, "attributeName"))
	rule, every := a, false
	for _, name := range []string{"anyRule", "allRule"} {
		if outer, ok := a[name].(doc); ok {
			every = name == "allRule"
			if rule, ok = outer["rule"].(doc); !ok {
				panic(skipRule{})
			}
		}
	}
	test := naiveTest(rule, &v)
	items, isList := v.([]any)
	if !isList {
		items = []any{v}
	}
	for _, item := range items {
		if test(item) != every {
			return !every
		}
	}
	return every
}

// naiveTest returns the test of an item, and converts the attribute to the type
// of the rule.
func naiveTest(rule doc, v *any) func(item any) bool {
	for name, has := range map[string]func(s, part string) bool{
		"startsWithRule": strings.HasPrefix, "endsWithRule": strings.HasSuffix, "containsRule": strings.Contains,
	} {
		if r, ok := rule[name].(doc); ok {
			return func(item any) bool { s, ok := item.(string); return ok && has(s, text(r, "value")) }
		}
	}
	if eq, ok := rule["eqRule"].(doc); ok {
		if eq["value"] == nil {
			panic(skipRule{})
		}
		return naiveEqual([]any{eq["value"]}, v)
	}
	if set, ok := rule["setRule"].(doc); ok {
		values, _ := set["values"].([]any)
		return naiveEqual(values, v)
	}
	if r, ok := rule["rangeRule"].(doc); ok {
		return naiveRange(r, v)
	}
	panic(skipRule{})
}

func naiveEqual(values []any, v *any) func(item any) bool {
	if len(values) > 0 {
		*v = convert(*v, typeOf(values[0]))
	}
	return func(item any) bool {
		for _, w := range values {
			if operand, ok := operandOf(w); ok && item == operand {
				return true
			}
		}
		return false
	}
}

func naiveRange(r doc, v *any) func(item any) bool {
	bounds := []struct {
		name    string
		accepts func(c int) bool
	}{
		{"startInclusive", func(c int) bool { return c >= 0 }}, {"startExclusive", func(c int) bool { return c > 0 }},
		{"endInclusive", func(c int) bool { return c <= 0 }}, {"endExclusive", func(c int) bool { return c < 0 }},
	}
	for _, b := range bounds {
		if r[b.name] != nil {
			*v = convert(*v, typeOf(r[b.name]))
			break
		}
	}
	return func(item any) bool {
		for _, b := range bounds {
			if r[b.name] == nil {
				continue
			}
			operand, _ := operandOf(r[b.name])
			if c, ok := compare(item, operand); !ok || !b.accepts(c) {
				return false
			}
		}
		return true
	}
}

// The types that an item can have beside those of JSON.
type naiveVersion string

func typeOf(v any) string {
	for name := range v.(doc) {
		return name
	}
	return ""
}

// operandOf returns a value as an item.
func operandOf(v any) (item any, ok bool) {
	d := v.(doc)
	switch typeOf(v) {
	case "boolValue":
		return d["boolValue"], true
	case "numberValue":
		if s, ok := d["numberValue"].(string); ok {
			f, _ := strconv.ParseFloat(s, 64)
			return f, true
		}
		return d["numberValue"], true
	case "stringValue":
		return d["stringValue"], true
	case "timestampValue":
		t, _ := time.Parse(time.RFC3339Nano, text(d, "timestampValue"))
		return t.UTC().Format(sortable), true
	case "versionValue":
		return naiveVersion(text(d["versionValue"].(doc), "version")), true
	}
	return nil, false
}

// sortable is how times are held: as texts of a type that sort in their order.
const sortable = "\x00" + "2006-01-02T15:04:05.000000000"

func convert(v any, typ string) any {
	if items, ok := v.([]any); ok {
		var out []any
		for _, item := range items {
			if inner := convert(item, typ); true {
				out = append(out, inner)
			}
		}
		if out == nil {
			out = []any{}
		}
		return out
	}
	s, isText := v.(string)
	f, isNumber := v.(float64)
	switch typ {
	case "boolValue":
		if _, ok := v.(bool); ok {
			return v
		}
		if isText {
			return s == "true" || s == "TRUE"
		}
	case "numberValue":
		if isText {
			if f, err := strconv.ParseFloat(s, 64); err == nil {
				return f
			}
			panic(flagFails{"ERROR"})
		}
		if isNumber {
			return v
		}
	case "stringValue":
		if isNumber {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
		if isText {
			return v
		}
	case "timestampValue":
		return convertNaiveTime(v)
	case "versionValue":
		if isText {
			return naiveVersion(s)
		}
	default:
		return struct{ any }{v} // equal to nothing
	}
	return "null"
}

func convertNaiveTime(v any) any {
	switch v := v.(type) {
	case float64:
		t := time.UnixMilli(int64(v))
		if math.Abs(v) < 1e12 {
			t = time.Unix(int64(math.Trunc(v)), 0)
		}
		if math.Abs(v) < 1e15 {
			return t.UTC().Format(sortable)
		}
	case string:
		for _, layout := range []string{"2006-1-2", time.RFC3339Nano, "2006-01-02T15:04:05"} {
			if t, err := time.Parse(layout, v); err == nil {
				return t.UTC().Format(sortable)
			}
		}
	}
	return "null"
}

// compare compares two items of one type.
func compare(a, b any) (int, bool) {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return map[bool]int{true: -1}[a < b] + map[bool]int{true: 1}[a > b], ok && a == a && b == b
	case string:
		b, ok := b.(string)
		return strings.Compare(a, b), ok && strings.HasPrefix(a, "\x00") == strings.HasPrefix(b, "\x00")
	case naiveVersion:
		b, ok := b.(naiveVersion)
		x, y := versionKey(string(a)), versionKey(string(b))
		for i := range x {
			if x[i] != y[i] {
				return x[i] - y[i], ok
			}
		}
		return 0, ok
	}
	return 0, false
}

func versionKey(s string) (key [4]int) {
	s, _, _ = strings.Cut(s, "-")
	parts := strings.Split(s, ".")
	if len(parts) < 2 || len(parts) > 4 {
		return key
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 63)
		if err != nil || len(part) > 10 {
			return [4]int{}
		}
		key[i] = int(n)
	}
	if len(parts) == 3 && len(parts[2]) > 3 {
		key[2], key[3] = 0, key[2]
	}
	return key
}

func assignmentsOf(rows []row) *hoist.MemoryAssignments {
	kept := hoist.NewMemoryAssignments()
	for _, r := range rows {
		kept.Assign(r.assignment())
	}
	return kept
}

func plain(t interface{ Fatal(...any) }, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
