package config

import (
	"slices"
	"strings"
	"testing"
)

func TestAMeshOfXDSSaysWhoObeysAndFromWhere(t *testing.T) {
	c, problems := Parse("muster.yaml", []byte("apiVersion: passmuster.dev/v1\nmeshes:\n  - {name: pay, kind: xds, client: grpc, from: [edge/a, edge/b]}\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if m := c.Meshes[0]; m.Client != "grpc" || !slices.Equal(m.From, []string{"edge/a", "edge/b"}) {
		t.Errorf("client %q from %q", m.Client, m.From)
	}
	for _, tc := range []struct{ mesh, want string }{
		{"{name: pay, kind: xds, client: nginx}", "unknown client \"nginx\", want one of grpc, envoy"},
		{"{name: pay, kind: istio, client: grpc}", "only a mesh of kind xds has client"},
		{"{name: pay, kind: linkerd, from: [edge]}", "only a mesh of kind xds has from"},
	} {
		_, problems := Parse("muster.yaml", []byte("apiVersion: passmuster.dev/v1\nmeshes:\n  - "+tc.mesh+"\n"))
		if len(problems) != 1 || !strings.Contains(problems[0].Message, tc.want) {
			t.Errorf("%s: %v, want %q", tc.mesh, problems, tc.want)
		}
	}
}
