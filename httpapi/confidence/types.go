package confidence

import (
	"encoding/json"
	"strconv"
	"strings"
)

// The documents of the product, in its own words. A message is decoded level by
// level, so that what is wrong has its place, and members that nothing here
// looks at are kept as they are, see [reader.message].

type flag struct {
	Name        string            `json:"name,omitempty"`
	DisplayName string            `json:"displayName,omitempty"`
	Description string            `json:"description,omitempty"`
	Schema      json.RawMessage   `json:"schema,omitempty"`
	Variants    []json.RawMessage `json:"variants,omitempty"`
	State       json.RawMessage   `json:"state,omitempty"`
	Rules       []json.RawMessage `json:"rules,omitempty"`
	Clients     []string          `json:"clients,omitempty"`
	Owner       string            `json:"owner,omitempty"`
}

type variant struct {
	Name        string          `json:"name,omitempty"`
	Value       json.RawMessage `json:"value,omitempty"`
	Description string          `json:"description,omitempty"`
}

type rule struct {
	Name                 string          `json:"name,omitempty"`
	Description          string          `json:"description,omitempty"`
	Segment              string          `json:"segment,omitempty"`
	AssignmentSpec       json.RawMessage `json:"assignmentSpec,omitempty"`
	Enabled              bool            `json:"enabled,omitempty"`
	TargetingKeySelector string          `json:"targetingKeySelector,omitempty"`
	Environments         []string        `json:"environments,omitempty"`
	MaterializationSpec  json.RawMessage `json:"materializationSpec,omitempty"`
}

type assignmentSpec struct {
	BucketCount int32Number       `json:"bucketCount,omitempty"`
	Assignments []json.RawMessage `json:"assignments,omitempty"`
}

type assignment struct {
	AssignmentID  string          `json:"assignmentId,omitempty"`
	Variant       json.RawMessage `json:"variant,omitempty"`
	Fallthrough   json.RawMessage `json:"fallthrough,omitempty"`
	ClientDefault json.RawMessage `json:"clientDefault,omitempty"`
	BucketRanges  []bucketRange   `json:"bucketRanges,omitempty"`
}

type variantAssignment struct {
	Variant string `json:"variant,omitempty"`
}

type bucketRange struct {
	Lower int32Number `json:"lower,omitempty"`
	Upper int32Number `json:"upper,omitempty"`
}

type materializationSpec struct {
	WriteMaterialization string          `json:"writeMaterialization,omitempty"`
	ReadMaterialization  string          `json:"readMaterialization,omitempty"`
	Mode                 json.RawMessage `json:"mode,omitempty"`
}

type materializationMode struct {
	MaterializationMustMatch     bool `json:"materializationMustMatch,omitempty"`
	SegmentTargetingCanBeIgnored bool `json:"segmentTargetingCanBeIgnored,omitempty"`
}

type segment struct {
	Name             string          `json:"name,omitempty"`
	DisplayName      string          `json:"displayName,omitempty"`
	Description      string          `json:"description,omitempty"`
	Targeting        json.RawMessage `json:"targeting,omitempty"`
	Allocation       json.RawMessage `json:"allocation,omitempty"`
	State            json.RawMessage `json:"state,omitempty"`
	BitsetAllocation json.RawMessage `json:"bitsetAllocation,omitempty"`
}

type targeting struct {
	Criteria   map[string]json.RawMessage `json:"criteria,omitempty"`
	Expression json.RawMessage            `json:"expression,omitempty"`
}

type allocation struct {
	Proportion json.RawMessage `json:"proportion,omitempty"`
}

type decimal struct {
	Value string `json:"value,omitempty"`
}

type bitsetAllocation struct {
	Bitset []byte `json:"bitset,omitempty"`
}

type expression struct {
	Ref *string         `json:"ref,omitempty"`
	Not json.RawMessage `json:"not,omitempty"`
	And json.RawMessage `json:"and,omitempty"`
	Or  json.RawMessage `json:"or,omitempty"`
}

type operands struct {
	Operands []json.RawMessage `json:"operands,omitempty"`
}

type criterion struct {
	Attribute           json.RawMessage `json:"attribute,omitempty"`
	Segment             json.RawMessage `json:"segment,omitempty"`
	MaterializedSegment json.RawMessage `json:"materializedSegment,omitempty"`
}

type attributeCriterion struct {
	AttributeName string `json:"attributeName,omitempty"`
	attributeRule
}

type attributeRule struct {
	EqRule         json.RawMessage `json:"eqRule,omitempty"`
	SetRule        json.RawMessage `json:"setRule,omitempty"`
	RangeRule      json.RawMessage `json:"rangeRule,omitempty"`
	StartsWithRule json.RawMessage `json:"startsWithRule,omitempty"`
	EndsWithRule   json.RawMessage `json:"endsWithRule,omitempty"`
	ContainsRule   json.RawMessage `json:"containsRule,omitempty"`
	AnyRule        json.RawMessage `json:"anyRule,omitempty"`
	AllRule        json.RawMessage `json:"allRule,omitempty"`
}

type segmentCriterion struct {
	Segment string `json:"segment,omitempty"`
}

type materializedSegmentCriterion struct {
	MaterializedSegment string `json:"materializedSegment,omitempty"`
}

type eqRule struct {
	Value json.RawMessage `json:"value,omitempty"`
}

type setRule struct {
	Values []json.RawMessage `json:"values,omitempty"`
}

type rangeRule struct {
	StartInclusive json.RawMessage `json:"startInclusive,omitempty"`
	StartExclusive json.RawMessage `json:"startExclusive,omitempty"`
	EndInclusive   json.RawMessage `json:"endInclusive,omitempty"`
	EndExclusive   json.RawMessage `json:"endExclusive,omitempty"`
}

type textRule struct {
	Value string `json:"value,omitempty"`
}

type innerRule struct {
	Rule json.RawMessage `json:"rule,omitempty"`
}

type value struct {
	BoolValue      *bool           `json:"boolValue,omitempty"`
	NumberValue    json.RawMessage `json:"numberValue,omitempty"`
	StringValue    *string         `json:"stringValue,omitempty"`
	TimestampValue *string         `json:"timestampValue,omitempty"`
	VersionValue   json.RawMessage `json:"versionValue,omitempty"`
	ListValue      json.RawMessage `json:"listValue,omitempty"`
}

type versionValue struct {
	Version string `json:"version,omitempty"`
}

// An int32Number is an integer, which may be written as a text.
type int32Number int32

// UnmarshalJSON reads 5, 5.0 and "5".
func (n *int32Number) UnmarshalJSON(text []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	if err != nil || f != float64(int32(f)) {
		return &json.UnmarshalTypeError{Value: "value " + string(text), Type: int32Type}
	}
	*n = int32Number(f)
	return nil
}
