package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"
)

// Options say what is pulled, from where, and where to.
type Options struct {
	Access
	Reference Reference
	Dir       string // becomes an OCI image layout
	Digest    string // the digest that the artifact must have, sha256:…; "" is any
	Force     bool   // replace another artifact in Dir
}

// Artifact is what was pulled.
type Artifact struct {
	Digest  string   // of its manifest
	LeftOut []string // layers of other media types, by title and type
}

// Pull fetches an artifact and stores it in Dir, as a whole or not at all. Every blob has the digest that its manifest
// gives, and the manifest that of Digest. An error that is a Mistake is one of the options; others are of the registry,
// the artifact or the disk, or of a context that has ended.
func Pull(ctx context.Context, o Options) (Artifact, error) {
	if err := o.pinned(); err != nil {
		return Artifact{}, err
	}
	dir, err := open(o.Dir)
	if err != nil {
		return Artifact{}, err
	}
	repository, err := o.repository(o.Reference)
	if err != nil {
		return Artifact{}, err
	}
	root, text, err := fetchManifest(ctx, repository, o.Reference)
	if err != nil {
		return Artifact{}, o.explain(err)
	}
	if o.Digest != "" && root.Digest.String() != o.Digest {
		return Artifact{}, mistakef("%s is %s, want %s", o.Reference, root.Digest, o.Digest)
	}
	contents, err := examine(root, text)
	if err != nil {
		return Artifact{}, o.explain(err)
	}
	if err := dir.check(root.Digest.String(), o.Force); err != nil {
		return Artifact{}, err
	}
	if err := store(ctx, repository, root, contents.blobs, dir); err != nil {
		return Artifact{}, o.explain(err)
	}
	return Artifact{Digest: root.Digest.String(), LeftOut: contents.leftOut}, nil
}

// pinned holds the digest that is wanted against that of the reference.
func (o Options) pinned() error {
	if o.Digest == "" {
		return nil
	}
	if err := checkDigest(o.Digest); err != nil {
		return mistakef("%v", err)
	}
	if named := o.Reference.Digest(); named != "" && named != o.Digest {
		return mistakef("%s cannot have the digest %s", o.Reference, o.Digest)
	}
	return nil
}

func fetchManifest(ctx context.Context, repository *remote.Repository, ref Reference) (ocispec.Descriptor, []byte, error) {
	root, text, err := oras.FetchBytes(ctx, repository, ref.oci.Reference, oras.FetchBytesOptions{MaxBytes: repository.MaxMetadataBytes})
	if err != nil {
		return root, nil, fmt.Errorf("its manifest: %w", err)
	}
	if err := checkDigest(root.Digest.String()); err != nil {
		return root, nil, fmt.Errorf("its manifest: %w", err)
	}
	return root, text, nil
}

// store copies the manifest and its blobs into a layout beside the folder, and moves that to its place when it is
// complete.
func store(ctx context.Context, repository *remote.Repository, root ocispec.Descriptor, blobs []ocispec.Descriptor, dir *folder) (err error) {
	scratch, err := dir.scratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	fresh := filepath.Join(scratch, "new")
	if err := os.Mkdir(fresh, 0o755); err != nil {
		return err
	}
	layout, err := oci.NewWithContext(ctx, fresh)
	if err != nil {
		return err
	}
	err = oras.CopyGraph(ctx, repository, layout, root, oras.CopyGraphOptions{
		MaxMetadataBytes: repository.MaxMetadataBytes,
		FindSuccessors: func(_ context.Context, _ content.Fetcher, d ocispec.Descriptor) ([]ocispec.Descriptor, error) {
			if d.Digest == root.Digest {
				return blobs, nil
			}
			return nil, nil // a blob is no manifest, whatever its type says
		},
	})
	if err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(fresh, "ingest")); err != nil {
		return err
	}
	return dir.put(scratch)
}

// query is the part of an address that may hold the signature of a storage service.
var query = regexp.MustCompile(`(https?://[^\s"?]+)\?[^\s"]*`)

// explain says in one line what went wrong with an artifact, and what to do where that is known.
func (o Options) explain(err error) error {
	var help string
	response, answered := errors.AsType[*errcode.ErrorResponse](err)
	switch {
	case errors.Is(err, errdef.ErrNotFound) || answered && response.StatusCode == http.StatusNotFound:
		help = " (is the name right, and may you read it?)"
	case errors.Is(err, auth.ErrBasicCredentialNotFound), answered && (response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden):
		help = fmt.Sprintf(" (docker login %s, or --username and --password-stdin)", o.Reference.oci.Registry)
	case strings.Contains(err.Error(), http.ErrSchemeMismatch.Error()):
		help = " (--plain-http speaks without TLS)"
	}
	text := query.ReplaceAllString(strings.Join(strings.Fields(err.Error()), " "), "$1?…")
	return &failure{o.Reference.String() + ": " + text + help, err}
}

// failure is an error with a message of one line.
type failure struct {
	message string
	cause   error
}

func (f *failure) Error() string { return f.message }
func (f *failure) Unwrap() error { return f.cause }
