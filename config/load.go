package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

// maxBytes bounds the file. An objective takes about 200 bytes, so this is room for thousands.
const maxBytes = 1 << 20

// fileNames are the file names of a config. If a folder has both, the first counts.
var fileNames = [...]string{"muster.yaml", ".muster.yaml"}

// Find returns the absolute path of the config that holds for dir: the nearest one from dir upward to the root of the
// git working tree, which is the nearest folder with a .git entry. Outside of git only dir itself is looked at, so
// that a stray file in a home or temporary folder never takes part.
func Find(dir string) (path string, ok bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for top := gitRoot(dir); ; dir = filepath.Dir(dir) {
		for _, name := range fileNames {
			path := filepath.Join(dir, name)
			if file, err := os.Stat(path); err == nil && !file.IsDir() {
				return path, true
			}
		}
		if dir == top {
			return "", false
		}
	}
}

// WorkingTree is the root of the git working tree that dir is in, or dir.
func WorkingTree(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	return gitRoot(abs)
}

// gitRoot returns the root of the working tree that dir is in, or dir. A worktree's .git is a file.
func gitRoot(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

// Load reads the config at path. Positions name it relative to displayRoot, usually the working directory. If the
// content is at fault the error is an *Error with everything that is wrong; otherwise it wraps that of the file system.
func Load(path, displayRoot string) (*Config, error) {
	name := display(path, displayRoot)
	data, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read the config: %w", name, err)
	}
	c, problems := Parse(name, data)
	if len(problems) > 0 {
		return nil, &Error{Problems: problems}
	}
	c.Dir = filepath.Dir(path)
	return c, nil
}

func display(path, root string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	if root, err = filepath.Abs(root); err != nil {
		return filepath.ToSlash(path)
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, cause(err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("it is larger than %d bytes", maxBytes)
	}
	return data, nil
}

// cause drops operation and path of a file system error: the message has begun with the file already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Parse reads a config; file is how positions name it. It returns all problems, sorted by position, and what could be
// read in spite of them; Dir is the folder of file.
func Parse(file string, data []byte) (*Config, []Problem) {
	c := &Config{
		File:      file,
		Dir:       filepath.Dir(filepath.FromSlash(file)),
		Inputs:    Inputs{Unreadable: "error"},
		positions: map[string]mesh.Position{},
	}
	d := &decoder{config: c, budget: maxValues}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		d.report(mesh.Position{File: file, Line: 1, Column: 1}, "this is UTF-16; save it as UTF-8")
		return c, d.problems
	}
	documents := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	err := documents.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF), err == nil && doc.Content[0].ShortTag() == "!!null":
		d.report(c.Locate(""), "the config is empty, want at least \"apiVersion: %s\"", APIVersion)
	case err != nil:
		d.problems = append(d.problems, syntaxProblem(file, data, err))
		return c, d.problems
	default:
		d.read(doc.Content[0], "", object(nil, configFields(c)...))
	}
	switch err := documents.Decode(&next); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.problems = append(d.problems, syntaxProblem(file, data, err))
	default:
		d.report(d.position(&next, ""), "a second document begins here, want one")
	}
	d.check()
	sortProblems(d.problems)
	return c, d.problems
}

// IsName reports whether a file of this name is a config.
func IsName(name string) bool { return slices.Contains(fileNames[:], name) }
