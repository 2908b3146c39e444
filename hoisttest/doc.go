// Package hoisttest gives a test flags of its own.
//
//	func TestNewCheckout(t *testing.T) {
//		t.Parallel()
//		flags := hoisttest.New(t, hoisttest.Values{"new-checkout": true, "page-size": 20})
//		cart := shop.NewCart(flags.Flags)
//		…
//	}
//
// [New] is for tests in which each flag just has a value. [Open] is for tests
// of the targeting itself: it takes the flags of a source, such as the team's
// own flags file, in one environment and at one time. Both return a [Fake],
// which is a live [hoist.Flags] and the means to steer and to question it:
//
//   - Set, SetFlag and Remove change flags during the test. What they say is in
//     force when they return, and functions given to OnChange have been called.
//   - SetNow sets the clock, for ramps, windows and conditions on the time.
//   - Asked, Answers and Last tell what the code under test has asked for.
//   - A flag that the test does not have, or has with another type than it is
//     asked for, fails the test: in production that would be the fallback,
//     without a word. [Options] can switch this off.
//
// Nothing is global: each test has a Fake, parallel tests do not see each
// other's, and it is closed when the test ends. The package works in a bubble
// of [testing/synctest].
package hoisttest
