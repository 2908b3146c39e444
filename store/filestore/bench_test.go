package filestore

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// tenThousand returns a JSON set of 10,000 flags as teams have them.
func tenThousand() string {
	var b strings.Builder
	b.WriteString(`{"environments": ["staging", "production"],` + "\n" + `"segments": {"staff": {"when": {"attribute": "email", "endsWith": "@shop.example"}}},` + "\n" + `"flags": {`)
	for i := range 10_000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `
  "flag-%05d": {
    "description": "What flag %d is for", "owner": "team-%d", "labels": ["web", "q3"],
    "variants": {"blue": "#0000ff", "green": "#00ff00"},
    "environments": {
      "staging": {"default": "green"},
      "production": {
        "rules": [
          {"title": "staff", "when": {"segment": "staff"}, "serve": "green"},
          {"title": "Nordics", "when": {"all": [{"attribute": "country", "in": ["SE", "NO", "DK"]}, {"attribute": "app", "versionAtLeast": "2.%d.0"}]},
           "exposure": "25 %%", "serve": {"blue": 50, "green": 50}}
        ],
        "default": "blue", "off": "blue"
      }
    }
  }`, i, i, i%40, i%10)
	}
	b.WriteString("\n}}\n")
	return b.String()
}

func benchmarkLoad(b *testing.B, name string) {
	text := tenThousand()
	path := filepath.Join(b.TempDir(), name)
	write(b, path, text)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(path, nil).Load(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// Loading 10,000 flags: reading, checking and writing them as records.
func BenchmarkLoadJSON10k(b *testing.B) { benchmarkLoad(b, "flags.json") }
func BenchmarkLoadYAML10k(b *testing.B) { benchmarkLoad(b, "flags.yaml") }

// What is spent of that on duplicate names and depth.
func BenchmarkCheckJSON10k(b *testing.B) {
	text := []byte(tenThousand())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if problems, _ := checkJSON(text); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

// Looking when nothing has changed, at one file and at a directory of 100.
func BenchmarkLook(b *testing.B) {
	for _, files := range []int{1, 100} {
		b.Run(fmt.Sprint(files), func(b *testing.B) {
			dir := b.TempDir()
			for i := range files {
				path := filepath.Join(dir, fmt.Sprintf("%03d.yaml", i))
				write(b, path, flagsFile(fmt.Sprint("f", i)))
				age(b, path)
			}
			s := New(dir, nil)
			if _, err := s.Load(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				s.look()
			}
		})
	}
}
