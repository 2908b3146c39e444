package flagmint

import (
	"math"
	"time"

	"github.com/hoistflags/hoist"
)

// maxStages bounds how many steps a gradual rollout may have.
const maxStages = 10_000

// maxHours is how far after its start a rollout is looked at: 250 years, which
// is what a duration can hold.
const maxHours = 250 * 365 * 24

// gradual returns a gradual rollout: a share that does not change, or stages.
// It is 0 without a start, and at its target from the start on if it does not
// grow in steps; the first step comes one interval after the start.
func gradual(w *rollout) (percent float64, r *hoist.Ramp) {
	if w.StartAt == nil {
		return 0, nil
	}
	start, err := time.Parse(time.RFC3339, *w.StartAt)
	if err != nil {
		return 0, nil
	}
	steps := math.Ceil(w.TargetPercentage / w.Increment)
	interval := time.Duration(w.IntervalHours * float64(time.Hour))
	if !(w.Increment > 0) || interval <= 0 || w.IntervalHours > maxHours || steps < 1 || steps > maxStages {
		return 0, &hoist.Ramp{Stages: []hoist.Stage{{At: start.UTC(), Percent: w.TargetPercentage}}}
	}
	r = &hoist.Ramp{}
	for i := range int(steps) {
		if float64(i+1)*w.IntervalHours > maxHours {
			break
		}
		r.Stages = append(r.Stages, hoist.Stage{
			At:      start.UTC().Add(time.Duration(i+1) * interval),
			Percent: math.Min(float64(i+1)*w.Increment, w.TargetPercentage),
		})
	}
	return 0, r
}

// gradualToWire returns the rollout of an exposure. What x has kept is used as
// long as it still gives the same stages; stages that were changed since are
// read anew, from the first two.
func gradualToWire(e *hoist.Exposure, x *ruleExtension) rollout {
	w := rollout{Strategy: "gradual", Salt: e.Salt, Increment: x.Increment, IntervalHours: x.IntervalHours, StartAt: x.StartAt}
	if e.Ramp == nil || len(e.Ramp.Stages) == 0 {
		w.TargetPercentage = targetBeforeStart(e, x)
		return w
	}
	stages := e.Ramp.Stages
	w.TargetPercentage = stages[len(stages)-1].Percent
	if _, made := gradual(&w); made != nil && sameStages(made.Stages, stages) {
		return w
	}
	w.Increment, w.IntervalHours = stages[0].Percent, 0
	start := stages[0].At
	if len(stages) > 1 {
		interval := stages[1].At.Sub(start)
		w.IntervalHours, start = interval.Hours(), start.Add(-interval)
	}
	w.StartAt = new(start.Format(time.RFC3339))
	return w
}

// targetBeforeStart returns the target of a rollout that has not started.
func targetBeforeStart(e *hoist.Exposure, x *ruleExtension) float64 {
	if x.Target != 0 {
		return x.Target
	}
	return e.Percent
}

func sameStages(a, b []hoist.Stage) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].At.Equal(b[i].At) || a[i].Percent != b[i].Percent {
			return false
		}
	}
	return true
}
