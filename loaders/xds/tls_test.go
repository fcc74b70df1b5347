package xds

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// issue makes a CA, if by is nil, or a certificate for an id.
func issue(t *testing.T, by *x509.Certificate, key *ecdsa.PrivateKey, id string) (*x509.Certificate, *ecdsa.PrivateKey, []byte) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: id}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	if by == nil {
		about.IsCA, about.BasicConstraintsValid, about.KeyUsage = true, true, x509.KeyUsageCertSign
		by, key = about, own
	} else {
		u, err := url.Parse(id)
		if err != nil {
			t.Fatal(err)
		}
		about.URIs = []*url.URL{u}
	}
	der, err := x509.CreateCertificate(rand.Reader, about, by, &own.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, own, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestAHandshakeThatCannotSucceedIsTold(t *testing.T) {
	ca, key, root := issue(t, nil, nil, "pay")
	other, otherKey, otherRoot := issue(t, nil, nil, "other")
	_, _, client := issue(t, ca, key, "spiffe://pay/client")
	_, _, good := issue(t, ca, key, "spiffe://pay/server")
	_, _, stranger := issue(t, ca, key, "spiffe://ledger/server")
	_, _, rogue := issue(t, other, otherKey, "spiffe://pay/server")
	files := map[string][]byte{"ca.pem": root, "other-ca.pem": otherRoot, "client.pem": client, "good.pem": good, "stranger.pem": stranger, "rogue.pem": rogue}
	server := func(cert, roots string) string {
		return `, {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "in", "address": {"socket_address": {"address": "10.0.0.3", "port_value": 8443}},
  "filter_chains": [{"transport_socket": {"name": "tls", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
    "require_client_certificate": true, "common_tls_context": {"tls_certificates": [{"certificate_chain": {"filename": "` + cert + `"}}], "validation_context": {"trusted_ca": {"filename": "` + roots + `"}}}}}}]}`
	}
	for _, tc := range []struct{ name, cluster, server, want string }{
		{"all fits", mutual, server("good.pem", "ca.pem"), ""},
		{"nothing is known of the server", mutual, "", ""},
		{"its certificate is not among the inputs", mutual, server("elsewhere.pem", "ca.pem"), ""},
		{"a certificate of another CA", mutual, server("rogue.pem", "ca.pem"), "the server's certificate is issued by a CA that clients have no root of"},
		{"another name", mutual, server("stranger.pem", "ca.pem"), "the server's certificate is for none of the names that clients accept"},
		{"roots of another CA", mutual, server("good.pem", "other-ca.pem"), "the clients' certificate is issued by a CA that the server has no root of"},
		{"plaintext to TLS", "", server("good.pem", "ca.pem"), "plaintext is sent to a server that takes TLS alone"},
		{"TLS to plaintext", mutual, `, {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", "name": "grpc/server?xds.resource.listening_address=10.0.0.3:8443", "filter_chains": [{}]}`,
			"TLS is spoken to a server that takes plaintext alone"},
		{"no client certificate", strings.Replace(mutual, `"tls_certificates": [{"certificate_chain": {"filename": "client.pem"}}],`, "", 1), server("good.pem", "ca.pem"), "clients have none"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, diags := Parse("a.json", []byte(twoRegions(true, tc.cluster, tc.server)), source.Options{})
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			in := input(GRPC, c)
			in.Read = func(_ mesh.Origin, name string) ([]byte, bool) { data, ok := files[name]; return data, ok }
			_, p, _ := only(t, Compile(in))
			if first := p.Targets[0].Endpoints[0]; first.Misfit != nil {
				t.Errorf("the first region: %s", first.Misfit.Why)
			}
			got := ""
			if m := p.Targets[1].Endpoints[0].Misfit; m != nil {
				got = m.Why
			}
			if got == "" != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("told %q, want %q", got, tc.want)
			}
		})
	}
}
