package registry

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/passmuster/muster/policy"
)

// layoutNames are what lies in an image layout. oras-go writes blobs into ingest first.
var layoutNames = []string{ocispec.ImageLayoutFile, ocispec.ImageIndexFile, ocispec.ImageBlobsDir, "ingest"}

// folder is where an artifact is stored.
type folder struct {
	path  string
	taken bool     // it exists and is not empty
	holds []string // digests of the artifacts in it
}

// open looks at a folder and changes nothing. It refuses whatever must never be replaced: all but image layouts.
func open(path string) (*folder, error) {
	f := &folder{path: filepath.Clean(path)}
	if here, err := filepath.Abs("."); err == nil {
		full, err := filepath.Abs(path)
		if err != nil {
			return nil, mistakef("%v", err)
		}
		if rel, err := filepath.Rel(full, here); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return nil, mistakef("%s holds the working directory, want a folder of its own", path)
		}
	}
	info, err := os.Lstat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case err != nil:
		return nil, mistakef("%v", err)
	case !info.IsDir():
		return nil, mistakef("%s is no folder", path)
	}
	dir, err := os.OpenRoot(f.path)
	if err != nil {
		return nil, mistakef("%v", err)
	}
	defer dir.Close()
	entries, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return nil, mistakef("%v", err)
	}
	for _, e := range entries {
		if !slices.Contains(layoutNames, e.Name()) {
			return nil, mistakef("%s holds %q, which is no part of an OCI image layout and would be lost; want a folder of its own", path, e.Name())
		}
	}
	f.taken = len(entries) > 0
	f.holds = digests(dir)
	return f, nil
}

// digests are those of the manifests in the index of a layout; nil if it cannot be read.
func digests(dir *os.Root) []string {
	file, err := dir.Open(ocispec.ImageIndexFile)
	if err != nil {
		return nil
	}
	defer file.Close()
	var index ocispec.Index
	if err := json.NewDecoder(io.LimitReader(file, policy.MaxManifest)).Decode(&index); err != nil {
		return nil
	}
	var list []string
	for _, m := range index.Manifests {
		list = append(list, m.Digest.String())
	}
	return list
}

// check reports whether an artifact may be stored here: in a new folder, over itself, or over another one by force.
func (f *folder) check(digest string, force bool) error {
	if !f.taken || force || slices.Equal(f.holds, []string{digest}) {
		return nil
	}
	return mistakef("%s holds another artifact (%s); --force replaces it", f.path, strings.Join(f.holds, ", "))
}

// scratch is a new folder on the same file system, from which put can move.
func (f *folder) scratch() (string, error) {
	parent := filepath.Dir(f.path)
	for {
		if _, err := os.Stat(parent); !errors.Is(err, fs.ErrNotExist) {
			return os.MkdirTemp(parent, ".muster-pull-")
		}
		parent = filepath.Dir(parent)
	}
}

// put moves a complete layout from scratch/new to where it belongs, and what was there into scratch.
func (f *folder) put(scratch string) error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil {
		return err
	}
	old := filepath.Join(scratch, "old")
	err := os.Rename(f.path, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	moved := err == nil
	if err := os.Rename(filepath.Join(scratch, "new"), f.path); err != nil {
		if moved {
			err = errors.Join(err, os.Rename(old, f.path))
		}
		return err
	}
	return nil
}
