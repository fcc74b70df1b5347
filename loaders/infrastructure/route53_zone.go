package infrastructure

import (
	"strings"

	"github.com/passmuster/muster/loaders/terraform"
)

// hostedZone is the zone of a name, as far as the inputs show it.
type hostedZone struct {
	key   string // equal for two records of one zone of the environment
	label string // mesh.Record.Zone: its name, and "private", or its id
	name  string // in small letters, without the last dot; "" = unknown
	cause string // why name is not known
	exact bool   // key is the zone's own, and not only how it is written
}

// zoneOf reads a zone_id. Zones that a resource makes are told apart by their addresses where two have one name, as private zones of two
// networks do.
func (b *builder) zoneOf(r *Resource, l terraform.Leaf) hostedZone {
	if z := b.link(l, "aws_route53_zone", "data.aws_route53_zone"); z != nil {
		name := z.text("name")
		if n, ok := name.Get(); ok && bare(n) != "" && z.Unsure == "" {
			out := hostedZone{name: bare(n), exact: true}
			out.label = out.name + b.visibility(z)
			if z.Mode != "data" && b.sameZones(z, out.label) > 1 {
				out.label += " " + z.Address
			}
			out.key = out.label
			return out
		}
		if id := z.known("zone_id"); id != "" {
			return hostedZone{key: id, label: id, exact: true, cause: "the name of the zone " + id + " is not in the inputs"}
		}
		return hostedZone{key: z.Address, label: z.Address, exact: true, cause: "the name of " + z.Address + " is not known"}
	}
	switch id, ok := r.textOf(l); {
	case ok:
		id = strings.TrimPrefix(id, "/hostedzone/")
		return hostedZone{key: id, label: id, exact: true, cause: "the name of the zone " + id + " is not in the inputs"}
	case l.Unknown != nil && len(l.Refs) == 1 && strings.Count(l.Unknown.Reason, "; ") == 0 && !strings.HasPrefix(l.Unknown.Reason, "variable "):
		return hostedZone{key: l.Refs[0], label: l.Refs[0], cause: "its zone is not known: " + l.Unknown.Reason}
	case l.Unknown != nil:
		return hostedZone{key: r.within() + "|" + l.Written(), cause: "its zone is not known: " + l.Unknown.Reason}
	}
	return hostedZone{key: r.within(), cause: "it names no zone"}
}

// visibility tells a private zone from a public one (aws_route53_zone: vpc; data.aws_route53_zone: private_zone, false if absent).
func (b *builder) visibility(z *Resource) string {
	if z.Mode != "data" {
		n, open := z.count("vpc")
		switch {
		case n > 0:
			return " private"
		case open != "":
			return " public or private"
		}
		return ""
	}
	private := z.flag("private_zone")
	switch v, known := private.Get(); {
	case known && v, z.known("vpc_id") != "":
		return " private"
	case !known && private.Cause != "":
		return " public or private"
	}
	return ""
}

// sameZones counts the zones that resources make under one label.
func (b *builder) sameZones(of *Resource, label string) (n int) {
	if b.zones == nil {
		b.zones = map[string]int{}
		for _, z := range b.all {
			if z.key() == of.key() {
				b.zones[bare(z.known("name"))+b.visibility(z)]++
			}
		}
	}
	return b.zones[label]
}

// textOf is the text of a leaf, if it is known and may be shown.
func (r *Resource) textOf(l terraform.Leaf) (string, bool) {
	if l.Absent || l.Unknown != nil || l.Sensitive || l.Value.IsNull() {
		return "", false
	}
	return asText(l.Value)
}

// hostOf is what callers ask for: a name that does not end in the zone's is relative to it (provider: expandRecordName). Where the zone's name is
// not known, a name with a last dot alone is certain.
func hostOf(r *Resource, z hostedZone) (host, cause string) {
	l := r.Leaf("name")
	name, ok := r.textOf(l)
	switch {
	case !ok && !l.Absent && l.Unknown != nil:
		return "", "its name is not known: " + l.Unknown.Reason
	case l.Sensitive:
		return "", "its name is sensitive"
	case !ok && !l.Absent && !l.Value.IsNull():
		return "", "its name is no text"
	case z.name == "" && strings.HasSuffix(name, ".") && bare(name) != "":
		return bare(name), ""
	case z.name == "":
		return "", z.cause
	case name == "":
		return z.name, ""
	case strings.HasSuffix(bare(name), z.name):
		return bare(name), ""
	}
	return bare(name) + "." + z.name, ""
}
