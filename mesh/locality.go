package mesh

import (
	"cmp"
	"strings"
)

// Locality is a place as meshes name it. A zone always belongs to its region: two regions may
// both have a zone "a". Empty parts are unknown or not used, and compare equal to each other,
// as they do in Istio and Envoy.
type Locality struct {
	Region  string `json:"region,omitempty"`
	Zone    string `json:"zone,omitempty"`
	Subzone string `json:"subzone,omitempty"`
}

// ParseLocality reads "region/zone/subzone"; later parts may be missing.
func ParseLocality(s string) Locality {
	var l Locality
	l.Region, s, _ = strings.Cut(s, "/")
	l.Zone, l.Subzone, _ = strings.Cut(s, "/")
	return l
}

// String renders "region/zone/subzone" without trailing empty parts.
func (l Locality) String() string {
	switch {
	case l.Subzone != "":
		return l.Region + "/" + l.Zone + "/" + l.Subzone
	case l.Zone != "":
		return l.Region + "/" + l.Zone
	}
	return l.Region
}

// IsZero reports whether nothing is known about the place.
func (l Locality) IsZero() bool { return l == Locality{} }

// Compare orders localities by region, zone and subzone.
func (l Locality) Compare(m Locality) int {
	return cmp.Or(cmp.Compare(l.Region, m.Region), cmp.Compare(l.Zone, m.Zone), cmp.Compare(l.Subzone, m.Subzone))
}
