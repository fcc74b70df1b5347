package policy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// maxArchive bounds what the archives of one path unpack to, in bytes, modules or not.
const maxArchive = 64 << 20

func (r *reader) archiveFile(files fs.FS, name, shown string) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return r.archive(f, shown)
}

// archive reads the modules of a bundle: a gzipped tar. Whatever else is in it is passed over.
func (r *reader) archive(f io.Reader, shown string) error {
	plain, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", shown, err)
	}
	limited := &io.LimitedReader{R: plain, N: maxArchive - r.unpacked}
	defer func() { r.unpacked = maxArchive - limited.N }()
	entries := tar.NewReader(limited)
	for steps := 0; ; steps++ {
		h, err := entries.Next()
		switch {
		case limited.N <= 0: // which looks like the end, too
			return fmt.Errorf("%s: it unpacks to more than %d bytes", shown, maxArchive)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", shown, err)
		case steps >= maxSteps:
			return fmt.Errorf("%s: it has more than %d entries", shown, maxSteps)
		}
		name := strings.TrimPrefix(h.Name, "./")
		at := shown + "/" + path.Clean(name)
		switch {
		case !strings.HasSuffix(name, ".rego"):
		case strings.HasPrefix(h.Name, "/") || strings.HasPrefix(path.Clean(name), "..") || strings.Contains(name, `\`):
			r.problems = append(r.problems, problemf(shown, "the path %q leads out of it", h.Name))
		case h.Typeflag != tar.TypeReg:
			r.problems = append(r.problems, problemf(at, "it is a link or a device, want a file"))
		default:
			if err := r.take(entries, at); err != nil {
				return err
			}
		}
	}
}

// descriptor is the part of an OCI descriptor that is read here.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Annotations map[string]string `json:"annotations"`
}

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// layout reads an OCI image layout on disk: every manifest of its index, and of each the layers that are bundles or
// modules. Digests must hold.
func (r *reader) layout(files fs.FS, shown string) error {
	text, err := fs.ReadFile(files, "index.json")
	if err != nil {
		return fmt.Errorf("%s: an OCI image layout needs an index.json: %w", shown, cause(err))
	}
	var index struct {
		Manifests []descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return fmt.Errorf("%s/index.json: %w", shown, err)
	}
	if len(index.Manifests) > maxFiles {
		return fmt.Errorf("%s/index.json: it has more than %d manifests", shown, maxFiles)
	}
	for _, m := range index.Manifests {
		text, err := r.blob(files, m.Digest)
		if err != nil {
			return fmt.Errorf("%s: %w", shown, err)
		}
		var manifest struct {
			Layers []descriptor `json:"layers"`
		}
		if err := json.Unmarshal(text, &manifest); err != nil {
			return fmt.Errorf("%s: manifest %s: %w", shown, m.Digest, err)
		}
		for _, l := range manifest.Layers {
			if err := r.layer(files, l, shown); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) layer(files fs.FS, l descriptor, shown string) error {
	title := l.Annotations["org.opencontainers.image.title"]
	form := formOf(l.MediaType, title)
	if form == otherLayer {
		return nil
	}
	text, err := r.blob(files, l.Digest)
	if err != nil {
		return fmt.Errorf("%s: %w", shown, err)
	}
	if form == bundleLayer {
		return r.archive(bytes.NewReader(text), shown)
	}
	if title == "" || !fs.ValidPath(title) || strings.Contains(title, `\`) {
		title = strings.TrimPrefix(l.Digest, "sha256:")[:12] + ".rego"
	}
	return r.take(bytes.NewReader(text), shown+"/"+title)
}

// blob reads a blob of a layout and holds it against its digest. One that is named twice counts twice.
func (r *reader) blob(files fs.FS, digest string) ([]byte, error) {
	if !digestForm.MatchString(digest) {
		return nil, fmt.Errorf("%q is no digest, want sha256:…", digest)
	}
	name := "blobs/sha256/" + strings.TrimPrefix(digest, "sha256:")
	f, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, cause(err))
	}
	defer f.Close()
	const most = MaxBlobs + MaxManifest
	text, err := io.ReadAll(io.LimitReader(f, most-r.blobs+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, cause(err))
	}
	if r.blobs += int64(len(text)); r.blobs > most {
		return nil, fmt.Errorf("with %s the blobs are larger than %d bytes", name, most)
	}
	if sum := sha256.Sum256(text); "sha256:"+hex.EncodeToString(sum[:]) != digest {
		return nil, fmt.Errorf("%s does not have the digest that its name says", name)
	}
	return text, nil
}
