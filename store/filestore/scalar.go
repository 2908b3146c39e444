package filestore

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// scalar writes a scalar: as what its tag says, or if it is plain as what YAML
// 1.2 takes it for.
func (c *converter) scalar(at, n *yaml.Node) {
	const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		c.tagged(at, n)
	case n.Style&quoted != 0:
		c.out = appendText(c.out, n.Value)
	default:
		text, wrong := plainScalar(n.Value, n.Tag)
		c.scalarText(at, text, wrong)
	}
}

// tagged writes a scalar that has a tag.
func (c *converter) tagged(at, n *yaml.Node) {
	text, wrong := plainScalar(n.Value, "")
	switch n.Tag {
	case "!!str", "!!timestamp":
		text, wrong = string(appendText(nil, n.Value)), ""
	case "!!null", "!!bool", "!!int", "!!float":
		if wrong == "" && !fitsTag(text, n.Tag) {
			wrong = fmt.Sprintf("%q does not fit the tag %s", n.Value, n.Tag)
		}
	default:
		wrong = fmt.Sprintf("the tag %s is not known here", n.Tag)
	}
	c.scalarText(at, text, wrong)
}

func (c *converter) scalarText(at *yaml.Node, text, wrong string) {
	if wrong != "" {
		c.add(at, "%s", wrong)
		text = "null"
	}
	c.write(text)
}

// fitsTag reports whether the JSON text of a scalar is what a tag says.
func fitsTag(text, tag string) bool {
	switch text[0] {
	case 'n':
		return tag == "!!null"
	case 't', 'f':
		return tag == "!!bool"
	case '"':
		return false
	}
	return tag == "!!float" || tag == "!!int" && !strings.ContainsAny(text, ".eE")
}

// plainScalar returns the JSON of a scalar without quotes, or what is wrong
// with it. The tag is what the parser took it for, by rules that are in part
// those of YAML 1.1.
func plainScalar(value, tag string) (text, wrong string) {
	switch value {
	case "", "~", "null", "Null", "NULL":
		return "null", ""
	case "true", "True", "TRUE":
		return "true", ""
	case "false", "False", "FALSE":
		return "false", ""
	}
	switch strings.ToLower(strings.TrimLeft(value, "+-")) {
	case ".inf", ".nan":
		return "", value + " is not a number that can be used here"
	}
	if text, wrong, ok := number(value); ok {
		return text, wrong
	}
	if tag == "!!int" || tag == "!!float" {
		return "", fmt.Sprintf("%s is read as a number by some and as a text by others: write it in decimal without underscores, or %q if it is a text", value, value)
	}
	return string(appendText(nil, value)), ""
}

var (
	decimal = regexp.MustCompile(`^([-+]?)([0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?$`)
	based   = regexp.MustCompile(`^0(?:x[0-9a-fA-F]+|o[0-7]+)$`)
)

// number returns the JSON of a number, or what is wrong with it; ok is false
// if value is no number of YAML 1.2. The digits stay as they are written.
func number(value string) (text, wrong string, ok bool) {
	if !strings.ContainsAny(value[:1], "+-.0123456789") {
		return "", "", false
	}
	if based.MatchString(value) {
		n, err := strconv.ParseUint(value, 0, 64)
		if err != nil {
			return "", value + " does not fit 64 bits", true
		}
		return strconv.FormatUint(n, 10), "", true
	}
	parts := decimal.FindStringSubmatch(value)
	if parts == nil || parts[2] == "" && len(parts[3]) < 2 {
		return "", "", false
	}
	sign, digits, fraction, exponent := parts[1], cmp.Or(parts[2], "0"), parts[3], parts[4]
	if len(digits) > 1 && digits[0] == '0' {
		short := cmp.Or(strings.TrimLeft(digits, "0"), "0") + fraction + exponent
		return "", fmt.Sprintf("%s is read as octal by some and as decimal by others: write %s, or %q if it is a text", value, strings.TrimPrefix(sign, "+")+short, value), true
	}
	if fraction == "." {
		fraction = ".0"
	}
	return strings.TrimPrefix(sign, "+") + digits + fraction + exponent, "", true
}
