// Package flagmint speaks for Flagmint: it translates the product's documents
// to and from the model.
//
// There is no Flagmint server to run and its clients cannot be had here, so the
// facts are those of its public documentation and of its Go client; docs/semantics.md
// marks what is inferred.
package flagmint
