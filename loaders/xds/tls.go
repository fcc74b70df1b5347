package xds

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"path"
	"slices"
	"strconv"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	rawv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/raw_buffer/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/proto"

	"github.com/passmuster/muster/mesh"
)

// side is what one end of a connection is told of TLS.
type side struct {
	spoken  mesh.Security // "" = not known
	context *tlsv3.CommonTlsContext
	origin  mesh.Origin
}

// clientTLS is what the cluster says for all of its endpoints.
func (m *Mesh) clientTLS(c *Resource[*clusterv3.Cluster]) mesh.ClientTLS {
	up := upstream(c.Message.GetTransportSocket(), c.Origin.Child("transport_socket"))
	out := mesh.ClientTLS{Mode: mesh.AutoTLS, SANs: SANs(up.context), Origin: up.origin}
	if c.Message.GetTransportSocket() != nil && len(c.Message.GetTransportSocketMatches()) == 0 {
		out.Explicit = true
		switch up.spoken {
		case mesh.MutualTLS:
			out.Mode = mesh.Mutual
		case mesh.SimpleTLS:
			out.Mode = mesh.Simple
		}
	}
	return out
}

// secure decides what is spoken to an endpoint, and why no handshake succeeds if the inputs tell.
func (m *Mesh) secure(e *mesh.Endpoint, c *Resource[*clusterv3.Cluster], lb *endpointv3.LbEndpoint) {
	client := m.clientSide(c, lb)
	e.Security, e.SecurityOrigin = client.spoken, client.origin
	server := m.servers[e.Address]
	if server == nil {
		return
	}
	down := side{spoken: mesh.Plaintext, origin: server.Origin}
	required := false
	for _, chain := range chains(server.Message) {
		if s := chain.GetTransportSocket(); s != nil {
			var t tlsv3.DownstreamTlsContext
			if !as(s, &t) {
				return // what it takes is not known
			}
			down.spoken, down.context, required = mesh.SimpleTLS, t.GetCommonTlsContext(), t.GetRequireClientCertificate().GetValue()
		}
	}
	if why := m.misfit(client, down, required); why != "" {
		e.Misfit = &mesh.Misfit{Why: why, Origin: server.Origin}
	}
}

func (m *Mesh) misfit(client, server side, required bool) string {
	encrypted := client.spoken == mesh.MutualTLS || client.spoken == mesh.SimpleTLS
	switch {
	case client.spoken == "":
		return ""
	case encrypted && server.spoken == mesh.Plaintext:
		return "TLS is spoken to a server that takes plaintext alone"
	case !encrypted && server.spoken != mesh.Plaintext:
		return "plaintext is sent to a server that takes TLS alone"
	case required && client.spoken == mesh.SimpleTLS:
		return "the server asks for a certificate, and clients have none"
	case !encrypted:
		return ""
	}
	shown := m.certificates(m.certificateFile(server))
	if why := distrust(shown, m.certificates(m.rootFile(client)), "the server's certificate", "clients have"); why != "" {
		return why
	}
	if len(shown) > 0 {
		if san := SANs(client.context); len(san) > 0 && !slices.ContainsFunc(identities(shown[0]), func(id string) bool { return Admits(san, id) }) {
			return "the server's certificate is for none of the names that clients accept (" + printable(strings.Join(san, ", ")) + ")"
		}
	}
	if client.spoken == mesh.MutualTLS {
		return distrust(m.certificates(m.certificateFile(client)), m.certificates(m.rootFile(server)), "the clients' certificate", "the server has")
	}
	return ""
}

// distrust tells that no root in a file is that of a certificate; "" if one is, or either is not known.
func distrust(shown, roots []*x509.Certificate, whose, by string) string {
	if len(shown) == 0 || len(roots) == 0 {
		return ""
	}
	pool, between := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range roots {
		pool.AddCert(c)
	}
	for _, c := range shown[1:] {
		between.AddCert(c)
	}
	// At a time when it was valid: an expiry is another matter, and the answer must be the same tomorrow.
	_, err := shown[0].Verify(x509.VerifyOptions{Roots: pool, Intermediates: between, CurrentTime: shown[0].NotBefore.Add(1), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if _, other := err.(x509.UnknownAuthorityError); !other { //nolint:errorlint // what crypto/x509 returns itself
		return ""
	}
	return whose + " is issued by a CA that " + by + " no root of"
}

func identities(c *x509.Certificate) []string {
	list := slices.Clone(c.DNSNames)
	for _, u := range c.URIs {
		list = append(list, u.String())
	}
	return list
}

// clientSide is what is spoken to one endpoint: by the first transport_socket_match that its metadata meets, else by the cluster's.
func (m *Mesh) clientSide(c *Resource[*clusterv3.Cluster], lb *endpointv3.LbEndpoint) side {
	if !m.grpc() {
		labels := lb.GetMetadata().GetFilterMetadata()["envoy.transport_socket_match"].GetFields()
		for i, match := range c.Message.GetTransportSocketMatches() {
			meets := true
			for key, want := range match.GetMatch().GetFields() {
				meets = meets && proto.Equal(labels[key], want)
			}
			if meets {
				return upstream(match.GetTransportSocket(), c.Origin.Child("transport_socket_matches").Child(strconv.Itoa(i)))
			}
		}
	}
	return upstream(c.Message.GetTransportSocket(), c.Origin.Child("transport_socket"))
}

// upstream is what a transport socket speaks. None is plaintext.
func upstream(s *corev3.TransportSocket, at mesh.Origin) side {
	var t tlsv3.UpstreamTlsContext
	switch {
	case s == nil, as(s, &rawv3.RawBuffer{}), s.GetTypedConfig() == nil && s.GetName() == "envoy.transport_sockets.raw_buffer":
		return side{spoken: mesh.Plaintext, origin: at}
	case !as(s, &t):
		return side{origin: at}
	}
	out := side{spoken: mesh.SimpleTLS, context: t.GetCommonTlsContext(), origin: at}
	x := out.context
	if len(x.GetTlsCertificates())+len(x.GetTlsCertificateSdsSecretConfigs()) > 0 || x.GetTlsCertificateProviderInstance() != nil || x.GetTlsCertificateCertificateProviderInstance() != nil { //nolint:staticcheck // deprecated and in use
		out.spoken = mesh.MutualTLS
	}
	return out
}

func as(s *corev3.TransportSocket, m proto.Message) bool {
	any := s.GetTypedConfig()
	return any != nil && any.MessageIs(m) && any.UnmarshalTo(m) == nil
}

func validation(c *tlsv3.CommonTlsContext) *tlsv3.CertificateValidationContext {
	if v := c.GetValidationContext(); v != nil {
		return v
	}
	return c.GetCombinedValidationContext().GetDefaultValidationContext()
}

// SANs are the names that a client accepts, as "exact:…", "prefix:…", "suffix:…", "contains:…" or "regex:…"; nil = any.
func SANs(c *tlsv3.CommonTlsContext) []string {
	var out []string
	add := func(m *matcherv3.StringMatcher) {
		switch {
		case m.GetExact() != "":
			out = append(out, "exact:"+m.GetExact())
		case m.GetPrefix() != "":
			out = append(out, "prefix:"+m.GetPrefix())
		case m.GetSuffix() != "":
			out = append(out, "suffix:"+m.GetSuffix())
		case m.GetContains() != "":
			out = append(out, "contains:"+m.GetContains())
		case m.GetSafeRegex() != nil:
			out = append(out, "regex:"+m.GetSafeRegex().GetRegex())
		}
	}
	v := validation(c)
	for _, m := range v.GetMatchSubjectAltNames() { //nolint:staticcheck // deprecated, and the only one that gRPC reads
		add(m)
	}
	for _, m := range v.GetMatchTypedSubjectAltNames() {
		add(m.GetMatcher())
	}
	return out
}

// Admits reports whether names as SANs gives them may admit an identity. A regular expression may admit any.
func Admits(sans []string, id string) bool {
	return slices.ContainsFunc(sans, func(s string) bool {
		kind, v, _ := strings.Cut(s, ":")
		switch kind {
		case "exact":
			return id == v
		case "prefix":
			return strings.HasPrefix(id, v)
		case "suffix":
			return strings.HasSuffix(id, v)
		case "contains":
			return strings.Contains(id, v)
		}
		return true
	})
}

// file is one that an input names, with who names it.
type file struct {
	name string
	from mesh.Origin
}

func (m *Mesh) certificateFile(s side) file {
	c := s.context
	if list := c.GetTlsCertificates(); len(list) > 0 {
		return file{list[0].GetCertificateChain().GetFilename(), s.origin}
	}
	name := c.GetTlsCertificateProviderInstance().GetInstanceName()
	if name == "" {
		name = c.GetTlsCertificateCertificateProviderInstance().GetInstanceName() //nolint:staticcheck // deprecated and in use
	}
	p := m.provider(name)
	return file{p.Certificate, p.Origin}
}

func (m *Mesh) rootFile(s side) file {
	v := validation(s.context)
	if name := v.GetTrustedCa().GetFilename(); name != "" {
		return file{name, s.origin}
	}
	name := v.GetCaCertificateProviderInstance().GetInstanceName()
	if name == "" {
		name = s.context.GetCombinedValidationContext().GetValidationContextCertificateProviderInstance().GetInstanceName() //nolint:staticcheck // deprecated and in use
	}
	p := m.provider(name)
	return file{p.CA, p.Origin}
}

// provider is that of the only bootstrap which has one of the name.
func (m *Mesh) provider(name string) Provider {
	var found Provider
	for _, b := range m.all.Bootstraps {
		if p, ok := b.Providers[name]; ok && name != "" {
			if !found.Origin.IsZero() {
				return Provider{}
			}
			found = p
		}
	}
	return found
}

// certificates reads those of a PEM file, if it is among the inputs.
func (m *Mesh) certificates(f file) []*x509.Certificate {
	if f.name == "" || m.in.Read == nil {
		return nil
	}
	key := path.Dir(f.from.Position().File) + "\x00" + f.name
	if known, ok := m.files[key]; ok {
		return known
	}
	data, _ := m.in.Read(f.from, f.name)
	const most = 200
	var list []*x509.Certificate
	for range most {
		var block *pem.Block
		if block, data = pem.Decode(bytes.TrimSpace(data)); block == nil {
			break
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			list = append(list, c)
		}
	}
	m.files[key] = list
	return list
}
