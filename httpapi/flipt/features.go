package flipt

import (
	"encoding/json"

	"go.yaml.in/yaml/v3"
)

// What a features file says, in its own words, which are not always those of
// the API. The struct tags are for writing; reading JSON goes by the names for
// YAML, too.

// A featuresFile is one document of a features file, for writing.
type featuresFile struct {
	Version   string            `yaml:"version,omitempty" json:"version,omitempty"`
	Namespace featuresNamespace `yaml:"namespace" json:"namespace"`
	Flags     []featuresFlag    `yaml:"flags,omitempty" json:"flags,omitempty"`
	Segments  []featuresSegment `yaml:"segments,omitempty" json:"segments,omitempty"`
}

// A featuresDocument is the same for reading: flags and segments are read one
// by one, so that a broken one affects only itself.
type featuresDocument struct {
	Version   string            `yaml:"version"`
	Namespace featuresNamespace `yaml:"namespace"`
	Flags     []yaml.Node       `yaml:"flags"`
	Segments  []yaml.Node       `yaml:"segments"`
}

// A featuresNamespace is written as an object; it may be read from a text, too.
type featuresNamespace struct {
	Key         string `yaml:"key" json:"key"`
	Name        string `yaml:"name,omitempty" json:"name,omitempty"`
	Description string `yaml:"description,omitempty" json:"description,omitempty"`
}

func (n *featuresNamespace) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&n.Key)
	}
	type plain featuresNamespace
	return node.Decode((*plain)(n))
}

type featuresFlag struct {
	Key         string            `yaml:"key" json:"key"`
	Name        string            `yaml:"name" json:"name"`
	Type        string            `yaml:"type,omitempty" json:"type,omitempty"`
	Description string            `yaml:"description,omitempty" json:"description,omitempty"`
	Enabled     bool              `yaml:"enabled" json:"enabled"`
	Metadata    map[string]any    `yaml:"metadata,omitempty" json:"metadata,omitempty"`
	Variants    []featuresVariant `yaml:"variants,omitempty" json:"variants,omitempty"`
	Rules       []featuresRule    `yaml:"rules,omitempty" json:"rules,omitempty"`
	Rollouts    []featuresRollout `yaml:"rollouts,omitempty" json:"rollouts,omitempty"`
}

type featuresVariant struct {
	Key         string `yaml:"key" json:"key"`
	Name        string `yaml:"name,omitempty" json:"name,omitempty"`
	Description string `yaml:"description,omitempty" json:"description,omitempty"`
	Default     bool   `yaml:"default,omitempty" json:"default,omitempty"`
	Attachment  any    `yaml:"attachment,omitempty" json:"attachment,omitempty"`
}

type featuresRule struct {
	Segment       featuresSegments       `yaml:"segment" json:"segment"`
	Rank          *int32                 `yaml:"rank,omitempty" json:"rank,omitempty"`
	Distributions []featuresDistribution `yaml:"distributions,omitempty" json:"distributions,omitempty"`
}

// featuresSegments are the segments of a rule: a text is one, an object
// several.
type featuresSegments struct {
	Key      string   `yaml:"-" json:"-"`
	Keys     []string `yaml:"keys" json:"keys"`
	Operator string   `yaml:"operator,omitempty" json:"operator,omitempty"`
}

type plainSegments featuresSegments

func (s *featuresSegments) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&s.Key)
	}
	return node.Decode((*plainSegments)(s))
}

// MarshalYAML writes one segment as a text.
func (s featuresSegments) MarshalYAML() (any, error) { return s.form(), nil }

// MarshalJSON does the same.
func (s featuresSegments) MarshalJSON() ([]byte, error) { return json.Marshal(s.form()) }

func (s featuresSegments) form() any {
	if s.Keys == nil {
		return s.Key
	}
	return plainSegments(s)
}

type featuresDistribution struct {
	Variant string  `yaml:"variant" json:"variant"`
	Rollout float32 `yaml:"rollout" json:"rollout"`
}

type featuresRollout struct {
	Description string                  `yaml:"description,omitempty" json:"description,omitempty"`
	Segment     *featuresSegmentRollout `yaml:"segment,omitempty" json:"segment,omitempty"`
	Threshold   *featuresThreshold      `yaml:"threshold,omitempty" json:"threshold,omitempty"`
}

type featuresSegmentRollout struct {
	Key      string   `yaml:"key,omitempty" json:"key,omitempty"`
	Keys     []string `yaml:"keys,omitempty" json:"keys,omitempty"`
	Operator string   `yaml:"operator,omitempty" json:"operator,omitempty"`
	Value    bool     `yaml:"value" json:"value"`
}

type featuresThreshold struct {
	Percentage float32 `yaml:"percentage" json:"percentage"`
	Value      bool    `yaml:"value" json:"value"`
}

type featuresSegment struct {
	Key         string               `yaml:"key" json:"key"`
	Name        string               `yaml:"name" json:"name"`
	Description string               `yaml:"description,omitempty" json:"description,omitempty"`
	MatchType   string               `yaml:"match_type,omitempty" json:"match_type,omitempty"`
	Constraints []featuresConstraint `yaml:"constraints,omitempty" json:"constraints,omitempty"`
}

type featuresConstraint struct {
	Type        string `yaml:"type" json:"type"`
	Property    string `yaml:"property" json:"property"`
	Operator    string `yaml:"operator" json:"operator"`
	Value       string `yaml:"value,omitempty" json:"value,omitempty"`
	Description string `yaml:"description,omitempty" json:"description,omitempty"`
}
