package fix

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Files reads and writes the files of a run. Nothing outside of its roots is touched, whatever symlinks say.
type Files struct {
	// Dir is what paths in positions are relative to; "" is the working directory.
	Dir string
	// Roots are the directories and files that may be edited. A root that is a symlink means what it leads to.
	Roots []string
	// MaxBytes is the size from which a file is not edited; 0 = 16 MB.
	MaxBytes int64
}

// ErrOutside is told of a file that lies outside of what may be edited.
var ErrOutside = errors.New("it lies outside of the directories that may be edited")

// placed is a file that may be edited: its name below a directory, symlinks resolved.
type placed struct {
	root *os.Root
	name string
}

func (f Files) find(file string) (placed, error) {
	real, err := filepath.EvalSymlinks(f.abs(file))
	if err != nil {
		return placed{}, err
	}
	for _, root := range f.Roots {
		dir, err := filepath.EvalSymlinks(f.abs(root))
		if err != nil {
			continue
		}
		if real == dir { // the file itself was named
			dir = filepath.Dir(dir)
		}
		name, err := filepath.Rel(dir, real)
		if err != nil || name == ".." || strings.HasPrefix(name, ".."+string(filepath.Separator)) {
			continue
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			continue
		}
		opened, err := os.OpenRoot(dir)
		return placed{opened, name}, err
	}
	return placed{}, ErrOutside
}

// Real is the path of a file without symlinks, as far as it exists.
func (f Files) Real(file string) string {
	if real, err := filepath.EvalSymlinks(f.abs(file)); err == nil {
		return real
	}
	return f.abs(file)
}

func (f Files) abs(file string) string {
	file = filepath.FromSlash(file)
	if filepath.IsAbs(file) {
		return filepath.Clean(file)
	}
	abs, err := filepath.Abs(filepath.Join(f.Dir, file))
	if err != nil {
		return file
	}
	return abs
}

// Read returns the content of a file that may be edited.
func (f Files) Read(file string) ([]byte, error) {
	p, err := f.find(file)
	if err != nil {
		return nil, err
	}
	defer p.root.Close()
	data, _, err := p.read(f.most())
	return data, err
}

func (f Files) most() int64 {
	if f.MaxBytes > 0 {
		return f.MaxBytes
	}
	return 16 << 20
}

func (p placed) read(most int64) ([]byte, fs.FileMode, error) {
	// O_NONBLOCK: should the file have become a FIFO since it was read, opening it must not wait.
	file, err := p.root.OpenFile(p.name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, 0, errors.New("it is no regular file, or too large")
	}
	data, err := io.ReadAll(io.LimitReader(file, most))
	return data, info.Mode(), err
}

// Write replaces the content of files, each as a whole or not at all, and keeps their modes. Before the first is
// written all are compared with what was read: if anybody changed one meanwhile, none is written. It returns those that
// were written, in order.
func (f Files) Write(old, now map[string][]byte) (written []string, err error) {
	files := slices.Sorted(maps.Keys(now))
	for _, file := range files {
		if err := f.unchanged(file, old[file]); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	for _, file := range files {
		if err := f.write(file, now[file]); err != nil {
			return written, fmt.Errorf("%s: %w", file, err)
		}
		written = append(written, file)
	}
	return written, nil
}

func (f Files) unchanged(file string, old []byte) error {
	p, err := f.find(file)
	if err != nil {
		return err
	}
	defer p.root.Close()
	data, mode, err := p.read(f.most())
	switch {
	case err != nil:
		return err
	case !bytes.Equal(data, old):
		return errors.New("somebody changed it meanwhile; nothing is written")
	case mode.Perm()&0o200 == 0:
		return errors.New("it is read-only; nothing is written")
	}
	return nil
}

// write puts the content into a new file beside the old one, and that in its place.
func (f Files) write(file string, data []byte) error {
	p, err := f.find(file)
	if err != nil {
		return err
	}
	defer p.root.Close()
	info, err := p.root.Stat(p.name)
	if err != nil {
		return err
	}
	beside := filepath.Join(filepath.Dir(p.name), ".muster-fix-"+rand.Text())
	if err := p.fill(beside, data, info.Mode().Perm()); err != nil {
		return errors.Join(err, ignoreAbsent(p.root.Remove(beside)))
	}
	if err := p.root.Rename(beside, p.name); err != nil {
		return errors.Join(err, ignoreAbsent(p.root.Remove(beside)))
	}
	return nil
}

func (p placed) fill(name string, data []byte, mode fs.FileMode) error {
	file, err := p.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
}

func ignoreAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
