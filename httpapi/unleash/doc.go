// Package unleash speaks for Unleash: it translates the product's documents to
// and from the model, so that flags written for it are evaluated here as its
// SDKs evaluate them.
//
// [Import] reads what a server gives its SDKs, its stream of changes, or the
// export of its admin API; [Export] writes what it gives its SDKs. [Subject]
// reads an Unleash context, and [VariantOf] says a decision in the words of
// getVariant.
//
// A feature is a boolean flag. Each of its strategies is a rule: the condition
// is its constraints and segments, the exposure its percentage, and what it
// serves are its variants, or else those of the feature, or else true. What the
// model has no word for is kept in extensions named "unleash", and so is how a
// document writes what can be written in several ways; what decides an answer
// is always in the model. docs/semantics.md says how evaluation differs from
// native flags, and where it is decided otherwise than in Unleash.
package unleash
