package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/passmuster/muster/policy"
)

const dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"

// knownTypes are those that layers of policies come with, beside the ones of Open Policy Agent: `opa build` and
// `oras push` use those of images; the last three are what tools give to files they know nothing of.
var knownTypes = map[string]bool{
	ocispec.MediaTypeImageLayer:                         true,
	ocispec.MediaTypeImageLayerGzip:                     true,
	ocispec.MediaTypeImageConfig:                        true,
	ocispec.MediaTypeEmptyJSON:                          true,
	"application/vnd.docker.image.rootfs.diff.tar.gzip": true,
	"application/vnd.docker.container.image.v1+json":    true,
	"application/vnd.unknown.config.v1+json":            true,
	"application/gzip":                                  true,
	"application/octet-stream":                          true,
	"text/plain":                                        true,
}

// known reports whether a blob of this media type is fetched.
func known(mediaType string) bool {
	return knownTypes[mediaType] ||
		strings.HasPrefix(mediaType, "application/vnd.cncf.openpolicyagent.") || // conftest, Trivy
		strings.HasPrefix(mediaType, "application/vnd.openpolicyagent.") // earlier conftest
}

// contents are what is fetched of an artifact.
type contents struct {
	blobs   []ocispec.Descriptor // each digest once
	leftOut []string
}

// examine reads a manifest and decides what is fetched. It refuses what holds no policies, what has policies in a
// form nobody agreed on, and what is larger than package policy reads.
func examine(root ocispec.Descriptor, text []byte) (contents, error) {
	switch root.MediaType {
	case ocispec.MediaTypeImageManifest, dockerManifest:
	case ocispec.MediaTypeImageIndex, "application/vnd.docker.distribution.manifest.list.v2+json":
		return contents{}, errors.New("it is an index of several artifacts; name one of them by its digest")
	default:
		return contents{}, fmt.Errorf("it is %q, want an OCI image manifest", root.MediaType)
	}
	var m ocispec.Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return contents{}, fmt.Errorf("its manifest: %w", err)
	}
	if m.MediaType != "" && m.MediaType != root.MediaType {
		return contents{}, fmt.Errorf("its manifest says that it is %q, and the registry says %q", m.MediaType, root.MediaType)
	}
	if len(m.Layers) > policy.MaxLayers {
		return contents{}, fmt.Errorf("it has %d layers, want at most %d", len(m.Layers), policy.MaxLayers)
	}
	c := &collector{seen: map[string]bool{}}
	if known(m.Config.MediaType) {
		if err := c.fetch(m.Config); err != nil {
			return contents{}, fmt.Errorf("its config: %w", err)
		}
	}
	for i, l := range m.Layers {
		if err := c.layer(l); err != nil {
			return contents{}, fmt.Errorf("its layer %d: %w", i+1, err)
		}
	}
	if c.policies == 0 {
		return contents{}, errors.New("no layer holds policies: want bundles (tar+gzip) or files whose title ends in .rego")
	}
	return c.contents, nil
}

// collector adds up what is fetched.
type collector struct {
	contents
	seen     map[string]bool // digests
	total    int64           // bytes
	policies int
}

func (c *collector) layer(l ocispec.Descriptor) error {
	title := l.Annotations[ocispec.AnnotationTitle]
	reads := policy.ReadsLayer(l.MediaType, title)
	switch {
	case known(l.MediaType):
		if reads {
			c.policies++
		}
		return c.fetch(l)
	case reads:
		return fmt.Errorf("%q is no media type that policies come with", l.MediaType)
	default:
		c.leftOut = append(c.leftOut, fmt.Sprintf("%q (%s)", title, l.MediaType))
		return nil
	}
}

// fetch adds a blob. Nothing of a descriptor but type, digest and size is kept: neither addresses nor contents.
func (c *collector) fetch(d ocispec.Descriptor) error {
	if err := checkDigest(string(d.Digest)); err != nil {
		return err
	}
	if d.Size < 0 || d.Size > policy.MaxBlobs || c.total+d.Size > policy.MaxBlobs {
		return fmt.Errorf("with its %d bytes the artifact has more than %d", d.Size, policy.MaxBlobs)
	}
	c.total += d.Size
	if c.seen[string(d.Digest)] {
		return nil
	}
	c.seen[string(d.Digest)] = true
	c.blobs = append(c.blobs, ocispec.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size})
	return nil
}
