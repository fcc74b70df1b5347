package policy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Limits of what is read as policies, whatever they are read from.
const (
	maxFiles = 1000
	maxFile  = 1 << 20  // bytes of one file
	maxTotal = 16 << 20 // bytes of all files of one path
	maxSteps = 10_000   // entries of a folder or archive, read or not
)

// Source is the text of one module.
type Source struct {
	File string // how positions name it
	Text []byte
	// Builtin is the rule that it is, as the registry has it; nil for policies of others.
	Builtin *analyzer.Rule
}

// test reports whether it is a test, which a scan has no use for.
func (s Source) test() bool { return strings.HasSuffix(s.File, "_test.rego") }

// Problem is what is wrong with a policy, at its line.
type Problem struct {
	Position mesh.Position
	Message  string
}

// Error renders "file:line:column: message".
func (p Problem) Error() string { return p.Position.String() + ": " + p.Message }

func problemf(file string, format string, args ...any) Problem {
	return Problem{mesh.Position{File: file}, fmt.Sprintf(format, args...)}
}

// Load reads the modules of a file, a folder, a bundle (.tar.gz or .tgz), or an OCI image layout. It reads nothing
// outside of the path, and follows no link that leads out of it. The error is for a path that cannot be read at all;
// single files that cannot are problems.
func Load(name string) ([]Source, []Problem, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	r := &reader{}
	shown := filepath.ToSlash(filepath.Clean(name))
	if !info.IsDir() {
		dir, err := os.OpenRoot(filepath.Dir(name))
		if err != nil {
			return nil, nil, err
		}
		defer dir.Close()
		switch {
		case isArchive(name):
			err = r.archiveFile(dir.FS(), filepath.Base(name), shown)
		default:
			err = r.file(dir.FS(), filepath.Base(name), shown)
		}
		return r.result(err)
	}
	dir, err := os.OpenRoot(name)
	if err != nil {
		return nil, nil, err
	}
	defer dir.Close()
	if isLayout(dir.FS(), ".") {
		return r.result(r.layout(dir.FS(), shown))
	}
	return r.result(r.folder(dir.FS(), shown))
}

// isLayout reports whether a folder is an OCI image layout.
func isLayout(files fs.FS, name string) bool {
	_, err := fs.Stat(files, path.Join(name, "oci-layout"))
	return err == nil
}

func isArchive(name string) bool {
	return strings.HasSuffix(name, ".tar.gz") || strings.HasSuffix(name, ".tgz")
}

// reader collects the modules of one path.
type reader struct {
	sources  []Source
	problems []Problem
	total    int64 // bytes of modules
	unpacked int64 // bytes of archives
	blobs    int64 // bytes of blobs of image layouts
}

func (r *reader) result(err error) ([]Source, []Problem, error) {
	slices.SortFunc(r.sources, func(a, b Source) int { return strings.Compare(a.File, b.File) })
	return r.sources, r.problems, err
}

// folder reads every .rego of a folder, and every image layout below it. Hidden folders and testdata are left out.
func (r *reader) folder(files fs.FS, shown string) error {
	steps := 0
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if steps++; steps > maxSteps {
			return fmt.Errorf("%s has more than %d entries", shown, maxSteps)
		}
		at := path.Join(shown, name)
		switch {
		case err != nil:
			r.problems = append(r.problems, problemf(at, "it cannot be read: %v", cause(err)))
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"):
			return fs.SkipDir
		case entry.IsDir() && isLayout(files, name):
			below, err := fs.Sub(files, name)
			if err != nil {
				return err
			}
			if err := r.layout(below, at); err != nil {
				return err
			}
			return fs.SkipDir
		case strings.HasSuffix(name, ".rego"):
			return r.file(files, name, at)
		}
		return nil
	})
}

func (r *reader) file(files fs.FS, name, shown string) error {
	info, err := fs.Stat(files, name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file")
	}
	if err != nil {
		r.problems = append(r.problems, problemf(shown, "it cannot be read: %v", cause(err)))
		return nil
	}
	f, err := files.Open(name)
	if err != nil {
		r.problems = append(r.problems, problemf(shown, "it cannot be read: %v", cause(err)))
		return nil
	}
	defer f.Close()
	return r.take(f, shown)
}

// take reads one module within the limits.
func (r *reader) take(f io.Reader, shown string) error {
	if len(r.sources) >= maxFiles {
		return fmt.Errorf("%s: there are more than %d policies", shown, maxFiles)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		r.problems = append(r.problems, problemf(shown, "it cannot be read: %v", cause(err)))
		return nil
	case len(text) > maxFile:
		r.problems = append(r.problems, problemf(shown, "it is larger than %d bytes", maxFile))
		return nil
	}
	if r.total += int64(len(text)); r.total > maxTotal {
		return fmt.Errorf("%s: the policies are larger than %d bytes together", shown, maxTotal)
	}
	r.sources = append(r.sources, Source{File: shown, Text: text})
	return nil
}

// cause takes the path from an error, which its message begins with already.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
