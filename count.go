package hoist

import (
	"math/bits"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// A Count says how often a flag gave a variant since counts were drained last.
type Count struct {
	Flag    string
	Variant string // "" counts the answers that were the caller's fallback
	N       uint64
}

// Evaluations are counted where they happen, without a lock, a clock or an
// allocation: one atomic addition. Counters lie in blocks that are divided by
// shard first and by flag and variant second, so that two cores that evaluate
// the same flag seldom write to the same cache line, at a padding that is paid
// once a block and not once a flag.

// blockSlots is how many counters a block has in each of its shards.
const blockSlots = 1024

// A counterBlock has the counters of some flags: shard<<10 | slot.
type counterBlock struct{ counts []uint64 }

// countShards is a power of two, a few per processor: a shard is picked by
// chance, so that two processors meet in one at times.
var countShards = 1 << bits.Len(uint(min(2*runtime.GOMAXPROCS(0), 16)-1))

var shardShift = 64 - bits.TrailingZeros(uint(countShards))

// shard returns a number that is mostly the same for one goroutine and mostly
// differs between goroutines that run at the same time: it comes from where
// the goroutine's stack lies. Stacks of goroutines that were started together
// lie side by side, and the highest bits of a product with the golden ratio
// differ most between neighbours.
func shard() uintptr {
	var local byte
	return uintptr(uint64(uintptr(unsafe.Pointer(&local))>>11) * 0x9e3779b97f4a7c15 >> shardShift)
}

// count adds one to the counter of a variant, or of the fallback if v is nil.
func (f *flag) count(v *variant) {
	slot := f.slot
	if v != nil {
		slot += v.index + 1
	}
	atomic.AddUint64(&f.counters.counts[shard()*blockSlots+uintptr(slot)], 1)
}

// counting keeps the counters of an engine. Its methods are safe for
// concurrent use.
type counting struct {
	mu      sync.Mutex
	retired []*flag       // that only views of earlier snapshots still count
	leaving []*flag       // the same, looked at once since
	block   *counterBlock // where there is room
	used    uint32        // slots of block
	pending map[string]map[string]uint64
	last    map[string]time.Time
}

func newCounting() *counting {
	return &counting{
		used: blockSlots, pending: map[string]map[string]uint64{}, last: map[string]time.Time{},
	}
}

// assign gives f its counters, one for the fallback and one for each variant:
// those of its form until now, nil if there is none, if the variants are the
// same.
func (c *counting) assign(f, old *flag) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old != nil && slices.EqualFunc(old.variants, f.variants, func(v, w variant) bool { return v.name == w.name }) {
		f.counters, f.slot = old.counters, old.slot
		return
	}
	if old != nil {
		c.retired = append(c.retired, old)
	}
	c.allocateLocked(f)
}

func (c *counting) allocateLocked(f *flag) {
	n := uint32(len(f.variants) + 1)
	if c.used+n > blockSlots {
		c.block, c.used = &counterBlock{make([]uint64, countShards*blockSlots)}, 0
	}
	f.counters, f.slot = c.block, c.used
	c.used += n
}

// retire ends the counters of a flag that is gone.
func (c *counting) retire(f *flag) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retired = append(c.retired, f)
}

// collect moves what was counted to pending, and notes the time for flags that
// were evaluated. The flags are those in force; retired counters are looked at
// once more after they were emptied, for views that were still in use.
func (c *counting) collect(flags *index, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.collectLocked(flags, now)
}

func (c *counting) collectLocked(flags *index, now time.Time) {
	flags.all(func(f *flag) { c.collectFlagLocked(f, now) })
	for _, f := range c.leaving {
		c.collectFlagLocked(f, now)
	}
	for _, f := range c.retired {
		c.collectFlagLocked(f, now)
	}
	c.leaving, c.retired = c.retired, nil
}

func (c *counting) collectFlagLocked(f *flag, now time.Time) {
	for i := range len(f.variants) + 1 {
		n := f.takeCount(i)
		if n == 0 {
			continue
		}
		name := ""
		if i > 0 {
			name = f.variants[i-1].name
		}
		counts := c.pending[f.key]
		if counts == nil {
			counts = map[string]uint64{}
			c.pending[f.key] = counts
		}
		counts[name] += n
		c.last[f.key] = now
	}
}

// takeCount returns counter i of all shards and sets it to 0.
func (f *flag) takeCount(i int) (n uint64) {
	for shard := range countShards {
		counter := &f.counters.counts[shard*blockSlots+int(f.slot)+i]
		if atomic.LoadUint64(counter) != 0 {
			n += atomic.SwapUint64(counter, 0)
		}
	}
	return n
}

// drain returns what was counted since it was called last, by flag and
// variant.
func (c *counting) drain(flags *index, now time.Time) []Count {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.collectLocked(flags, now)
	var counts []Count
	for flag, variants := range c.pending {
		for name, n := range variants {
			counts = append(counts, Count{flag, name, n})
		}
	}
	clear(c.pending)
	slices.SortFunc(counts, func(a, b Count) int {
		if c := strings.Compare(a.Flag, b.Flag); c != 0 {
			return c
		}
		return strings.Compare(a.Variant, b.Variant)
	})
	return counts
}

// lastEvaluated returns when a flag was evaluated last, as far as collected.
func (c *counting) lastEvaluated(flags *index, key string, now time.Time) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := flags.find(key, hashKey(key)); f != nil {
		c.collectFlagLocked(f, now)
	}
	t, ok := c.last[key]
	return t, ok
}
