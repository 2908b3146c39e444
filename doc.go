// Package hoist evaluates feature flags inside a Go process: a check is a
// function call on an immutable snapshot, without I/O, locks or allocations.
//
//	flags, err := hoist.Open(ctx, filestore.New("flags.yaml", nil), nil)
//	…
//	view := flags.For(hoist.NewSubject("user-42", hoist.String("country", "NO")))
//	if view.Bool("new-checkout", false) { … }
//
// # Words
//
// A [Flag] is a named decision. Its [Variant] values are what it can give: a
// boolean, text, number or JSON document. For each environment a [Targeting]
// says who gets which variant. It consists of rules, and each [Rule] of three
// parts: When a [Condition] holds, Exposure admits the subject, Serve decides
// what it gets. A [Segment] is a condition with a name, used by several flags.
// A [Set] is the flags and segments of one project.
//
// A [Source] is where flags come from. [Open] compiles what it holds into
// [Flags], and follows it. A [Subject] is who or what is asked about: a key and
// attributes. [Flags.For] brings the two together in a [View], which answers for
// one subject from one version of every flag. The answer is a [Decision], of
// which the typed getters return the value alone. Handles such as [BoolFlag]
// keep the key of a flag and its fallback in one place of a program.
//
// # Order of evaluation
//
// The first of these that applies gives the answer:
//
//  1. There is no such flag, it is archived, or it never was valid: the
//     caller's fallback, with an error.
//  2. The flag has no targeting in the environment: the caller's fallback.
//  3. The flag is disabled, or one of the flags that it requires does not give a
//     wanted variant for this subject: the off variant, without one the
//     caller's fallback.
//  4. An override names the key of the subject: its variant.
//  5. A rule, tried in their order, that is enabled, is within its window,
//     whose condition holds and whose exposure admits the subject: what it
//     serves. A split that finds no unit to hash, and the action [NextRule],
//     let evaluation go on with the next rule.
//  6. The default; without one the caller's fallback.
//
// The result depends on nothing but the version of the flags, the subject and
// the clock.
//
// A flag may name the [Semantics] of another product, where the same words mean
// something a little different. What follows is [Native] semantics, the
// default.
//
// # Missing and wrong
//
// Evaluation returns no error and does not panic. Where there is no proper
// answer, the caller's fallback is the answer, and [Decision.Error] says why:
// an unknown flag, a flag of another type than was asked for, a split by a key
// that the subject does not have. [Decision.Reason] tells which step decided,
// and [View.Explain] the whole way.
//
// A condition holds, fails, or cannot be told. The last is so for a constraint
// on an attribute that the subject does not have, or has in a kind that the
// operator cannot use: "country is not Norway" does not hold for a subject
// without a country. Only a condition that holds lets a rule apply. See
// [Condition] and [Operator].
//
// Everything in a flag that can be wrong is found when it is compiled. A flag
// that is not valid goes on in its last good form, or answers with the
// fallback; [Flags.Status] reports it, and no other flag is harmed.
// [Set.Validate] and [Flag.Validate] find the same beforehand, all of it at
// once, each with its path. The constants named Max are the limits.
//
// # Rollouts
//
// An [Exposure] admits a share of the subjects, in steps of 0.001 %; a [Split]
// divides them by weight. Both hash a salt, by default the key of the flag,
// and a unit: the key of the subject or an attribute that is named. So a
// subject always gets the same answer, and
//
//   - growing a share moves nobody out;
//   - a split keeps its weights within every exposure;
//   - flags are independent of each other, unless they are given one salt;
//   - reordering or renaming what a rollout does not name moves nobody.
//
// A [Ramp] is a share that depends on the time, and a [Window] limits a rule to
// a time. Both are evaluated and never written: there is no scheduler.
//
// # Sources
//
// [Static] holds flags that are built in Go. The package store/filestore
// reads YAML or JSON files and follows their changes. A source of your own has
// two methods, Load and Watch. While a source is in trouble, the last good
// version is served; [Flags.Status] tells.
//
// The JSON form of the model is that of the files. [ParseSet] reads it.
//
// # Concurrency
//
// Flags, View, Subject, Value, Decision and handles are safe for concurrent
// use, and none of the methods that evaluate waits for anything. Open starts
// two goroutines, which end with its context or [Flags.Close]; nothing else in
// this package starts any. Model types such as Flag and Rule are plain data
// and belong to who built them.
//
// Evaluations are counted by flag and variant, always; [Flags.DrainCounts]
// hands the counts out. [Options.OnEvaluation] is told of each.
//
// # In tests
//
// The package hoisttest gives each test flags of its own.
//
// # What is not here
//
// This package does no I/O: sources do. It does not merge environments: the
// targeting of one takes the place of the flag's own as a whole. It sends
// nothing anywhere, and keeps no record of who was asked about. It has no
// global state and no default instance.
package hoist
