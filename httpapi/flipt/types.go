package flipt

import "github.com/hoistflags/hoist"

// The documents of the management API, in Flipt's own words. Members that are
// empty are written; sub-messages and times that are not set are left out.

// Names that documents use.
const (
	variantFlag = "VARIANT_FLAG_TYPE"
	booleanFlag = "BOOLEAN_FLAG_TYPE"

	thresholdRollout = "THRESHOLD_ROLLOUT_TYPE"
	segmentRollout   = "SEGMENT_ROLLOUT_TYPE"

	orSegments  = "OR_SEGMENT_OPERATOR"
	andSegments = "AND_SEGMENT_OPERATOR"

	allMatch = "ALL_MATCH_TYPE"
	anyMatch = "ANY_MATCH_TYPE"

	defaultNamespace = "default"
)

// A flag without what decides who gets what: see rule and rollout.
type flag struct {
	Key            string                 `json:"key"`
	Name           string                 `json:"name"`
	Description    string                 `json:"description"`
	Enabled        bool                   `json:"enabled"`
	CreatedAt      string                 `json:"createdAt,omitempty"`
	UpdatedAt      string                 `json:"updatedAt,omitempty"`
	Variants       []variant              `json:"variants"`
	NamespaceKey   string                 `json:"namespaceKey"`
	Type           string                 `json:"type"`
	DefaultVariant *variant               `json:"defaultVariant,omitempty"`
	Metadata       map[string]hoist.Value `json:"metadata,omitempty"`
}

type variant struct {
	ID           string `json:"id"`
	FlagKey      string `json:"flagKey"`
	Key          string `json:"key"`
	Name         string `json:"name"`
	Description  string `json:"description"`
	CreatedAt    string `json:"createdAt,omitempty"`
	UpdatedAt    string `json:"updatedAt,omitempty"`
	Attachment   string `json:"attachment"` // JSON text, or ""
	NamespaceKey string `json:"namespaceKey"`
}

// A rule of a variant flag. Of one segment, the key is in SegmentKey; of
// several, they are in SegmentKeys.
type rule struct {
	ID              string         `json:"id"`
	FlagKey         string         `json:"flagKey"`
	SegmentKey      string         `json:"segmentKey"`
	Distributions   []distribution `json:"distributions"`
	Rank            int32          `json:"rank"`
	CreatedAt       string         `json:"createdAt,omitempty"`
	UpdatedAt       string         `json:"updatedAt,omitempty"`
	NamespaceKey    string         `json:"namespaceKey"`
	SegmentKeys     []string       `json:"segmentKeys"`
	SegmentOperator string         `json:"segmentOperator"`
}

type distribution struct {
	ID        string  `json:"id"`
	RuleID    string  `json:"ruleId"`
	VariantID string  `json:"variantId"`
	Rollout   float32 `json:"rollout"`
	CreatedAt string  `json:"createdAt,omitempty"`
	UpdatedAt string  `json:"updatedAt,omitempty"`

	// variant is the key of the variant, which is what files have.
	variant string
}

// A rollout of a boolean flag: a threshold or a segment.
type rollout struct {
	ID           string            `json:"id"`
	NamespaceKey string            `json:"namespaceKey"`
	FlagKey      string            `json:"flagKey"`
	Type         string            `json:"type"`
	Rank         int32             `json:"rank"`
	Description  string            `json:"description"`
	CreatedAt    string            `json:"createdAt,omitempty"`
	UpdatedAt    string            `json:"updatedAt,omitempty"`
	Segment      *rolloutSegment   `json:"segment,omitempty"`
	Threshold    *rolloutThreshold `json:"threshold,omitempty"`
}

type rolloutSegment struct {
	SegmentKey      string   `json:"segmentKey"`
	Value           bool     `json:"value"`
	SegmentKeys     []string `json:"segmentKeys"`
	SegmentOperator string   `json:"segmentOperator"`
}

type rolloutThreshold struct {
	Percentage float32 `json:"percentage"`
	Value      bool    `json:"value"`
}

// A bundle is everything that Flipt has about one flag.
type bundle struct {
	Flag     flag
	Rules    []rule
	Rollouts []rollout
}

type segment struct {
	Key          string       `json:"key"`
	Name         string       `json:"name"`
	Description  string       `json:"description"`
	CreatedAt    string       `json:"createdAt,omitempty"`
	UpdatedAt    string       `json:"updatedAt,omitempty"`
	Constraints  []constraint `json:"constraints"`
	MatchType    string       `json:"matchType"`
	NamespaceKey string       `json:"namespaceKey"`
}

type constraint struct {
	ID           string `json:"id"`
	SegmentKey   string `json:"segmentKey"`
	Type         string `json:"type"`
	Property     string `json:"property"`
	Operator     string `json:"operator"`
	Value        string `json:"value"`
	CreatedAt    string `json:"createdAt,omitempty"`
	UpdatedAt    string `json:"updatedAt,omitempty"`
	NamespaceKey string `json:"namespaceKey"`
	Description  string `json:"description"`
}
