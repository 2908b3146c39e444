package flipt

import "github.com/hoistflags/hoist"

// Subject returns the subject of an evaluation request: the entity id is the
// key, the context the attributes. An empty entity id is hashed like any other
// by flags of Flipt; flags of other semantics take it for no key at all.
func Subject(entityID string, context map[string]string) hoist.Subject {
	attrs := make([]hoist.Attr, 0, len(context))
	for name, value := range context {
		attrs = append(attrs, hoist.String(name, value))
	}
	return hoist.NewSubject(entityID, attrs...)
}
