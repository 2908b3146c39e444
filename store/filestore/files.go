package filestore

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A file is one of the files of a store, as stat describes it. Symbolic links
// are followed.
type file struct {
	path string
	info fs.FileInfo
}

// list returns the files that path leads to: itself, or those of a directory.
func list(path string) ([]file, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return listDirectory(path)
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("neither a file nor a directory")}
	}
	return []file{{path, info}}, nil
}

func listDirectory(path string) ([]file, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, entry := range entries {
		if !takesName(entry.Name()) {
			continue
		}
		name := filepath.Join(path, entry.Name())
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() {
			files = append(files, file{name, info})
		}
	}
	if files == nil {
		return nil, fmt.Errorf("%s: no .yaml, .yml or .json file in this directory: %w", path, fs.ErrNotExist)
	}
	return files, nil
}

// takesName reports whether a file of this name in a directory is read.
func takesName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return name[0] != '.' && name[0] != '_'
	}
	return false
}

// sameFiles reports whether nothing shows that the files changed between two
// lists of them.
func sameFiles(a, b []file) bool {
	return slices.EqualFunc(a, b, func(a, b file) bool {
		return a.path == b.path && a.info.Size() == b.info.Size() &&
			a.info.ModTime().Equal(b.info.ModTime()) && os.SameFile(a.info, b.info)
	})
}

// newest returns when the last of the files was written.
func newest(files []file) time.Time {
	var last time.Time
	for _, f := range files {
		if t := f.info.ModTime(); t.After(last) {
			last = t
		}
	}
	return last
}

// A content is what was found when the files were looked at: their texts, or
// why they cannot be read.
type content struct {
	files []file
	texts [][]byte
	err   error
	sum   [sha256.Size]byte // of names and texts, or of the error
}

// read lists the files at path and reads them, all of them together up to max
// bytes.
func read(files []file, err error, max int) content {
	c := content{files: files, err: err}
	sum := sha256.New()
	left := max
	for _, f := range files {
		text, err := readFile(f.path, left, max)
		if err != nil {
			c.err = err
			break
		}
		left -= len(text)
		c.texts = append(c.texts, text)
		sum.Write(binary.AppendUvarint([]byte(f.path+"\x00"), uint64(len(text))))
		sum.Write(text)
	}
	if c.err != nil {
		c.texts = nil
		sum.Reset()
		io.WriteString(sum, "error: "+c.err.Error())
	}
	sum.Sum(c.sum[:0])
	return c
}

// readFile reads a file of up to left bytes, which are what is left of max.
func readFile(path string, left, max int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, int64(left)+1))
	if err == nil && len(text) > left {
		err = &FileError{File: path, Problem: fmt.Sprintf("too large: the limit for all files together is %d bytes", max)}
	}
	return text, err
}
