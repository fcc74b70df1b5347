package registry

import (
	"fmt"
	"net"
	"net/netip"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
	"oras.land/oras-go/v2/registry"
)

// Mistake is an error in what was asked for, not in what a registry answers.
type Mistake struct{ message string }

func (m *Mistake) Error() string { return m.message }

func mistakef(format string, args ...any) error { return &Mistake{fmt.Sprintf(format, args...)} }

// Reference names an artifact in a registry.
type Reference struct {
	oci registry.Reference
}

// Parse reads oci://REGISTRY/REPOSITORY[:TAG|@DIGEST]. Without a tag and a digest it means the tag latest; where both
// are given, the digest decides. Every error is a Mistake.
func Parse(text string) (Reference, error) {
	rest, ok := strings.CutPrefix(text, "oci://")
	if !ok {
		return Reference{}, mistakef("%q: want oci://REGISTRY/REPOSITORY, with :TAG or @sha256:…", text)
	}
	ref, err := registry.ParseReference(rest)
	if err != nil {
		return Reference{}, mistakef("%q: %v", text, err)
	}
	ref.Reference = ref.ReferenceOrDefault()
	if strings.Contains(ref.Reference, ":") {
		if err := checkDigest(ref.Reference); err != nil {
			return Reference{}, mistakef("%q: %v", text, err)
		}
	}
	return Reference{ref}, nil
}

// String is the reference without oci://, as container tools write it.
func (r Reference) String() string { return r.oci.String() }

// Name is the last part of the repository: a plain name of a folder.
func (r Reference) Name() string { return path.Base(r.oci.Repository) }

// Digest is the digest that the reference names, or "".
func (r Reference) Digest() string {
	if d, err := r.oci.Digest(); err == nil {
		return d.String()
	}
	return ""
}

// checkDigest wants SHA-256, the only algorithm that package policy verifies.
func checkDigest(text string) error {
	d, err := digest.Parse(text)
	if err != nil || d.Algorithm() != digest.SHA256 {
		return fmt.Errorf("%q is no digest, want sha256: and 64 hexadecimal digits", text)
	}
	return nil
}

// loopback reports whether a host, with a port or without one, is this machine.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && addr.IsLoopback()
}
