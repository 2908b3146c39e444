// Package flipt speaks for Flipt v1: it translates the product's documents to
// and from the model, so that a flag answers here as it answers there.
//
// A namespace is a project. A variant flag is a flag of type string whose
// variants are their own values, with the attachment as payload; a boolean flag
// is a flag that is never disabled, because Flipt's "enabled" is only its
// default answer. Both have the semantics [hoist.Flipt].
//
//   - [Import] and [ImportAll] read features.yml, versions 1.0 to 1.4, in YAML
//     or JSON; [Export] writes it.
//   - [Subject] is the subject of an evaluation request.
//
// What decided an answer is in its reason: [hoist.ReasonTargetingMatch] and
// [hoist.ReasonSplit] are what Flipt calls a match. [hoist.ReasonDefault] and
// [hoist.ReasonStatic] are its default, or for a variant flag without one its
// unknown reason, and [hoist.ReasonDisabled] is a disabled variant flag.
package flipt
