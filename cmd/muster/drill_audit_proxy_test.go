package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/audit/audittest"
)

// A proxy that held no outlier detection failed over by another configuration than the one that was announced.
func TestDrillAuditHoldsProxiesAgainstWhatWasAnnounced(t *testing.T) {
	cluster := func(detection string) string {
		return `{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "pay", "type": "EDS"` + detection + `}`
	}
	const detection = `, "outlier_detection": {"consecutive_5xx": 5, "interval": "10s"}`
	dump := func(cluster string) string {
		return `{"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", "dynamic_active_clusters": [{"cluster": ` + cluster + `}]}]}`
	}
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	announced := file("resources.json", `{"resources": [`+cluster(detection)+`]}`)
	same, other := file("same.json", dump(cluster(detection))), file("other.json", dump(cluster("")))
	for name, tc := range map[string]struct {
		args []string
		want []string
		code int
	}{
		"the same":         {[]string{"--announced", announced, "--proxy", same}, nil, 0},
		"another":          {[]string{"--announced", announced, "--proxy", other}, []string{"cluster pay, outlier detection: announced", "held none"}, 0},
		"nothing to hold":  {[]string{"--proxy", other}, nil, exitUsage},
		"not of an Envoy":  {[]string{"--announced", announced, "--proxy", file("empty.json", "{}")}, nil, exitUnreadable},
		"not there at all": {[]string{"--announced", announced, "--proxy", filepath.Join(dir, "missing.json")}, nil, exitUnreadable},
	} {
		t.Run(name, func(t *testing.T) {
			f := proxyFlags{}
			for i := 0; i < len(tc.args); i += 2 {
				if tc.args[i] == "--announced" {
					f.Announced = append(f.Announced, tc.args[i+1])
				} else {
					f.Proxies = append(f.Proxies, tc.args[i+1])
				}
			}
			held, err := f.compare()
			if code := exitCode(err); code != tc.code {
				t.Fatalf("exit code %d (%v), want %d", code, err, tc.code)
			}
			if err != nil {
				return
			}
			text := strings.Join(held[0].Differs, "; ")
			if len(tc.want) == 0 && text != "" {
				t.Errorf("it differs: %s", text)
			}
			for _, w := range tc.want {
				if !strings.Contains(text, w) {
					t.Errorf("%q does not say %q", text, w)
				}
			}
		})
	}
	// And the audit tells of it.
	var stdout, stderr bytes.Buffer
	d := audittest.Drill{Plan: audittest.Plan("crash"), Worlds: map[string]audittest.World{"crash": {Failover: 1340 * time.Millisecond, Back: 1350 * time.Millisecond}}}
	run([]string{"drill", "audit", drilledRun(t, &d, nil), "--announced", announced, "--proxy", other}, nil, &stdout, &stderr)
	if !strings.Contains(stdout.String(), "D19 stale-config") {
		t.Errorf("no D19:\n%s%s", stdout.String(), stderr.String())
	}
}
