package unleash

import (
	"encoding/json"
	"strconv"
)

// An event tells an SDK of a change.
type event struct {
	Type        string          `json:"type"`
	Feature     json.RawMessage `json:"feature"`     // feature-updated
	FeatureName string          `json:"featureName"` // feature-removed
	Segment     json.RawMessage `json:"segment"`     // segment-updated
	SegmentID   json.RawMessage `json:"segmentId"`   // segment-removed
}

// documentAfter returns what an SDK knows after the events of a document.
func documentAfter(r *reader, o object) clientDocument {
	var d clientDocument
	list, _ := r.list(o, "events", "")
	for i, text := range list {
		d.apply(r, text, "/events/"+strconv.Itoa(i))
	}
	return d
}

// apply changes d as an event says. A hydration takes the place of everything;
// removing what is not there is no matter.
func (d *clientDocument) apply(r *reader, text json.RawMessage, at string) {
	var e event
	if !r.want(text, at, "an event", &e) {
		return
	}
	switch e.Type {
	case "hydration":
		*d = clientDocumentOf(r, r.object(text, at), at)
	case "feature-updated":
		if f, ok := r.entry(e.Feature, at+"/feature", featureKey); ok {
			d.features.put(f)
		}
	case "feature-removed":
		d.features.remove(e.FeatureName)
	case "segment-updated":
		if s, ok := r.entry(e.Segment, at+"/segment", segmentIDOf); ok {
			d.segments.put(s)
		}
	case "segment-removed":
		d.segments.remove(r.segmentKey(e.SegmentID, at+"/segmentId"))
	default:
		r.problem(at+"/type", "unknown event %q", e.Type)
	}
}
