package jsontext

import "testing"

func TestDepth(t *testing.T) {
	for text, want := range map[string]int{
		``: 0, `1`: 0, `{}`: 1, `[[],[[]]]`: 3, `{"a":[{"b":1}]}`: 3,
		`"[[["`: 0, `["\"[["]`: 1, `["\\",[]]`: 2, `]]][`: 0, `[[[`: 3, `"\`: 0,
	} {
		if got := Depth(text); got != want {
			t.Errorf("Depth(%s) = %d, want %d", text, got, want)
		}
		if got := Depth([]byte(text)); got != want {
			t.Errorf("Depth of the bytes of %s = %d, want %d", text, got, want)
		}
	}
}
