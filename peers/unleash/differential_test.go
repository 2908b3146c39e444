package unleash

import (
	"bufio"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/httpapi/unleash"
)

const (
	worlds           = 30
	featuresOfWorld  = 100
	contextsOfWorld  = 25
	hostname         = "host-1"
	firstDifferences = 20 // that are shown
)

// An sdk is the official Node SDK, in a process of its own.
type sdk struct {
	in  io.Writer
	out *bufio.Reader
}

func startSDK(t *testing.T) *sdk {
	t.Helper()
	install(t)
	process := exec.CommandContext(t.Context(), "node", "evaluate.mjs")
	process.Env = append(os.Environ(), "HOSTNAME="+hostname, "TZ=UTC")
	process.Stderr = os.Stderr
	in, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		process.Wait()
	})
	return &sdk{in, bufio.NewReader(out)}
}

type query struct {
	Name    string          `json:"name"`
	Context json.RawMessage `json:"context"`
}

type answer struct {
	Enabled bool            `json:"enabled"`
	Variant json.RawMessage `json:"variant"`
	Error   string          `json:"error"`
}

func (s *sdk) ask(t *testing.T, features []json.RawMessage, segments []members, queries []query) (answers []answer) {
	t.Helper()
	line := rawJSON(t, members{"features": features, "segments": segments, "queries": queries})
	if _, err := s.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	unmarshal(t, line, &answers)
	return answers
}

// TestDifferential compares with the official Node SDK. UNLEASH_SEED draws other
// features and contexts.
func TestDifferential(t *testing.T) {
	node := startSDK(t)
	seed := uint64(1)
	if text := os.Getenv("UNLEASH_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	var c comparison
	for i := range worlds {
		g := &generator{rand.New(rand.NewPCG(seed, uint64(i)))}
		c.compare(t, node, g)
	}
	t.Logf("seed %d: %d pairs of feature and context compared, %d features on, %d with a variant; %d differ", seed, c.pairs, c.on, c.variants, c.differences)
	if c.on < c.pairs/10 || c.variants < c.pairs/50 || c.pairs-c.on < c.pairs/10 {
		t.Error("the answers are too much of one kind to say something")
	}
}

type comparison struct {
	pairs, on, variants, differences int
}

// compare makes up a world and compares all answers in it.
func (c *comparison) compare(t *testing.T, node *sdk, g *generator) {
	t.Helper()
	made, segments := g.world(featuresOfWorld)
	var features []json.RawMessage
	for _, f := range made {
		features = append(features, rawJSON(t, f.document))
	}
	var queries []query
	for range contextsOfWorld {
		context := g.context()
		text := rawJSON(t, context)
		for _, f := range made {
			if isMet(f.needs, context) {
				queries = append(queries, query{f.name, text})
			}
		}
	}
	document := rawJSON(t, members{"features": features, "segments": segments})
	expectRoundTrip(t, document)
	flags := open(t, document, &hoist.Options{Attributes: []hoist.Attr{
		hoist.String("appName", "hoist"), hoist.String("environment", "default"), hoist.String("hostname", hostname),
	}})
	documents := map[string]json.RawMessage{}
	for i, f := range made {
		documents[f.name] = features[i]
	}
	for i, want := range node.ask(t, features, segments, queries) {
		q := queries[i]
		if want.Error != "" {
			t.Fatalf("the SDK cannot evaluate %s: %s", documents[q.Name], want.Error)
		}
		d := evaluate(t, flags, q.Context, q.Name)
		got := unleash.VariantOf(d)
		c.pairs++
		if got.FeatureEnabled {
			c.on++
		}
		if got.Enabled {
			c.variants++
		}
		if got.FeatureEnabled == want.Enabled && sameJSON(t, rawJSON(t, got), want.Variant) {
			continue
		}
		if c.differences++; c.differences <= firstDifferences {
			t.Errorf("%s\n  in the context %s\n  with segments %s: got %s, want %s", documents[q.Name], q.Context, rawJSON(t, segments), rawJSON(t, got), want.Variant)
		}
	}
}
