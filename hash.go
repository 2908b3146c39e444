package hoist

import (
	"crypto/fips140"
	"crypto/md5"
	"encoding/binary"
	"hash/crc32"
	"hash/maphash"
	"math/bits"

	"github.com/spaolacci/murmur3"
)

// hashSeed is the seed of the hash by which flags are found. It is one for the
// process, so that a handle computes the hash of its key once.
var hashSeed = maphash.MakeSeed()

func hashKey(key string) uint64 { return maphash.String(hashSeed, key) }

// A hashRule names a hash function. It is a name and not a function value, so
// that what is hashed can lie on the caller's stack.
type hashRule uint8

const (
	hashMurmur64 hashRule = iota // MurmurHash3 for x64, the first 64 bits
	hashMurmur60                 // the same without its lowest 4 bits
	hashMurmur32                 // MurmurHash3 for x86, 32 bits, with a seed
	hashCRC32                    // CRC-32 IEEE
	hashMD5                      // the first 4 bytes, little-endian
	hashDJB2                     // h*33 + c from 5381, 32 bits
)

// reduce returns the bucket of data.
func (r *rollout) reduce(data []byte) uint32 {
	h := r.hash.sum(data, r.seed)
	if r.buckets == 0 {
		return uint32(h)
	}
	return uint32(h % uint64(r.buckets))
}

func (rule hashRule) sum(data []byte, seed uint32) uint64 {
	switch rule {
	case hashMurmur60:
		return murmur64(data) >> 4
	case hashMurmur32:
		return uint64(murmur32(data, seed))
	case hashCRC32:
		return uint64(checksum(data))
	case hashMD5:
		return uint64(md5Word(data))
	case hashDJB2:
		return uint64(djb2(data))
	}
	return murmur64(data)
}

// murmur32 returns what murmur3.Sum32WithSeed does, which the race detector
// stops for its pointer arithmetic; a property test compares with
// murmur3.New32WithSeed.
func murmur32(data []byte, seed uint32) uint32 {
	h, rest := seed, data
	for ; len(rest) >= 4; rest = rest[4:] {
		h ^= scramble32(binary.LittleEndian.Uint32(rest))
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	var tail [4]byte
	copy(tail[:], rest)
	h ^= scramble32(binary.LittleEndian.Uint32(tail[:])) ^ uint32(len(data))
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

func scramble32(k uint32) uint32 { return bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593 }

// checksum returns what crc32.ChecksumIEEE does, which makes its argument
// escape to the heap.
func checksum(data []byte) uint32 {
	c := ^uint32(0)
	for _, b := range data {
		c = crc32.IEEETable[byte(c)^b] ^ c>>8
	}
	return ^c
}

// md5Word returns the first 4 bytes of the MD5 sum, little-endian. It spreads
// subjects and keeps no secret, so it goes on where a process allows only what
// FIPS 140-3 approves; the package would panic there.
func md5Word(data []byte) uint32 {
	if fips140.Enforced() {
		return md5WithoutEnforcement(string(data))
	}
	sum := md5.Sum(data)
	return binary.LittleEndian.Uint32(sum[:])
}

func md5WithoutEnforcement(data string) (word uint32) {
	fips140.WithoutEnforcement(func() {
		sum := md5.Sum([]byte(data))
		word = binary.LittleEndian.Uint32(sum[:])
	})
	return word
}

func djb2(data []byte) uint32 {
	h := uint32(5381)
	for _, b := range data {
		h = h*33 + uint32(b)
	}
	return h
}

// murmurBuffer is the room for what a rollout hashes: salt, separator and unit.
// Longer ones are hashed by the library, at the cost of an allocation.
const murmurBuffer = 192

// murmur64 returns what murmur3.Sum64 does: the first half of the 128-bit
// MurmurHash3 for x64, seed 0. It is written out here because the library's
// function makes its argument escape to the heap; a property test compares the
// two.
func murmur64(data []byte) uint64 {
	if len(data) > murmurBuffer {
		return murmur3.Sum64(append([]byte(nil), data...))
	}
	var m murmurState
	rest := data
	for ; len(rest) >= 16; rest = rest[16:] {
		m.block(binary.LittleEndian.Uint64(rest), binary.LittleEndian.Uint64(rest[8:]))
	}
	var tail [16]byte
	copy(tail[:], rest)
	return m.finish(binary.LittleEndian.Uint64(tail[:]), binary.LittleEndian.Uint64(tail[8:]), len(data))
}

const murmurC1, murmurC2 = 0x87c37b91114253d5, 0x4cf5ad432745937f

// A murmurState is the hash after some blocks of 16 bytes.
type murmurState struct{ h1, h2 uint64 }

func (m *murmurState) block(k1, k2 uint64) {
	m.h1 ^= bits.RotateLeft64(k1*murmurC1, 31) * murmurC2
	m.h1 = (bits.RotateLeft64(m.h1, 27)+m.h2)*5 + 0x52dce729
	m.h2 ^= bits.RotateLeft64(k2*murmurC2, 33) * murmurC1
	m.h2 = (bits.RotateLeft64(m.h2, 31)+m.h1)*5 + 0x38495ab5
}

// finish hashes the last words, 0 where there are none, and the length.
func (m *murmurState) finish(k1, k2 uint64, length int) uint64 {
	h2 := m.h2 ^ bits.RotateLeft64(k2*murmurC2, 33)*murmurC1 ^ uint64(length)
	h1 := m.h1 ^ bits.RotateLeft64(k1*murmurC1, 31)*murmurC2 ^ uint64(length)
	h1 += h2
	h2 += h1
	return mix64(h1) + mix64(h2)
}

func mix64(k uint64) uint64 {
	k ^= k >> 33
	k *= 0xff51afd7ed558ccd
	k ^= k >> 33
	k *= 0xc4ceb9fe1a85ec53
	return k ^ k>>33
}

// A saltedMurmur is the state of murmur64 after a salt. What follows the salt
// is read from where it is, word by word, without putting the two together.
type saltedMurmur struct {
	state  murmurState // after the whole blocks of the salt
	first  uint64      // the first word of the block that has begun, if it is whole
	carry  uint64      // the bytes after that, fewer than 8
	length uint32      // of the salt, in bytes
	shift  uint8       // how many bits carry has
	whole  bool
}

func newSaltedMurmur(salt string) saltedMurmur {
	s := saltedMurmur{length: uint32(len(salt))}
	for ; len(salt) >= 16; salt = salt[16:] {
		s.state.block(word(salt), word(salt[8:]))
	}
	if s.whole = len(salt) >= 8; s.whole {
		s.first, salt = word(salt), salt[8:]
	}
	s.carry, s.shift = lastWord(salt, len(salt)), uint8(8*len(salt))
	return s
}

// sum returns murmur64 of the salt and unit, one behind the other.
func (s *saltedMurmur) sum(unit string) uint64 {
	m, first, whole, carry, shift := s.state, s.first, s.whole, s.carry, s.shift
	rest := unit
	for ; len(rest) >= 8; rest = rest[8:] {
		w := word(rest)
		next := carry | w<<shift
		carry = w >> (64 - shift)
		if whole {
			m.block(first, next)
		}
		first, whole = next, !whole
	}
	w := lastWord(unit, len(rest))
	next := carry | w<<shift
	if int(shift)+8*len(rest) >= 64 {
		if whole {
			m.block(first, next)
		}
		first, whole, next = next, !whole, w>>(64-shift)
	}
	if !whole {
		first, next = next, 0
	}
	return m.finish(first, next, int(s.length)+len(unit))
}

// word returns the first 8 bytes of s as a little-endian number.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// lastWord does the same for the last n bytes of s, fewer than 8.
func lastWord(s string, n int) (w uint64) {
	if len(s) >= 8 {
		return word(s[len(s)-8:]) >> (64 - 8*n)
	}
	for i := range n {
		w |= uint64(s[len(s)-n+i]) << (8 * i)
	}
	return w
}
