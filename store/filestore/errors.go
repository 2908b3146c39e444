package filestore

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hoistflags/hoist"
)

// A FileError says what is wrong at one place of a file. It matches
// [hoist.ErrInvalid].
type FileError struct {
	// File is the path given to [New], with the file's name if that is a
	// directory.
	File string

	// Line and Column count from 1, columns in characters. They lead to the
	// name of the member that is wrong, or to the element of a list. Both are
	// 0 if the problem is not at one place of the file.
	Line, Column int

	// Kind and Key name the flag or the segment; both are empty outside of
	// flags and segments.
	Kind hoist.RecordKind
	Key  string

	// Path is a JSON pointer into the flag or the segment, otherwise into the
	// whole file.
	Path string

	// Problem says what is wrong and, where that helps, what would be right.
	Problem string
}

// Error returns everything on one line:
//
//	flags.yaml:14:9: flag "checkout": /environments/production/rules/0/when/in: want ...
func (e *FileError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	for _, n := range []int{e.Line, e.Column} {
		if n > 0 {
			b.WriteString(":" + strconv.Itoa(n))
		}
	}
	if e.Kind != "" {
		fmt.Fprintf(&b, ": %s %q", e.Kind, e.Key)
	}
	if e.Path != "" {
		b.WriteString(": " + e.Path)
	}
	return b.String() + ": " + e.Problem
}

// Is reports whether target is [hoist.ErrInvalid].
func (e *FileError) Is(target error) bool { return target == hoist.ErrInvalid }

// Errors is everything that is wrong with the files of a [Store], in the order
// of files, lines and columns. It is never empty.
type Errors []*FileError

// Error returns each problem on a line of its own.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single errors.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, f := range e {
		errs[i] = f
	}
	return errs
}

// A problem is something wrong in one document, before it is known to the
// outside by a [FileError].
type problem struct {
	pointer string
	at      position
	text    string
}

// fileError returns p as the error of a file.
func (p problem) fileError(file string) *FileError {
	e := &FileError{File: file, Line: p.at.line, Column: p.at.column, Path: p.pointer, Problem: p.text}
	for kind, member := range map[hoist.RecordKind]string{hoist.FlagRecord: "/flags/", hoist.SegmentRecord: "/segments/"} {
		if rest, ok := strings.CutPrefix(p.pointer, member); ok {
			key, _, _ := strings.Cut(rest, "/")
			e.Kind, e.Key, e.Path = kind, unescape(key), rest[len(key):]
		}
	}
	return e
}

// sorted returns list in the order of files, lines and columns, nil if there
// is nothing in it. What is not at one place of a file comes last.
func sorted(list []*FileError) error {
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b *FileError) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(uint(a.Line-1), uint(b.Line-1)),
			cmp.Compare(a.Column, b.Column),
		)
	})
	return Errors(list)
}
