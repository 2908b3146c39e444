package flipt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/hoistflags/hoist"
)

// Features files to bundles and back: the same facts under other names. Files
// have no ids and no times, and name variants by key.

// A minor is the version of a features file, as its second number: 1.minor.
type minor int

const newest minor = 4

func (v minor) String() string { return "1." + strconv.Itoa(int(v)) }

// parseVersion reads the version of a features file.
func parseVersion(s string) (minor, bool) {
	for v := range newest + 1 {
		if s == v.String() {
			return v, true
		}
	}
	return 0, false
}

// A bundler turns a flag of a file into a bundle.
type bundler struct {
	version  minor
	out      *bundle
	problems hoist.Errors
}

func (b *bundler) problem(path, format string, args ...any) {
	b.problems = append(b.problems, &hoist.FieldError{Path: path, Problem: fmt.Sprintf(format, args...)})
}

// needs notes a member that files of this version do not have.
func (b *bundler) needs(v minor, path string, used bool) {
	if used && b.version < v {
		b.problem(path, "needs version %s, the document has %s", v, b.version)
	}
}

// bundleOf returns a flag of a file as a bundle.
func bundleOf(f *featuresFlag, version minor) (*bundle, hoist.Errors) {
	b := &bundler{version: version, out: &bundle{Flag: flag{
		Key: f.Key, Name: f.Name, Description: f.Description, Enabled: f.Enabled, Type: f.Type,
	}}}
	b.needs(1, "/type", f.Type != "")
	b.needs(1, "/rollouts", len(f.Rollouts) > 0)
	b.needs(3, "/metadata", len(f.Metadata) > 0)
	b.metadata(f.Metadata)
	for i := range f.Variants {
		b.variant(&f.Variants[i], at("/variants", i))
	}
	for i := range f.Rules {
		b.rule(&f.Rules[i], i, at("/rules", i))
	}
	for i := range f.Rollouts {
		b.rollout(&f.Rollouts[i], i, at("/rollouts", i))
	}
	return b.out, b.problems
}

func (b *bundler) metadata(members map[string]any) {
	if len(members) == 0 {
		return
	}
	b.out.Flag.Metadata = map[string]hoist.Value{}
	for name, v := range members {
		text, err := jsonText(v)
		if err != nil {
			b.problem("/metadata/"+pointerStep(name), "%v", err)
			continue
		}
		value, err := hoist.JSONValue(text)
		if err != nil {
			b.problem("/metadata/"+pointerStep(name), "%v", err)
		}
		b.out.Flag.Metadata[name] = value
	}
}

func (b *bundler) variant(v *featuresVariant, path string) {
	b.needs(3, path+"/default", v.Default)
	out := variant{Key: v.Key, Name: v.Name, Description: v.Description}
	if v.Attachment != nil {
		text, err := jsonText(v.Attachment)
		if err != nil {
			b.problem(path+"/attachment", "%v", err)
		}
		out.Attachment = string(text)
	}
	b.out.Flag.Variants = append(b.out.Flag.Variants, out)
	if v.Default { // the last one counts
		b.out.Flag.DefaultVariant = &out
	}
}

func (b *bundler) rule(r *featuresRule, i int, path string) {
	b.needs(2, path+"/segment", r.Segment.Keys != nil)
	out := rule{
		SegmentKey: r.Segment.Key, SegmentKeys: r.Segment.Keys, SegmentOperator: r.Segment.Operator,
		Rank: int32(i + 1),
	}
	if r.Rank != nil {
		out.Rank = *r.Rank
	}
	if r.Rank == nil && b.version < 1 {
		b.problem(path, "want a rank, which version %s does not derive from the position", b.version)
	}
	for _, d := range r.Distributions {
		out.Distributions = append(out.Distributions, distribution{variant: d.Variant, Rollout: d.Rollout})
	}
	b.out.Rules = append(b.out.Rules, out)
}

func (b *bundler) rollout(r *featuresRollout, i int, path string) {
	out := rollout{Description: r.Description, Rank: int32(i + 1)}
	if r.Segment != nil && r.Threshold != nil {
		b.problem(path, "want a segment or a threshold, found both")
	}
	if s := r.Segment; s != nil {
		b.needs(2, path+"/segment/keys", s.Keys != nil || s.Operator != "")
		out.Type = segmentRollout
		out.Segment = &rolloutSegment{SegmentKey: s.Key, SegmentKeys: s.Keys, SegmentOperator: s.Operator, Value: s.Value}
	}
	if t := r.Threshold; t != nil {
		out.Type, out.Threshold = thresholdRollout, (*rolloutThreshold)(t)
	}
	b.out.Rollouts = append(b.out.Rollouts, out)
}

// segmentOf returns a segment of a file as a document of the API.
func segmentOf(s *featuresSegment) *segment {
	out := &segment{Key: s.Key, Name: s.Name, Description: s.Description, MatchType: s.MatchType}
	for _, c := range s.Constraints {
		out.Constraints = append(out.Constraints, constraint{
			Type: c.Type, Property: c.Property, Operator: c.Operator, Value: c.Value, Description: c.Description,
		})
	}
	return out
}

// fileFlag returns a bundle as a flag of a file.
func fileFlag(b *bundle) featuresFlag {
	f := &b.Flag
	out := featuresFlag{Key: f.Key, Name: f.Name, Type: f.Type, Description: f.Description, Enabled: f.Enabled}
	for name, v := range f.Metadata {
		if out.Metadata == nil {
			out.Metadata = map[string]any{}
		}
		out.Metadata[name] = v.Any()
	}
	for _, v := range f.Variants {
		payload, _ := payloadOf(v.Attachment)
		out.Variants = append(out.Variants, featuresVariant{
			Key: v.Key, Name: v.Name, Description: v.Description, Attachment: payload.Any(),
			Default: f.DefaultVariant != nil && f.DefaultVariant.Key == v.Key,
		})
	}
	for _, r := range b.Rules {
		out.Rules = append(out.Rules, fileRule(&r, f.Variants))
	}
	for _, r := range b.Rollouts {
		out.Rollouts = append(out.Rollouts, fileRollout(&r))
	}
	return out
}

func fileRule(r *rule, variants []variant) featuresRule {
	out := featuresRule{Segment: featuresSegments{Key: r.SegmentKey}}
	if r.SegmentKey == "" {
		out.Segment = featuresSegments{Keys: r.SegmentKeys, Operator: r.SegmentOperator}
	}
	for _, d := range r.Distributions {
		name := d.variant
		for _, v := range variants {
			if name == "" && v.ID == d.VariantID {
				name = v.Key
			}
		}
		out.Distributions = append(out.Distributions, featuresDistribution{Variant: name, Rollout: d.Rollout})
	}
	return out
}

func fileRollout(r *rollout) featuresRollout {
	out := featuresRollout{Description: r.Description, Threshold: (*featuresThreshold)(r.Threshold)}
	if s := r.Segment; s != nil {
		out.Segment = &featuresSegmentRollout{Key: s.SegmentKey, Value: s.Value}
		if s.SegmentKey == "" {
			out.Segment.Keys, out.Segment.Operator = s.SegmentKeys, s.SegmentOperator
		}
	}
	return out
}

// fileSegment returns a document of the API as a segment of a file.
func fileSegment(s *segment) featuresSegment {
	out := featuresSegment{Key: s.Key, Name: s.Name, Description: s.Description, MatchType: s.MatchType}
	for _, c := range s.Constraints {
		out.Constraints = append(out.Constraints, featuresConstraint{
			Type: c.Type, Property: c.Property, Operator: c.Operator, Value: c.Value, Description: c.Description,
		})
	}
	return out
}

// jsonText returns what was read from YAML as JSON, the members of objects in
// the order of their names.
func jsonText(v any) ([]byte, error) {
	plain, err := jsonForm(v)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(plain); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// jsonForm returns v with texts for names, and refuses what JSON does not have.
func jsonForm(v any) (any, error) {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("JSON has no number %v", v)
		}
	case time.Time:
		return v.Format(time.RFC3339Nano), nil
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = jsonForm(v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			var err error
			if out[name], err = jsonForm(member); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[any]any:
		return jsonObject(v)
	}
	return v, nil
}

// jsonObject is jsonForm for an object with names that are not all texts.
func jsonObject(members map[any]any) (any, error) {
	out := make(map[string]any, len(members))
	for key, member := range members {
		var name string
		switch key := key.(type) {
		case string, bool, int, int64, uint64, float64:
			name = fmt.Sprint(key)
		case nil:
			name = "null"
		default:
			return nil, fmt.Errorf("the name of a member is %v, want a text", key)
		}
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("member %q is there twice", name)
		}
		var err error
		if out[name], err = jsonForm(member); err != nil {
			return nil, err
		}
	}
	return out, nil
}
