package xds

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/source"
)

const cluster = `{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "pay", "type": "EDS"}`

func TestParseFindsResourcesInAllForms(t *testing.T) {
	for name, text := range map[string]string{
		"one resource":         cluster,
		"a list":               `[` + cluster + `]`,
		"a discovery response": `{"version_info": "7", "resources": [` + cluster + `], "type_url": "type.googleapis.com/envoy.config.cluster.v3.Cluster"}`,
		"wrapped":              `{"resources": [{"@type": "type.googleapis.com/envoy.service.discovery.v3.Resource", "name": "pay", "resource": ` + cluster + `}]}`,
		"a config dump": `{"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", "dynamic_active_clusters": [{"version_info": "1", "cluster": ` + cluster + `}],
			"dynamic_warming_clusters": [{"cluster": {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "soon"}}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			c, diags := Parse("a.json", []byte(text), source.Options{})
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			if len(c.Clusters) != 1 || c.Clusters[0].Name != "pay" || c.Size() != 1 {
				t.Errorf("found %d resources, %v; want the one cluster that is in use", c.Size(), c.Clusters)
			}
		})
	}
}

func TestParseTellsWhatItCannotReadAtItsLine(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"no JSON", "{\"resources\": [\n  {,}\n]}", "a.json:2:4: no JSON"},
		{"nothing", "", "a.json:1:1: no JSON"},
		{"an unknown member", "{\"@type\": \"type.googleapis.com/envoy.config.cluster.v3.Cluster\",\n \"name\": \"pay\",\n \"outlier_detektion\": {}}", `a.json:3:2: unknown field "outlier_detektion"`},
		{"a word that is none", "{\"@type\": \"type.googleapis.com/envoy.config.cluster.v3.Cluster\",\n \"name\": \"pay\",\n \"type\": \"EDDS\"}", "a.json:3:2: invalid value for enum field type"},
		{"a duration that is none", "{\"@type\": \"type.googleapis.com/envoy.config.cluster.v3.Cluster\",\n \"outlier_detection\": {\n  \"interval\": \"soon\"}}", "a.json:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, diags := Parse("a.json", []byte(tc.text), source.Options{})
			if len(diags) != 1 || !strings.HasPrefix(diags[0].Error(), tc.want) {
				t.Errorf("told %v, want one that begins with %q", diags, tc.want)
			}
		})
	}
}

func TestAnUnknownMemberLosesNothingElse(t *testing.T) {
	c, diags := Parse("a.json", []byte(`{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "pay", "new_in_2030": true, "outlier_detection": {"interval": "2s"}}`), source.Options{})
	if len(diags) != 1 || len(c.Clusters) != 1 || c.Clusters[0].Message.GetOutlierDetection().GetInterval().GetSeconds() != 2 {
		t.Errorf("read %v with %v, want the cluster with its outlier detection and one diagnostic", c.Clusters, diags)
	}
}

func TestUnknownTypesAreNoted(t *testing.T) {
	c, diags := Parse("a.json", []byte(`{"resources": [
  {"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret", "name": "key"},
  {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "pay", "transport_socket": {"name": "x",
    "typed_config": {"@type": "type.googleapis.com/acme.Own\u001b[31m", "level": 3}}}
]}`), source.Options{})
	if len(diags) > 0 || len(c.Clusters) != 1 {
		t.Fatalf("read %v with %v, want the cluster", c.Clusters, diags)
	}
	var told []string
	for _, i := range c.Ignored {
		told = append(told, fmt.Sprintf("%d: %s", i.Line, i.Reason))
	}
	if got := strings.Join(told, "\n"); len(told) != 2 || !strings.Contains(got, "2: resource of type envoy.extensions.transport_sockets.tls.v3.Secret") ||
		!strings.Contains(got, "extension of type acme.Own?[31m") {
		t.Errorf("noted %q, want the secret and the extension, fit for a terminal", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"resources": [` + cluster + `]}`))
	f.Add([]byte(twoRegions(true, "", "")))
	f.Add([]byte(twoRegions(false, `"transport_socket_matches": [],`, "")))
	f.Add([]byte(`{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "a", "cluster_type": {"name": "x", "typed_config": {
		"@type": "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig", "clusters": ["a", "a", "a", "b"]}}}`))
	f.Add([]byte(`{"cluster_statuses": [{"name": "pay", "host_statuses": [{"address": {"pipe": {"path": "/x"}}}]}]}`))
	f.Add([]byte(`{"xds_servers": [], "node": {"locality": {"region": "r"}}, "certificate_providers": {"a": {"config": {"ca_certificate_file": "ca.pem"}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _ := Parse("a.json", data, source.Options{})
		for _, client := range []string{GRPC, Envoy} {
			m := Compile(input(client, c))
			for _, s := range m.Services() {
				if m.View(s, nil) == nil {
					t.Errorf("no view of %s", s.ID)
				}
			}
		}
		if d := Compare(c, c); len(d.Differences) > 0 || d.Scanned != d.Live {
			t.Errorf("differs from itself: %v", d.Differences)
		}
		CompareStatus(c, c)
	})
}
