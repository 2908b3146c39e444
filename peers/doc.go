// Package peers is the root of a module that is never published: what tests of
// the library need and no user of it should have to download.
package peers
