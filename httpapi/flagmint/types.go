package flagmint

import "encoding/json"

// A document is what [Import] reads: flags as the SDK configuration has them,
// and the segments their rules refer to, by id or in lists.
type document struct {
	Flags    list[config]  `json:"flags"`
	Segments list[segment] `json:"segments"`
}

// A list is written as an array, or as an object by key or id.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, (*[]T)(l)); err == nil {
		return nil
	}
	var members map[string]T
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	for _, name := range sortedKeys(members) {
		*l = append(*l, members[name])
	}
	return nil
}

// A config is a flag in one environment.
type config struct {
	ID               string             `json:"id,omitempty"`
	Key              string             `json:"key"`
	Name             string             `json:"name,omitempty"`
	Description      string             `json:"description,omitempty"`
	Type             string             `json:"type"`
	IsActive         bool               `json:"is_active"`
	ClientSide       bool               `json:"client_side_enabled"`
	AnalyticsEnabled bool               `json:"analytics_enabled"`
	Metadata         json.RawMessage    `json:"metadata,omitempty"`
	DefaultValue     json.RawMessage    `json:"default_value"`
	OffVariationID   string             `json:"off_variation_id,omitempty"`
	TargetingRules   []targetingRule    `json:"targeting_rules"`
	Variations       []variation        `json:"variations"`
	Rollouts         map[string]rollout `json:"rollouts"`
}

type variation struct {
	ID          string          `json:"id"`
	Key         string          `json:"key,omitempty"`
	Name        string          `json:"name,omitempty"`
	Description string          `json:"description,omitempty"`
	Type        string          `json:"type,omitempty"`
	Value       json.RawMessage `json:"value"`
	IsDefault   bool            `json:"is_default,omitempty"`
	OrderIndex  int             `json:"order_index,omitempty"`
}

type targetingRule struct {
	ID          string      `json:"id,omitempty"`
	Kind        string      `json:"kind"` // custom or segment
	Name        string      `json:"name,omitempty"`
	Conditions  []condition `json:"conditions,omitempty"`
	SegmentID   string      `json:"segment_id,omitempty"`
	VariationID string      `json:"variation_id,omitempty"`
	RolloutID   string      `json:"rollout_id,omitempty"`
	OrderIndex  int         `json:"order_index"`
}

type condition struct {
	Type      string          `json:"type,omitempty"` // "rule" in segments
	Attribute string          `json:"attribute"`
	Operator  string          `json:"operator"`
	Value     json.RawMessage `json:"value,omitempty"`
	LogicalOp string          `json:"logical_op,omitempty"`
}

type segment struct {
	ID          string      `json:"id"`
	Key         string      `json:"key,omitempty"`
	Name        string      `json:"name,omitempty"`
	Description string      `json:"description,omitempty"`
	Rules       []condition `json:"rules"`
	LogicalOp   string      `json:"logical_op,omitempty"` // AND, OR, NOT
	Force       bool        `json:"force,omitempty"`
}

// A rollout is one of four strategies: off, percentage, variant, gradual.
type rollout struct {
	Strategy string `json:"strategy"`
	Salt     string `json:"salt,omitempty"`

	Percentage float64   `json:"percentage,omitempty"` // percentage
	Variants   []weights `json:"variants,omitempty"`   // variant

	TargetPercentage float64 `json:"target_percentage,omitempty"` // gradual, and the following
	Increment        float64 `json:"increment,omitempty"`
	IntervalHours    float64 `json:"interval_hours,omitempty"`
	StartAt          *string `json:"start_at,omitempty"`
}

type weights struct {
	VariationID string  `json:"variation_id"`
	Weight      float64 `json:"weight"`
}
