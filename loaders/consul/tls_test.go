package consul

import (
	"strings"
	"testing"
)

// Versions and cipher suites of two sides, by hand. Envoy: clients offer TLS 1.2 alone and servers take 1.2 and 1.3 where nobody
// says anything.
func TestTLSMisfit(t *testing.T) {
	v := func(low, high string, ciphers ...string) *TLSSettings {
		return &TLSSettings{Min: low, Max: high, Ciphers: ciphers}
	}
	const aes, rsa, old = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA"
	for _, c := range []struct {
		name    string
		out, in *TLSSettings
		why     string // holds; "" = fits
		doubt   bool
	}{
		{"nothing is written", nil, nil, "", false},
		{"empty blocks", v("", ""), v("", ""), "", false},
		{"the default of clients and TLS 1.3 alone", nil, v("TLSv1_3", ""), "offer TLS 1.2 alone (Envoy's default), and those of it take TLS 1.3 alone", false},
		{"TLS_AUTO is the default", v("TLS_AUTO", "TLS_AUTO"), v("TLSv1_3", ""), "offer TLS 1.2 alone", false},
		{"clients up to 1.3", v("", "TLSv1_3"), v("TLSv1_3", ""), "", false},
		{"clients of 1.1 at most", v("TLSv1_0", "TLSv1_1"), v("TLSv1_2", ""), "offer TLS 1.0 to 1.1, and those of it take TLS 1.2 to 1.3", false},
		{"servers of 1.1 at most", v("TLSv1_2", ""), v("TLSv1_0", "TLSv1_1"), "take TLS 1.0 to 1.1", false},
		{"clients of 1.3 without a maximum", v("TLSv1_3", ""), nil, "offer no version, for the lowest is TLS 1.3 and the highest 1.2", false},
		{"overlap of one version", v("TLSv1_0", "TLSv1_2"), v("TLSv1_2", "TLSv1_3"), "", false},
		{"suites apart", v("", "TLSv1_2", aes), v("", "TLSv1_2", rsa), "no cipher suite", false},
		{"suites apart, and TLS 1.3 for both", v("", "TLSv1_3", aes), v("", "TLSv1_3", rsa), "", false},
		{"a suite in common", v("", "", aes, rsa), v("", "", rsa), "", false},
		{"one side lists a usual one", v("", "", rsa), nil, "", false},
		{"one side lists none that is usual", nil, v("", "", old), "", true},
	} {
		fails, doubt := misfit(c.out, c.in, "us", "it")
		got := ""
		if fails != nil {
			got = fails.Why
		}
		if (got == "") != (c.why == "") || !strings.Contains(got, c.why) || (doubt != "") != c.doubt {
			t.Errorf("%s: %q and %q, want %q and doubt %v", c.name, got, doubt, c.why, c.doubt)
		}
	}
}

func TestMeshEntriesThatAreRefused(t *testing.T) {
	for tls, want := range map[string]string{
		`Incoming { TLSMinVersion = "TLSv1_2", TLSMaxVersion = "TLSv1_3" }`:                        "",
		`Incoming { TLSMinVersion = "TLS_AUTO", CipherSuites = ["TLS_RSA_WITH_AES_128_CBC_SHA"] }`: "",
		`Outgoing { TLSMinVersion = "TLSv1_3", TLSMaxVersion = "TLSv1_2" }`:                        "tls-versions",
		`Outgoing { TLSMinVersion = "TLSv1_3", CipherSuites = ["TLS_RSA_WITH_AES_128_CBC_SHA"] }`:  "tls-versions",
		`Incoming { TLSMinVersion = "TLS 1.2" }`:                                                   "malformed",
	} {
		got := refusals(t, "Kind = \"mesh\"\nTLS { "+strings.ReplaceAll(tls, ", ", "\n")+" }\n")
		if len(got) > 1 || len(got) == 1 && got[0] != want || len(got) == 0 && want != "" {
			t.Errorf("%s: %q, want %q", tls, got, want)
		}
	}
}
