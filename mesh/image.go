package mesh

import (
	"cmp"
	"strings"
)

// Image is a reference to a container image.
type Image struct {
	Reference  string // as written
	Registry   string // "registry.example:5000"; "" = the runtime's default
	Repository string // without the registry: "shop/cart"
	Tag        string // "" if none is written; without a digest "latest" is then meant
	Digest     string // "sha256:…", "" if none is written
}

// ParseImage takes a reference apart: [registry/]repository[:tag][@digest]. The first part is a
// registry if it has a dot or a port, or is "localhost".
// OCI distribution: reference grammar as containerd and Docker read it.
func ParseImage(reference string) Image {
	i := Image{Reference: reference}
	rest, digest, _ := strings.Cut(reference, "@")
	i.Digest = digest
	if first, path, ok := strings.Cut(rest, "/"); ok && (strings.ContainsAny(first, ".:") || first == "localhost") {
		i.Registry, rest = first, path
	}
	i.Repository = rest
	if colon := strings.LastIndexByte(rest, ':'); colon > strings.LastIndexByte(rest, '/') {
		i.Repository, i.Tag = rest[:colon], rest[colon+1:]
	}
	return i
}

// Pinned reports whether the reference always means the same image.
func (i Image) Pinned() bool { return i.Digest != "" }

// OtherVersion reports whether two references certainly mean different versions: two tags that differ,
// or two digests of one repository under one tag or none. A region's own registry or project makes no
// other version, nor does another digest there: registries that copy an image may give it one. What a
// tag means that is not written, or that is a word alone ("latest", "stable"), is not known.
func (i Image) OtherVersion(o Image) bool {
	switch {
	case i.Digest != "" && i.Digest == o.Digest:
		return false
	case i.Tag == o.Tag:
		return i.Digest != "" && o.Digest != "" && (i.Tag == "" || i.Registry == o.Registry && i.Repository == o.Repository)
	}
	number := func(tag string) bool { return strings.ContainsAny(tag, "0123456789") }
	return number(i.Tag) && number(o.Tag)
}

// Beside is what tells the image from another: its version, or under one tag its digest.
func (i Image) Beside(o Image) string {
	if i.Tag == o.Tag {
		return cmp.Or(i.Digest, i.Tag)
	}
	return i.Version()
}

// Version is what tells versions apart: the tag, or the digest where no tag is written.
func (i Image) Version() string { return cmp.Or(i.Tag, i.Digest) }
