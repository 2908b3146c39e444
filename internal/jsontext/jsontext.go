// Package jsontext looks at JSON texts before a parser does.
package jsontext

// Depth returns how deep the brackets of a JSON text are nested, outside of
// strings. Text that is not JSON gets some depth, too; a parser that recurses
// over it goes no deeper.
func Depth[T string | []byte](text T) int {
	depth, deepest, inString := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}
