package hoist

import (
	"context"
	"encoding/json"
	"sync/atomic"
)

// A name is the key of a flag with the hash by which it is found.
type name struct {
	key  string
	hash uint64
}

func newName(key string) name { return name{key, hashKey(key)} }

// Key returns the key of the flag.
func (n *name) Key() string { return n.key }

// Evaluate is [View.Evaluate] for this flag.
func (n *name) Evaluate(v View) Decision {
	f := v.snapshot.index.find(n.key, n.hash)
	if f == nil {
		return v.notFound(n.key)
	}
	return v.decide(f)
}

// A BoolHandle is a boolean flag together with its fallback, declared once in a
// program; see [BoolFlag]. It does not belong to any [Flags] and is safe for
// concurrent use, as are all handles.
type BoolHandle struct {
	name
	fallback bool
}

// BoolFlag declares a boolean flag. Declared once, as a package variable, it
// keeps key and fallback in one place, and asking it spares the hash of the
// key:
//
//	var NewCheckout = hoist.BoolFlag("new-checkout", false)
//
//	if NewCheckout.Get(view) { … }
func BoolFlag(key string, fallback bool) *BoolHandle { return &BoolHandle{newName(key), fallback} }

// Get is [View.Bool] with the handle's fallback.
func (h *BoolHandle) Get(v View) bool {
	if x := v.ask(h.key, h.hash, askBool); x != nil {
		return x.value.num == 1
	}
	return h.fallback
}

// For is [BoolHandle.Get] for the subject that ctx carries.
func (h *BoolHandle) For(ctx context.Context, flags *Flags) bool { return h.Get(flags.from(ctx)) }

// A StringHandle is a string flag together with its fallback; see [StringFlag].
type StringHandle struct {
	name
	fallback string
}

// StringFlag declares a string flag, as [BoolFlag] does a boolean one.
func StringFlag(key, fallback string) *StringHandle { return &StringHandle{newName(key), fallback} }

// Get is [View.String] with the handle's fallback.
func (h *StringHandle) Get(v View) string {
	if x := v.ask(h.key, h.hash, askString); x != nil {
		return x.text()
	}
	return h.fallback
}

// For is [StringHandle.Get] for the subject that ctx carries.
func (h *StringHandle) For(ctx context.Context, flags *Flags) string { return h.Get(flags.from(ctx)) }

// An IntHandle is a number flag together with its fallback; see [IntFlag].
type IntHandle struct {
	name
	fallback int64
}

// IntFlag declares a number flag that is read as an integer.
func IntFlag(key string, fallback int64) *IntHandle { return &IntHandle{newName(key), fallback} }

// Get is [View.Int] with the handle's fallback.
func (h *IntHandle) Get(v View) int64 {
	if x := v.ask(h.key, h.hash, askInt); x != nil {
		n, _ := x.value.Int()
		return n
	}
	return h.fallback
}

// For is [IntHandle.Get] for the subject that ctx carries.
func (h *IntHandle) For(ctx context.Context, flags *Flags) int64 { return h.Get(flags.from(ctx)) }

// A FloatHandle is a number flag together with its fallback; see [FloatFlag].
type FloatHandle struct {
	name
	fallback float64
}

// FloatFlag declares a number flag.
func FloatFlag(key string, fallback float64) *FloatHandle {
	return &FloatHandle{newName(key), fallback}
}

// Get is [View.Float] with the handle's fallback.
func (h *FloatHandle) Get(v View) float64 {
	if x := v.ask(h.key, h.hash, askFloat); x != nil {
		n, _ := x.value.Float()
		return n
	}
	return h.fallback
}

// For is [FloatHandle.Get] for the subject that ctx carries.
func (h *FloatHandle) For(ctx context.Context, flags *Flags) float64 { return h.Get(flags.from(ctx)) }

// A JSONHandle is a JSON flag that is decoded into a T, together with its
// fallback; see [JSONFlag].
type JSONHandle[T any] struct {
	name
	fallback T
}

// JSONFlag declares a JSON flag that is decoded into a T by encoding/json:
//
//	var Banner = hoist.JSONFlag("banner", BannerConfig{Title: "Welcome"})
func JSONFlag[T any](key string, fallback T) *JSONHandle[T] {
	return &JSONHandle[T]{newName(key), fallback}
}

// Get returns the value of the flag, or the payload of a flag of another type.
// Each variant is decoded once; all callers share what a pointer, map or slice
// in T refers to, and must not change it. If decoding fails, the fallback is
// the answer.
func (h *JSONHandle[T]) Get(v View) T {
	if x := v.ask(h.key, h.hash, askJSON); x != nil {
		if value := decodedAs[T](x); value != nil {
			return *value
		}
	}
	return h.fallback
}

// For is [JSONHandle.Get] for the subject that ctx carries.
func (h *JSONHandle[T]) For(ctx context.Context, flags *Flags) T { return h.Get(flags.from(ctx)) }

// A typedCache holds what a variant was decoded into, by type.
type typedCache struct{ newest atomic.Pointer[typedValue] }

type typedValue struct {
	value any // *T, nil if decoding failed
	older *typedValue
}

// decodedAs returns the value of a variant as a T, nil if it is no such thing.
func decodedAs[T any](v *variant) *T {
	newest := v.json.typed.newest.Load()
	for e := newest; e != nil; e = e.older {
		if value, ok := e.value.(*T); ok {
			return value
		}
	}
	value := new(T)
	text := v.jsonValue().appendJSON(nil)
	if json.Unmarshal(text, value) != nil {
		value = nil
	}
	// If another goroutine has been faster, decoding was in vain, that is all.
	v.json.typed.newest.CompareAndSwap(newest, &typedValue{value, newest})
	return value
}
