package hoist

import (
	"encoding/json"
	"math/bits"
	"strconv"
)

// A Reason says which step of evaluation gave the answer. The names are
// OpenFeature's.
type Reason uint8

// The reasons of decisions.
const (
	ReasonError          Reason = iota // something is wrong, see [Decision.Error]: the caller's fallback
	ReasonStatic                       // the flag has nothing to choose from: the default
	ReasonTargetingMatch               // a rule or an override
	ReasonSplit                        // a percentage decided
	ReasonDefault                      // there are rules, none applied: the default
	ReasonDisabled                     // the flag is off, or a requirement is not met: the off value
)

var reasonNames = [...]string{"ERROR", "STATIC", "TARGETING_MATCH", "SPLIT", "DEFAULT", "DISABLED"}

// String returns the reason as OpenFeature writes it, such as
// "TARGETING_MATCH".
func (r Reason) String() string { return nameIn(reasonNames[:], int(r), "Reason") }

// MarshalText returns what [Reason.String] does.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// An ErrorKind says why there is no proper answer. The names are OpenFeature's.
type ErrorKind uint8

// The kinds of errors of decisions.
const (
	NoError             ErrorKind = iota
	FlagNotFound                  // no flag of that key, or it is archived
	TypeMismatch                  // the flag has another type than was asked for
	TargetingKeyMissing           // a split without rules needs a key, and the subject has none
	FlagBroken                    // the flag could not be compiled and there is no earlier form of it
	EvaluationFailed              // evaluation had to be given up; see [View.Explain]
	InvalidContext                // an attribute that should be the unit of a rule is of a kind that cannot be one
	NoAssignments                 // a rule is sticky, and there are no [Options.Assignments]
)

var errorNames = [...]string{"", "FLAG_NOT_FOUND", "TYPE_MISMATCH", "TARGETING_KEY_MISSING", "PARSE_ERROR", "GENERAL", "INVALID_CONTEXT", "GENERAL"}

// String returns the kind as OpenFeature writes it, such as "FLAG_NOT_FOUND",
// and "" for [NoError].
func (k ErrorKind) String() string { return nameIn(errorNames[:], int(k), "ErrorKind") }

// MarshalText returns what [ErrorKind.String] does.
func (k ErrorKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

func nameIn(names []string, i int, kind string) string {
	if i < len(names) {
		return names[i]
	}
	return kind + "(" + strconv.Itoa(i) + ")"
}

// A Decision is the answer for one flag and one subject, and why. It is a
// value of 48 bytes; it stays valid however long it is kept.
type Decision struct {
	key  string
	flag *flag // nil if there is no such flag
	outcome
}

// Key returns the key that was asked for.
func (d Decision) Key() string { return d.key }

// Variant returns the name of the variant, "" if the caller's fallback is the
// answer.
func (d Decision) Variant() string {
	if d.variant == nil {
		return ""
	}
	return d.variant.name
}

// Value returns the value of the variant, null if the caller's fallback is the
// answer.
func (d Decision) Value() Value {
	if d.variant == nil {
		return Value{}
	}
	return d.variant.value
}

// Payload returns the second value of the variant, null if it has none.
func (d Decision) Payload() Value {
	if d.variant == nil {
		return Value{}
	}
	return d.variant.payload()
}

// Extension returns what the document of a product says about the variant beyond
// the model, see [Variant], nil if that is nothing. It must not be changed.
func (d Decision) Extension(product string) json.RawMessage {
	if d.variant == nil {
		return nil
	}
	return d.flag.extensions[d.variant.index][product]
}

// IsFallback reports whether the caller's fallback is the answer.
func (d Decision) IsFallback() bool { return d.variant == nil }

// Reason returns which step gave the answer.
func (d Decision) Reason() Reason { return d.reason }

// Error returns what went wrong, [NoError] if nothing did.
func (d Decision) Error() ErrorKind { return d.err }

// RuleIndex returns the position of the rule that decided, and -1 if none did.
func (d Decision) RuleIndex() int {
	if d.rule < 0 {
		return -1
	}
	return int(d.flag.rules[d.rule].position)
}

// RuleID returns the ID of the rule that decided, "" if none did or it has no
// ID.
func (d Decision) RuleID() string {
	if d.rule < 0 || d.flag == nil || d.flag.rules[d.rule].label == nil {
		return ""
	}
	return d.flag.rules[d.rule].label.id
}

// ArmID returns the ID of the arm of the split that decided, "" if none did or
// it has no ID.
func (d Decision) ArmID() string {
	if d.rule < 0 || d.flag == nil {
		return ""
	}
	return d.flag.rules[d.rule].armID(d.bucket, d.variant)
}

// Segments returns the keys of the segments that let the deciding rule hold,
// in the order in which the flag names them. Past the first 64 segments that a
// flag refers to, they are not listed.
func (d Decision) Segments() []string {
	if d.segments == 0 {
		return nil
	}
	keys := make([]string, 0, bits.OnesCount64(d.segments))
	for i, key := range d.flag.scope.segKeys {
		if i < 64 && d.segments&(1<<i) != 0 {
			keys = append(keys, key)
		}
	}
	return keys
}

// Bucket returns the bucket the subject fell into where a percentage decided,
// and whether that was so: that of the split if there was one, else that of the
// exposure. Native buckets are 0 to 99,999; those of products have up to 32
// bits.
func (d Decision) Bucket() (bucket int64, ok bool) {
	if d.bucket == -1 {
		return -1, false
	}
	return int64(uint32(d.bucket)), true
}

// Type returns the type of the flag, "" if there is no such flag.
func (d Decision) Type() Type {
	if d.flag == nil {
		return ""
	}
	return typeCodes[d.flag.valueType]
}

// ClientSide reports whether clients outside of the server may see the flag.
func (d Decision) ClientSide() bool { return d.flag != nil && d.flag.clientSide }

// Metadata returns the metadata of the flag. The map must not be changed.
func (d Decision) Metadata() map[string]Value {
	if d.flag == nil {
		return nil
	}
	return d.flag.metadata
}

// MarshalJSON returns the decision as an object with the members "flag",
// "value", "variant", "payload", "reason", "error", "rule", "ruleIndex",
// "arm", "segments" and "bucket", of which those that say nothing are left out.
func (d Decision) MarshalJSON() ([]byte, error) {
	b := appendString([]byte(`{"flag":`), d.key)
	if d.variant != nil {
		b = d.variant.value.appendJSON(append(b, `,"value":`...))
		b = appendString(append(b, `,"variant":`...), d.variant.name)
		if payload := d.variant.payload(); !payload.IsNull() {
			b = payload.appendJSON(append(b, `,"payload":`...))
		}
	}
	b = appendString(append(b, `,"reason":`...), d.reason.String())
	if d.err != NoError {
		b = appendString(append(b, `,"error":`...), d.err.String())
	}
	if id := d.RuleID(); id != "" {
		b = appendString(append(b, `,"rule":`...), id)
	}
	if d.rule >= 0 {
		b = strconv.AppendInt(append(b, `,"ruleIndex":`...), int64(d.RuleIndex()), 10)
	}
	if id := d.ArmID(); id != "" {
		b = appendString(append(b, `,"arm":`...), id)
	}
	if keys := d.Segments(); keys != nil {
		b = ListValue(mapSlice(keys, StringValue)...).appendJSON(append(b, `,"segments":`...))
	}
	if bucket, ok := d.Bucket(); ok {
		b = strconv.AppendInt(append(b, `,"bucket":`...), int64(bucket), 10)
	}
	return append(b, '}'), nil
}
