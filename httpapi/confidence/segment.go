package confidence

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/hoistflags/hoist"
)

// segmentExtension is what the product's segments have and the model's do not.
type segmentExtension struct {
	State     string `json:"state,omitempty"`
	Targeting bool   `json:"targeting,omitempty"`        // there was one that says nothing
	Criteria  object `json:"criteria,omitempty"`         // that the expression does not refer to, or that are of no kind
	Refs      []note `json:"refs,omitempty"`             // see note
	Bitset    object `json:"bitsetAllocation,omitempty"` // further members

	// Allocation is as it was written; its proportion is the exposure's, as
	// long as there is one.
	Allocation json.RawMessage `json:"allocation,omitempty"`
	Rest       object          `json:"rest,omitempty"`
}

// accountSalt returns the salt of population buckets, one for an account: its
// segments can share a population or have disjoint ones.
func accountSalt(account string) string { return "MegaSalt-" + account }

// segmentFromWire returns a segment of an account, or what is wrong with it.
// The segment admits the units of its population, if it has one, or else those
// of its proportion; of an account's exported state, which has populations
// elsewhere, stored is true, and the proportion says nothing.
func segmentFromWire(text []byte, account string, stored bool) (*hoist.Segment, error) {
	r := &reader{}
	var in segment
	x := segmentExtension{Rest: r.message(text, "", &in)}
	name, ok := id(in.Name, "segments")
	if !ok {
		r.fail("/name", "want a name such as %q, found %q", "segments/x", in.Name)
	}
	s := &hoist.Segment{Key: name, Name: in.DisplayName, Description: in.Description, Semantics: hoist.Confidence}
	x.State = r.enum(in.State, "/state", segmentStates)
	if in.Targeting != nil {
		s.When = r.targeting(in.Targeting, "/targeting", &x)
	}
	if in.Allocation != nil {
		s.Exposure = r.allocation(in.Allocation, account, stored, &x)
	}
	if in.BitsetAllocation != nil {
		var b bitsetAllocation
		x.Bitset = r.message(in.BitsetAllocation, "/bitsetAllocation", &b)
		s.Exposure = &hoist.Exposure{Salt: accountSalt(account), Population: append([]byte{}, b.Bitset...)}
	}
	s.Extensions = extend(x)
	return s, r.err()
}

// isUsable reports whether a segment in a state has a population. One that was
// not allocated, or is archived, has none.
func isUsable(state string) bool { return state != "UNALLOCATED" && state != "ARCHIVED" }

// allocation reads the share of a segment. What it says about exclusivity only
// round-trips.
func (r *reader) allocation(text []byte, account string, stored bool, x *segmentExtension) *hoist.Exposure {
	var in allocation
	rest := r.message(text, "/allocation", &in)
	x.Allocation = print(in, rest)
	percent := 0.0
	if in.Proportion != nil {
		var d decimal
		r.closed(in.Proportion, "/allocation/proportion", &d)
		var ok bool
		if percent, ok = percentOf(d.Value); !ok {
			r.fail("/allocation/proportion/value", "want a decimal from 0 to 1, found %q", d.Value)
		}
	}
	if stored {
		return nil
	}
	if !isUsable(x.State) {
		percent = 0
	}
	return &hoist.Exposure{Percent: percent, Salt: accountSalt(account)}
}

// percentOf reads a decimal such as "0.5556" as a percentage; an empty one is
// 0. The point is moved in the text, so that 0.07 is 7 %.
func percentOf(proportion string) (percent float64, ok bool) {
	if proportion == "" {
		return 0, true
	}
	if strings.Trim(proportion, "+-.0123456789eE") != "" {
		return 0, false
	}
	mantissa, exponent, scaled := strings.Cut(strings.ToLower(proportion), "e")
	e := 0
	if scaled {
		var err error
		if e, err = strconv.Atoi(exponent); err != nil {
			return 0, false
		}
	}
	percent, err := strconv.ParseFloat(mantissa+"e"+strconv.Itoa(e+2), 64)
	return percent, err == nil && percent >= 0 && percent <= 100
}

// proportionOf writes a percentage as a decimal.
func proportionOf(percent float64) string {
	text := strconv.FormatFloat(percent, 'f', -1, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	whole = "000" + whole
	split := len(whole) - 2
	out := strings.TrimLeft(whole[:split], "0") + "." + whole[split:] + fraction
	out = strings.TrimSuffix(strings.TrimRight(out, "0"), ".")
	if out == "" || out[0] == '.' {
		out = "0" + out
	}
	return out
}

// segmentToWire returns a segment of an account. It is an error, with the
// places in the segment, if it says something that the product has no form for.
func segmentToWire(s *hoist.Segment, account string) (json.RawMessage, error) {
	w := &writer{}
	x := extension[segmentExtension](s.Extensions)
	out := segment{Name: "segments/" + s.Key, DisplayName: s.Name, Description: s.Description}
	if s.Semantics != hoist.Confidence {
		w.fail("/semantics", "want %q, found %q", hoist.Confidence, s.Semantics)
	}
	if x.State != "" {
		out.State = encode(x.State)
	}
	out.Targeting = w.segmentTargeting(s, &x)
	w.exposure(s.Exposure, account, &x, &out)
	return print(out, x.Rest), w.err()
}

// exposure writes which units a segment admits.
func (w *writer) exposure(e *hoist.Exposure, account string, x *segmentExtension, out *segment) {
	out.Allocation = x.Allocation
	if e == nil {
		return
	}
	if e.Ramp != nil || len(e.By) > 0 || e.Salt != accountSalt(account) {
		w.fail("/exposure", "the product's segments have a share of an account's units, want the salt %q", accountSalt(account))
	}
	if e.Population != nil {
		out.BitsetAllocation = print(bitsetAllocation{e.Population}, x.Bitset)
		return
	}
	var was object
	var sent struct{ Proportion decimal }
	_, _ = json.Unmarshal(x.Allocation, &was), json.Unmarshal(x.Allocation, &sent)
	percent, _ := percentOf(sent.Proportion.Value)
	unchanged := percent == e.Percent || !isUsable(x.State) && e.Percent == 0
	if !unchanged || x.Allocation == nil {
		out.Allocation = print(allocation{encode(decimal{proportionOf(e.Percent)})}, was)
	}
}
