// Package schema holds the tests that docs/flags.schema.json and the decoder
// of the library agree on what a flags file is.
package schema
