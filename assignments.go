package hoist

import (
	"slices"
	"sync"
)

// An Assignment is what a sticky rule gave to a unit.
type Assignment struct {
	Unit, Group string
	Flag, Rule  string // the key of the flag and the ID of the rule
	Variant     string // empty if the rule gave none: it went on, or to the caller's fallback
}

// Assignments keep what sticky rules gave. Evaluation asks them in the
// goroutine that evaluates: methods are called from many goroutines at once,
// must be fast and must not block on input or output. [NewMemoryAssignments]
// is one that keeps everything in memory.
type Assignments interface {
	// Assigned returns the variant that a rule gave to a unit, and whether
	// there is such an assignment in the group.
	Assigned(unit, group, flag, rule string) (variant string, ok bool)

	// Has reports whether a unit has any assignment in a group.
	Has(unit, group string) bool

	// Assign keeps a, in the place of an assignment that differs from it in
	// the variant only. It is called when the evaluation that made it is over.
	Assign(a Assignment)
}

// MemoryAssignments are [Assignments] in memory. They never forget and never
// fail. They are safe for concurrent use.
type MemoryAssignments struct {
	mu    sync.RWMutex
	units map[unitInGroup]map[ruleOfFlag]string // variants
}

type unitInGroup struct{ unit, group string }

type ruleOfFlag struct{ flag, rule string }

var _ Assignments = (*MemoryAssignments)(nil)

// NewMemoryAssignments returns assignments in memory, which are those given to
// begin with.
func NewMemoryAssignments(given ...Assignment) *MemoryAssignments {
	m := &MemoryAssignments{units: map[unitInGroup]map[ruleOfFlag]string{}}
	for _, a := range given {
		m.Assign(a)
	}
	return m
}

// Assigned implements [Assignments].
func (m *MemoryAssignments) Assigned(unit, group, flag, rule string) (variant string, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	variant, ok = m.units[unitInGroup{unit, group}][ruleOfFlag{flag, rule}]
	return variant, ok
}

// Has implements [Assignments].
func (m *MemoryAssignments) Has(unit, group string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.units[unitInGroup{unit, group}]) > 0
}

// Assign implements [Assignments].
func (m *MemoryAssignments) Assign(a Assignment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	unit := unitInGroup{a.Unit, a.Group}
	if m.units[unit] == nil {
		m.units[unit] = map[ruleOfFlag]string{}
	}
	m.units[unit][ruleOfFlag{a.Flag, a.Rule}] = a.Variant
}

// All returns every assignment, in the order of units, groups, flags and rules.
func (m *MemoryAssignments) All() []Assignment {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var all []Assignment
	for unit, rules := range m.units {
		for rule, variant := range rules {
			all = append(all, Assignment{unit.unit, unit.group, rule.flag, rule.rule, variant})
		}
	}
	slices.SortFunc(all, func(a, b Assignment) int {
		return slices.Compare(a.names(), b.names())
	})
	return all
}

func (a *Assignment) names() []string { return []string{a.Unit, a.Group, a.Flag, a.Rule} }
