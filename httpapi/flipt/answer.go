package flipt

import (
	"bytes"
	"encoding/json"

	"github.com/hoistflags/hoist"
)

// What Flipt says about how it came to an answer.
const (
	reasonUnknown  = "UNKNOWN_EVALUATION_REASON"
	reasonDisabled = "FLAG_DISABLED_EVALUATION_REASON"
	reasonMatch    = "MATCH_EVALUATION_REASON"
	reasonDefault  = "DEFAULT_EVALUATION_REASON"
)

// reasonOf returns the reason of a decision in Flipt's words. One for which
// nothing decided, not even a default, is unknown.
func reasonOf(d hoist.Decision) string {
	switch {
	case d.Reason() == hoist.ReasonTargetingMatch || d.Reason() == hoist.ReasonSplit:
		return reasonMatch
	case d.Reason() == hoist.ReasonDisabled:
		return reasonDisabled
	case d.IsFallback():
		return reasonUnknown
	}
	return reasonDefault
}

// answeredAttachment returns the attachment of the variant that a decision
// gives: without blanks, but else as it was written.
func answeredAttachment(d hoist.Decision) string {
	kept := extensionOf[variantExtension](hoist.Extensions{dialect: d.Extension(dialect)}).Attachment
	if payload, err := payloadOf(kept); kept == "" || err != nil || !payload.Equal(d.Payload()) {
		return attachmentOf(d.Payload())
	}
	var out bytes.Buffer
	if json.Compact(&out, []byte(kept)) != nil {
		return attachmentOf(d.Payload())
	}
	return out.String()
}
