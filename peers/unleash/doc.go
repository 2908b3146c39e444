// Package unleash compares with what Unleash publishes: its client specification
// and its Node SDK. Both are installed with npm, by the lock file, when the tests
// run; without Node they are skipped, but not in CI.
package unleash
