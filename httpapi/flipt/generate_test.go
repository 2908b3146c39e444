package flipt

import (
	"fmt"
	"slices"

	"github.com/hoistflags/hoist"
	"pgregory.net/rapid"
)

// Generators of random documents, as the management API hands them out.

var (
	propertyNames = []string{"p", "plan", "key", "entityId", "a.b", "größe"}

	// values are contexts' and constraints' values that some type can read.
	values = []string{
		"", " ", "foo", "Foo", " foo ", "foobar", "oo", "u1", "5", "5.0", "+5", " 5", "-5", "1_000", "0x1p4", "0x10", "1e400", "NaN",
		"inf", "9007199254740992", "9007199254740993", "true", "T", "tRue", "0", "f", "no", "2024-02-03", "2024-02-03T00:00:00Z",
		"2024-02-03T02:00:00+02:00", "2024-02-03T00:00:00.5Z", "2024-02-03T00:00:60Z", "2024-02-30", "2024-2-3", "0000-01-01", "\u00a05",
		`["foo","5"]`, `["u1", null]`, `[5, 2.5, 1e3]`, `[5, null]`, `[]`, `null`, `[1`, `["1",2]`,
		`["a","b","c","d","e","f","g","h","foo","u1"]`,
	}
	operators = []string{
		"eq", "neq", "empty", "notempty", "prefix", "suffix", "isoneof", "isnotoneof", "contains", "notcontains", "lt", "lte", "gt", "gte",
		"present", "notpresent", "true", "false", "le", "matches",
	}
	attachments = []string{"", "42", `{"c":1}`, `{ "c": 1 }`, "[1,  2]", "null", `"x"`, "1e3", "1.0", `{"b":{"a":[null]},"a":"<é>"}`, "false"}
	percentages = []float32{0, 0.05, 0.1, 0.5, 1, 10, 12.5, 25, 29, 33.3, 33.33, 33.333332, 50, 66.7, 99.85, 99.9, 100}
)

// A source draws, and counts ids.
type source struct {
	*rapid.T
	ids int
}

func draw[T any](s *source, from ...T) T { return rapid.SampledFrom(from).Draw(s.T, "choice") }

func (s *source) id() string {
	s.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.ids)
}

func (s *source) time() string {
	return draw(s, "", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00.123456Z")
}
func (s *source) n(most int) int { return rapid.IntRange(0, most).Draw(s.T, "n") }
func (s *source) yes() bool      { return rapid.Bool().Draw(s.T, "yes") }

// some returns some of list, in an order of their own.
func some[T any](s *source, list []T) []T {
	return rapid.Permutation(list).Draw(s.T, "some")[:s.n(len(list))]
}

const testNamespace = "shop"

func (s *source) segments(keys []string) []segment {
	var out []segment
	for _, key := range keys {
		w := segment{
			Key: key, Name: draw(s, key, "A name"), Description: draw(s, "", "d"), CreatedAt: s.time(), UpdatedAt: s.time(),
			MatchType: draw(s, allMatch, anyMatch), NamespaceKey: testNamespace, Constraints: []constraint{},
		}
		for range s.n(3) {
			w.Constraints = append(w.Constraints, s.constraint(key))
		}
		out = append(out, w)
	}
	return out
}

// constraint returns a constraint as it is stored: without a value where there
// is nothing to compare with.
func (s *source) constraint(key string) constraint {
	t := constraintTypes[s.n(len(constraintTypes)-1)]
	w := constraint{
		ID: s.id(), SegmentKey: key, Type: t.name, Property: draw(s, propertyNames...), Operator: draw(s, operators...), Value: draw(s, values...),
		CreatedAt: s.time(), UpdatedAt: s.time(), NamespaceKey: testNamespace, Description: draw(s, "", "why"),
	}
	if s.n(5) > 0 {
		w.Operator = draw(s, t.operators...)
	}
	if slices.Contains(withoutValue, w.Operator) && slices.Contains(t.operators, w.Operator) {
		w.Value = ""
	}
	if t.word == "datetime" {
		w.Value = storedTime(w.Value)
	}
	return w
}

func (s *source) bundle(key string, segments []string) *bundle {
	b := &bundle{Flag: flag{
		Key: key, Name: draw(s, key, "A name"), Description: draw(s, "", "d"), Enabled: s.yes(), CreatedAt: s.time(), UpdatedAt: s.time(),
		Variants: []variant{}, NamespaceKey: testNamespace, Type: draw(s, variantFlag, booleanFlag),
	}}
	for _, name := range some(s, []string{"a", "b", "c d/é!", "true"}) {
		b.Flag.Variants = append(b.Flag.Variants, variant{
			ID: s.id(), FlagKey: key, Key: name, Name: draw(s, "", "A"), Description: draw(s, "", "d"), CreatedAt: s.time(), UpdatedAt: s.time(),
			Attachment: draw(s, attachments...), NamespaceKey: testNamespace,
		})
	}
	if len(b.Flag.Variants) > 0 && s.yes() {
		b.Flag.DefaultVariant = &b.Flag.Variants[s.n(len(b.Flag.Variants)-1)]
	}
	for _, name := range some(s, []string{"owner", "n"}) {
		if b.Flag.Metadata == nil {
			b.Flag.Metadata = map[string]hoist.Value{}
		}
		b.Flag.Metadata[name] = draw(s, hoist.StringValue("x"), hoist.FloatValue(1.5), hoist.BoolValue(true), hoist.Value{})
	}
	rank := int32(0)
	for range s.n(3) {
		rank += int32(draw(s, 1, 1, 1, 0, 3))
		b.Rules = append(b.Rules, s.rule(&b.Flag, max(1, rank), segments))
	}
	rank = int32(draw(s, 0, 0, -5))
	for range s.n(4) {
		rank += int32(draw(s, 1, 1, 1, 3))
		b.Rollouts = append(b.Rollouts, s.rollout(&b.Flag, rank, segments))
	}
	return b
}

// segmentsOf returns segments in the form that the server gives them.
func (s *source) segmentsOf(all []string) (key string, keys []string, operator string) {
	list := some(s, all)
	if len(list) < 2 {
		return all[0], []string{}, orSegments
	}
	return "", list, draw(s, orSegments, andSegments)
}

func (s *source) rule(f *flag, rank int32, segments []string) rule {
	w := rule{ID: s.id(), FlagKey: f.Key, Rank: rank, CreatedAt: s.time(), UpdatedAt: s.time(), NamespaceKey: testNamespace}
	w.SegmentKey, w.SegmentKeys, w.SegmentOperator = s.segmentsOf(segments)
	w.Distributions = []distribution{}
	for range s.n(3) {
		if len(f.Variants) > 0 {
			v := &f.Variants[s.n(len(f.Variants)-1)]
			w.Distributions = append(w.Distributions, distribution{
				ID: s.id(), RuleID: w.ID, VariantID: v.ID, Rollout: draw(s, percentages...), CreatedAt: s.time(), UpdatedAt: s.time(),
			})
		}
	}
	return w
}

func (s *source) rollout(f *flag, rank int32, segments []string) rollout {
	w := rollout{
		ID: s.id(), NamespaceKey: testNamespace, FlagKey: f.Key, Rank: rank, Description: draw(s, "", "d"), CreatedAt: s.time(), UpdatedAt: s.time(),
	}
	if s.yes() {
		w.Type, w.Threshold = thresholdRollout, &rolloutThreshold{Percentage: draw(s, percentages...), Value: s.yes()}
		return w
	}
	w.Type, w.Segment = segmentRollout, &rolloutSegment{Value: s.yes()}
	w.Segment.SegmentKey, w.Segment.SegmentKeys, w.Segment.SegmentOperator = s.segmentsOf(segments)
	return w
}
