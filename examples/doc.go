// Package examples lists the example programs of hoist. Each is a command of
// its own, run from the top of the repository:
//
//	go run ./examples/quickstart   # flags from a file, who gets what and why
//	go run ./examples/migrate      # a product's export becomes a flags file
//
// They form a module of their own, so that what they need never reaches the
// programs that import the library.
package examples
