package hoist

import "math/bits"

// An index finds flags by key. It is a directory of small hash tables, so that
// a change copies the directory and the tables it touches and shares the rest,
// however many flags there are. An index is never changed.
type index struct {
	pages []*page
	shift uint8 // page of a hash: its highest bits
	n     int   // flags
}

// A page is a hash table with open addressing: the flag of hash h is at h, or
// at the next free places after it. Its length is a power of two, and at least
// a quarter of it is free.
type page struct {
	hashes []uint64 // of flags, at the same places
	flags  []*flag  // nil where a place is free
	n      int
}

var emptyPage = &page{hashes: make([]uint64, 1), flags: make([]*flag, 1)}

// flagsPerPage is how full pages are on average when an index is laid out.
const flagsPerPage = 32

func newIndex(n int) *index {
	pages := 1 << bits.Len(uint(n/flagsPerPage))
	x := &index{pages: make([]*page, pages), shift: uint8(64 - bits.TrailingZeros(uint(pages)))}
	for i := range x.pages {
		x.pages[i] = emptyPage
	}
	return x
}

// find returns the flag of a key whose hash is h, or nil.
func (x *index) find(key string, h uint64) *flag {
	p := x.pages[h>>x.shift]
	mask := uint64(len(p.hashes) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		f := p.flags[i]
		if f == nil {
			return nil
		}
		if p.hashes[i] == h && f.key == key {
			return f
		}
	}
}

// with returns an index in which changes have been put: flags to put in, and
// keys to take out.
func (x *index) with(put []*flag, drop []string) *index {
	if n := x.n + len(put); n > 4*flagsPerPage*len(x.pages) {
		return x.relaid(n).with(put, drop)
	}
	y := &index{pages: append([]*page(nil), x.pages...), shift: x.shift}
	changes := map[uint64]*page{} // pages of y that are its own
	own := func(h uint64) *page {
		i := h >> y.shift
		p, ok := changes[i]
		if !ok {
			p = &page{}
			*p = *y.pages[i]
			p.flags = append([]*flag(nil), p.flags...)
			p.hashes = append([]uint64(nil), p.hashes...)
			changes[i], y.pages[i] = p, p
		}
		return p
	}
	y.n = x.n
	for _, key := range drop {
		h := hashKey(key)
		if y.find(key, h) != nil {
			own(h).drop(key)
			y.n--
		}
	}
	for _, f := range put {
		h := hashKey(f.key)
		if y.find(f.key, h) == nil {
			y.n++
		}
		own(h).put(f, h)
	}
	return y
}

// relaid returns the same flags in a directory laid out for n.
func (x *index) relaid(n int) *index {
	y := newIndex(n)
	for _, p := range x.pages {
		for i, f := range p.flags {
			if f == nil {
				continue
			}
			q := &y.pages[p.hashes[i]>>y.shift]
			if *q == emptyPage {
				*q = newPage(2 * flagsPerPage)
			}
			(*q).put(f, p.hashes[i])
		}
	}
	y.n = x.n
	return y
}

func newPage(places int) *page {
	return &page{hashes: make([]uint64, places), flags: make([]*flag, places)}
}

// put adds f, or puts it in the place of the flag of its key, whose hash is h.
func (p *page) put(f *flag, h uint64) {
	if 4*(p.n+1) > 3*len(p.flags) {
		p.rebuild(max(4, 2*len(p.flags)), "")
	}
	mask := uint64(len(p.hashes) - 1)
	i := h & mask
	for p.flags[i] != nil && p.flags[i].key != f.key {
		i = (i + 1) & mask
	}
	if p.flags[i] == nil {
		p.n++
	}
	p.hashes[i], p.flags[i] = h, f
}

// drop removes the flag of a key by building the table without it.
func (p *page) drop(key string) { p.rebuild(len(p.flags), key) }

// rebuild builds the table anew, without the flag of a key.
func (p *page) rebuild(places int, without string) {
	old := *p
	*p = *newPage(places)
	for i, f := range old.flags {
		if f != nil && f.key != without {
			p.put(f, old.hashes[i])
		}
	}
}

// all calls yield for each flag, in no order.
func (x *index) all(yield func(*flag)) {
	for _, p := range x.pages {
		for _, f := range p.flags {
			if f != nil {
				yield(f)
			}
		}
	}
}
