package attest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
	drillreport "github.com/passmuster/muster/report/drill"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A vector of DSSE's own specification (protocol.md): what is signed of a type and a payload.
func TestWhatIsSigned(t *testing.T) {
	if got := string(preAuth("http://example.com/HelloWorld", []byte("hello world"))); got != "DSSEv1 29 http://example.com/HelloWorld 11 hello world" {
		t.Errorf("%q", got)
	}
}

const samples = 40

// evidence is a folder of a drill that passed: results of one prober, the plan, the report.
func evidence(t *testing.T, change func(*audit.Report)) string {
	t.Helper()
	dir := t.TempDir()
	p := &plan.Plan{APIVersion: plan.APIVersion, Kind: plan.Kind, Metadata: plan.Metadata{ID: "pay", Owner: "a"}, Objective: "it survives"}
	digest, err := p.Digest()
	check(t, err)
	text, err := json.MarshalIndent(p, "", "  ")
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "plan.yaml"), text, 0o600))
	check(t, os.Mkdir(filepath.Join(dir, "results"), 0o700))
	w, err := record.Create(filepath.Join(dir, "results", "p1.ndjson"), record.Header{Run: "r1", PlanDigest: digest, Prober: record.Prober{ID: "p1", Mode: record.Open}, WallAnchor: time.Unix(1, 0)}, record.SyncNever)
	check(t, err)
	for i := range int64(samples) {
		check(t, w.Sample(record.Sample{Tick: i, Sched: record.Millis(i * 1e7), End: record.Millis(i*1e7 + 1e6), Cell: "pay", OK: true, Code: 200}))
	}
	_, err = w.Close()
	check(t, err)
	data, err := os.ReadFile(filepath.Join(dir, "results", "p1.ndjson"))
	check(t, err)
	sum := sha256.Sum256(data)
	r := &audit.Report{
		APIVersion: audit.APIVersion, Kind: audit.Kind, Run: "r1", Verdict: measure.Pass, PlanDigest: digest, ConfigDigest: "sha256:" + strings.Repeat("c", 64), Plan: p,
		Cells: []audit.Cell{{Cell: "pay|1||web|region=a|hang", Prober: "p1", Verdict: measure.Pass, Static: audit.Confirmed, Encryption: audit.Encryption{Proof: audit.Proven},
			Expected: plan.Expectation{Outcome: "survives"}, Observed: audit.Observed{Outcome: "survives"}}},
		Sources: []audit.Source{{Name: "p1.ndjson", SHA256: hex.EncodeToString(sum[:]), Complete: true}},
	}
	if change != nil {
		change(r)
	}
	var out bytes.Buffer
	check(t, drillreport.JSON(&out, r))
	check(t, os.WriteFile(filepath.Join(dir, "report.json"), out.Bytes(), 0o600))
	return dir
}

func keys(t *testing.T) (ed25519.PrivateKey, ed25519.PublicKey) {
	t.Helper()
	a, b, err := NewKey()
	check(t, err)
	dir := t.TempDir()
	check(t, WriteNew(filepath.Join(dir, "a.pem"), a, 0o600))
	check(t, WriteNew(filepath.Join(dir, "a.pub.pem"), b, 0o644))
	private, err := PrivateKey(filepath.Join(dir, "a.pem"))
	check(t, err)
	public, err := PublicKey(filepath.Join(dir, "a.pub.pem"))
	check(t, err)
	if _, err := PublicKey(filepath.Join(dir, "a.pem")); err == nil || !strings.Contains(err.Error(), "private") {
		t.Errorf("a private key for a public one: %v", err)
	}
	return private, public
}

// signed is a folder with its envelope.
func signed(t *testing.T, change func(*audit.Report)) (dir string, envelope []byte, public ed25519.PublicKey) {
	t.Helper()
	dir = evidence(t, change)
	private, public := keys(t)
	envelope, _, err := Attest(dir, private)
	check(t, err)
	check(t, WriteNew(filepath.Join(dir, EnvelopeName), envelope, 0o644))
	return dir, envelope, public
}

func TestWhatNobodyChangedIsVerified(t *testing.T) {
	dir, envelope, public := signed(t, nil)
	v, err := Verify(dir, envelope, public)
	check(t, err)
	if len(v.Problems) > 0 || len(v.Notes) > 0 || v.Files != 3 || v.Report == nil || v.Statement.Predicate.Result != "PASSED" || len(v.Statement.Predicate.Passed) != 1 {
		t.Errorf("%+v", v)
	}
	if len(v.Statement.Subject) != 5 || len(v.Statement.Predicate.Configuration) != 2 {
		t.Errorf("%+v", v.Statement)
	}
	private, _ := keys(t)
	one, _, err := Attest(dir, private)
	check(t, err)
	two, _, err := Attest(dir, private)
	check(t, err)
	if !bytes.Equal(one, two) {
		t.Error("the same folder is signed in two ways")
	}
}

func TestResultsOfVerdicts(t *testing.T) {
	for verdict, want := range map[measure.Verdict]string{measure.Pass: "PASSED", measure.Fail: "FAILED", measure.Inconclusive: "WARNED"} {
		dir, envelope, public := signed(t, func(r *audit.Report) { r.Verdict, r.Cells[0].Verdict = verdict, verdict })
		v, err := Verify(dir, envelope, public)
		check(t, err)
		p := v.Statement.Predicate
		if p.Result != want || len(v.Problems) > 0 || len(p.Passed) != map[bool]int{true: 1}[verdict == measure.Pass] || len(p.Failed) != map[bool]int{true: 1}[verdict == measure.Fail] || len(p.Passed)+len(p.Warned)+len(p.Failed) != 1 {
			t.Errorf("%s: %+v %v", verdict, p, v.Problems)
		}
	}
}

// Whatever is changed after the signature is found; of results, the line.
func TestWhatWasChangedIsNamed(t *testing.T) {
	rewrite := func(name string, f func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, filepath.FromSlash(name))
			data, err := os.ReadFile(path)
			check(t, err)
			changed := f(bytes.Clone(data))
			if bytes.Equal(changed, data) {
				t.Fatal("nothing was changed")
			}
			check(t, os.WriteFile(path, changed, 0o600))
		}
	}
	line := func(n int, old, with string) func([]byte) []byte {
		return func(data []byte) []byte {
			lines := bytes.SplitAfter(data, []byte("\n"))
			lines[n-1] = bytes.Replace(lines[n-1], []byte(old), []byte(with), 1)
			return bytes.Join(lines, nil)
		}
	}
	const results = "results/p1.ndjson"
	for name, tc := range map[string]struct {
		change func(*testing.T, string)
		want   string
	}{
		"one line of results":    {rewrite(results, line(17, `"code":200`, `"code":201`)), results + ":17: changed after it was written"},
		"the first line":         {rewrite(results, line(1, `"run":"r1"`, `"run":"r2"`)), results + ":1: changed"},
		"the kind of results":    {rewrite(results, line(1, "DrillResults", "DrillFiction")), results + ": line 1:"},
		"a line removed":         {rewrite(results, line(9, "\n", "")), results + ":"},
		"the footer":             {rewrite(results, func(d []byte) []byte { return d[:bytes.LastIndexByte(d[:len(d)-1], '\n')+1] }), results + fmt.Sprintf(":%d: 1 of %d lines are missing", samples+2, samples+2)},
		"all written anew":       {rewrite(results, func([]byte) []byte { return anew(t) }), results + ": its chain is whole, and is not the one that was signed"},
		"no results":             {rewrite(results, func([]byte) []byte { return []byte("x") }), results + ": no header"},
		"the report":             {rewrite("report.json", func(d []byte) []byte { return bytes.Replace(d, []byte(`"run": "r1"`), []byte(`"run": "r2"`), 1) }), "report.json: it was changed after it was signed"},
		"the plan":               {rewrite("plan.yaml", func(d []byte) []byte { return append(d, ' ') }), "plan.yaml: it was changed after it was signed"},
		"a file that is missing": {func(t *testing.T, dir string) { check(t, os.Remove(filepath.Join(dir, "plan.yaml"))) }, "plan.yaml: it is missing"},
		"a folder for a file": {func(t *testing.T, dir string) {
			check(t, os.Remove(filepath.Join(dir, "plan.yaml")))
			check(t, os.Mkdir(filepath.Join(dir, "plan.yaml"), 0o700))
		}, "plan.yaml: it cannot be read"},
		"a link": {func(t *testing.T, dir string) {
			check(t, os.Rename(filepath.Join(dir, "plan.yaml"), filepath.Join(dir, ".plan.yaml")))
			check(t, os.Symlink(".plan.yaml", filepath.Join(dir, "plan.yaml")))
		}, "plan.yaml: it cannot be read: it is no regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, envelope, public := signed(t, nil)
			tc.change(t, dir)
			v, err := Verify(dir, envelope, public)
			check(t, err)
			found := false
			for _, p := range v.Problems {
				found = found || strings.HasPrefix(p.String(), tc.want)
			}
			if !found {
				t.Errorf("problems %v, want %q", v.Problems, tc.want)
			}
		})
	}
}

// anew is another whole record.
func anew(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := record.NewWriter(&out, record.Header{Run: "r1", Prober: record.Prober{ID: "p1", Mode: record.Open}, WallAnchor: time.Unix(1, 0)}, record.SyncNever)
	check(t, err)
	for i := range int64(samples) {
		check(t, w.Sample(record.Sample{Tick: i, Sched: record.Millis(i * 1e7), End: record.Millis(i*1e7 + 1e6), Cell: "pay", OK: true, Code: 204}))
	}
	_, err = w.Close()
	check(t, err)
	return out.Bytes()
}

func TestWhatNobodySignedIsTold(t *testing.T) {
	dir, envelope, public := signed(t, nil)
	check(t, os.WriteFile(filepath.Join(dir, "late.ndjson"), anew(t), 0o600))
	v, err := Verify(dir, envelope, public)
	check(t, err)
	if len(v.Problems) > 0 || len(v.Notes) != 1 || v.Notes[0].String() != "late.ndjson: it is not part of what was signed" {
		t.Errorf("%+v", v)
	}
}

func TestAMissingFooterIsTold(t *testing.T) {
	dir := evidence(t, nil)
	path := filepath.Join(dir, "results", "p1.ndjson")
	data, err := os.ReadFile(path)
	check(t, err)
	data = data[:bytes.LastIndexByte(data[:len(data)-1], '\n')+1]
	sum := sha256.Sum256(data)
	check(t, os.WriteFile(path, data, 0o600))
	in, err := os.Open(filepath.Join(dir, "report.json"))
	check(t, err)
	r, err := drillreport.Parse(in)
	check(t, errors.Join(err, in.Close()))
	r.Sources[0].SHA256, r.Sources[0].Complete = hex.EncodeToString(sum[:]), false
	var out bytes.Buffer
	check(t, drillreport.JSON(&out, r))
	check(t, os.WriteFile(filepath.Join(dir, "report.json"), out.Bytes(), 0o600))
	private, public := keys(t)
	envelope, _, err := Attest(dir, private)
	check(t, err)
	v, err := Verify(dir, envelope, public)
	check(t, err)
	if len(v.Problems) > 0 || len(v.Notes) != 1 || !strings.Contains(v.Notes[0].String(), "without its footer") {
		t.Errorf("%+v", v)
	}
}

func TestWhatDoesNotFitTogetherIsNotSigned(t *testing.T) {
	private, _ := keys(t)
	for name, tc := range map[string]struct {
		change func(*audit.Report)
		want   string
	}{
		"other results":    {func(r *audit.Report) { r.Sources[0].SHA256 = strings.Repeat("0", 64) }, `the report rests on "p1.ndjson"`},
		"another plan":     {func(r *audit.Report) { r.PlanDigest, r.Plan = "sha256:"+strings.Repeat("0", 64), nil }, "not the plan that the report is about"},
		"broken results":   {func(r *audit.Report) { r.Sources[0].Broken = "p1.ndjson: line 3" }, "was changed before it was audited"},
		"no configuration": {func(r *audit.Report) { r.ConfigDigest = "" }, "digest of the configuration"},
	} {
		if _, _, err := Attest(evidence(t, tc.change), private); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	for name, tc := range map[string]struct {
		change func(dir string) error
		want   string
	}{
		"no report": {func(dir string) error { return os.Remove(filepath.Join(dir, "report.json")) }, "there is no report"},
		"changed results": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "results", "p1.ndjson"), bytes.Replace(anew(t), []byte("204"), []byte("205"), 1), 0o600)
		}, "line 2: changed"},
		"a link": {func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, "x")) }, "evidence has no links"},
	} {
		dir := evidence(t, nil)
		check(t, tc.change(dir))
		if _, _, err := Attest(dir, private); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestSignaturesOfOthersAreRefused(t *testing.T) {
	dir, envelope, public := signed(t, nil)
	_, stranger := keys(t)
	if _, err := Verify(dir, envelope, stranger); !errors.Is(err, ErrSignature) {
		t.Errorf("a stranger's key: %v", err)
	}
	if v, err := Verify(dir, envelope, stranger, public); err != nil || len(v.Problems) > 0 {
		t.Errorf("one of two keys: %v", err)
	}
	if _, err := Verify(dir, envelope); !errors.Is(err, ErrSignature) {
		t.Errorf("no key: %v", err)
	}
	var e Envelope
	check(t, json.Unmarshal(envelope, &e))
	with := func(f func(*Envelope)) []byte {
		c := e
		c.Signatures = append([]Signature{}, e.Signatures...)
		f(&c)
		data, err := json.Marshal(c)
		check(t, err)
		return data
	}
	payload, err := base64.StdEncoding.DecodeString(e.Payload)
	check(t, err)
	for name, data := range map[string][]byte{
		"another payload": with(func(c *Envelope) {
			c.Payload = base64.StdEncoding.EncodeToString(bytes.Replace(payload, []byte("PASSED"), []byte("FAILED"), 1))
		}),
		"another type":    with(func(c *Envelope) { c.PayloadType = "text/plain" }),
		"no signature":    with(func(c *Envelope) { c.Signatures = nil }),
		"short signature": with(func(c *Envelope) { c.Signatures[0].Sig = "AAAA" }),
		"no base64":       with(func(c *Envelope) { c.Payload = "*" }),
		"many signatures": with(func(c *Envelope) { c.Signatures = make([]Signature, mostSignatures+1) }),
		"more behind it":  append(bytes.Clone(envelope), "{}"...),
		"unknown member":  bytes.Replace(envelope, []byte(`"payload"`), []byte(`"x": 1, "payload"`), 1),
		"not JSON":        []byte("x"),
		"too long":        bytes.Repeat([]byte(" "), MaxEnvelope+1),
	} {
		if _, err := Verify(dir, data, public); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Verify(dir, with(func(c *Envelope) { c.Signatures[0].KeyID = "another hint" }), public); err != nil {
		t.Errorf("a hint decides: %v", err)
	}
}

// Whoever has the key may still be careless, or hostile: names lead nowhere, and the statement says what the report says.
func TestSignedStatementsAreCheckedAsWell(t *testing.T) {
	private, public := keys(t)
	for name, tc := range map[string]struct {
		change func(*Statement)
		want   string
	}{
		"out of the folder": {func(s *Statement) { s.Subject[2].Name = "../x" }, "no file below the folder"},
		"absolute":          {func(s *Statement) { s.Subject[2].Name = "/etc/passwd" }, "no file below the folder"},
		"named twice":       {func(s *Statement) { s.Subject[3].Name = s.Subject[2].Name }, "named twice"},
		"no digest":         {func(s *Statement) { s.Subject[2].Digest = nil }, "is no sha256"},
		"another predicate": {func(s *Statement) { s.PredicateType = "x" }, "predicateType"},
		"another result":    {func(s *Statement) { s.Predicate.Result = "FAILED" }, "the statement says FAILED"},
		"no report":         {func(s *Statement) { s.Subject = append(s.Subject[:3], s.Subject[4:]...) }, "no report is among"},
		"another config":    {func(s *Statement) { s.Subject[0].Digest = map[string]string{"sha256": strings.Repeat("0", 64)} }, "about another configuration"},
	} {
		dir := evidence(t, nil)
		_, s, err := Attest(dir, private)
		check(t, err)
		tc.change(s)
		payload, err := s.payload()
		check(t, err)
		e, err := Sign(payload, private)
		check(t, err)
		data, err := json.Marshal(e)
		check(t, err)
		v, err := Verify(dir, data, public)
		text := fmt.Sprint(err)
		if err == nil {
			text = fmt.Sprint(v.Problems)
		}
		if !strings.Contains(text, tc.want) {
			t.Errorf("%s: %s, want %q", name, text, tc.want)
		}
	}
}

// Keys of OpenSSL are read, and files are never overwritten.
func TestKeys(t *testing.T) {
	dir := t.TempDir()
	a, _, err := NewKey()
	check(t, err)
	path := filepath.Join(dir, "k.pem")
	check(t, WriteNew(path, a, 0o600))
	if err := WriteNew(path, a, 0o600); !errors.Is(err, ErrExists) {
		t.Errorf("%v", err)
	}
	for name, text := range map[string]string{"none": "x", "empty": "", "rsa": "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "torn": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "long": strings.Repeat("x", mostKey+1)} {
		file := filepath.Join(dir, name)
		check(t, os.WriteFile(file, []byte(text), 0o600))
		if _, err := PrivateKey(file); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := PublicKey(file); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func FuzzStatement(f *testing.F) {
	s := &Statement{Type: StatementType, PredicateType: PredicateType, Predicate: TestResult{Result: "PASSED"}, Subject: []Resource{{Name: "a/b", Digest: map[string]string{"sha256": strings.Repeat("0", 64)}, Annotations: map[string]string{noteKind: kindOther}}}}
	data, err := s.payload()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseStatement(data)
		if err != nil {
			return
		}
		for _, d := range s.Subject {
			if d.Annotations[noteKind] != kindDigest && !filepath.IsLocal(filepath.FromSlash(d.Name)) {
				t.Errorf("%q leads out of the folder", d.Name)
			}
		}
	})
}

// OpenSSL, where it is installed, agrees about the signature.
func TestOpenSSLAgrees(t *testing.T) {
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Log("openssl is not installed: only our own reading of the signature is tested")
		return
	}
	a, b, err := NewKey()
	check(t, err)
	dir := t.TempDir()
	for name, data := range map[string][]byte{"a.pem": a, "b.pem": b} {
		check(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	key, err := PrivateKey(filepath.Join(dir, "a.pem"))
	check(t, err)
	e, err := Sign([]byte("{}"), key)
	check(t, err)
	sig, err := base64.StdEncoding.DecodeString(e.Signatures[0].Sig)
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "sig"), sig, 0o600))
	check(t, os.WriteFile(filepath.Join(dir, "pae"), preAuth(PayloadType, []byte("{}")), 0o600))
	out, err := exec.CommandContext(t.Context(), program, "pkeyutl", "-verify", "-pubin", "-inkey", filepath.Join(dir, "b.pem"), "-rawin", "-in", filepath.Join(dir, "pae"), "-sigfile", filepath.Join(dir, "sig")).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
