package confidence

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/internal/jsontext"
)

// ImportOptions are what [Import] can be told. Nil means all defaults.
type ImportOptions struct {
	// Environment is the environment whose targeting the rules become. Empty
	// means the targeting that flags have outside of environments. It has
	// nothing to do with the environments of the product, which rules name.
	Environment string

	// Project is the project of the set; empty means the default one.
	Project string

	// Account is the account that the flags are from. Who is in the population
	// of a segment depends on it, and a document does not say it.
	Account string
}

// state is what resolvers load. The API lists segments under another name, with
// their populations.
type state struct {
	Flags             []json.RawMessage `json:"flags"`
	SegmentsNoBitsets []json.RawMessage `json:"segmentsNoBitsets"`
	Segments          []json.RawMessage `json:"segments"`
	Bitsets           []json.RawMessage `json:"bitsets"`
	Clients           []json.RawMessage `json:"clients"`
	ClientCredentials []json.RawMessage `json:"clientCredentials"`
}

type packedBitset struct {
	Segment       string `json:"segment"`
	GzippedBitset []byte `json:"gzippedBitset"`
	FullBitset    bool   `json:"fullBitset"`
}

// maxNesting is how deep a document may be nested.
const maxNesting = hoist.MaxDocumentDepth

// populationBytes is the length of a population: a bit for each of 1,000,000
// buckets.
const populationBytes = 1_000_000 / 8

// Import reads a resolver state as JSON: an object with the lists "flags",
// "segmentsNoBitsets" and "bitsets". Of segments under "segments", as the
// product's API lists them, the population is the segment's own or else the
// first units of its proportion.
//
// The set holds everything that could be taken over. What could not is in the
// report, with a JSON pointer into the document: a flag or segment that is not
// valid is left out by itself, and so are clients and their credentials, which
// are no part of a set; see [Clients] and [Credentials]. The report is nil if
// there is nothing to say. The error is for documents that cannot be read at
// all.
func Import(document []byte, opts *ImportOptions) (*hoist.Set, hoist.Errors, error) {
	if opts == nil {
		opts = &ImportOptions{}
	}
	i := importer{opts: opts, set: &hoist.Set{Project: opts.Project}, keys: map[string]bool{}}
	in, err := i.state(document)
	if err != nil {
		return nil, nil, err
	}
	populations := i.bitsets(in.Bitsets)
	for n, text := range in.SegmentsNoBitsets {
		i.segment(text, nth("/segmentsNoBitsets", n), true, populations)
	}
	for n, text := range in.Segments {
		i.segment(text, nth("/segments", n), false, populations)
	}
	for n, text := range in.Flags {
		i.flag(text, nth("/flags", n))
	}
	if len(in.Clients) > 0 {
		i.fail("/clients", "clients are no part of a set: flags name them")
	}
	if len(in.ClientCredentials) > 0 {
		i.fail("/clientCredentials", "credentials are no part of a set")
	}
	if opts.Environment != "" {
		i.set.Environments = []hoist.Environment{{Key: opts.Environment}}
	}
	return i.set, i.problems, nil
}

type importer struct {
	reader
	opts *ImportOptions
	set  *hoist.Set
	keys map[string]bool // of flags and segments that are there already
}

// state reads the document as far as its lists.
func (r *reader) state(document []byte) (*state, error) {
	if len(document) > hoist.MaxDocumentBytes {
		return nil, fmt.Errorf("confidence: %d bytes, limit %d", len(document), hoist.MaxDocumentBytes)
	}
	if depth := jsontext.Depth(document); depth > maxNesting {
		return nil, fmt.Errorf("confidence: nested %d deep, limit %d", depth, maxNesting)
	}
	if !json.Valid(document) {
		var v any
		return nil, fmt.Errorf("confidence: %w", json.Unmarshal(document, &v))
	}
	in := &state{}
	before := len(r.problems)
	r.message(document, "", in)
	if len(r.problems) > before {
		return nil, fmt.Errorf("confidence: %w", r.problems)
	}
	return in, nil
}

// bitsets reads the populations of segments, by their names; nil is everyone.
func (i *importer) bitsets(list []json.RawMessage) map[string][]byte {
	populations := map[string][]byte{}
	for n, text := range list {
		at := nth("/bitsets", n)
		var in packedBitset
		i.message(text, at, &in)
		if in.FullBitset {
			populations[in.Segment] = nil
			continue
		}
		bits, err := unpack(in.GzippedBitset)
		if err != nil {
			i.fail(at+"/gzippedBitset", "%v: the segment is left without a population", err)
			continue
		}
		populations[in.Segment] = bits
	}
	return populations
}

// unpack returns what was compressed, which must not be longer than a
// population.
func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	bits, err := io.ReadAll(io.LimitReader(z, populationBytes+1))
	if err == nil && len(bits) > populationBytes {
		err = errors.New("more than " + strconv.Itoa(populationBytes) + " bytes")
	}
	return bits, err
}

func (i *importer) segment(text []byte, at string, stored bool, populations map[string][]byte) {
	s, err := segmentFromWire(text, i.opts.Account, stored)
	if s != nil {
		if bits, ok := populations["segments/"+s.Key]; ok {
			s.Exposure = populationOf(bits, i.opts.Account)
		}
	}
	if i.accept(at, "segment "+s.Key, err) && i.accept(at, "", s.Validate()) {
		i.set.Segments = append(i.set.Segments, s)
	}
}

// populationOf returns the exposure of a stored population, nil for everyone.
func populationOf(bits []byte, account string) *hoist.Exposure {
	if bits == nil {
		return nil
	}
	return &hoist.Exposure{Salt: accountSalt(account), Population: bits}
}

func (i *importer) flag(text []byte, at string) {
	f, err := flagFromWire(text, i.opts.Environment)
	if i.accept(at, "flag "+f.Key, err) && i.accept(at, "", f.Validate()) {
		i.set.Flags = append(i.set.Flags, f)
	}
}

// accept reports whether nothing is wrong with an object, and that there was
// none of this name before.
func (i *importer) accept(at, name string, err error) bool {
	var list hoist.Errors
	if err == nil && name != "" {
		if i.keys[name] {
			i.fail(at+"/name", "there is another of this name")
			return false
		}
		i.keys[name] = true
	}
	if errors.As(err, &list) {
		for _, e := range list {
			i.fail(at+e.Path, "%s", e.Problem)
		}
	}
	return err == nil
}

// A Credential is the secret with which a client asks, and the environments
// that it asks for.
type Credential struct {
	Secret       string
	Client       string   // such as "clients/web"
	Environments []string // such as "environments/production"
}

type clientCredential struct {
	Name         string `json:"name"`
	ClientSecret struct {
		Secret string `json:"secret"`
	} `json:"clientSecret"`
	Environments []string `json:"environments"`
}

// Credentials reads the credentials in a resolver state, the document of
// [Import]. A credential belongs to the client whose name its own name begins
// with.
func Credentials(document []byte) ([]Credential, error) {
	r := &reader{}
	in, err := r.state(document)
	if err != nil {
		return nil, err
	}
	var list []Credential
	for i, text := range in.ClientCredentials {
		var c clientCredential
		r.message(text, nth("/clientCredentials", i), &c)
		parts := strings.SplitN(c.Name, "/", 3)
		if len(parts) < 3 || parts[0] != "clients" {
			r.fail(nth("/clientCredentials", i)+"/name", "want a name such as %q, found %q", "clients/x/clientCredentials/y", c.Name)
			continue
		}
		list = append(list, Credential{c.ClientSecret.Secret, parts[0] + "/" + parts[1], c.Environments})
	}
	return list, r.err()
}
