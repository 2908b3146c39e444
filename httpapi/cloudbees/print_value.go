package cloudbees

import (
	"encoding/json"
	"time"

	"github.com/hoistflags/hoist"
)

// A printer prints the configuration of one flag in one environment.
type printer struct{ config }

// value prints what is served, in the words in which it was written if these
// still say it.
func (p *printer) value(v served, written json.RawMessage, at string) json.RawMessage {
	if written != nil {
		c := p.quiet()
		if c.served(written, "").equal(v) && c.reader.errs == nil {
			return written
		}
	}
	switch {
	case v.schedule != nil:
		return p.steps(v.schedule, at)
	case v.serve.Split != nil:
		return p.options(v.serve.Split, at)
	}
	return p.plain(v.serve.Variant, v.serve.Action, at)
}

func (p *printer) plain(variant string, action hoist.Action, at string) json.RawMessage {
	switch {
	case action == hoist.CallersFallback:
		return nullText
	case action != "":
		p.fail(at, "the action %q is not something a CloudBees flag does", action)
		return nullText
	}
	for i := range p.flag.Variants {
		if v := &p.flag.Variants[i]; v.Name == variant {
			return raw(v.Value)
		}
	}
	if p.kind == hoist.TypeBoolean && (variant == "true" || variant == "false") {
		return json.RawMessage(variant)
	}
	p.fail(at, "unknown variant %q", variant)
	return nullText
}

func (p *printer) options(s *hoist.Split, at string) json.RawMessage {
	if s.Buckets != 0 || len(s.Overrides) > 0 {
		p.fail(at, "buckets and overrides are not something a CloudBees flag has")
	}
	list := make([]option, len(s.Arms))
	for i := range s.Arms {
		a := &s.Arms[i]
		list[i] = option{p.plain(a.Variant, a.Action, at), a.Weight}
		if len(a.Ranges) > 0 {
			p.fail(at, "ranges are not something a CloudBees flag has")
		}
	}
	return p.json(list, at)
}

func (p *printer) steps(e *hoist.Exposure, at string) json.RawMessage {
	list := make([]step, len(e.Ramp.Stages))
	for i, s := range e.Ramp.Stages {
		list[i] = step{s.At.UTC().Format(time.RFC3339Nano), s.Percent}
	}
	return p.json(list, at)
}

func (p *printer) json(v any, at string) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		p.fail(at, "%v", err)
		return nullText
	}
	return b
}
