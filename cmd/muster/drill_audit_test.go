package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/audit/audittest"
	"github.com/passmuster/muster/drill/plan"
)

// drilled writes the folder of a run.
func drilledRun(t *testing.T, d *audittest.Drill, change func(text []byte) []byte) string {
	t.Helper()
	dir := t.TempDir()
	var text bytes.Buffer
	if err := plan.Write(&text, d.Plan); err != nil {
		t.Fatal(err)
	}
	f, err := d.File("results-p1.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	in, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	var recording bytes.Buffer
	if _, err := recording.ReadFrom(in); err != nil {
		t.Fatal(err)
	}
	lines := recording.Bytes()
	if change != nil {
		lines = change(lines)
	}
	for name, data := range map[string][]byte{"plan.yaml": text.Bytes(), "results-p1.ndjson": lines} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDrillAuditExitCodes(t *testing.T) {
	const ms = time.Millisecond
	good := audittest.World{Failover: 1340 * ms, Back: 1350 * ms}
	hung := audittest.World{Failover: 1420 * ms, Back: 1350 * ms, Hang: true}
	slow := audittest.World{Failover: 2890 * ms, Back: 1350 * ms, Hang: true}
	tampered := func(text []byte) []byte {
		// A refused request becomes an answer.
		at := bytes.Index(text, []byte(`"ok":false,"err":"refused"`))
		return append(append(bytes.Clone(text[:at]), `"ok":true,"code":200`...), text[at+len(`"ok":false,"err":"refused"`):]...)
	}
	for _, tc := range []struct {
		name   string
		worlds map[string]audittest.World
		cut    time.Duration
		change func([]byte) []byte
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{name: "kept", worlds: map[string]audittest.World{"crash": good, "hang": hung}, code: exitClean, stdout: "PASS  pay-eu-west-loss, run run-1"},
		{name: "broken", worlds: map[string]audittest.World{"crash": good, "hang": slow}, code: exitFindings, stdout: "high D05 slower-than-objective"},
		{name: "half", worlds: map[string]audittest.World{"crash": good}, code: exitNothing, stdout: "the fault mode hang of region=eu-west was not drilled"},
		{name: "half, for a gate", worlds: map[string]audittest.World{"crash": good}, args: []string{"--inconclusive=fail"}, code: exitFindings, stdout: "INCONCLUSIVE"},
		{name: "killed", worlds: map[string]audittest.World{"crash": good, "hang": hung}, cut: 45 * time.Second, code: exitNothing, stdout: "ends without a footer"},
		{name: "tampered", worlds: map[string]audittest.World{"crash": good, "hang": slow}, change: tampered, code: exitUnreadable, stdout: "INCONCLUSIVE", stderr: "results-p1.ndjson: line 10"},
		{name: "no such policy", worlds: map[string]audittest.World{"crash": good, "hang": hung}, args: []string{"--inconclusive=ok"}, code: exitUsage, stderr: "--inconclusive"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := drilledRun(t, &audittest.Drill{Plan: audittest.Plan("crash", "hang"), Worlds: tc.worlds, Cut: tc.cut}, tc.change)
			var stdout, stderr bytes.Buffer
			code := run(append([]string{"drill", "audit", dir}, tc.args...), nil, &stdout, &stderr)
			if code != tc.code || !strings.Contains(stdout.String(), tc.stdout) || !strings.Contains(stderr.String(), tc.stderr) {
				t.Errorf("exit %d, want %d\nstdout %s\nstderr %s", code, tc.code, stdout.String(), stderr.String())
			}
		})
	}
}

func TestDrillAuditTakesOtherSources(t *testing.T) {
	d := &audittest.Drill{Plan: audittest.Plan("hang"), Worlds: map[string]audittest.World{"hang": {Failover: 1420 * time.Millisecond, Hang: true}}}
	dir := drilledRun(t, d, nil)
	metrics := filepath.Join(dir, "metrics.json")
	at := audittest.Anchor.Add(23 * time.Second).Unix()
	text := fmt.Sprintf(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"istio_requests_total","reporter":"destination",`+
		`"destination_service":"pay.shop.svc.cluster.local","destination_cluster":"eu-north-1","response_code":"200","connection_security_policy":"none"},"values":[[%d,"100"],[%d,"150"]]}]}}`, at, at+2)
	if err := os.WriteFile(metrics, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"drill", "audit", dir, metrics, "--clock-bound", "100ms"}, nil, &stdout, &stderr); code != exitFindings || !strings.Contains(stdout.String(), "50 answers came without TLS") {
		t.Errorf("exit %d\n%s\n%s", code, stdout.String(), stderr.String())
	}
	if err := os.WriteFile(metrics, []byte("nothing that is known"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := run([]string{"drill", "audit", dir, metrics}, nil, &stdout, &stderr); code != exitUnreadable {
		t.Errorf("exit %d", code)
	}
}

func TestDrillAuditByFiles(t *testing.T) {
	d := &audittest.Drill{Plan: audittest.Plan("hang"), Worlds: map[string]audittest.World{"hang": {Failover: 1420 * time.Millisecond, Hang: true}}}
	dir := drilledRun(t, d, nil)
	var stdout, stderr bytes.Buffer
	args := []string{"drill", "audit", "-o", "json", "--live-config", "sha256:0ther", filepath.Join(dir, "plan.yaml"), filepath.Join(dir, "results-p1.ndjson")}
	if code := run(args, nil, &stdout, &stderr); code != exitNothing {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
	var r audit.Report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Drift) != 1 || r.Drift[0].Class != "D19" || r.Sources[0].Name != "results-p1.ndjson" || r.Cells[0].Verdict != "pass" {
		t.Errorf("%+v", r)
	}
	for _, args := range [][]string{{"drill", "audit", filepath.Join(dir, "nothing")}, {"drill", "audit"}, {"drill", "audit", filepath.Join(dir, "plan.yaml")}} {
		if code := run(args, nil, &stdout, &stderr); code == exitClean || code == exitFindings {
			t.Errorf("%q: exit %d", args, code)
		}
	}
}

func TestDrillAuditKnowsWhenThePredictionIsAnother(t *testing.T) {
	fleet := filepath.Join(t.TempDir(), "shop")
	if err := os.CopyFS(fleet, os.DirFS("../../testdata/fleets/shop")); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"drill", "plan", fleet, "--service", "checkout", "--scenario", "region=us-east-1", "--fault", "hang"}, nil, &stdout, &stderr); code != exitClean {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	path := filepath.Join(t.TempDir(), "plan.yaml")
	// What only people know.
	text := regexp.MustCompile(`(?m)^( +approvers:).*`).ReplaceAll(stdout.Bytes(), []byte("$1 [team-sre]"))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := drilledRun(t, &audittest.Drill{Plan: p, Every: 100 * time.Millisecond, Worlds: map[string]audittest.World{"hang": {Failover: 4 * time.Second, Hang: true}}}, nil)
	audited := func(change func(text string) string) string {
		file := filepath.Join(fleet, "mesh", "checkout.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(change(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		stdout.Reset()
		stderr.Reset()
		if code := run([]string{"drill", "audit", dir, "--today", fleet}, nil, &stdout, &stderr); code != exitFindings && code != exitNothing {
			t.Fatalf("exit %d: %s", code, stderr.String())
		}
		return stdout.String()
	}
	if got := audited(func(text string) string { return text }); strings.Contains(got, "D19") {
		t.Errorf("nothing has changed:\n%s", got)
	}
	if got := audited(func(text string) string { return "# another line\n" + text }); strings.Contains(got, "D19") {
		t.Errorf("only lines have changed:\n%s", got)
	}
	if got := audited(func(text string) string {
		return strings.Replace(text, "consecutive5xxErrors: 5", "consecutive5xxErrors: 50", 1)
	}); !strings.Contains(got, "high D19 stale-config") {
		t.Errorf("detection takes longer now:\n%s", got)
	}
}
