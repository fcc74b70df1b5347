package probe

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/drill/record"
)

// config is a client's, whose verification is ours: meshes name workloads by URIs, which crypto/tls does not verify.
func (t *TLS) config(protocols ...string) *tls.Config {
	c := &tls.Config{
		ServerName: t.ServerName, NextProtos: protocols, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection below does what is skipped
		VerifyConnection: func(state tls.ConnectionState) error {
			_, err := t.verify(state.PeerCertificates)
			if err != nil {
				return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
			}
			return nil
		},
	}
	if t.Certificate != nil {
		c.Certificates = []tls.Certificate{*t.Certificate}
	}
	return c
}

// verify holds a certificate against what the target demands, and returns the root it leads to, nil where nothing
// is demanded and it leads to none.
func (t *TLS) verify(certs []*x509.Certificate) (root *x509.Certificate, err error) {
	if len(certs) == 0 {
		return nil, errors.New("the server showed no certificate")
	}
	leaf, opts := certs[0], x509.VerifyOptions{Roots: t.Roots, Intermediates: x509.NewCertPool()}
	for _, c := range certs[1:] {
		opts.Intermediates.AddCert(c)
	}
	if t.Verify == VerifyName {
		opts.DNSName = t.ServerName
	}
	chains, err := leaf.Verify(opts)
	switch {
	case err != nil && t.Verify == VerifyNothing:
		return nil, nil
	case err != nil:
		return nil, err
	case t.Verify == VerifySPIFFE && !t.allows(spiffe(leaf)):
		return nil, fmt.Errorf("answered by %q, which is not one of %s", spiffe(leaf), strings.Join(t.Peers, ", "))
	}
	return chains[0][len(chains[0])-1], nil
}

func (t *TLS) allows(id string) bool {
	return id != "" && slices.ContainsFunc(t.Peers, func(p string) bool {
		return id == p || strings.HasSuffix(p, "/") && strings.HasPrefix(id, p)
	})
}

// spiffe is the certificate's SPIFFE id, empty without exactly one. SPIFFE X.509-SVID, 2: an SVID has one URI.
func spiffe(c *x509.Certificate) string {
	if len(c.URIs) != 1 || c.URIs[0].Scheme != "spiffe" {
		return ""
	}
	return c.URIs[0].String()
}

// identity is what the certificate says of who answered.
func (t *TLS) identity(certs []*x509.Certificate) record.Identity {
	if len(certs) == 0 {
		return record.Identity{}
	}
	leaf := certs[0]
	id := record.Identity{SPIFFE: clip(spiffe(leaf)), Issuer: clip(leaf.Issuer.String())}
	for _, name := range leaf.DNSNames[:min(len(leaf.DNSNames), 16)] {
		id.DNS = append(id.DNS, clip(name))
	}
	if root, err := t.verify(certs); err == nil && root != nil {
		sum := sha256.Sum256(root.Raw)
		id.Root = hex.EncodeToString(sum[:])
	}
	return id
}

// shook writes what a handshake showed.
func (t *Target) shook(state *tls.ConnectionState, s *record.Sample) {
	s.TLS = strings.TrimPrefix(tls.VersionName(state.Version), "TLS ")
	s.Identity = t.TLS.identity(state.PeerCertificates)
}

// rejected writes whom a handshake was refused to.
func (t *Target) rejected(err error, s *record.Sample) {
	if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && t.TLS != nil {
		s.Identity = t.TLS.identity(refused.UnverifiedCertificates)
	}
}

func clip(s string) string { return record.Clip(s, 256) }
