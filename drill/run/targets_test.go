package run

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/probe"
)

func TestTargetsOfProbes(t *testing.T) {
	for _, tc := range []struct {
		name  string
		probe plan.Probe
		want  string // address, path, host, TLS
		err   string
	}{
		{"http", plan.Probe{Protocol: "http1", Target: "http://pay.test/echo?a=b"}, "pay.test:80 /echo?a=b pay.test false", ""},
		{"a port", plan.Probe{Protocol: "http2", Target: "http://pay.test:8080"}, "pay.test:8080 / pay.test:8080 false", ""},
		{"https", plan.Probe{Protocol: "http1", Target: "https://[::1]/x"}, "[::1]:443 /x [::1] true", ""},
		{"another host", plan.Probe{Protocol: "http1", Target: "http://10.0.0.1/", Host: "pay.shop"}, "10.0.0.1:80 / pay.shop false", ""},
		{"grpc", plan.Probe{Protocol: "grpc", Target: "pay:50051", Path: "/a.B/C"}, "pay:50051 /a.B/C  false", ""},
		{"grpc with TLS", plan.Probe{Protocol: "grpc-health", Target: "pay:50051", TLS: &plan.TLS{Verify: "chain"}}, "pay:50051   true", ""},
		{"tls", plan.Probe{Protocol: "tls", Target: "pay:443"}, "pay:443   true", ""},
		{"tcp", plan.Probe{Protocol: "tcp", Target: "pay:5432"}, "pay:5432   false", ""},
		{"a URL for tcp", plan.Probe{Protocol: "tcp", Target: "http://pay"}, "", "want host:port for tcp"},
		{"host:port for http", plan.Probe{Protocol: "http1", Target: "pay:80"}, "", "want http://… or https://…"},
		{"another scheme", plan.Probe{Protocol: "http1", Target: "file:///etc/passwd"}, "", "want http://… or https://…"},
		{"a user", plan.Probe{Protocol: "http1", Target: "http://a:b@pay/"}, "", "credentials in headers"},
		{"plaintext with credentials", plan.Probe{Protocol: "http1", Target: "http://pay/", TLS: &plan.TLS{}}, "", "write https"},
		{"a proxy that is none", plan.Probe{Protocol: "http1", Target: "http://pay/", Proxy: "socks5://x:1"}, "", "want http://host:port"},
		{"too often", plan.Probe{Protocol: "tcp", Target: "pay:1", Rate: 1e6}, "", "requests a second"},
		{"verify?", plan.Probe{Protocol: "tls", Target: "pay:1", TLS: &plan.TLS{Verify: "none"}}, "", "tls.verify"},
	} {
		got, err := target(&tc.probe, t.TempDir())
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%s: error %v, want %q", tc.name, err, tc.err)
			}
			continue
		}
		secure := "false"
		if got.TLS != nil {
			secure = "true"
		}
		if text := strings.Join([]string{got.Address, got.Path, got.Host, secure}, " "); err != nil || text != tc.want {
			t.Errorf("%s: %q, %v; want %q", tc.name, text, err, tc.want)
		}
	}
	got, err := target(&plan.Probe{Protocol: "tcp", Target: "pay:1", Proxy: "http://proxy:3128", Headers: map[string]string{"x-a": "b"}}, "")
	must(t, err)
	if got.Every != 100*time.Millisecond || got.Timeout != 2*time.Second || !got.Keep || got.Proxy.Host != "proxy:3128" || got.Header.Get("X-A") != "b" {
		t.Errorf("defaults: %+v", got)
	}
}

// pair writes a certificate and its key.
func pair(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}, &x509.Certificate{SerialNumber: big.NewInt(1)}, &key.PublicKey, key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "crt.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}

func TestFilesLieBelowThePlan(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	pair(t, outside)
	pair(t, dir)
	must(t, os.Symlink(filepath.Join(outside, "crt.pem"), filepath.Join(dir, "link.pem")))
	must(t, os.Symlink("crt.pem", filepath.Join(dir, "near.pem")))
	ask := func(c plan.TLS) (*probe.TLS, error) {
		got, err := target(&plan.Probe{Protocol: "tls", Target: "pay:443", TLS: &c}, dir)
		return got.TLS, err
	}
	good, err := ask(plan.TLS{CA: "near.pem", Cert: "crt.pem", Key: "./key.pem", Verify: "spiffe", Peers: []string{"spiffe://mesh/"}, ServerName: "pay"})
	must(t, err)
	if good.Roots == nil || good.Certificate == nil || good.Verify != probe.VerifySPIFFE || good.ServerName != "pay" {
		t.Errorf("%+v", good)
	}
	for _, c := range []plan.TLS{
		{CA: filepath.Join(outside, "crt.pem")}, {CA: "../" + filepath.Base(outside) + "/crt.pem"}, {CA: "link.pem"}, {CA: "."}, {CA: "missing.pem"}, {CA: "key.pem"},
		{Cert: "crt.pem"}, {Cert: "crt.pem", Key: "crt.pem"}, {Cert: "crt.pem", Key: filepath.Join(outside, "key.pem")},
	} {
		if _, err := ask(c); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
}
