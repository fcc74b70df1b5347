package linkerd

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

// rootForTest is a root, or what one issued, for tests.
type rootForTest struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  string
}

func newRoot(t *testing.T, name string, serial int64, key *ecdsa.PrivateKey, by *rootForTest) *rootForTest {
	t.Helper()
	var err error
	if key == nil {
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0), KeyUsage: x509.KeyUsageCertSign}
	parent, signer := template, key
	if by != nil {
		parent, signer, template.AuthorityKeyId = by.cert, by.key, by.cert.SubjectKeyId
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &rootForTest{key, cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
}

// Bundles are strangers only if nothing that one vouches for can be trusted by the other.
func TestBundlesOfStrangers(t *testing.T) {
	const usual = "root.linkerd.cluster.local"
	one, two := newRoot(t, usual, 1, nil, nil), newRoot(t, usual, 1, nil, nil)
	renewed := newRoot(t, usual, 2, one.key, nil)
	issued := newRoot(t, "issuer", 3, nil, one)
	crossed := newRoot(t, usual, 4, two.key, one) // the name of a root, and issued by another one
	huge := strings.Repeat(one.pem, largestBundle/len(one.pem)+1)
	broken := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("none")}))
	private := string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: []byte("none")}))
	respaced := strings.ReplaceAll(strings.ReplaceAll(one.pem, "\n", "\r\n"), "-----BEGIN", "\n\n-----BEGIN")
	for _, tt := range []struct {
		name, a, b string
		strangers  bool
	}{
		{"the same text", one.pem, one.pem, false},
		{"the same certificate, written otherwise", one.pem, respaced, false},
		{"two roots of one name", one.pem, two.pem, true},
		{"one of two in common", one.pem + two.pem, two.pem, false},
		{"in common, in another order", one.pem + two.pem, two.pem + one.pem, false},
		{"a root that was renewed with its key", one.pem, renewed.pem, false},
		{"one issued the other", one.pem, issued.pem, false},
		{"one says that the other issued it", crossed.pem, one.pem, false},
		{"nothing is known of one", one.pem, "", false},
		{"a placeholder", one.pem, "${TRUST_ROOTS}", false},
		{"a certificate that cannot be read", one.pem, two.pem + broken, false},
		{"something else than certificates", one.pem, two.pem + private, false},
		{"text behind", one.pem, two.pem + "and so on", false},
		{"more than a bundle has", two.pem, huge, false},
		{"more certificates than a bundle has", two.pem, strings.Repeat(one.pem, mostRoots+1), false},
		{"as many as there may be", two.pem, strings.Repeat(one.pem, mostRoots), true},
	} {
		a, b := readBundle(mesh.Of(tt.a, mesh.Origin{})), readBundle(mesh.Of(tt.b, mesh.Origin{}))
		if got := a.strangers(b); got != tt.strangers || b.strangers(a) != got {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.strangers)
		}
	}
	if b := readBundle(mesh.Value[string]{V: one.pem}); len(b.certificates) > 0 {
		t.Error("what is not known has certificates")
	}
}

func FuzzTrustBundle(f *testing.F) {
	f.Add("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
	f.Add("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n-----BEGIN X-----\n-----END X-----")
	f.Fuzz(func(t *testing.T, text string) {
		b := readBundle(mesh.Of(text, mesh.Origin{}))
		if len(b.certificates) > mostRoots {
			t.Fatal("too many")
		}
		for _, c := range b.certificates {
			if len(c.Raw) > largestCertificate {
				t.Fatal("too long")
			}
		}
		if b.strangers(b) {
			t.Fatal("a stranger to itself")
		}
	})
}
