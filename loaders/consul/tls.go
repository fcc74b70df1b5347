package consul

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// TLSSettings is what the entry of kind mesh allows in one direction of the connections between proxies.
type TLSSettings struct {
	Min, Max      string // TLSv1_2 and its like; "" or TLS_AUTO = Envoy's default
	Ciphers       []string
	MinAt, MaxAt  mesh.Origin
	CiphersAt, At mesh.Origin
}

// The versions of TLS by their names in Consul, in their order.
var tlsVersions = []string{"TLSv1_0", "TLSv1_1", "TLSv1_2", "TLSv1_3"}

// What Envoy takes where nobody says anything, as places in tlsVersions: clients offer TLS 1.2 alone, and servers take TLS 1.2 and 1.3.
// Envoy: TlsParameters, tls_minimum_protocol_version and tls_maximum_protocol_version.
const (
	envoyMin       = 2
	envoyClientMax = 2
	envoyServerMax = 3
)

const tlsAuto = "TLS_AUTO"

// usualCiphers begin the names of those that Envoy offers and takes below TLS 1.3 where nobody lists any; older releases have more.
var usualCiphers = []string{
	"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
}

func (d *decoder) tls(v *value) *TLSSettings {
	if v.object() == nil {
		return nil
	}
	return &TLSSettings{Min: d.text(v.get("TLSMinVersion")), Max: d.text(v.get("TLSMaxVersion")), Ciphers: d.texts(v.get("CipherSuites")),
		MinAt: d.origin(v.get("TLSMinVersion")), MaxAt: d.origin(v.get("TLSMaxVersion")), CiphersAt: d.origin(v.get("CipherSuites")), At: d.origin(v)}
}

// shape is what of the settings Consul refuses on write (Consul: validateTLSConfig).
func (s *TLSSettings) shape() *Problem {
	if s == nil {
		return nil
	}
	for _, v := range []struct {
		version string
		at      mesh.Origin
	}{{s.Min, s.MinAt}, {s.Max, s.MaxAt}} {
		if v.version != "" && v.version != tlsAuto && !slices.Contains(tlsVersions, v.version) {
			return &Problem{"malformed", "there is no version of TLS " + v.version, v.at}
		}
	}
	lowest, highest := slices.Index(tlsVersions, s.Min), slices.Index(tlsVersions, s.Max)
	switch {
	case lowest >= 0 && highest >= 0 && highest < lowest:
		return &Problem{"tls-versions", "TLSMaxVersion is below TLSMinVersion", s.MaxAt}
	case len(s.Ciphers) > 0 && s.Min == "TLSv1_3":
		return &Problem{"tls-versions", "CipherSuites hold for TLS 1.2 and below, and TLSMinVersion is TLSv1_3", s.CiphersAt}
	}
	return nil
}

// bounds are the lowest and the highest version, as places in tlsVersions, and where they are written.
func (s *TLSSettings) bounds(highest int) (low, high int, lowAt, highAt mesh.Origin) {
	low, high = envoyMin, highest
	if s == nil {
		return low, high, lowAt, highAt
	}
	if i := slices.Index(tlsVersions, s.Min); i >= 0 {
		low, lowAt = i, s.MinAt
	}
	if i := slices.Index(tlsVersions, s.Max); i >= 0 {
		high, highAt = i, s.MaxAt
	}
	return low, high, lowAt, highAt
}

// misfit is why no TLS handshake succeeds between proxies that obey out and those that obey in; nil if nothing is known against it.
// Doubt is why that is not known.
func misfit(out, in *TLSSettings, from, whose string) (fails *mesh.Misfit, doubt string) {
	if out == nil && in == nil {
		return nil, ""
	}
	low, high, lowAt, highAt := out.bounds(envoyClientMax)
	theirLow, theirHigh, theirLowAt, theirHighAt := in.bounds(envoyServerMax)
	because := func(first, second mesh.Origin) *mesh.Misfit {
		at := first
		if at.IsZero() {
			at = second
		}
		return &mesh.Misfit{Origin: at, Why: fmt.Sprintf("the proxies of %s offer %s, and those of %s take %s", from, versions(low, high, lowAt, highAt), whose, versions(theirLow, theirHigh, theirLowAt, theirHighAt))}
	}
	switch {
	case low > high:
		return because(lowAt, highAt), ""
	case theirLow > theirHigh:
		return because(theirLowAt, theirHighAt), ""
	case high < theirLow:
		return because(highAt, theirLowAt), ""
	case low > theirHigh:
		return because(lowAt, theirHighAt), ""
	case min(high, theirHigh) > 2:
		return nil, "" // the suites of TLS 1.3 are nobody's choice
	}
	return ciphersApart(out, in, from, whose)
}

// ciphersApart compares the cipher suites of two sides whose handshake is one of TLS 1.2 or below.
func ciphersApart(out, in *TLSSettings, from, whose string) (fails *mesh.Misfit, doubt string) {
	var ours, theirs []string
	if out != nil {
		ours = out.Ciphers
	}
	if in != nil {
		theirs = in.Ciphers
	}
	if len(ours)+len(theirs) == 0 {
		return nil, ""
	}
	usual := len(ours) == 0 || len(theirs) == 0
	common := func(a, b []string) bool {
		return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
	}
	switch {
	case !usual && common(ours, theirs):
		return nil, ""
	case !usual:
		return &mesh.Misfit{Origin: out.CiphersAt, Why: "below TLS 1.3 the proxies of " + from + " offer no cipher suite that those of " + whose + " take"}, ""
	case common(slices.Concat(ours, theirs), usualCiphers):
		return nil, ""
	}
	return nil, "whether the cipher suites that are written for connections to " + whose + " are among those that Envoy has where nothing is written is not known"
}

// versions are a range in words.
func versions(low, high int, lowAt, highAt mesh.Origin) string {
	usual := ""
	if highAt.IsZero() {
		usual = " (Envoy's default)"
	}
	switch {
	case low > high:
		return fmt.Sprintf("no version, for the lowest is TLS 1.%d and the highest 1.%d%s", low, high, usual)
	case low == high && lowAt.IsZero():
		return fmt.Sprintf("TLS 1.%d alone%s", low, usual)
	case low == high:
		return fmt.Sprintf("TLS 1.%d alone", low)
	}
	return fmt.Sprintf("TLS 1.%d to 1.%d", low, high)
}

// handshake is what is known of connections from the proxies of a group to those of another, which it calls by a name, or to its own.
func (g *federated) handshake(to *federated, whose string) (fails *mesh.Misfit, doubt string) {
	var out, in *TLSSettings
	if g.wide != nil {
		out = g.wide.Outgoing
	}
	if to.wide != nil {
		in = to.wide.Incoming
	}
	own := "the mesh " + g.mesh
	return misfit(out, in, own, cmp.Or(whose, own))
}

func doubtOf(_ *mesh.Misfit, doubt string) string { return doubt }
