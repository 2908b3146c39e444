package filestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hoistflags/hoist"
)

// The scenarios run in a bubble in which time passes only when everyone waits:
// so the moments at which a store looks are known, and no test depends on how
// fast the machine is.

const (
	moment = defaultInterval / 100   // a look at a file that changes may fall between, or not
	settle = 3 * defaultInterval / 2 // a change has been found and applied, or half of a broken file's patience is over
	while  = 5 * defaultInterval     // everything has been told
)

// A follower notes what it is told by a store.
type follower struct {
	cancel func()

	mu     sync.Mutex
	events []string
	flags  map[string]string // key to data, as the follower knows them
	ended  bool
}

// follow loads the store and follows it until the test ends.
func follow(t *testing.T, s *Store) *follower {
	t.Helper()
	state, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{flags: map[string]string{}}
	f.take(state.Records)
	ctx, cancel := context.WithCancel(t.Context())
	f.cancel = cancel
	go func() {
		for batch, err := range s.Watch(ctx, state.Revision) {
			f.note(batch, err)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.ended = true
	}()
	synctest.Wait()
	return f
}

func (f *follower) take(records []hoist.Record) (told []string) {
	for _, r := range records {
		if r.Data == nil {
			delete(f.flags, r.Key)
			told = append(told, "-"+r.Key)
		} else {
			f.flags[r.Key] = string(r.Data)
			told = append(told, "+"+r.Key)
		}
	}
	return told
}

func (f *follower) note(batch hoist.Batch, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.events = append(f.events, "error: "+err.Error())
		return
	}
	f.events = append(f.events, strings.Join(append([]string{"batch"}, f.take(batch.Changes)...), " "))
}

// expect waits a while and checks what f was told since it was called last.
func (f *follower) expect(t *testing.T, want ...string) {
	t.Helper()
	f.expectAfter(t, while, want...)
}

func (f *follower) expectAfter(t *testing.T, wait time.Duration, want ...string) {
	t.Helper()
	time.Sleep(wait)
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if diff := cmp.Diff(want, f.events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	f.events = nil
}

// flagsFile returns a file with flags of these keys; a key may be followed by
// "=" and an owner.
func flagsFile(flags ...string) string {
	var b strings.Builder
	b.WriteString("flags:\n")
	for _, f := range flags {
		key, owner, _ := strings.Cut(f, "=")
		fmt.Fprintf(&b, "  %s: {owner: %q, default: true}\n", key, owner)
	}
	return b.String()
}

// age makes a file look as if it had been written long ago.
func age(t testing.TB, path string) {
	t.Helper()
	then := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, to, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		t.Skipf("symbolic links cannot be made here: %v", err)
	}
}

// inBubble runs a test in a directory of its own and in a bubble.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Chdir(t.TempDir())
	synctest.Test(t, test)
}

func TestWatchWriteInPlace(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags.yaml", flagsFile("a", "b", "c"))
		f := follow(t, New("flags.yaml", nil))
		write(t, "flags.yaml", flagsFile("a", "b=ann", "d"))
		f.expectAfter(t, settle, "batch +b +d -c")
		write(t, "flags.yaml", "# a comment changes nothing\n"+flagsFile("a", "b=ann", "d"))
		f.expect(t)
	})
}

// Editors write another file and rename it, some move the old one away first.
func TestWatchEditorRename(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags.yaml", flagsFile("a"))
		f := follow(t, New("flags.yaml", nil))
		write(t, ".flags.yaml.swp", flagsFile("a=ann"))
		rename(t, ".flags.yaml.swp", "flags.yaml")
		f.expectAfter(t, settle, "batch +a")

		write(t, "4913", flagsFile("a=bob"))
		rename(t, "flags.yaml", "flags.yaml~")
		time.Sleep(moment)
		rename(t, "4913", "flags.yaml")
		f.expect(t, "batch +a")
	})
}

// A file that is being written is empty and broken for a moment.
func TestWatchTruncateAndWrite(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags.yaml", flagsFile("a", "b"))
		f := follow(t, New("flags.yaml", nil))
		whole := flagsFile("a=ann", "b=bob")
		for n := 0; n < len(whole); n += 9 { // whole lines among it: fewer flags
			write(t, "flags.yaml", whole[:n])
			f.expectAfter(t, moment)
		}
		write(t, "flags.yaml", whole)
		f.expectAfter(t, settle, "batch +a +b")

		write(t, "flags.yaml", "")
		f.expectAfter(t, defaultInterval/2)
		write(t, "flags.yaml", whole[:len(whole)-5])
		f.expectAfter(t, defaultInterval/2)
		write(t, "flags.yaml", flagsFile("a", "b"))
		f.expect(t, "batch +a +b")
	})
}

func TestWatchBrokenThenFixed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags.yaml", flagsFile("a"))
		f := follow(t, New("flags.yaml", nil))
		write(t, "flags.yaml", "flags: [")
		f.expect(t, "error: flags.yaml:1:1: not YAML: did not find expected node content")
		f.expect(t) // told once
		write(t, "flags.yaml", "flags: {b: {defaul: true}}")
		f.expect(t, `error: flags.yaml:1:13: flag "b": /defaul: unknown member "defaul", did you mean "default"?`)
		write(t, "flags.yaml", flagsFile("b"))
		f.expect(t, "batch +b -a")
		write(t, "flags.yaml", "flags: [")
		f.expect(t, "error: flags.yaml:1:1: not YAML: did not find expected node content")
		write(t, "flags.yaml", flagsFile("b")) // undone: an empty batch says that it is over
		f.expect(t, "batch")
	})
}

func TestWatchDeleteAndRecreate(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags.yaml", flagsFile("a"))
		f := follow(t, New("flags.yaml", nil))
		remove(t, "flags.yaml")
		f.expectAfter(t, defaultInterval/2)
		write(t, "flags.yaml", flagsFile("a"))
		f.expect(t)
		remove(t, "flags.yaml")
		f.expect(t, "error: stat flags.yaml: no such file or directory")
		write(t, "flags.yaml", flagsFile("b"))
		f.expect(t, "batch +b -a")
	})
}

func TestWatchDirectory(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags/a.yaml", flagsFile("a"))
		f := follow(t, New("flags", nil))
		write(t, "flags/b.json", `{"flags": {"b": {"default": true}}}`)
		f.expectAfter(t, settle, "batch +b")
		write(t, "flags/sub/c.yaml", flagsFile("c"))
		write(t, "flags/.c.yaml", flagsFile("c"))
		write(t, "flags/_c.yaml", flagsFile("c"))
		write(t, "flags/c.yaml~", flagsFile("c"))
		f.expect(t)
		rename(t, "flags/_c.yaml", "flags/c.YML")
		f.expect(t, "batch +c")
		remove(t, "flags/a.yaml")
		f.expect(t, "batch -a")
		write(t, "flags/d.yaml", flagsFile("b"))
		f.expect(t, `error: flags/d.yaml:2:3: flag "b": given twice, first at flags/b.json:1:12`)
		remove(t, "flags/b.json")
		f.expect(t, "batch") // the flag is the same, wherever it is
		remove(t, "flags")
		write(t, "flags/readme.txt", "")
		f.expect(t, "error: flags: no .yaml, .yml or .json file in this directory: file does not exist")
		write(t, "flags/all.yaml", flagsFile("c", "b"))
		f.expect(t, "batch")
	})
}

// kubelet mounts a ConfigMap as links to files behind a link that it swaps.
func TestWatchConfigMap(t *testing.T) {
	for _, path := range []string{"mount", "mount/flags.yaml"} {
		t.Run(path, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				write(t, "mount/..1/flags.yaml", flagsFile("a"))
				symlink(t, "..1", "mount/..data")
				symlink(t, "..data/flags.yaml", "mount/flags.yaml")
				f := follow(t, New(path, nil))
				write(t, "mount/..2/flags.yaml", flagsFile("b"))
				symlink(t, "..2", "mount/..data_tmp")
				rename(t, "mount/..data_tmp", "mount/..data")
				remove(t, "mount/..1")
				f.expectAfter(t, settle, "batch +b -a")
			})
		})
	}
}

func TestWatchGitCheckout(t *testing.T) {
	program, err := exec.LookPath("git")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("git is not installed")
		}
		t.Skip("git is not installed")
	}
	inBubble(t, func(t *testing.T) {
		git := func(arguments ...string) {
			t.Helper()
			command := exec.Command(program, append([]string{"-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "core.hooksPath=/dev/null"}, arguments...)...)
			command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
			if out, err := command.CombinedOutput(); err != nil {
				t.Fatalf("git %s: %v\n%s", arguments, err, out)
			}
		}
		git("init", "--quiet", "--initial-branch=one")
		write(t, "flags/a.yaml", flagsFile("a"))
		write(t, "flags/b.yaml", flagsFile("b"))
		git("add", ".")
		git("commit", "--quiet", "--message=one")
		git("checkout", "--quiet", "-b", "two")
		write(t, "flags/a.yaml", flagsFile("a=ann", "c"))
		remove(t, "flags/b.yaml")
		git("commit", "--quiet", "--all", "--message=two")

		f := follow(t, New("flags", nil))
		git("checkout", "--quiet", "one")
		f.expect(t, "batch +a +b -c")
		git("checkout", "--quiet", "two")
		f.expect(t, "batch +a +c -b")
		git("checkout", "--quiet", "--orphan", "empty")
		git("rm", "--quiet", "-r", "-f", ".")
		f.expect(t, "error: stat flags: no such file or directory")
		git("checkout", "--quiet", "two")
		f.expect(t, "batch")
	})
}

// Two watch one store, a third one comes when everything has happened.
func TestWatchSeveral(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags.yaml", flagsFile("a", "b"))
		s := New("flags.yaml", nil)
		one := follow(t, s)
		time.Sleep(defaultInterval / 3)
		two := follow(t, s)
		start, err := s.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		write(t, "flags.yaml", flagsFile("a=ann", "b"))
		one.expect(t, "batch +a")
		two.expect(t, "batch +a")
		write(t, "flags.yaml", flagsFile("b"))
		one.expect(t, "batch -a")
		two.expect(t, "batch -a")
		write(t, "flags.yaml", flagsFile("a", "b", "c"))
		one.expect(t, "batch +a +c")
		two.expect(t, "batch +a +c")
		write(t, "flags.yaml", "broken")
		one.expect(t, "error: flags.yaml:1:1: want an object, found a text")
		two.expect(t, "error: flags.yaml:1:1: want an object, found a text")

		var told []string
		for batch, err := range s.Watch(t.Context(), start.Revision) {
			if err != nil {
				told = append(told, "error")
				break
			}
			if want := start.Revision + 3; batch.Revision != want {
				t.Errorf("revision %d after three changes, want %d", batch.Revision, want)
			}
			for _, r := range batch.Changes {
				told = append(told, fmt.Sprintf("%s %v %d", r.Key, r.Data != nil, r.Revision-start.Revision))
			}
		}
		if want := []string{"a true 3", "c true 3", "error"}; !slices.Equal(told, want) {
			t.Errorf("a late watcher was told %v, want %v", told, want)
		}
	})
}

// Where stat shows no change, the files are read once a minute all the same.
func TestWatchUnseenChange(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		set := func(text string) {
			write(t, "flags.yaml", text)
			age(t, "flags.yaml")
		}
		set(flagsFile("a=ann"))
		f := follow(t, New("flags.yaml", nil))
		set(flagsFile("a=bob"))
		f.expect(t)
		f.expectAfter(t, trusted, "batch +a")
	})
}

func TestWatchCompacted(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags.yaml", flagsFile("a"))
		s := New("flags.yaml", nil)
		compacted := func(after hoist.Revision) {
			t.Helper()
			n := 0
			for _, err := range s.Watch(t.Context(), after) {
				if n++; !errors.Is(err, hoist.ErrCompacted) {
					t.Fatalf("Watch(%d) told %v, want ErrCompacted", after, err)
				}
			}
			if n != 1 {
				t.Errorf("Watch(%d) told %d times, want once", after, n)
			}
		}
		compacted(0)
		state, err := s.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		compacted(0)
		compacted(state.Revision - 1)
		compacted(state.Revision + 1)

		var many []string
		for i := range maxGone + 1 {
			many = append(many, fmt.Sprint("f", i))
		}
		write(t, "flags.yaml", flagsFile(many...))
		time.Sleep(while)
		if _, err := s.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		write(t, "flags.yaml", flagsFile("a"))
		time.Sleep(while)
		if _, err := s.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		compacted(state.Revision + 1)
	})
}

func TestWatchEnds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags.yaml", flagsFile("a"))
		s := New("flags.yaml", nil)
		f := follow(t, s)
		f.expect(t)
		f.cancel()
		synctest.Wait()
		if !f.ended {
			t.Error("the sequence goes on although its context has ended")
		}
		state, err := s.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		write(t, "flags.yaml", flagsFile("b"))
		for range s.Watch(t.Context(), state.Revision) {
			break
		}
		if _, err := s.Load(t.Context()); err != nil {
			t.Errorf("Load after a range was left: %v", err)
		}
	})
}

func TestLoadWaitsForWriter(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags.yaml", "fla")
		go func() {
			time.Sleep(moment)
			_ = os.WriteFile("flags.yaml", []byte(flagsFile("a")), 0o666)
		}()
		state, err := New("flags.yaml", nil).Load(t.Context())
		if err != nil || len(state.Records) != 1 {
			t.Errorf("Load = %v, %v, want the flag", state, err)
		}
	})
}

func TestLoadErrors(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := New("missing", nil).Load(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Load with an ended context: %v", err)
		}
		if _, err := New("missing", nil).Load(t.Context()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Load of a missing file: %v, want fs.ErrNotExist", err)
		}
		write(t, "large.yaml", flagsFile("a")+"# "+strings.Repeat("x", 1000))
		_, err := New("large.yaml", &Options{MaxBytes: 1000}).Load(t.Context())
		if want := "large.yaml: too large: the limit for all files together is 1000 bytes"; !errors.Is(err, hoist.ErrInvalid) || err.Error() != want {
			t.Errorf("Load of a large file: %v, want %s", err, want)
		}
		if _, err := New(os.DevNull, nil).Load(t.Context()); err == nil {
			t.Error("Load of a device: no error")
		}
		symlink(t, "nowhere", "flags/link.yaml")
		if _, err := New("flags", nil).Load(t.Context()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Load of a directory with a link to nowhere: %v, want fs.ErrNotExist", err)
		}
	})
}

// A Load that comes while the files are broken says so; one that must wait for
// another ends with its context.
func TestLoadWhileBroken(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags.yaml", flagsFile("a"))
		s := New("flags.yaml", nil)
		f := follow(t, s)
		write(t, "flags.yaml", "broken")
		f.expect(t, "error: flags.yaml:1:1: want an object, found a text")
		if _, err := s.Load(t.Context()); !errors.Is(err, hoist.ErrInvalid) {
			t.Errorf("Load of a broken file: %v, want ErrInvalid", err)
		}
		s.turn <- struct{}{} // someone reads from a file system that hangs
		ctx, cancel := context.WithTimeout(t.Context(), while)
		defer cancel()
		if _, err := s.Load(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Load behind one that hangs: %v, want DeadlineExceeded", err)
		}
		s.giveTurn()
	})
}

// Changes and trouble are logged, each once however many watch.
func TestLogger(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var log bytes.Buffer
		write(t, "flags.yaml", flagsFile("a"))
		s := New("flags.yaml", &Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey || a.Key == "revision" {
					return slog.Attr{}
				}
				return a
			},
		}))})
		one, two := follow(t, s), follow(t, s)
		for _, text := range []string{flagsFile("b"), "broken", flagsFile("b")} {
			write(t, "flags.yaml", text)
			time.Sleep(while)
			synctest.Wait()
		}
		one.cancel()
		two.cancel()
		synctest.Wait()
		want := `level=INFO msg="flag files loaded" path=flags.yaml
level=INFO msg="flag files changed" changes=2 path=flags.yaml
level=WARN msg="flag files are broken, the last good state stays" path=flags.yaml error="flags.yaml:1:1: want an object, found a text"
level=INFO msg="flag files are as they were before they broke" path=flags.yaml
`
		if diff := cmp.Diff(want, log.String()); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

// An engine follows the files, keeps the last good state, and knows when the
// trouble is over.
func TestOpenFollows(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		write(t, "flags.yaml", "flags: {a: {default: true}}")
		flags, err := hoist.Open(t.Context(), New("flags.yaml", nil), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer flags.Close()
		for _, step := range []struct {
			text   string
			answer bool
			broken bool
		}{
			{"flags: {a: {default: false}}", false, false},
			{"flags: {a: {default: maybe}}", false, true},
			{"flags: {a: {default: false}}", false, false},
			{"flags: {a: {default: true}}", true, false},
			{"flags: {}", false, false},
		} {
			write(t, "flags.yaml", step.text)
			time.Sleep(while)
			synctest.Wait()
			answer := flags.For(hoist.NewSubject("ann")).Bool("a", false)
			if err := flags.Status().Err; answer != step.answer || (err != nil) != step.broken {
				t.Errorf("%s: the flag is %v and the trouble %v, want %v and trouble = %v", step.text, answer, err, step.answer, step.broken)
			}
		}
	})
}

// Loads, watches and edits at the same time, for the race detector: whoever
// follows the store knows in the end what is in the file.
func TestConcurrentUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flags.yaml")
	replace := func(text string) {
		write(t, path+".new", text)
		rename(t, path+".new", path)
	}
	replace(flagsFile("a"))
	s := New(path, &Options{PollInterval: 5 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const edits = 30
	last := flagsFile("last", fmt.Sprint("f", edits-1))
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			f := follower{flags: map[string]string{}}
			state, err := s.Load(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			f.take(state.Records)
			for batch, err := range s.Watch(ctx, state.Revision) {
				if err != nil {
					t.Error(err)
				}
				f.take(batch.Changes)
				for _, r := range batch.Changes {
					clear(r.Data) // it is ours
				}
				if f.flags["last"] != "" {
					break
				}
			}
			if got, want := slices.Sorted(maps.Keys(f.flags)), []string{fmt.Sprint("f", edits-1), "last"}; !slices.Equal(got, want) {
				t.Errorf("a follower knows %v in the end, want %v", got, want)
			}
		})
	}
	for i := range edits {
		replace(flagsFile(fmt.Sprint("f", i)))
		time.Sleep(time.Millisecond)
	}
	replace(last)
	group.Wait()
	if ctx.Err() != nil {
		t.Fatal("the last edit was not told")
	}
	state, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range state.Records {
		if r.Data[0] == 0 {
			t.Errorf("a follower changed the store's data: %s", r.Data)
		}
	}
}
