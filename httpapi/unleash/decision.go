package unleash

import (
	"encoding/json"

	"github.com/hoistflags/hoist"
)

// A Variant is what Unleash's getVariant gives.
type Variant struct {
	Name           string   `json:"name"`
	Enabled        bool     `json:"enabled"` // whether there is a variant
	FeatureEnabled bool     `json:"feature_enabled"`
	Payload        *Payload `json:"payload,omitempty"`
}

// noVariant is the name of there being none.
const noVariant = "disabled"

// VariantOf returns a decision in the words of getVariant. Without a variant, it
// is one named "disabled". Flags of other products and of other types than
// boolean have an answer too: they are on if there is a value other than false,
// and the value is the payload.
func VariantOf(d hoist.Decision) Variant {
	value := d.Value()
	if on, isBool := value.Bool(); d.IsFallback() || isBool && !on {
		return Variant{Name: noVariant}
	} else if isBool && d.Variant() == "true" {
		return Variant{Name: noVariant, FeatureEnabled: true}
	}
	v := Variant{Name: wireName(d.Variant()), Enabled: true, FeatureEnabled: true}
	payload := d.Payload()
	if _, isBool := value.Bool(); payload.IsNull() && !isBool {
		payload = value
	}
	var x variantExtension
	_ = json.Unmarshal(d.Extension(dialect), &x)
	if text := payloadText(payload, x.Payload); text != nil {
		v.Payload = &Payload{}
		_ = json.Unmarshal(text, v.Payload)
	}
	return v
}
