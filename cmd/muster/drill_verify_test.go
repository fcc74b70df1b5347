package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	results "github.com/passmuster/muster/drill/record"
	drillreport "github.com/passmuster/muster/report/drill"
)

func verifyMust(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// drillFolder writes the folder "drill" of a run with a verdict: results and a report about them.
func drillFolder(t *testing.T, verdict measure.Verdict) {
	t.Helper()
	verifyMust(t, os.Mkdir("drill", 0o700))
	p := &plan.Plan{APIVersion: plan.APIVersion, Kind: plan.Kind, Metadata: plan.Metadata{ID: "pay"}}
	digest, err := p.Digest()
	verifyMust(t, err)
	w, err := results.Create("drill/p1.ndjson", results.Header{Run: "r1", PlanDigest: digest, Prober: results.Prober{ID: "p1", Mode: results.Open}, WallAnchor: time.Unix(1, 0)}, results.SyncNever)
	verifyMust(t, err)
	for i := range int64(20) {
		verifyMust(t, w.Sample(results.Sample{Tick: i, Sched: results.Millis(i * 1e7), End: results.Millis(i*1e7 + 1e6), Cell: "pay", OK: true, Code: 200}))
	}
	_, err = w.Close()
	verifyMust(t, err)
	data, err := os.ReadFile("drill/p1.ndjson")
	verifyMust(t, err)
	sum := sha256.Sum256(data)
	r := &audit.Report{
		APIVersion: audit.APIVersion, Kind: audit.Kind, Run: "r1", Verdict: verdict, PlanDigest: digest, ConfigDigest: "sha256:" + strings.Repeat("c", 64), Plan: p,
		Cells: []audit.Cell{{Cell: "pay|1||web|region=a|hang", Verdict: verdict, Static: audit.Confirmed, Encryption: audit.Encryption{Proof: audit.Proven},
			Expected: plan.Expectation{Outcome: "survives"}, Observed: audit.Observed{Outcome: "survives"}}},
		Sources: []audit.Source{{Name: "p1.ndjson", SHA256: hex.EncodeToString(sum[:]), Complete: true}},
	}
	var out bytes.Buffer
	verifyMust(t, drillreport.JSON(&out, r))
	verifyMust(t, os.WriteFile("drill/report.json", out.Bytes(), 0o600))
}

// verifyCall runs a command, and holds its exit code and what it says.
func verifyCall(t *testing.T, code int, says, line string) {
	t.Helper()
	var out, errs bytes.Buffer
	got := run(strings.Fields(line), strings.NewReader(""), &out, &errs)
	if text := out.String() + errs.String(); got != code || !strings.Contains(text, says) {
		t.Errorf("muster %s: exit %d, want %d and %q in:\n%s", line, got, code, says, text)
	}
}

func TestEvidenceIsSignedAndVerified(t *testing.T) {
	t.Chdir(t.TempDir())
	drillFolder(t, measure.Pass)
	verifyCall(t, exitClean, "sre.pub.pem verifies", "drill keygen sre")
	verifyCall(t, exitUsage, "is not overwritten", "drill keygen sre")
	verifyCall(t, exitClean, "", "drill keygen other")
	verifyCall(t, exitUsage, "muster drill keygen NAME makes one", "drill attest drill")
	verifyCall(t, exitUsage, "want a block", "drill attest drill --key sre.pub.pem")
	verifyCall(t, exitUnreadable, "nowhere", "drill attest nowhere --key sre.pem")
	verifyCall(t, exitUnreadable, "attestation.dsse.json", "drill verify drill --key sre.pub.pem")
	verifyCall(t, exitClean, "signed 4 subjects, the drill passed", "drill attest drill --key sre.pem")
	verifyCall(t, exitUsage, "is not overwritten", "drill attest drill --key sre.pem")

	verifyCall(t, exitClean, "verified: 2 files are as they were signed", "drill verify drill --key sre.pub.pem")
	verifyCall(t, exitClean, "the drill passed: 1 passed, 0 undecided, 0 failed", "drill verify drill/attestation.dsse.json --key other.pub.pem --key sre.pub.pem --require pass")
	verifyCall(t, exitFindings, "no signature is of a key that was given", "drill verify drill --key other.pub.pem")
	verifyCall(t, exitUsage, "this is the private key", "drill verify drill --key sre.pem")
	verifyCall(t, exitUsage, "cannot vouch for itself", "drill verify drill")
	verifyCall(t, exitUsage, "want pass", "drill verify drill --key sre.pub.pem --require fail")
	verifyCall(t, exitUnreadable, "no such file", "drill verify nowhere --key sre.pub.pem")

	// One request of twenty went wrong, says somebody, and did not.
	data, err := os.ReadFile("drill/p1.ndjson")
	verifyMust(t, err)
	verifyMust(t, os.WriteFile("drill/p1.ndjson", bytes.Replace(data, []byte(`"i":11,`), []byte(`"i":12,`), 1), 0o600))
	verifyCall(t, exitFindings, "p1.ndjson:13: changed after it was written", "drill verify drill --key sre.pub.pem")
}

func TestADrillThatDidNotPassIsToldBySignature(t *testing.T) {
	for verdict, says := range map[measure.Verdict]string{measure.Fail: "FAILED", measure.Inconclusive: "WARNED"} {
		t.Chdir(t.TempDir())
		drillFolder(t, verdict)
		verifyCall(t, exitClean, "", "drill keygen sre")
		verifyCall(t, exitClean, strings.ToLower(says), "drill attest drill --key sre.pem")
		verifyCall(t, exitClean, "verified", "drill verify drill --key sre.pub.pem")
		verifyCall(t, exitFindings, "--require pass: the drill did not pass, it is "+says, "drill verify drill --key sre.pub.pem --require pass")
	}
}

func TestReportsOfDrillsAreConverted(t *testing.T) {
	reports, err := filepath.Abs("../../report/drill/testdata")
	verifyMust(t, err)
	t.Chdir(t.TempDir())
	args := "convert " + filepath.Join(reports, "fail.json")
	for _, name := range drillreport.Names {
		args += " -o " + name + "=out." + name
	}
	verifyCall(t, exitClean, "", args)
	for name, want := range map[string]string{"json": "fail.json", "markdown": "fail.md", "text": "fail.txt", "junit": "fail-junit.xml"} {
		got, err := os.ReadFile("out." + name)
		verifyMust(t, err)
		file, err := os.ReadFile(filepath.Join(reports, want))
		verifyMust(t, err)
		if !bytes.Equal(got, file) {
			t.Errorf("%s differs from %s", name, want)
		}
	}
	verifyCall(t, exitUsage, "has no such format", "convert "+filepath.Join(reports, "fail.json")+" -o csv")
	verifyMust(t, os.WriteFile("broken.json", []byte(`{"apiVersion": "passmuster.dev/v1", "kind": "DriftReport", "x": 1}`), 0o600))
	verifyCall(t, exitUnreadable, `unknown field "x"`, "convert broken.json")
}
