package fleet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
)

// Two roots of one name, as the installer gives it, with a key each.
const (
	rootA = `-----BEGIN CERTIFICATE-----
MIIBoDCCAUWgAwIBAgIUdMATRj5GnAAzoyJEAehufDZVhgkwCgYIKoZIzj0EAwIw
JTEjMCEGA1UEAwwacm9vdC5saW5rZXJkLmNsdXN0ZXIubG9jYWwwHhcNMjYxMTIx
MjM0NDQ1WhcNNDYxMTE2MjM0NDQ1WjAlMSMwIQYDVQQDDBpyb290LmxpbmtlcmQu
Y2x1c3Rlci5sb2NhbDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABM8aiX6XzX9O
55NokL/Y7AwnpvgSIyIkXGjSWDzSdPPQUBQwjCoW5k5s75zZr5VCyIyG/ugEw2T1
sT7BzW+QMnejUzBRMB0GA1UdDgQWBBSjDjGsxuNVQl+WZeH2jUicQrSFqzAfBgNV
HSMEGDAWgBSjDjGsxuNVQl+WZeH2jUicQrSFqzAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0kAMEYCIQDSvM80IJXOMsBcID+FHOBqN9v/Xe1JdkidBKJ4VpZu
9AIhAKWZWZD4w3YtwhUeifaTlJZIEkNk1Nrs9bTRFuhDutv1
-----END CERTIFICATE-----
`
	rootB = `-----BEGIN CERTIFICATE-----
MIIBoDCCAUWgAwIBAgIUYmZd4sbMftmIcnrNQ145WQqN0eAwCgYIKoZIzj0EAwIw
JTEjMCEGA1UEAwwacm9vdC5saW5rZXJkLmNsdXN0ZXIubG9jYWwwHhcNMjYxMTIx
MjM0NDQ1WhcNNDYxMTE2MjM0NDQ1WjAlMSMwIQYDVQQDDBpyb290LmxpbmtlcmQu
Y2x1c3Rlci5sb2NhbDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAIxnfw8T/zA
dkbxkFLHDPalsqjebUVjjBxlXExDBU3onwtCQnsy1XK9kEQsTn8C/NrP4q9baBl5
16p4o+UKN/ejUzBRMB0GA1UdDgQWBBTppDpAD9ScQUkOpm4w3Zpy/3S7czAfBgNV
HSMEGDAWgBTppDpAD9ScQUkOpm4w3Zpy/3S7czAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0kAMEYCIQCWGEPK21oevWjEVdXJjFsYYvAvGWKQhKoF78+pLfov
FAIhAMvRTfFYecjzUG45rRn14f5jkoEUKs2l7+35LaPAmbCk
-----END CERTIFICATE-----
`
)

// trusting is the ConfigMap that the proxies of a cluster mount.
func trusting(cluster, bundle string) string {
	return fmt.Sprintf("-- %s/roots.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: linkerd-identity-trust-roots, namespace: linkerd}\ndata: {ca-bundle.crt: %q}\n", cluster, bundle)
}

// Clusters whose proxies trust no root in common do not reach each other, whatever kind of mirror stands between them, and the
// line of the own bundle decides. What is not in the inputs says nothing.
func TestTrustRootsOfLinkedClusters(t *testing.T) {
	const local, remote = "workload=east/shop/Deployment/web", "cluster=west"
	apart := trusting("east", rootA) + trusting("west", rootB)
	release := func(cluster, bundle, more string) string {
		return fmt.Sprintf("-- %s/release.yaml --\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: linkerd, namespace: flux}\nspec: {chart: {spec: {chart: linkerd-control-plane}}, values: {identityTrustAnchorsPEM: %q%s}}\n", cluster, bundle, more)
	}
	for _, tt := range []struct {
		name, manifests, service string
		want                     map[string]string // scenario -> cell of east
	}{
		{"federated", federated(both) + apart, "web-federated", map[string]string{"none": "-", local: "lost tls-mismatch east/roots.yaml:4", remote: "-"}},
		{"a flat mirror", mirrored(flat, both) + routed(backends("web=1", "web-west=1")) + apart, "web", map[string]string{local: "lost tls-mismatch east/roots.yaml:4"}},
		{"a gateway mirror", mirrored(exported, both) + routed(backends("web=1", "web-west=1")) + apart, "web", map[string]string{local: "lost tls-mismatch east/roots.yaml:4"}},
		{"a gateway mirror alone", mirrored(exported, both) + apart, "web-west", map[string]string{"none": "lost tls-mismatch east/roots.yaml:4"}},
		{"values of charts", federated(both) + release("east", rootA, "") + release("west", rootB, ""), "web-federated", map[string]string{local: "lost tls-mismatch east/release.yaml:4"}},
		{"values of charts that somebody else's bundle replaces", federated(both) + release("east", rootA, ", identity: {externalCA: true}") + release("west", rootB, ""), "web-federated", map[string]string{local: "survives west 1s"}},
		{"one root in common", federated(both) + trusting("east", rootA) + trusting("west", rootB+rootA), "web-federated", map[string]string{local: "survives west 1s"}},
		{"the bundle of one is not in the inputs", federated(both) + trusting("west", rootB), "web-federated", map[string]string{local: "survives west 1s"}},
		{"a placeholder", federated(both) + trusting("east", "${ROOTS}") + trusting("west", rootB), "web-federated", map[string]string{local: "survives west 1s"}},
		{"pods without a proxy are called in plaintext", strings.Replace(federated(both)+apart, "-- west/service.yaml --\n", "-- west/namespace.yaml --\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {linkerd.io/inject: disabled}}\n-- west/service.yaml --\n", 1), "web-federated", map[string]string{local: "survives west 1s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := twoLinkerds
			if strings.Contains(tt.manifests, "west/namespace.yaml") { // in the place of the namespace of both
				text = strings.Replace(text, "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {linkerd.io/inject: enabled}}\n---\n", "", 1) +
					"-- east/namespace.yaml --\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {linkerd.io/inject: enabled}}\n"
			}
			f := loaded(t, unpack(t, text+tt.manifests))
			for scenario, want := range tt.want {
				got := cell(t, f, tt.service, scenario, failover.Crash)
				if strings.HasPrefix(got, "lost") {
					got += causeAt(t, f, tt.service, scenario)
				}
				if got != want && (want != "-" || !strings.HasPrefix(got, "survives")) {
					t.Errorf("%s: %s, want %s", scenario, got, want)
				}
			}
		})
	}
}
