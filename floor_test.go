package hoist_test

import (
	"encoding/json"
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The floor: what single steps of an evaluation cost on the machine at hand
// when nothing is around them. docs/performance.md gives the benchmarks of
// bench_test.go as ratios to these, since a ratio travels between machines and
// a time does not.

// A floorFlag is what a floor benchmark finds by its key.
type floorFlag struct {
	key       string
	seed      uint64
	threshold uint32
}

func floorSnapshot() (*atomic.Pointer[map[string]*floorFlag], []string) {
	flags, keys := map[string]*floorFlag{}, []string{}
	for i := range manyFlags {
		f := &floorFlag{key: rulesKey(i), seed: uint64(i), threshold: 1 << 31}
		flags[f.key], keys = f, append(keys, f.key)
	}
	snapshot := new(atomic.Pointer[map[string]*floorFlag])
	snapshot.Store(&flags)
	return snapshot, keys
}

func BenchmarkFloorSnapshotLookup(b *testing.B) {
	snapshot, keys := floorSnapshot()
	key := strings.Clone(keys[manyFlags/2]) // another copy than the map has, as always
	stop := startCPU(b)
	for b.Loop() {
		if (*snapshot.Load())[key] == nil {
			b.Fatal("not found")
		}
	}
	stop()
}

func BenchmarkFloorSnapshotLookupRotating(b *testing.B) {
	snapshot, keys := floorSnapshot()
	i := 0
	stop := startCPU(b)
	for b.Loop() {
		if (*snapshot.Load())[keys[i]] == nil {
			b.Fatal("not found")
		}
		if i++; i == len(keys) {
			i = 0
		}
	}
	stop()
}

// floorMurmur is MurmurHash3 for x86, 32 bits, straight from a string: about
// the least that a hash of a rollout can cost.
func floorMurmur(seed uint32, s string) uint32 {
	h, n := seed, len(s)
	for ; len(s) >= 4; s = s[4:] {
		k := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
		h ^= bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	k := uint32(0)
	for i := len(s) - 1; i >= 0; i-- {
		k = k<<8 | uint32(s[i])
	}
	h ^= bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593
	h ^= uint32(n)
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

func BenchmarkFloorMurmur3Inline(b *testing.B) {
	id := subjectID
	stop := startCPU(b)
	for b.Loop() {
		floorSink += uint64(floorMurmur(7, id))
	}
	stop()
}

// floorSink keeps results alive.
var floorSink uint64

// FloorMapHash is the hash that finds a flag, of a key and without the lookup.
func BenchmarkFloorMapHashString(b *testing.B) {
	seed, key := maphash.MakeSeed(), subjectID
	stop := startCPU(b)
	for b.Loop() {
		floorSink += maphash.String(seed, key)
	}
	stop()
}

// FloorLookupAndHash is what a rollout cannot do without: the base of most
// ratios.
func BenchmarkFloorLookupAndHash(b *testing.B) {
	snapshot, keys := floorSnapshot()
	key, id := strings.Clone(keys[manyFlags/2]), subjectID
	stop := startCPU(b)
	for b.Loop() {
		f := (*snapshot.Load())[key]
		if floorMurmur(uint32(f.seed), id) < f.threshold {
			floorSink++
		}
	}
	stop()
}

func BenchmarkFloorStringSet5(b *testing.B) {
	list := []string{"DK", "NO", "FI", "IS", "SE"}
	country := strings.Clone("SE")
	stop := startCPU(b)
	for b.Loop() {
		if slices.Contains(list, country) {
			floorSink++
		}
	}
	stop()
}

func BenchmarkFloorStringSet10000Map(b *testing.B) {
	set := map[string]struct{}{}
	for i := range 10_000 {
		set[listedID(i)] = struct{}{}
	}
	id := strings.Clone(listedID(5_000))
	stop := startCPU(b)
	for b.Loop() {
		if _, ok := set[id]; ok {
			floorSink++
		}
	}
	stop()
}

func BenchmarkFloorAttrLinear4(b *testing.B) {
	type attr struct {
		name  int
		value string
	}
	attrs := [8]attr{{3, "enterprise"}, {9, "42"}, {17, "2.14.3"}, {5, "SE"}}
	name := 5
	stop := startCPU(b)
	for b.Loop() {
		for i := range 4 {
			if attrs[i].name == name {
				floorSink += uint64(len(attrs[i].value))
				break
			}
		}
	}
	stop()
}

func BenchmarkFloorTimeNow(b *testing.B) {
	stop := startCPU(b)
	for b.Loop() {
		floorSink += uint64(time.Now().UnixNano())
	}
	stop()
}

func BenchmarkFloorAtomicCounter(b *testing.B) {
	var counter atomic.Uint64
	stop := startCPU(b)
	for b.Loop() {
		counter.Add(1)
	}
	stop()
}

func BenchmarkFloorSemverInline(b *testing.B) {
	version, want := "2.14.3", [3]uint64{2, 9, 0}
	stop := startCPU(b)
	for b.Loop() {
		var parts [3]uint64
		part := 0
		for i := range len(version) {
			if c := version[i]; c == '.' {
				part++
			} else {
				parts[part] = parts[part]*10 + uint64(c-'0')
			}
		}
		for i := range parts {
			if parts[i] != want[i] {
				floorSink += parts[i]
				break
			}
		}
	}
	stop()
}

// FloorPageCopy is what publishing a change of one flag cannot do without: a
// directory and a page of the index.
func BenchmarkFloorPageCopy(b *testing.B) {
	directory, page := make([]*floorFlag, 512), make([]*floorFlag, 128)
	stop := startCPU(b)
	for b.Loop() {
		d := append([]*floorFlag(nil), directory...)
		p := append([]*floorFlag(nil), page...)
		floorSink += uint64(len(d) + len(p))
	}
	stop()
}

// The shape of the flags of W3 as plain structs, for what the standard library
// takes to decode them.
type (
	floorDocument struct {
		Key      string            `json:"key"`
		Variants map[string]string `json:"variants"`
		Rules    []floorRule       `json:"rules"`
		Default  string            `json:"default"`
	}
	floorRule struct {
		When  floorCondition `json:"when"`
		Serve any            `json:"serve"`
	}
	floorCondition struct {
		All            []floorCondition `json:"all"`
		Attribute      string           `json:"attribute"`
		In             []string         `json:"in"`
		MoreThan       float64          `json:"moreThan"`
		VersionAtLeast string           `json:"versionAtLeast"`
	}
)

func decodeFloor(tb testing.TB, data []byte) (d floorDocument) {
	tb.Helper()
	if err := json.Unmarshal(data, &d); err != nil {
		tb.Fatal(err)
	}
	return d
}

// FloorDecodeJSON is 10,000 flags decoded by encoding/json, and nothing more:
// the base of W9.
func BenchmarkFloorDecodeJSON(b *testing.B) {
	records := rulesRecords(b, manyFlags)
	expect(b, len(decodeFloor(b, records[0].Data).Rules), 3)
	stop := startCPU(b)
	for b.Loop() {
		for i := range records {
			decodeFloor(b, records[i].Data)
		}
	}
	stop()
}
