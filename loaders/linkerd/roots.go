package linkerd

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// What is read of a trust bundle at most: its bytes, its certificates, and the bytes of each. Linkerd's own have one to three.
const (
	largestBundle      = 256 << 10
	mostRoots          = 64
	largestCertificate = 16 << 10
)

// bundle is what the proxies of a cluster trust; without certificates it is not known.
type bundle struct {
	certificates []*x509.Certificate
	origin       mesh.Origin
}

// readBundle reads the certificates of a PEM text. One that cannot be read makes all of it unknown: Linkerd would not start with
// it, so that the text is not what it runs with.
func readBundle(v mesh.Value[string]) bundle {
	rest := bytes.TrimSpace([]byte(v.V))
	if !v.IsKnown() || len(rest) == 0 || len(rest) > largestBundle {
		return bundle{}
	}
	out := bundle{origin: v.Origin}
	for len(rest) > 0 {
		block, more := pem.Decode(rest)
		if block == nil || block.Type != "CERTIFICATE" || len(block.Bytes) > largestCertificate || len(out.certificates) == mostRoots {
			return bundle{}
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return bundle{}
		}
		out.certificates, rest = append(out.certificates, c), bytes.TrimSpace(more)
	}
	return out
}

// strangers reports whether no certificate that one bundle vouches for can be trusted by the other: they share no root, and none of
// the one was issued by any of the other. Names alone are enough for doubt, and no signature is checked.
func (b bundle) strangers(o bundle) bool {
	if len(b.certificates) == 0 || len(o.certificates) == 0 {
		return false
	}
	return !slices.ContainsFunc(b.certificates, func(one *x509.Certificate) bool {
		return slices.ContainsFunc(o.certificates, func(other *x509.Certificate) bool {
			return sameRoot(one, other) || mayIssue(one, other) || mayIssue(other, one)
		})
	})
}

// sameRoot: a root that was renewed with its key is the same to those who verify (RFC 5280, 6.1.1: name and key of an anchor).
func sameRoot(a, b *x509.Certificate) bool {
	return bytes.Equal(a.Raw, b.Raw) ||
		bytes.Equal(a.RawSubject, b.RawSubject) && bytes.Equal(a.RawSubjectPublicKeyInfo, b.RawSubjectPublicKeyInfo)
}

// mayIssue reports whether a certificate says that another one issued it.
func mayIssue(issuer, c *x509.Certificate) bool {
	if !bytes.Equal(c.RawIssuer, issuer.RawSubject) {
		return false
	}
	itself := bytes.Equal(c.RawIssuer, c.RawSubject)
	return !itself || len(c.AuthorityKeyId) > 0 && bytes.Equal(c.AuthorityKeyId, issuer.SubjectKeyId)
}

// readRoots reads the bundle of a cluster's proxies: the ConfigMap that they mount, else what the chart's values would write there.
func (w *world) readRoots() bundle {
	v := w.Settings.TrustAnchors
	if own, ok := w.TrustRoots[w.Settings.namespace()]; ok {
		v = own
	}
	return readBundle(v)
}

// distrusts notes, of a service, that its callers and the endpoints in another cluster refuse each other's certificates, so that
// no connection comes about; false if nothing says so. Each cluster is told once.
// Linkerd: a proxy that cannot verify its peer gives the connection up, and never falls back to plaintext.
func (s *service) distrusts(target *world, list []*mesh.Endpoint) bool {
	own, other := s.world.trusted(), target.trusted()
	if len(list) == 0 || !own.strangers(other) {
		return false
	}
	detail := fmt.Sprintf("the trust bundle of cluster %s shares no certificate with that of cluster %s (%s): proxies refuse each other's certificates, and no connection comes about",
		s.world.at.Name, target.at.Name, other.origin)
	for _, losses := range [...]*[]mesh.Loss{&s.losses, &s.public.Losses} {
		at := slices.IndexFunc(*losses, func(l mesh.Loss) bool { return l.Kind == mesh.LossForeignRoots && l.Detail == detail })
		if at < 0 {
			at = len(*losses)
			*losses = append(*losses, mesh.Loss{Kind: mesh.LossForeignRoots, Takes: mesh.TakesReachability, Origin: own.origin, Detail: detail})
		}
		(*losses)[at].Endpoints = append(slices.Clip((*losses)[at].Endpoints), list...)
	}
	return true
}

// withoutStrangers leaves out the endpoints of other clusters with which no connection comes about. Those without a proxy are
// called in plaintext, and nobody verifies anything.
func (s *service) withoutStrangers(list []*mesh.Endpoint) []*mesh.Endpoint {
	var out []*mesh.Endpoint
	away := map[string][]*mesh.Endpoint{}
	var names []string
	for _, e := range list {
		if e.Cluster == s.world.at.Name || e.Security != mesh.MeshMTLS {
			continue
		}
		if away[e.Cluster] == nil {
			names = append(names, e.Cluster)
		}
		away[e.Cluster] = append(away[e.Cluster], e)
	}
	if len(names) == 0 {
		return list
	}
	refused := map[string]bool{}
	for _, name := range names {
		refused[name] = s.distrusts(s.world.fleet.worlds[name], away[name])
	}
	for _, e := range list {
		if e.Security != mesh.MeshMTLS || !refused[e.Cluster] {
			out = append(out, e)
		}
	}
	return out
}

// releasedAnchors are the trust anchors among the values with which a controller installs the control plane's chart.
func releasedAnchors(d *source.Document) mesh.Value[string] {
	type values struct {
		Anchors  string `json:"identityTrustAnchorsPEM"`
		Identity struct {
			ExternalCA bool `json:"externalCA"`
		} `json:"identity"`
	}
	type chart struct {
		Chart string `json:"chart"`
		Helm  struct {
			Values values `json:"valuesObject"`
		} `json:"helm"`
	}
	var o struct {
		Spec struct {
			Chart struct {
				Spec chart `json:"spec"`
			} `json:"chart"`
			Values  values  `json:"values"`
			Source  chart   `json:"source"`
			Sources []chart `json:"sources"`
		} `json:"spec"`
	}
	if json.Unmarshal(d.JSON, &o) != nil {
		return mesh.Value[string]{} // its own controller refuses it, or it says nothing that is asked for here
	}
	of := func(v values, path string) mesh.Value[string] {
		if v.Anchors == "" || v.Identity.ExternalCA {
			return mesh.Value[string]{}
		}
		return mesh.Of(v.Anchors, mesh.At(d, path+"/identityTrustAnchorsPEM"))
	}
	switch {
	case d.Kind == "HelmRelease" && o.Spec.Chart.Spec.Chart == chartControlPlane:
		return of(o.Spec.Values, "/spec/values")
	case d.Kind == "Application" && o.Spec.Source.Chart == chartControlPlane:
		return of(o.Spec.Source.Helm.Values, "/spec/source/helm/valuesObject")
	case d.Kind == "Application":
		for i := range o.Spec.Sources {
			if o.Spec.Sources[i].Chart == chartControlPlane {
				return of(o.Spec.Sources[i].Helm.Values, fmt.Sprintf("/spec/sources/%d/helm/valuesObject", i))
			}
		}
	}
	return mesh.Value[string]{}
}
