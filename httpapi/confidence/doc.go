// Package confidence speaks for Spotify Confidence: it translates the product's
// documents to and from the model, so that a flag answers here as it answers
// there.
//
// A flag is of type JSON and has the semantics [hoist.Confidence]. Its variants
// are objects in which the fields of the flag's schema that they leave out are
// null, as the product answers them. A rule has one segment as its condition,
// behind a test of its environments if it is limited to some; what it assigns
// is a split over ranges of buckets, and the attribute that the split is by is
// the unit, which also the segment's population uses. Segments are segments,
// with the whole expression as their condition.
//
//   - [Import] reads the state that the product's resolvers load, or what its
//     API lists.
//   - [Subject] is the subject of an evaluation context, and [Reason] what the
//     product calls the reason of a decision.
//   - [Clients] says which clients may resolve a flag, and [Credentials] reads
//     their secrets from a state.
//
// A rule that is limited to environments applies where the attribute
// [EnvironmentsAttribute] lists one of them. Sticky rules, which the product
// says "materialization" for, need [hoist.Options.Assignments].
//
// # Deviations
//
// What makes the product fail a whole request fails only the flag it is about,
// with [hoist.EvaluationFailed]: a text that is no number under a rule for
// numbers, an assignment of a variant that the flag lacks, and a split over no
// buckets. New assignments of sticky rules that name no materialization to
// write to are not kept; the product keeps them under an empty name. Of a
// segment with a share and no stored population, the units are those whose
// buckets come first in an order that is the segment's own; which ones the
// product would draw is not known.
package confidence
