package hoist

import (
	"github.com/Masterminds/semver/v3"
)

// A versionOperand is a version that attributes are compared with. Plain
// versions, which is nearly all, are compared here without an allocation;
// everything else is left to the semver package, whose reading of versions
// holds for both.
type versionOperand struct {
	text  string // as it was written
	plain plainVersion
	more  *semver.Version // nil if the plain version is all there is
}

// A plainVersion is a version of up to three numbers and nothing else.
type plainVersion [3]uint64

func newVersionOperand(text string) (*versionOperand, error) {
	if plain, ok := parsePlainVersion(text); ok {
		return &versionOperand{text: text, plain: plain}, nil
	}
	full, err := semver.NewVersion(text)
	if err != nil {
		return nil, err
	}
	return &versionOperand{text, plainVersion{full.Major(), full.Minor(), full.Patch()}, full}, nil
}

// compare compares the version in text with o. It reports false if text is no
// version.
func (o *versionOperand) compare(text string) (comparison int, ok bool) {
	if v, ok := parsePlainVersion(text); ok {
		for i := range v {
			if c := compareOrdered(v[i], o.plain[i]); c != 0 {
				return c, true
			}
		}
		if o.more != nil && o.more.Prerelease() != "" {
			return 1, true // a release comes after its pre-releases
		}
		return 0, true
	}
	v, err := semver.NewVersion(text)
	if err != nil {
		return 0, false
	}
	if o.more == nil {
		return v.Compare(semver.New(o.plain[0], o.plain[1], o.plain[2], "", "")), true
	}
	return v.Compare(o.more), true
}

// parsePlainVersion reads a version such as 2, 2.4 or v2.4.1. It reports false
// for everything that is not so plain, be it a version or not.
func parsePlainVersion(s string) (v plainVersion, ok bool) {
	if s != "" && s[0] == 'v' {
		s = s[1:]
	}
	part, digits := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9' && digits < 18:
			v[part] = v[part]*10 + uint64(c-'0')
			digits++
		case c == '.' && digits > 0 && part < 2:
			part, digits = part+1, 0
		default:
			return v, false
		}
	}
	return v, digits > 0
}
