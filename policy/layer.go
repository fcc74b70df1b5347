package policy

import "strings"

// Limits of an OCI artifact of policies, for whoever fetches one. Load reads an image layout that keeps to them.
const (
	MaxManifest = 4 << 20    // bytes of a manifest
	MaxLayers   = maxFiles   // layers of a manifest
	MaxBlobs    = maxArchive // bytes of all layers of a manifest, and of its config
)

// layerForm is what a layer of an image layout is read as.
type layerForm int

const (
	otherLayer layerForm = iota
	moduleLayer
	bundleLayer
)

// formOf goes by the media type, and by the title where the type tells nothing: `oras push` gives
// application/vnd.oci.image.layer.v1.tar to every file for which nobody names a type.
func formOf(mediaType, title string) layerForm {
	switch {
	case strings.HasSuffix(mediaType, "tar+gzip") || strings.HasSuffix(mediaType, "tar.gzip"):
		return bundleLayer
	case strings.HasSuffix(mediaType, "+rego") || strings.HasSuffix(title, ".rego"):
		return moduleLayer
	case isArchive(title):
		return bundleLayer
	}
	return otherLayer
}

// ReadsLayer reports whether Load looks for policies in a layer of this media type, with this title
// (the annotation org.opencontainers.image.title).
func ReadsLayer(mediaType, title string) bool { return formOf(mediaType, title) != otherLayer }
