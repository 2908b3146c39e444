package cloudbees

import "encoding/json"

// A flag is a flag as the API prints it, with the configuration of one
// environment.
type flag struct {
	Type               string            `json:"type"` // "flag"
	Name               string            `json:"name"`
	AvailableValues    []json.RawMessage `json:"availableValues"` // scalars of one kind
	Description        string            `json:"description"`
	Created            string            `json:"created"`
	Updated            string            `json:"updated"` // "" until the first change
	Enabled            bool              `json:"enabled"`
	IsPermanent        bool              `json:"isPermanent"`
	Labels             []string          `json:"labels"`
	StickinessProperty string            `json:"stickinessProperty"`
	Seed               string            `json:"seed,omitempty"` // this project's: of the hash, "" means the name
	Platforms          []platform        `json:"platforms"`
	Conditions         []condition       `json:"conditions"` // of the default platform
	Value              json.RawMessage   `json:"value"`      // a scalar, a split, a schedule, or null

	// Status is worked out when a flag is printed, and not part of it.
	Status string `json:"status,omitempty"`
}

// A platform is the configuration for one platform.
type platform struct {
	Name       string          `json:"name"`
	Flag       string          `json:"flag,omitempty"` // what the flag is called there
	Conditions []condition     `json:"conditions"`
	Value      json.RawMessage `json:"value"`
}

// A condition gives its value where all its parts hold.
type condition struct {
	Dependency *dependency     `json:"dependency,omitempty"`
	Group      *group          `json:"group,omitempty"`
	Version    *version        `json:"version,omitempty"`
	Property   *property       `json:"property,omitempty"`
	Value      json.RawMessage `json:"value"`
}

// A dependency holds if the value of another flag has the text of Value.
type dependency struct {
	Flag  string          `json:"flag"`
	Value json.RawMessage `json:"value"` // a scalar
}

// A group asks for membership in target groups.
type group struct {
	Operator string          `json:"operator,omitempty"` // or, and, not, nor; "" means or
	Name     json.RawMessage `json:"name"`               // a text, or a list of texts
}

// A version compares the release of the application.
type version struct {
	Operator string `json:"operator"`
	Semver   string `json:"semver"`
}

// A property tests a custom property.
type property struct {
	Name     string          `json:"name"`
	Operator string          `json:"operator"`
	Operand  json.RawMessage `json:"operand,omitempty"` // a scalar, or a list of them
}

// An option is one choice of a split.
type option struct {
	Option     json.RawMessage `json:"option"`
	Percentage float64         `json:"percentage"`
}

// A step is one entry of a schedule: the percentage that gets true from an
// instant on.
type step struct {
	From       string  `json:"from"`
	Percentage float64 `json:"percentage"`
}

// A targetGroup is a named group that conditions refer to.
type targetGroup struct {
	Type        string           `json:"type"` // "target-group"
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Operator    string           `json:"operator"` // and, or
	Conditions  []groupCondition `json:"conditions"`
}

// A groupCondition is a property as target groups have it.
type groupCondition struct {
	Property string          `json:"property"`
	Operator string          `json:"operator"`
	Operand  json.RawMessage `json:"operand,omitempty"`
}
