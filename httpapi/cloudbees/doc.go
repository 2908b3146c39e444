// Package cloudbees speaks the documents of CloudBees Feature Management, also
// known as rollout.io and rox: flags with their configuration, and target
// groups.
//
// [Import] turns a list of flags, as the product's management API prints it,
// into a [hoist.Set]. The flags keep the product's evaluation rules
// ([hoist.CloudBees]) and answer as its SDKs do.
//
// What the product's SDKs know about an application and its user are properties;
// here they are attributes of the subject. Custom properties keep their names.
// Three built-in ones matter to evaluation: [DistinctID], [AppRelease] and
// [Platform]. What is the same for a whole program goes into
// [hoist.Options.Attributes]:
//
//	flags, err := hoist.Open(ctx, hoist.Static(*set), &hoist.Options{
//		Attributes: []hoist.Attr{
//			hoist.String(cloudbees.AppRelease, "4.1.0"),
//			hoist.String(cloudbees.Platform, "Go"),
//		},
//	})
//
// A boolean flag has the variants "true" and "false"; the variants of other
// flags are named by the text of their values. The rules of a configuration are
// those of each platform, guarded by a test of [Platform] and ended by the
// platform's own value, and after them the conditions that hold elsewhere. What
// the product's documents say beyond that is in extensions named "cloudbees".
package cloudbees
