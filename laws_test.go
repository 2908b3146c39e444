package hoist

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spaolacci/murmur3"
	"pgregory.net/rapid"
)

// The laws of evaluation. Each test is one law and begins with the sentence
// that it proves on random scenes, see gen_test.go.

// peoplePerScene is how many subjects are asked about in one scene.
const peoplePerScene = 15

// open returns the engine for a scene that must be valid.
func (w scene) open(t rapid.TB) *Flags {
	t.Helper()
	flags, err := Open(context.Background(), Static(w.set), w.options())
	if err != nil {
		t.Fatalf("Open: %v\n%s", err, textOf(w.set))
	}
	return flags
}

func (w scene) options() *Options {
	return &Options{
		Project: w.set.Project, Environment: w.environment, Attributes: w.common,
		Clock: func() time.Time { return w.now },
	}
}

// keys returns the keys of the flags, and one that no flag has.
func (w scene) keys() []string {
	keys := []string{"no such flag"}
	for _, f := range w.set.Flags {
		keys = append(keys, f.Key)
	}
	return keys
}

// seen returns the parts of a decision that naive knows.
func seen(d Decision) naiveDecision {
	bucket, ok := d.Bucket()
	if !ok {
		bucket = noBucket
	}
	n := naiveDecision{d.Variant(), "", d.Reason(), d.Error(), d.RuleIndex(), int(bucket)}
	if !d.IsFallback() {
		n.value = d.Value().String()
	}
	return n
}

// diff says who got what where two decisions differ.
func diff(w scene, key string, p person, got, want naiveDecision) string {
	var set any = w.set
	if i := slices.IndexFunc(w.set.Flags, func(f *Flag) bool { return f.Key == key && refersToNothing(f) }); i >= 0 {
		set = w.set.Flags[i]
	}
	return fmt.Sprintf("flag %q, environment %q, at %s\nsubject %#v\nall have %#v\n got %v\nwant %v\nset %s",
		key, w.environment, w.now.Format(time.RFC3339Nano), p, person{attrs: w.common}, got, want, textOf(set))
}

// refersToNothing reports whether f alone shows what is the matter with it.
func refersToNothing(f *Flag) bool {
	text, err := json.Marshal(f)
	return err == nil && !bytes.Contains(text, []byte(`"segment":`)) && !bytes.Contains(text, []byte(`"flag":`)) &&
		!bytes.Contains(text, []byte(`"requires":`))
}

// checkSame compares what two engines say to some people about every flag.
func checkSame(t *rapid.T, w scene, what string, a, b *Flags) {
	t.Helper()
	for range peoplePerScene {
		p := people.Draw(t, "subject")
		for _, key := range w.keys() {
			got, want := seen(a.For(p.Subject).Evaluate(key)), seen(b.For(p.Subject).Evaluate(key))
			if got != want {
				t.Fatalf("%s: %s", what, diff(w, key, p, got, want))
			}
		}
	}
}

// The engine answers as the specification does: the same variant, value,
// reason, error, rule and bucket.
func TestLawEngineIsNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		for _, w.environment = range append(environmentsOf(w.set), "") {
			flags := w.open(t)
			for range peoplePerScene {
				p := people.Draw(t, "subject")
				checkNaive(t, w, p, flags)
				checkSegments(t, w, p, flags)
			}
			flags.Close()
		}
	})
}

// checkNaive compares the engine with the specification for every flag.
func checkNaive(t rapid.TB, w scene, p person, flags *Flags) {
	t.Helper()
	view, n := flags.For(p.Subject), w.naive()
	for _, key := range w.keys() {
		if got, want := seen(view.Evaluate(key)), n.decide(key, p.Subject); got != want {
			t.Fatalf("Evaluate: %s", diff(w, key, p, got, want))
		}
	}
}

// Every operator says what the specification says: that it holds, fails, or
// cannot be told. (The law before this one covers it; this one looks closer.)
func TestLawOperatorsAreNaive(t *testing.T) {
	for _, operator := range operators {
		t.Run(string(operator), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				w := scene{now: drawInstant(t)}
				g := &setGen{t: t}
				for i := range 6 {
					w.set.Flags = append(w.set.Flags, threeValued(strconv.Itoa(i), g.constraintOf(operator)))
				}
				flags := w.open(t)
				defer flags.Close()
				for range 10 {
					p := personWith(t, poolOperators[operator].attributes)
					checkNaive(t, w, p, flags)
				}
			})
		})
	}
}

// threeValued returns a flag that tests a condition on attribute "x" and is
// true if it holds, false if it fails, and undecided if it cannot be told.
func threeValued(key string, c Condition) *Flag {
	c.Constraint.Attribute = "x"
	return &Flag{Key: key, Targeting: &Targeting{Rules: []Rule{
		{When: c, Serve: Serve{Variant: "true"}},
		{When: Not(c), Serve: Serve{Variant: "false"}},
	}}}
}

// personWith draws a subject with an attribute "x" such as one of attributes.
func personWith(t *rapid.T, attributes []string) person {
	x := drawScalar(t)
	if sort := poolSorts[pick(t, attributes...)]; sort != nil {
		x = drawAttr(t, sort)
	}
	p := person{attrs: []Attr{{"x", x}}, form: "attrs"}
	p.Subject = p.as(p.form)
	return p
}

// checkSegments checks that the subject is in the segments that decisions name.
func checkSegments(t *rapid.T, w scene, p person, flags *Flags) {
	t.Helper()
	n := w.naive()
	for d := range flags.For(p.Subject).All() {
		for _, key := range d.Segments() {
			if n.segment(n.segments[key], p.Subject) != naiveYes {
				t.Fatalf("Segments: %q is named, the subject is not in it: %s", key, diff(w, d.Key(), p, seen(d), seen(d)))
			}
		}
	}
}

// It does not matter in which form a subject comes: attributes built in Go, a
// map, or a JSON document.
func TestLawFormsOfSubjects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		flags := w.open(t)
		defer flags.Close()
		for range peoplePerScene {
			p := people.Draw(t, "subject")
			p.attrs = slices.DeleteFunc(withoutSpecial(p.attrs), func(a Attr) bool { return a.Name == keyAttribute })
			plain := flags.For(p.as("attrs"))
			for _, p.form = range []string{"map", "document", "with"} {
				view := flags.For(p.as(p.form))
				for _, key := range w.keys() {
					if got, want := seen(view.Evaluate(key)), seen(plain.Evaluate(key)); got != want {
						t.Fatalf("Evaluate, want what it says for attributes: %s", diff(w, key, p, got, want))
					}
				}
			}
		}
	})
}

// Evaluation is a function of the snapshot, the subject and the clock: asked
// again, also by many at the same time, it says the same.
func TestLawEvaluationIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		flags := w.open(t)
		defer flags.Close()
		crowd := some(t, 1, 10, func() person { return people.Draw(t, "subject") })
		ask := func() (decisions []Decision) {
			for _, p := range crowd {
				for _, key := range w.keys() {
					decisions = append(decisions, flags.For(p.Subject).Evaluate(key))
				}
			}
			return decisions
		}
		answers := make([][]Decision, 4)
		var group sync.WaitGroup
		for i := range answers {
			group.Go(func() { answers[i] = ask() })
		}
		group.Wait()
		for _, answer := range append(answers, ask()) {
			if !reflect.DeepEqual(answer, answers[0]) {
				t.Fatalf("Evaluate: got %v, before it was %v\n%#v", answer, answers[0], w)
			}
		}
	})
}

// Neither the order of the arms of a split, nor that of flags and segments, nor
// that of the members of JSON objects moves anyone, nor does another flag.
func TestLawOrderMovesNoOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		other := w
		other.set = Set{}
		text, err := json.Marshal(w.set)
		if err != nil {
			t.Fatalf("Marshal: %v\n%#v", err, w)
		}
		if err := json.Unmarshal(shuffleMembers(text, random), &other.set); err != nil {
			t.Fatalf("Unmarshal: %v\n%s", err, text)
		}
		shuffleSet(&other.set, random)
		other.set.Flags = append(other.set.Flags, &Flag{Key: "unrelated", Targeting: &Targeting{Default: &Serve{Variant: "true"}}})
		a, b := other.open(t), w.open(t)
		defer a.Close()
		defer b.Close()
		checkSame(t, w, "after a change of order", a, b)
	})
}

func shuffle[T any](list []T, random *rand.Rand) {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func shuffleSet(set *Set, random *rand.Rand) {
	shuffle(set.Flags, random)
	shuffle(set.Segments, random)
	shuffle(set.Environments, random)
	arms := func(s *Serve) {
		if s != nil && s.Split != nil {
			shuffle(s.Split.Arms, random)
		}
	}
	for _, f := range set.Flags {
		for _, t := range targetingsOf(f) {
			arms(t.Default)
			for i := range t.Rules {
				arms(&t.Rules[i].Serve)
			}
		}
	}
}

func targetingsOf(f *Flag) []*Targeting {
	all := slices.Collect(maps.Values(f.Environments))
	if f.Targeting != nil {
		all = append(all, f.Targeting)
	}
	return all
}

// shuffleMembers returns the JSON text with the members of its objects in
// another order.
func shuffleMembers(text json.RawMessage, random *rand.Rand) json.RawMessage {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	var parts [][]byte
	switch {
	case text[0] == '{' && json.Unmarshal(text, &object) == nil:
		names := slices.Sorted(maps.Keys(object))
		shuffle(names, random)
		for _, name := range names {
			parts = append(parts, append(appendString(nil, name), ':'), shuffleMembers(object[name], random), []byte(","))
		}
	case text[0] == '[' && json.Unmarshal(text, &list) == nil:
		for _, element := range list {
			parts = append(parts, shuffleMembers(element, random), []byte(","))
		}
	}
	if len(parts) == 0 {
		return text
	}
	inner := bytes.Join(parts[:len(parts)-1], nil)
	return slices.Concat(json.RawMessage{text[0]}, inner, json.RawMessage{text[0] + 2}) // ']' and '}' are 2 after '[' and '{'
}

// Explain tells of the decision that Evaluate gives.
func TestLawExplainIsEvaluate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		flags := w.open(t)
		defer flags.Close()
		for range peoplePerScene {
			p := people.Draw(t, "subject")
			view := flags.For(p.Subject)
			for _, key := range w.keys() {
				explanation, want := view.Explain(key), view.Evaluate(key)
				if got := explanation.Decision; !reflect.DeepEqual(got, want) {
					t.Fatalf("Explain: %s\n%v", diff(w, key, p, seen(got), seen(want)), explanation)
				}
				if text, err := json.Marshal(explanation); err != nil || explanation.String() == "" {
					t.Fatalf("Explain: text %q, JSON %s, %v: %s", explanation.String(), text, err, diff(w, key, p, seen(want), seen(want)))
				}
			}
		}
	})
}

// All gives the decision of every flag that is not archived, by key.
func TestLawAllIsEvaluate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		flags := w.open(t)
		defer flags.Close()
		p := people.Draw(t, "subject")
		view := flags.For(p.Subject)
		var want []Decision
		for _, key := range slices.Sorted(slices.Values(w.keys())) {
			if d := view.Evaluate(key); d.Error() != FlagNotFound {
				want = append(want, d)
			}
		}
		if got := slices.Collect(view.All()); !reflect.DeepEqual(got, want) {
			t.Fatalf("All: got %v, want %v, subject %#v\n%#v", got, want, p, w)
		}
	})
}

// The getters give the value of the decision, and the caller's fallback where
// there is none or it is of another type. The JSON getter, and for a boolean
// flag that of strings, reads the payload.
func TestLawGettersAreEvaluate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		flags := w.open(t)
		defer flags.Close()
		for range peoplePerScene {
			p := people.Draw(t, "subject")
			view := flags.For(p.Subject)
			for _, key := range w.keys() {
				checkGetters(t, w, p, view, view.Evaluate(key))
			}
		}
	})
}

func checkGetters(t *rapid.T, w scene, p person, view View, d Decision) {
	t.Helper()
	for _, fallback := range []bool{true, false} {
		want, ok := d.Value().Bool()
		if got := view.Bool(d.Key(), fallback); got != orElse(want, ok && d.Type() == TypeBoolean, fallback) {
			t.Fatalf("Bool(%v): got %v, %s", fallback, got, diff(w, d.Key(), p, seen(d), seen(d)))
		}
	}
	text, isText := d.Value(), d.Type() == TypeString
	if d.Type() == TypeBoolean {
		text, isText = d.Payload(), d.Payload().Kind() == KindString
	}
	if got, want := view.String(d.Key(), "fallback"), orElse(text.String(), isText && !d.IsFallback(), "fallback"); got != want {
		t.Fatalf("String: got %q, want %q, %s", got, want, diff(w, d.Key(), p, seen(d), seen(d)))
	}
	integer, isInt := d.Value().Int()
	if got, want := view.Int(d.Key(), -7), orElse(integer, isInt && d.Type() == TypeNumber, -7); got != want {
		t.Fatalf("Int: got %d, want %d, %s", got, want, diff(w, d.Key(), p, seen(d), seen(d)))
	}
	float, isFloat := d.Value().Float()
	if got, want := view.Float(d.Key(), -7.5), orElse(float, isFloat && d.Type() == TypeNumber, -7.5); got != want {
		t.Fatalf("Float: got %v, want %v, %s", got, want, diff(w, d.Key(), p, seen(d), seen(d)))
	}
}

func orElse[T any](v T, ok bool, fallback T) T {
	if ok {
		return v
	}
	return fallback
}

// Growing shares.

// A share that grows keeps everyone who was in: the greater percentage, the
// ramp at the later time, the later stage.
func TestLawGrowingKeepsEveryone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := Exposure{Salt: pick(t, "", "shared"), By: pick(t, nil, []string{"country", "key"})}
		before, after, early, late := growth(t, e)
		a, b := scene{set: exposed(before), now: early}.open(t), scene{set: exposed(after), now: late}.open(t)
		defer a.Close()
		defer b.Close()
		for i := range 300 {
			s := NewSubject("user-" + strconv.Itoa(i))
			for _, key := range []string{"rule", "segment", "negated"} {
				if a.For(s).Bool(key, false) && !b.For(s).Bool(key, false) {
					t.Fatalf("%s: user-%d was in and is out\nat %v %s\nat %v %s", key, i, early, textOf(before), late, textOf(after))
				}
			}
		}
	})
}

// growth draws an exposure before and after, or at two times, so that the
// share grows.
func growth(t *rapid.T, e Exposure) (before, after Exposure, early, late time.Time) {
	g := &setGen{t: t}
	from, to := g.percent(), g.percent()
	from, to = min(from, to), max(from, to)
	before, after = e, e
	early, late = drawInstant(t), drawInstant(t)
	if late.Before(early) {
		early, late = late, early
	}
	switch pick(t, "percent", "ramp", "stages") {
	case "percent":
		before.Percent, after.Percent = from, to
	case "ramp":
		before.Ramp = &Ramp{From: from, To: to, Start: drawInstant(t), Steps: pick(t, 0, 1, 3, 49)}
		before.Ramp.End = before.Ramp.Start.Add(pick(t, time.Hour, 36*time.Hour, 7*time.Second))
		after = before
	case "stages":
		at := drawInstant(t)
		before.Ramp = &Ramp{Stages: []Stage{{at, from}, {at.Add(time.Hour), to}}}
		after = before
	}
	return before, after, early, late
}

// exposed returns flags that are true for those an exposure admits: in a rule,
// and in a segment.
func exposed(e Exposure) Set {
	yes, no := Serve{Variant: "true"}, Serve{Variant: "false"}
	return Set{
		Segments: []*Segment{{Key: "part", Exposure: &e}},
		Flags: []*Flag{
			{Key: "rule", Targeting: &Targeting{Rules: []Rule{{Exposure: &e, Serve: yes}}, Default: &no}},
			{Key: "segment", Targeting: &Targeting{Rules: []Rule{{When: InSegment("part"), Serve: yes}}, Default: &no}},
			{Key: "negated", Targeting: &Targeting{Rules: []Rule{{When: Not(InSegment("part")), Serve: no}}, Default: &yes}},
		},
	}
}

// Shares and weights. These tests have no chance in them: the subjects are
// user-0, user-1 and so on, so a test that passes once passes always. The
// limits are such that a good hash would fail one choice of salts in a million.

// chiSquare returns how far counts are from what is expected, and the limit
// that chance exceeds once in a million (Wilson and Hilferty's approximation).
func chiSquare(counts []int, expected []float64) (got, limit float64) {
	for i, n := range counts {
		d := float64(n) - expected[i]
		got += d * d / expected[i]
	}
	k := 2 / (9 * float64(len(counts)-1))
	return got, float64(len(counts)-1) * math.Pow(1-k+4.7534*math.Sqrt(k), 3)
}

// evenly returns what is expected if n fall into so many cells evenly.
func evenly(n, cells int) []float64 {
	expected := make([]float64, cells)
	for i := range expected {
		expected[i] = float64(n) / float64(cells)
	}
	return expected
}

// rolled returns a flag that everyone is admitted to, so that its decisions
// show the bucket.
func rolled(key, salt string) *Flag {
	return &Flag{Key: key, Targeting: &Targeting{Rules: []Rule{{Exposure: &Exposure{Percent: 100, Salt: salt}, Serve: Serve{Variant: "true"}}}}}
}

// halved returns a flag that splits everyone, so that its decisions show the
// bucket of a split.
func halved(key, salt string) *Flag {
	arms := []Arm{{Variant: "true", Weight: 1}, {Variant: "false", Weight: 1}}
	return &Flag{Key: key, Targeting: &Targeting{Default: &Serve{Split: &Split{Arms: arms, Salt: salt}}}}
}

// buckets returns the bucket of user-0 to user-n-1 in each of flags.
func buckets(t *testing.T, n int, flags ...*Flag) [][]int {
	t.Helper()
	engine := scene{set: Set{Flags: flags}}.open(t)
	defer engine.Close()
	all := make([][]int, len(flags))
	for i := range n {
		view := engine.For(NewSubject("user-" + strconv.Itoa(i)))
		for j, f := range flags {
			bucket, ok := view.Evaluate(f.Key).Bucket()
			if !ok || bucket < 0 || bucket >= naiveBuckets {
				t.Fatalf("Bucket of user-%d in %q: got %d, %v", i, f.Key, bucket, ok)
			}
			all[j] = append(all[j], int(bucket))
		}
	}
	return all
}

// Shares are uniform: every hundredth of the buckets gets its hundredth of the
// subjects, whatever the salt.
func TestLawSharesAreUniform(t *testing.T) {
	const n, cells = 100000, 100
	flags := []*Flag{rolled("a", ""), rolled("b", ""), rolled("c", "salt"), rolled("d", "пари"), halved("e", ""), halved("f", "salt")}
	for i, list := range buckets(t, n, flags...) {
		counts := make([]int, cells)
		for _, bucket := range list {
			counts[bucket/(naiveBuckets/cells)]++
		}
		if got, limit := chiSquare(counts, evenly(n, cells)); got > limit {
			t.Errorf("buckets of %q: chi-square of %d subjects in %d cells is %.1f, want at most %.1f: %v", flags[i].Key, n, cells, got, limit, counts)
		}
	}
}

// Shares are independent across salts, and a split is independent of the
// exposure around it: who is where in one says nothing about the other.
func TestLawSaltsAreIndependent(t *testing.T) {
	const n, cells = 100000, 10
	flags := []*Flag{rolled("a", ""), rolled("b", ""), rolled("c", "salt"), rolled("d", "salt1"), halved("e", "a"), halved("f", "salt")}
	all := buckets(t, n, flags...)
	for i := range all {
		for j := range i {
			counts := make([]int, cells*cells)
			for k := range n {
				counts[all[i][k]*cells/naiveBuckets*cells+all[j][k]*cells/naiveBuckets]++
			}
			if got, limit := chiSquare(counts, evenly(n, cells*cells)); got > limit {
				t.Errorf("buckets of %q and %q: chi-square of %d subjects is %.1f, want at most %.1f: %v", flags[i].Key, flags[j].Key, n, got, limit, counts)
			}
		}
	}
}

// Rollouts of one salt admit the same subjects first.
func TestLawSaltsShareTheirOrder(t *testing.T) {
	all := buckets(t, 1000, rolled("a", "shared"), rolled("b", "shared"), rolled("shared", ""))
	if !slices.Equal(all[0], all[1]) || !slices.Equal(all[0], all[2]) {
		t.Error("buckets of flags with the salt \"shared\" differ, want them to be the same")
	}
}

// The variants of a split get their weights, also within an exposure.
func TestLawSplitsKeepTheirWeights(t *testing.T) {
	const n = 100000
	weights := map[string]float64{"a": 50, "b": 30, "c": 15, "d": 4, "e": 1}
	for _, share := range []float64{100, 30, 5} {
		engine := scene{set: Set{Flags: []*Flag{weighted(weights, share)}}}.open(t)
		counts, in := map[string]int{}, 0
		for i := range n {
			if v := engine.For(NewSubject("user-"+strconv.Itoa(i))).String("f", ""); v != "" {
				counts[v]++
				in++
			}
		}
		engine.Close()
		if got, limit := chiSquare([]int{in, n - in}, []float64{n * (share + 1e-9) / 100, n * (100 - share + 1e-9) / 100}); got > limit {
			t.Errorf("exposure of %v %%: %d of %d are in", share, in, n)
		}
		var got []int
		var want []float64
		for name, weight := range weights {
			got, want = append(got, counts[name]), append(want, float64(in)*weight/100)
		}
		if got, limit := chiSquare(got, want); got > limit {
			t.Errorf("split in an exposure of %v %%: chi-square is %.1f, want at most %.1f: %v", share, got, limit, counts)
		}
	}
}

// weighted returns a flag that gives a share of the subjects one of variants
// by weight.
func weighted(weights map[string]float64, share float64) *Flag {
	f := &Flag{Key: "f", Type: TypeString}
	split := &Split{}
	for name, weight := range weights {
		f.Variants = append(f.Variants, Variant{Name: name, Value: StringValue(name)})
		split.Arms = append(split.Arms, Arm{Variant: name, Weight: weight})
	}
	f.Targeting = &Targeting{Rules: []Rule{{Exposure: &Exposure{Percent: share}, Serve: Serve{Split: split}}}}
	return f
}

// The edges of shares are exact: a share of as many buckets as the number of a
// subject's bucket leaves it out, one more lets it in, and so for the arms of a
// split.
func TestLawEdgesAreExact(t *testing.T) {
	for i := range 200 {
		s := NewSubject("user-" + strconv.Itoa(i))
		var n naive
		in, _ := n.bucket(nil, "", "f", ":", s)
		arm, _ := n.bucket(nil, "", "f", "#", s)
		for more := range 2 {
			share := &Exposure{Percent: float64(in+more) / 1000}
			weights := []Arm{{Variant: "true", Weight: float64(naiveBuckets - arm - more)}, {Variant: "false", Weight: float64(arm + more)}}
			f := &Flag{Key: "f", Targeting: &Targeting{Default: &Serve{Split: &Split{Arms: weights}}}}
			g := &Flag{Key: "g", Targeting: &Targeting{Rules: []Rule{{Exposure: share, Serve: Serve{Variant: "true"}}}}}
			share.Salt = "f"
			flags := scene{set: Set{Flags: []*Flag{f, g}}}.open(t)
			if got, want := flags.For(s).Bool("g", false), more == 1; got != want {
				t.Errorf("user-%d of bucket %d is in a share of %v %%: %v, want %v", i, in, share.Percent, got, want)
			}
			if got, want := flags.For(s).Bool("f", false), more == 0; got != want {
				t.Errorf("user-%d of bucket %d gets %v where \"false\" has the first %d buckets", i, arm, got, arm+more)
			}
			flags.Close()
		}
	}
}

// Every single bucket of a split belongs to the arm that the specification says.
// (Subjects fall into each with a chance of 1 in 100,000 only.)
func TestLawEveryBucketHasItsArm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &Flag{Key: "f", Type: TypeString, Targeting: &Targeting{Default: &Serve{Split: &Split{}}}}
		arms := &f.Targeting.Default.Split.Arms
		for i, weight := range some(t, 2, 6, func() float64 { return drawWeight(t) }) {
			name := strconv.Itoa(i)
			f.Variants = append(f.Variants, Variant{Name: name, Value: StringValue(name)})
			*arms = append(*arms, Arm{Variant: name, Weight: weight})
		}
		(*arms)[0].Weight++
		compiled, err := compileFlag(f, "", newNames())
		if err != nil {
			t.Fatalf("compileFlag: %v\n%s", err, textOf(f))
		}
		for _, a := range compiled.orElse.split.arms {
			for _, bucket := range []int{int(a.bound) - 1, int(a.bound)} {
				got, want := compiled.orElse.split.arms, armOf(*arms, bucket).Variant
				i := slices.IndexFunc(got, func(a arm) bool { return bucket < int(a.bound) })
				if bucket >= 0 && bucket < naiveBuckets && got[i].target.name != want {
					t.Fatalf("bucket %d is of arm %q, want %q\n%s", bucket, got[i].target.name, want, textOf(f))
				}
			}
		}
	})
}

// drawWeight draws weights of which many sums are half a bucket.
func drawWeight(t *rapid.T) float64 {
	if chance(t, 50) {
		return float64(rapid.IntRange(0, 100000).Draw(t, "weight"))
	}
	return pick(t, 0, 1, 2, 3, 99999, 199997, 0.1, 33.3, 1e-9, 1e300)
}

// The hash of the engine is the first half of MurmurHash3 for x64, whatever the
// length.
func TestLawHashIsMurmur3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 3*murmurBuffer).Draw(t, "data")
		if got, want := murmur64(data), murmur3.Sum64(data); got != want {
			t.Fatalf("murmur64(%x) = %x, want %x", data, got, want)
		}
	})
}

// Changes.

// A change of a flag or segment leaves every other compiled flag as it is, the
// same pointer, unless it depends on what was changed; and what evaluation says
// afterwards is what it says of the changed set from the beginning.
func TestLawChangesTouchOnlyDependents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		engine := w.handFed()
		engine.publish(engine.graph.load(recordsOf(t, w.set)), 1)
		before := engine.current.Load().flags()
		changed := change(t, &w.set)
		engine.publish(engine.graph.load(recordsOf(t, w.set)), 2)
		affected := dependents(w.set, changed)
		after := engine.current.Load().flags()
		for _, f := range before {
			if !affected[nodeID{FlagRecord, f.key}] && !slices.Contains(after, f) {
				t.Fatalf("flag %q was compiled anew after a change of %v only\n%#v", f.key, changed, w)
			}
		}
		fresh := w.open(t)
		defer fresh.Close()
		checkSame(t, w, "after a change", engine, fresh)
	})
}

// A record that is not valid leaves everything as it was, the flag or segment of
// that record included, and is reported until it is valid again.
func TestLawTroubleChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		engine, untouched := w.handFed(), w.open(t)
		defer untouched.Close()
		engine.publish(engine.graph.load(recordsOf(t, w.set)), 1)
		good := anyRecord(t, w.set)
		bad := good
		bad.Data = json.RawMessage(pick(t, "{", "[]", `{"unknown":1}`, `{"rules":[{}]}`, `{"when":{"segment":"missing"},"rules":[{"when":{"segment":"missing"}}]}`))
		engine.publish(engine.graph.apply([]Record{bad}), 2)
		if problems := engine.Status().Problems; len(problems) != 1 || problems[0].Key != bad.Key || problems[0].Kind != bad.Kind {
			t.Fatalf("Status().Problems: got %v, want one of %s %q\n%#v", problems, bad.Kind, bad.Key, w)
		}
		checkSame(t, w, "with a record that is not valid", engine, untouched)
		engine.publish(engine.graph.apply([]Record{good}), 3)
		if problems := engine.Status().Problems; len(problems) > 0 {
			t.Fatalf("Status().Problems: got %v, want none\n%#v", problems, w)
		}
		checkSame(t, w, "after the record is valid again", engine, untouched)
	})
}

// What is deleted is gone, and everything else goes on as it was, what referred
// to it included.
func TestLawDeletionChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		engine, untouched := w.handFed(), w.open(t)
		defer untouched.Close()
		engine.publish(engine.graph.load(recordsOf(t, w.set)), 1)
		gone := anyRecord(t, w.set)
		gone.Data = nil
		engine.publish(engine.graph.apply([]Record{gone}), 2)
		if gone.Kind == FlagRecord {
			if d := engine.For(Subject{}).Evaluate(gone.Key); d.Error() != FlagNotFound {
				t.Fatalf("Evaluate(%q) after it was deleted: got %v, want %v\n%#v", gone.Key, seen(d), FlagNotFound, w)
			}
			w.set.Flags = slices.DeleteFunc(slices.Clone(w.set.Flags), func(f *Flag) bool { return f.Key == gone.Key })
		}
		checkSame(t, w, "after "+gone.Key+" was deleted", engine, untouched)
	})
}

// handFed returns an engine without a source, that is given its flags by
// publish.
func (w scene) handFed() *Flags {
	f := &Flags{
		world:    newWorld(w.options()),
		counting: newCounting(),
		log:      slog.New(slog.DiscardHandler),
		graph:    newGraph(cmp.Or(w.set.Project, DefaultProject), w.environment),
	}
	f.current.Store(&snapshot{index: newIndex(0)})
	return f
}

func recordsOf(t rapid.TB, set Set) []Record {
	t.Helper()
	records, err := set.Records()
	if err != nil {
		t.Fatalf("Records: %v\n%s", err, textOf(set))
	}
	return records
}

// anyRecord draws one of the flags and segments that are in use.
func anyRecord(t *rapid.T, set Set) Record {
	set.Environments = nil
	set.Flags = slices.DeleteFunc(slices.Clone(set.Flags), func(f *Flag) bool { return f.Archived })
	records := recordsOf(t, set)
	if len(records) == 0 {
		t.Skip("everything is archived")
	}
	return pick(t, records...)
}

// change changes one flag or segment in a way that keeps the set valid.
func change(t *rapid.T, set *Set) nodeID {
	i := rapid.IntRange(0, len(set.Flags)+len(set.Segments)-1).Draw(t, "changed")
	if i < len(set.Segments) {
		s := set.Segments[i].Clone()
		s.When = Not(s.When)
		set.Segments[i] = s
		return nodeID{SegmentRecord, s.Key}
	}
	i -= len(set.Segments)
	f := set.Flags[i].Clone()
	f.Description += "!"
	for _, t := range targetingsOf(f) {
		t.Disabled = !t.Disabled
	}
	set.Flags[i] = f
	return nodeID{FlagRecord, f.Key}
}

// dependents returns changed and everything in set that refers to it, however
// indirectly.
func dependents(set Set, changed nodeID) map[nodeID]bool {
	refers := map[nodeID][]nodeID{}
	for _, s := range set.Segments {
		refers[nodeID{SegmentRecord, s.Key}] = referencesOf(&s.When)
	}
	for _, f := range set.Flags {
		id := nodeID{FlagRecord, f.Key}
		for _, t := range targetingsOf(f) {
			for _, r := range t.Requires {
				refers[id] = append(refers[id], nodeID{FlagRecord, r.Flag})
			}
			for i := range t.Rules {
				refers[id] = append(refers[id], referencesOf(&t.Rules[i].When)...)
			}
		}
	}
	affected := map[nodeID]bool{changed: true}
	for before := 0; before < len(affected); {
		before = len(affected)
		for id, to := range refers {
			if slices.ContainsFunc(to, func(to nodeID) bool { return affected[to] }) {
				affected[id] = true
			}
		}
	}
	return affected
}

// referencesOf returns what a condition refers to.
func referencesOf(c *Condition) []nodeID {
	var ids []nodeID
	for _, list := range [][]Condition{c.All, c.Any} {
		for i := range list {
			ids = append(ids, referencesOf(&list[i])...)
		}
	}
	if c.Not != nil {
		ids = append(ids, referencesOf(c.Not)...)
	}
	if c.Segment != "" {
		ids = append(ids, nodeID{SegmentRecord, c.Segment})
	}
	if c.Flag != nil {
		ids = append(ids, nodeID{FlagRecord, c.Flag.Flag})
	}
	return ids
}

// Validity.

// Validate accepts a set exactly if the engine takes it, with every flag in
// every environment; and nothing that is wrong with a set makes anything panic.
func TestLawValidateIsCompile(t *testing.T) {
	valid := 0
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		set := broken(t, w.set)
		invalid := set.Validate()
		checkErrors(t, invalid)
		for _, environment := range append(environmentsOf(set), "") {
			w := scene{set: set, environment: environment, now: w.now}
			flags, err := Open(context.Background(), Static(set), w.options())
			if (err == nil) != (invalid == nil) {
				t.Fatalf("Validate says %v, Open %v\n%s", invalid, err, describe(set))
			}
			if err != nil {
				continue
			}
			valid++
			if problems := flags.Status().Problems; len(problems) > 0 {
				t.Fatalf("Validate accepts, Status().Problems of environment %q: %v\n%s", environment, problems, textOf(set))
			}
			if w.set = throughJSON(t, set); w.naive().speaksOf(w.set) {
				for range 3 {
					checkNaive(t, w, people.Draw(t, "subject"), flags)
				}
			}
			flags.Close()
		}
	})
	t.Logf("%d sets were valid", valid)
}

// throughJSON returns the set as an engine gets it.
func throughJSON(t *rapid.T, set Set) Set {
	t.Helper()
	text, err := json.Marshal(set)
	if err == nil {
		set = Set{}
		err = json.Unmarshal(text, &set)
	}
	if err != nil {
		t.Fatalf("Validate accepts, JSON has %v\n%s", err, describe(set))
	}
	return set
}

// checkErrors checks the form of what Validate returns.
func checkErrors(t *rapid.T, err error) {
	t.Helper()
	var list Errors
	switch {
	case err == nil:
	case !errors.Is(err, ErrInvalid) || !errors.As(err, &list) || len(list) == 0 || len(list) > maxProblems+1:
		t.Fatalf("Validate: got %T %v, want Errors that are ErrInvalid", err, err)
	}
}

// Flag.Validate accepts a flag exactly if it has a JSON form and can be compiled
// by itself in every environment, and what it accepts comes back from its JSON
// form as it was; the same for segments.
func TestLawValidateIsCompileAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := broken(t, scenes.Draw(t, "scene").set)
		for _, f := range set.Flags {
			if f != nil {
				checkAlone(t, f, new(Flag), f.Validate(), compilesAlone(f))
			}
		}
		for _, s := range set.Segments {
			if s != nil {
				checkAlone(t, s, new(Segment), s.Validate(), segmentCompilesAlone(s))
			}
		}
	})
}

func checkAlone(t *rapid.T, v, empty any, invalid, compiled error) {
	t.Helper()
	checkErrors(t, invalid)
	if (invalid == nil) != (compiled == nil) {
		t.Fatalf("Validate says %v, compiling %v\n%s", invalid, compiled, describe(v))
	}
	if invalid == nil {
		checkCodec(t, v, empty)
	}
}

func compilesAlone(f *Flag) error {
	for _, environment := range append(slices.Collect(maps.Keys(f.Environments)), "") {
		if _, err := compileFlag(f, environment, newNames()); err != nil {
			return err
		}
	}
	for environment := range f.Environments {
		if problem := keyProblem(environment); problem != "" {
			return errors.New("environment " + problem)
		}
	}
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, new(Flag))
}

func segmentCompilesAlone(s *Segment) error {
	if _, err := compileSegment(s, newNames()); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, new(Segment))
}

// Encoding.

// A valid set, and each flag and segment of it, comes back from its JSON form
// as it was, field by field; and the JSON of that is the same text.
func TestLawDecodeUndoesEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := scenes.Draw(t, "scene")
		checkCodec(t, &w.set, new(Set))
		for _, f := range w.set.Flags {
			checkCodec(t, f, new(Flag))
			if !f.Equal(f.Clone()) {
				t.Fatalf("Equal: a flag differs from its Clone\n%s", textOf(f))
			}
		}
		for _, s := range w.set.Segments {
			checkCodec(t, s, new(Segment))
			if !s.Equal(s.Clone()) {
				t.Fatalf("Equal: a segment differs from its Clone\n%s", textOf(s))
			}
		}
	})
}

// checkCodec encodes v, decodes the text into empty and compares. Where a key
// is not part of the text, it is given to the copy.
func checkCodec(t *rapid.T, v, empty any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("Marshal: %v\n%s", err, describe(v))
	}
	if err := json.Unmarshal(text, empty); err != nil {
		t.Fatalf("Unmarshal: %v\n%s", err, text)
	}
	if path := differ(reflect.ValueOf(v), reflect.ValueOf(empty)); path != "" {
		t.Fatalf("Unmarshal: %s is not what it was\n%s\n got %s\nwant %s", path, text, describe(empty), describe(v))
	}
	again, err := json.Marshal(empty)
	if err != nil || !bytes.Equal(text, again) {
		t.Fatalf("Marshal: got %s, %v, want what was decoded: %s", again, err, text)
	}
}

// differ returns the path to the first difference of two model objects, ""
// if there is none. An empty list is the same as none, except that conditions
// tell All and Any of nothing from no condition; and bytes that are not UTF-8
// are the replacement character.
func differ(a, b reflect.Value) string {
	switch x := a.Interface().(type) {
	case Value:
		if x.Kind() == KindString {
			x = StringValue(strings.ToValidUTF8(x.String(), "\ufffd"))
		}
		return differIf(!x.Equal(b.Interface().(Value)))
	case time.Time:
		return differIf(!x.Equal(b.Interface().(time.Time)))
	}
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return differIf(a.IsNil() != b.IsNil())
		}
		return differ(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if path := differ(a.Field(i), b.Field(i)); path != "" {
				return "." + a.Type().Field(i).Name + path
			}
		}
		return ""
	case reflect.Slice:
		return differSlice(a, b)
	case reflect.Map:
		return differMap(a, b)
	}
	if a.Kind() == reflect.String {
		return differIf(strings.ToValidUTF8(a.String(), "\ufffd") != b.String())
	}
	return differIf(!a.Equal(b))
}

func differIf(different bool) string {
	if different {
		return " "
	}
	return ""
}

func differSlice(a, b reflect.Value) string {
	if a.Len() != b.Len() || a.Type() == reflect.TypeFor[[]Condition]() && a.IsNil() != b.IsNil() {
		return " "
	}
	for i := range a.Len() {
		if path := differ(a.Index(i), b.Index(i)); path != "" {
			return fmt.Sprintf("[%d]%s", i, path)
		}
	}
	return ""
}

func differMap(a, b reflect.Value) string {
	if a.Len() != b.Len() {
		return " "
	}
	for it := a.MapRange(); it.Next(); {
		other := b.MapIndex(it.Key())
		if !other.IsValid() {
			return fmt.Sprintf("[%q]", it.Key())
		}
		if path := differ(it.Value(), other); path != "" {
			return fmt.Sprintf("[%q]%s", it.Key(), path)
		}
	}
	return ""
}
