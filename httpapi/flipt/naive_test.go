package flipt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hoistflags/hoist"
	"pgregory.net/rapid"
)

// The obvious evaluation of Flipt's documents, step by step as its server does
// it: what the engine is compared with on random documents.

type naive struct{ segments []segment }

func (n *naive) evaluate(b *bundle, entity string, context map[string]string) outcome {
	if b.Flag.Type == booleanFlag {
		return n.boolean(b, entity, context)
	}
	return n.variant(b, entity, context)
}

func (n *naive) boolean(b *bundle, entity string, context map[string]string) outcome {
	match := outcome{Reason: reasonMatch}
	for _, r := range b.Rollouts {
		if r.Threshold != nil {
			if float32(crc32.ChecksumIEEE([]byte(entity+b.Flag.Key))%100) < r.Threshold.Percentage {
				match.Enabled = r.Threshold.Value
				return match
			}
			continue
		}
		if keys, ok := n.matching(r.Segment.SegmentKey, r.Segment.SegmentKeys, r.Segment.SegmentOperator, entity, context); ok {
			match.Enabled, match.SegmentKeys = r.Segment.Value, keys
			return match
		}
	}
	return outcome{Reason: reasonDefault, Enabled: b.Flag.Enabled}
}

func (n *naive) variant(b *bundle, entity string, context map[string]string) outcome {
	out := outcome{Reason: reasonUnknown}
	give := func(v *variant) {
		var compact bytes.Buffer
		if v.Attachment != "" && json.Compact(&compact, []byte(v.Attachment)) != nil {
			panic(v.Attachment)
		}
		out.VariantKey, out.VariantAttachment = v.Key, compact.String()
	}
	if v := b.Flag.DefaultVariant; v != nil {
		out.Reason = reasonDefault
		give(v)
	}
	if !b.Flag.Enabled {
		out.Reason = reasonDisabled
		return out
	}
	for _, r := range b.Rules {
		keys, ok := n.matching(r.SegmentKey, r.SegmentKeys, r.SegmentOperator, entity, context)
		if !ok {
			continue
		}
		out.SegmentKeys = keys
		positive := slices.DeleteFunc(slices.Clone(r.Distributions), func(d distribution) bool { return d.Rollout <= 0 })
		if len(positive) == 0 {
			out.Match, out.Reason = true, reasonMatch
			return out
		}
		bucket, bound := int(crc32.ChecksumIEEE([]byte(b.Flag.Key+entity))%1000), 0
		for _, d := range positive {
			bound += int(d.Rollout * float32(10))
			if bucket < bound {
				out.Match, out.Reason = true, reasonMatch
				i := slices.IndexFunc(b.Flag.Variants, func(v variant) bool { return v.ID == d.VariantID })
				give(&b.Flag.Variants[i])
				return out
			}
		}
		return out
	}
	return out
}

func (n *naive) matching(key string, keys []string, operator, entity string, context map[string]string) (matching []string, ok bool) {
	if key != "" {
		keys = []string{key}
	}
	for _, key := range keys {
		i := slices.IndexFunc(n.segments, func(s segment) bool { return s.Key == key })
		if i >= 0 && n.segments[i].matches(entity, context) {
			matching = append(matching, key)
		}
	}
	slices.Sort(matching)
	if operator == andSegments && len(matching) < len(keys) || len(matching) == 0 {
		return nil, false
	}
	return matching, true
}

func (s *segment) matches(entity string, context map[string]string) bool {
	count := 0
	for _, c := range s.Constraints {
		if c.matches(entity, context) {
			count++
		}
	}
	if s.MatchType == anyMatch {
		return count > 0 || len(s.Constraints) == 0
	}
	return count == len(s.Constraints)
}

func (c *constraint) matches(entity string, context map[string]string) bool {
	v := context[c.Property]
	switch c.Type {
	case "STRING_COMPARISON_TYPE":
		return c.matchesText(v)
	case "ENTITY_ID_COMPARISON_TYPE":
		return c.matchesText(entity)
	}
	switch c.Operator {
	case "present":
		return strings.TrimSpace(v) != ""
	case "notpresent":
		return strings.TrimSpace(v) == ""
	}
	switch c.Type {
	case "NUMBER_COMPARISON_TYPE":
		return c.matchesNumber(v)
	case "BOOLEAN_COMPARISON_TYPE":
		b, err := strconv.ParseBool(v)
		return err == nil && (c.Operator == "true" && b || c.Operator == "false" && !b)
	}
	return c.matchesTime(v)
}

func (c *constraint) matchesText(v string) bool {
	switch {
	case c.Operator == "empty":
		return strings.TrimSpace(v) == ""
	case c.Operator == "notempty":
		return strings.TrimSpace(v) != ""
	case v == "":
		return false
	}
	var list []string
	isList := json.Unmarshal([]byte(c.Value), &list) == nil
	switch c.Operator {
	case "eq":
		return v == c.Value
	case "neq":
		return v != c.Value
	case "prefix":
		return strings.HasPrefix(strings.TrimSpace(v), c.Value)
	case "suffix":
		return strings.HasSuffix(strings.TrimSpace(v), c.Value)
	case "contains":
		return strings.Contains(v, c.Value)
	case "notcontains":
		return !strings.Contains(v, c.Value)
	case "isoneof":
		return isList && slices.Contains(list, v)
	case "isnotoneof":
		return isList && !slices.Contains(list, v)
	}
	return false
}

func (c *constraint) matchesNumber(v string) bool {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return false
	}
	var list []float64
	isList := json.Unmarshal([]byte(c.Value), &list) == nil
	switch c.Operator {
	case "isoneof":
		return isList && slices.Contains(list, f)
	case "isnotoneof":
		return isList && !slices.Contains(list, f)
	}
	g, err := strconv.ParseFloat(c.Value, 64)
	return err == nil && (c.Operator == "eq" && f == g || c.Operator == "neq" && f != g || c.Operator == "lt" && f < g ||
		c.Operator == "lte" && f <= g || c.Operator == "gt" && f > g || c.Operator == "gte" && f >= g)
}

func (c *constraint) matchesTime(v string) bool {
	read := func(s string) (time.Time, error) {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return t, nil
		}
		return time.Parse(time.DateOnly, s)
	}
	t, err1 := read(v)
	u, err2 := read(c.Value)
	if err1 != nil || err2 != nil {
		return false
	}
	switch c.Operator {
	case "eq":
		return t.Equal(u)
	case "neq":
		return !t.Equal(u)
	case "lt":
		return t.Before(u)
	case "lte":
		return !t.After(u)
	case "gt":
		return t.After(u)
	case "gte":
		return !t.Before(u)
	}
	return false
}

// The engine answers random documents as the obvious evaluation does.
func TestEvaluationAgrees(t *testing.T) {
	compared := 0
	rapid.Check(t, func(rt *rapid.T) {
		s := &source{T: rt}
		keys := []string{"one", "two", "three"}
		n := &naive{segments: s.segments(keys)}
		set := &hoist.Set{Project: testNamespace}
		for i := range n.segments {
			model, problems := segmentFromWire(&n.segments[i])
			if problems != nil {
				rt.Fatal(problems)
			}
			set.Segments = append(set.Segments, model)
		}
		bundles := []*bundle{s.bundle("f", keys), s.bundle("g", keys)}
		for _, b := range bundles {
			model, problems := flagFromWire(b, "")
			if problems != nil {
				rt.Fatal(problems)
			}
			set.Flags = append(set.Flags, model)
		}
		flags, err := hoist.Open(t.Context(), hoist.Static(*set), &hoist.Options{Project: testNamespace})
		if err != nil {
			rt.Fatal(err)
		}
		defer flags.Close()
		for range 20 {
			entity, context := draw(s, append(values, "u1", "u2", "u3", "ключ")...), s.context()
			for _, b := range bundles {
				got := outcomeOf(flags.For(Subject(entity, context)).Evaluate(b.Flag.Key))
				if diff := cmp.Diff(n.evaluate(b, entity, context), got); diff != "" {
					rt.Fatalf("flag %q, entity %q, context %v (-want +got):\n%s", b.Flag.Key, entity, context, diff)
				}
				compared++
			}
		}
	})
	t.Logf("compared %d evaluations", compared)
}

// The obvious evaluation is itself right about the recorded answers, and the
// engine agrees with it about the flags of the recordings that have none here.
func TestNaiveAgrees(t *testing.T) {
	v := readVectors(t)
	set := importFile(t, string(v.State), nil)
	n, bundles := &naive{}, map[string]*bundle{}
	for _, s := range set.Segments {
		w, problems := segmentToWire(s, defaultNamespace)
		if problems != nil {
			t.Fatal(problems)
		}
		n.segments = append(n.segments, *w)
	}
	for _, f := range set.Flags {
		b, problems := flagToWire(f, defaultNamespace, "")
		if problems != nil {
			t.Fatal(problems)
		}
		bundles[f.Key] = b
	}
	c := &comparison{t: t}
	for _, table := range v.Tables {
		for i, result := range table.Results {
			got := n.evaluate(bundles[table.FlagKey], v.Entities[i], v.Contexts[table.Context])
			c.check(fmt.Sprintf("naive/%s/%s/%q", table.FlagKey, table.Context, v.Entities[i]), got, table.Outcomes[result])
		}
	}
	flags := open(t, set)
	for name, context := range v.Contexts {
		for i, entity := range v.Entities {
			if i%4 == 0 { // enough, since all are compared above
				for key, b := range bundles {
					got := outcomeOf(flags.For(Subject(entity, context)).Evaluate(key))
					c.check(fmt.Sprintf("%s/%s/%q", key, name, entity), got, n.evaluate(b, entity, context))
				}
			}
		}
	}
	t.Logf("compared %d evaluations", c.count)
}

func (s *source) context() map[string]string {
	out := map[string]string{}
	for _, name := range some(s, propertyNames) {
		out[name] = draw(s, values...)
	}
	return out
}
