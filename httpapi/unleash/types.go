package unleash

import "encoding/json"

// The documents in Unleash's own words: what they mean, in the form in which the
// server writes them. How a document differs from that form is its [spelling].

// A feature is a flag in one environment, as SDKs get it.
type feature struct {
	Name           string            `json:"name"`
	Type           string            `json:"type"`
	Enabled        bool              `json:"enabled"`
	Project        string            `json:"project"`
	Stale          bool              `json:"stale"`
	Strategies     []json.RawMessage `json:"strategies"`
	Variants       []json.RawMessage `json:"variants"`
	Description    *string           `json:"description"`
	ImpressionData bool              `json:"impressionData"`
	Dependencies   []dependency      `json:"dependencies,omitempty"`
}

// A dependency holds if its feature is on, with one of the variants if there
// are any; or, if Enabled is false, if it is off.
type dependency struct {
	Feature  string   `json:"feature"`
	Enabled  bool     `json:"enabled"`
	Variants []string `json:"variants,omitempty"`
}

// A strategy decides who a feature is on for. SDKs see less of it than admins.
type strategy struct {
	ID          string            `json:"-"`
	Name        string            `json:"name"`
	Title       *string           `json:"-"`
	Disabled    bool              `json:"-"`
	SortOrder   float64           `json:"-"`
	Constraints []json.RawMessage `json:"constraints"`
	Parameters  object            `json:"parameters"`
	Variants    []json.RawMessage `json:"variants"`
	Segments    []json.RawMessage `json:"segments,omitempty"`
}

// An adminStrategy is a strategy with what only admins see.
type adminStrategy struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Title       *string           `json:"title"`
	Disabled    bool              `json:"disabled"`
	SortOrder   float64           `json:"sortOrder"`
	Constraints []json.RawMessage `json:"constraints"`
	Parameters  object            `json:"parameters"`
	Variants    []json.RawMessage `json:"variants"`
	Segments    []json.RawMessage `json:"segments"`
}

// A form is which of two documents a strategy or segment is in: that of SDKs,
// or that of admins.
type form bool

const (
	clientForm form = false
	adminForm  form = true
)

// in returns the strategy in a form.
func (s strategy) in(form form) any {
	if form == adminForm {
		return adminStrategy(s)
	}
	return s
}

// A constraint has values or a value, depending on the operator.
type constraint struct {
	ContextName     string   `json:"contextName"`
	Operator        string   `json:"operator"`
	Values          []string `json:"values"`
	Value           *string  `json:"value,omitempty"`
	Inverted        bool     `json:"inverted,omitempty"`
	CaseInsensitive bool     `json:"caseInsensitive,omitempty"`
}

// A variant of a feature or of a strategy. The stickiness of the first of
// several counts for all.
type variant struct {
	Name       string          `json:"name"`
	Weight     float64         `json:"weight"`
	WeightType string          `json:"weightType"`
	Stickiness string          `json:"stickiness"`
	Payload    json.RawMessage `json:"payload,omitempty"`
	Overrides  []override      `json:"overrides,omitempty"`
}

// An override gives those whose context field has one of the values the
// variant it belongs to.
type override struct {
	ContextName string   `json:"contextName"`
	Values      []string `json:"values"`
}

// A Payload is what goes with a variant.
type Payload struct {
	Type  string `json:"type"` // string, json, csv or number
	Value string `json:"value"`
}

// A segment is a list of constraints that strategies share. SDKs do not see its
// description.
type segment struct {
	ID          json.RawMessage   `json:"id"`
	Name        string            `json:"name"`
	Description *string           `json:"-"`
	Constraints []json.RawMessage `json:"constraints"`
}

// An adminSegment is a segment with what only admins see.
type adminSegment struct {
	ID          json.RawMessage   `json:"id"`
	Name        string            `json:"name"`
	Description *string           `json:"description"`
	Constraints []json.RawMessage `json:"constraints"`
}

// in returns the segment in a form.
func (s segment) in(form form) any {
	if form == adminForm {
		return adminSegment(s)
	}
	return s
}

// textOrNull returns a text that is null on the wire if it is empty.
func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
