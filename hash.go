package hoist

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"

	"github.com/spaolacci/murmur3"
)

// hashSeed is the seed of the hash by which flags are found. It is one for the
// process, so that a handle computes the hash of its key once.
var hashSeed = maphash.MakeSeed()

func hashKey(key string) uint64 { return maphash.String(hashSeed, key) }

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
	const c1, c2 = 0x87c37b91114253d5, 0x4cf5ad432745937f
	var h1, h2 uint64
	rest := data
	for ; len(rest) >= 16; rest = rest[16:] {
		k1, k2 := binary.LittleEndian.Uint64(rest), binary.LittleEndian.Uint64(rest[8:])
		h1 ^= bits.RotateLeft64(k1*c1, 31) * c2
		h1 = (bits.RotateLeft64(h1, 27)+h2)*5 + 0x52dce729
		h2 ^= bits.RotateLeft64(k2*c2, 33) * c1
		h2 = (bits.RotateLeft64(h2, 31)+h1)*5 + 0x38495ab5
	}
	var tail [16]byte
	if copy(tail[:], rest) > 0 {
		k1, k2 := binary.LittleEndian.Uint64(tail[:]), binary.LittleEndian.Uint64(tail[8:])
		h2 ^= bits.RotateLeft64(k2*c2, 33) * c1
		h1 ^= bits.RotateLeft64(k1*c1, 31) * c2
	}
	h1 ^= uint64(len(data))
	h2 ^= uint64(len(data))
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
