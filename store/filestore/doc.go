// Package filestore reads flags from files that people edit: YAML or JSON, one
// file or a directory of files, and follows them while they change.
//
//	store := filestore.New("flags.yaml", nil)
//	flags, err := hoist.Open(ctx, store, nil)
//
// A [Store] is a [hoist.Source]. What the files hold is the JSON form of a
// [hoist.Set]; docs/flags.schema.json describes it. An editor that knows the
// YAML language server completes and checks a file whose first line is
//
//	# yaml-language-server: $schema=../../docs/flags.schema.json
//
// # One file or a directory
//
// The path leads to a file, or to a directory. A file whose name ends in .json
// is read as JSON, every other as YAML. Of a directory, the files directly in
// it whose names end in .yaml, .yml or .json are read, in the order of their
// names, and together are one set: flags in one file may refer to segments in
// another. Names that begin with "." or "_" are passed over, and so are
// directories. The files must name the same project, or none, and no flag,
// segment or environment may be in two of them.
//
// # YAML
//
// The text is YAML 1.2 in its core form: yes, no, on and off are texts, as are
// dates and times. Numbers stay exactly as they are written, so that a version
// 2.10 is not 2.1. What different readers of YAML take for different things is
// an error instead: 010, 1_000. Names of members are taken as written, so
// {true: 50, 1: a} has the members "true" and "1". Anchors, aliases and the
// merge key << work, within limits. A file holds one document; a name may not
// be used twice in a mapping.
//
// # Errors
//
// Everything that is wrong in all files is reported at once, as [Errors]: each
// with file, line and column, the flag or segment, and a JSON pointer into it.
//
//	flags.yaml:14:9: flag "checkout": /environments/production/rules/0/when/in: want ...
//
// # Following changes
//
// Watch looks at the files once per [Options.PollInterval] and applies what
// changed. A broken file keeps the last good state: it is reported once, and
// the next good content is applied as any other change. Nothing has to be told
// how the files are replaced: in place, by an editor that renames a new file
// over the old one, by git checkout, by deleting and creating, or by swapping
// the symbolic links of a Kubernetes ConfigMap.
//
// A file may be seen half written. So a change is applied when two looks, a
// tenth of the interval apart, have found the same, and a broken file (or an
// empty or missing one) is reported when it has been so for a whole interval.
// A program that takes longer than that to write a file should write another
// one and rename it, as everything that must not be seen half done.
//
// There is no file watcher underneath (inotify, kqueue and the like, as
// fsnotify wraps them). They do not work on network and many container file
// systems, lose events under load, and see a symlink swap or a rename only if
// the right directories are watched, so polling would be needed beside them.
// Looking once a second costs one stat per file, about a microsecond, and
// tells the same on every file system; people and deployments do not notice
// the second.
package filestore
