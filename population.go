package hoist

import "math/bits"

// A population says which buckets of an exposure are admitted where they are
// not simply the lowest ones: those of a list, or the first ones in an order
// that is another for each salt.
type population struct {
	bits  []byte // nil: by order
	order bucketOrder
	first uint32 // how many of the order
}

func (p *population) has(bucket uint32) bool {
	if p.bits == nil {
		return p.order.position(bucket) < p.first
	}
	return bucket/8 < uint32(len(p.bits)) && p.bits[bucket/8]&(1<<(bucket%8)) != 0
}

// ones returns how many bits are set.
func ones(list []byte) (n uint32) {
	for _, b := range list {
		n += uint32(bits.OnesCount8(b))
	}
	return n
}

// orderedBuckets is how many buckets a bucketOrder has.
const orderedBuckets = 1_000_000

// A bucketOrder is a permutation of the buckets 0 to 999,999, which differs with
// the salt it was made of. It is a Feistel cipher of 20 bits; numbers beyond
// the last bucket are enciphered again until they are not. What it consists of
// must never change: who is in a share depends on it.
type bucketOrder struct{ keys [bucketRounds]uint32 }

const bucketRounds = 6

func newBucketOrder(salt string) bucketOrder {
	var o bucketOrder
	h := murmur64([]byte("order:" + salt))
	for i := range o.keys {
		h = mix64(h + 0x9e3779b97f4a7c15)
		o.keys[i] = uint32(h >> 32)
	}
	return o
}

// position returns where a bucket stands in the order.
func (o *bucketOrder) position(bucket uint32) uint32 {
	for {
		if bucket = o.encipher(bucket); bucket < orderedBuckets {
			return bucket
		}
	}
}

// encipher permutes the numbers of 20 bits.
func (o *bucketOrder) encipher(n uint32) uint32 {
	const half, mask = 10, 1<<10 - 1
	left, right := n>>half, n&mask
	for _, key := range o.keys {
		f := (right ^ key) * 0x9e3779b1
		f ^= f >> 15
		f *= 0x85ebca77
		left, right = right, left^f>>(32-half)&mask
	}
	return left<<half | right
}
