package hoisttest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hoistflags/hoist"
)

// withValue returns the flag of a key as it is when it gives value to everyone.
func (f *Fake) withValue(key string, value any) *hoist.Flag {
	f.t.Helper()
	v, err := valueOf(value)
	if err != nil {
		f.t.Fatalf("hoisttest: flag %q: %T cannot be the value of a flag: %v", key, value, err)
	}
	flag := &hoist.Flag{Key: key}
	if i := slices.IndexFunc(f.set.Flags, func(other *hoist.Flag) bool { return other.Key == key }); i >= 0 {
		flag = f.set.Flags[i].Clone()
	}
	flag.Archived, flag.Environments, flag.Targeting = false, nil, &hoist.Targeting{}
	if !v.IsNull() {
		flag.Targeting.Default = &hoist.Serve{Variant: variantOf(flag, v)}
	}
	return flag
}

func valueOf(value any) (hoist.Value, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return hoist.Value{}, err
	}
	return hoist.JSONValue(text)
}

// variantOf returns the name of flag's variant that has the value, and adds one
// if there is none. If the flag is of another type, it becomes one of this.
func variantOf(flag *hoist.Flag, value hoist.Value) string {
	alone := &hoist.Flag{Variants: []hoist.Variant{{Value: value}}}
	if t := flag.ValueType(); t != hoist.TypeJSON && t != alone.ValueType() {
		flag.Type, flag.Variants = "", nil
	}
	has := func(v hoist.Variant) bool { return v.Value.Equal(value) }
	if i := slices.IndexFunc(flag.Variants, has); i >= 0 {
		return flag.Variants[i].Name
	}
	name := freeName(flag, nameFor(value))
	flag.Variants = append(flag.Variants, hoist.Variant{Name: name, Value: value})
	return name
}

// nameFor returns the text of a value if it can be the name of a variant.
func nameFor(value hoist.Value) string {
	name := value.String()
	good := name != "" && len(name) <= hoist.MaxKeyBytes && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, unicode.IsControl)
	if !good || value.Kind() == hoist.KindJSON {
		return "value"
	}
	return name
}

func freeName(flag *hoist.Flag, name string) string {
	taken := func(v hoist.Variant) bool { return v.Name == name }
	for i := 2; slices.ContainsFunc(flag.Variants, taken); i++ {
		name = fmt.Sprintf("value %d", i)
	}
	return name
}
