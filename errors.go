package hoist

import (
	"errors"
	"fmt"
	"strings"
)

// ErrInvalid is matched by every error that says that a flag, a segment or a
// set is not valid.
var ErrInvalid = errors.New("hoist: invalid")

// A FieldError says what is wrong at one place of a model object.
type FieldError struct {
	// Path is a JSON pointer to the place, from the object that was checked
	// or decoded: "/rules/0/when/in". Empty means the object itself.
	Path string

	// Problem says what is wrong and, where that helps, what would be right.
	Problem string
}

// Error returns the path and the problem.
func (e *FieldError) Error() string {
	if e.Path == "" {
		return e.Problem
	}
	return e.Path + ": " + e.Problem
}

// Is reports whether target is [ErrInvalid].
func (e *FieldError) Is(target error) bool { return target == ErrInvalid }

// Errors is everything that is wrong with a model object, in the order of the
// document. It is never empty.
type Errors []*FieldError

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

// A place is where in an object a check or a decoder is: a list of steps that
// lies on the stack and becomes a JSON pointer only when something is wrong.
type place struct {
	up   *place
	name string // of the member, where i is below 0
	i    int    // of the element
}

// to and nth return the place of a member or an element. Where p is nil, which is
// a place that is not tracked, so is the result: compiling tracks places only in
// a second try, to say what was wrong in the first.
func (p *place) to(name string) *place {
	if p == nil {
		return nil
	}
	return &place{up: p, name: name, i: -1}
}

func (p *place) nth(i int) *place {
	if p == nil {
		return nil
	}
	return &place{up: p, i: i}
}

// parent returns the place above, nil if p is nil.
func (p *place) parent() *place {
	if p == nil {
		return nil
	}
	return p.up
}

// orRoot returns p, or the object itself if p is nil.
func (p *place) orRoot() *place {
	if p == nil {
		return &place{}
	}
	return p
}

func (p *place) pointer() string {
	if p == nil || p.up == nil {
		return ""
	}
	step := p.name
	if p.i >= 0 {
		step = fmt.Sprint(p.i)
	}
	return p.up.pointer() + "/" + pointerEscaper.Replace(step)
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// maxProblems bounds how many problems of one object are listed.
const maxProblems = 100

// A problems collects what is wrong with an object.
type problems struct{ list Errors }

func (e *problems) add(at *place, format string, args ...any) {
	switch len(e.list) {
	case maxProblems:
		e.list = append(e.list, &FieldError{"", "and more"})
	case maxProblems + 1:
	default:
		e.list = append(e.list, &FieldError{at.pointer(), fmt.Sprintf(format, args...)})
	}
}

// err returns what was collected, nil if that is nothing.
func (e *problems) err() error {
	if len(e.list) == 0 {
		return nil
	}
	return e.list
}

// orText joins words as "a, b or c".
func orText(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
