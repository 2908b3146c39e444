package flipt

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/hoistflags/hoist"
)

// dialect is the name of the extensions that hold what the model has no place
// for. None of it decides an answer.
const dialect = "flipt"

// A flagExtension belongs to a [hoist.Flag].
type flagExtension struct {
	CreatedAt string `json:"createdAt,omitempty"`
	UpdatedAt string `json:"updatedAt,omitempty"`

	// The variants of a boolean flag, which Flipt keeps and never serves.
	Variants       []variant `json:"variants,omitempty"`
	DefaultVariant string    `json:"defaultVariant,omitempty"` // by key
}

// A targetingExtension belongs to a [hoist.Targeting]: the rules of a boolean
// flag and the rollouts of a variant flag, which Flipt keeps and never looks
// at.
type targetingExtension struct {
	Rules    []rule    `json:"rules,omitempty"`
	Rollouts []rollout `json:"rollouts,omitempty"`
}

// A variantExtension belongs to a [hoist.Variant].
type variantExtension struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	CreatedAt string `json:"createdAt,omitempty"`
	UpdatedAt string `json:"updatedAt,omitempty"`

	// Attachment is the text of the attachment, if it is not how the payload
	// would be written.
	Attachment string `json:"attachment,omitempty"`
}

// A ruleExtension belongs to a [hoist.Rule].
type ruleExtension struct {
	// Rank is the rank, if it is not the position among the rules.
	Rank      *int32 `json:"rank,omitempty"`
	CreatedAt string `json:"createdAt,omitempty"`
	UpdatedAt string `json:"updatedAt,omitempty"`
}

// An armExtension belongs to a [hoist.Arm].
type armExtension struct {
	ID        string `json:"id,omitempty"`
	CreatedAt string `json:"createdAt,omitempty"`
	UpdatedAt string `json:"updatedAt,omitempty"`
}

// A segmentExtension belongs to a [hoist.Segment].
type segmentExtension struct {
	// MatchType is that of a segment without constraints.
	MatchType string `json:"matchType,omitempty"`
	CreatedAt string `json:"createdAt,omitempty"`
	UpdatedAt string `json:"updatedAt,omitempty"`
}

// A constraintExtension belongs to a [hoist.Constraint].
type constraintExtension struct {
	ID          string `json:"id,omitempty"`
	Description string `json:"description,omitempty"`
	CreatedAt   string `json:"createdAt,omitempty"`
	UpdatedAt   string `json:"updatedAt,omitempty"`

	// What a constraint says that Flipt reads as false, see neverOperator.
	Type     string `json:"type,omitempty"`
	Operator string `json:"operator,omitempty"`
	Value    string `json:"value,omitempty"`
}

// extend returns the extensions of an object that has only ours: none if x says
// nothing.
func extend(x any) hoist.Extensions {
	text, err := json.Marshal(x)
	if err != nil || string(text) == "{}" {
		return nil
	}
	return hoist.Extensions{dialect: text}
}

// extensionOf returns our extension of an object, empty if there is none or it
// is not of the form we write.
func extensionOf[T any](e hoist.Extensions) T {
	var x T
	if json.Unmarshal(e[dialect], &x) != nil {
		var none T
		return none
	}
	return x
}

// derivedID returns the id of an object that was not made through the API: the
// same as long as it has the same name, in the form of a UUID.
func derivedID(name ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(name, "\x00")))
	id := sum[:16]
	id[6] = id[6]&0x0f | 0x80 // version 8: of our own making
	id[8] = id[8]&0x3f | 0x80
	s := hex.EncodeToString(id)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
