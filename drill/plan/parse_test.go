package plan

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/passmuster/muster/config"
)

// least is a plan with nothing but what a reader insists on.
const least = `apiVersion: passmuster.dev/v1
kind: DrillPlan
metadata: {id: x}
scenario: {fail: region=eu, fault_modes: [crash]}
`

func TestParseTellsEveryMistakeAtItsPlace(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{least, ""},
		{"", "plan.yaml:1:1: the plan is empty"},
		{least + "---\n{}\n", "plan.yaml:5:1: a second document begins here, want one"},
		{strings.Replace(least, "{id: x}", "{}", 1), "plan.yaml:3:11: metadata: id is missing: what reports and evidence call the plan"},
		{strings.Replace(least, "kind: DrillPlan", "kind: Plan", 1), `plan.yaml:2:7: kind: unknown word "Plan", want one of DrillPlan`},
		{least + "probs: []\n", `plan.yaml:5:1: unknown key "probs", want one of apiVersion, kind, metadata, objective, hypothesis, scenario, expect, findings, objectives, config, probes, markers, fault, safety, people, rollback, cadence, evidence, documents, followups; did you mean probes?`},
		{least + "objectives: {rto: soon, rpo: 0s, failback: -1s}\n", "plan.yaml:5:19: objectives.rto: \"soon\" is no duration, as 30s, 5m or 90d are\nplan.yaml:5:44: objectives.failback: \"-1s\" is no duration, as 30s, 5m or 90d are"},
		{least + "objectives: {encryption: mtsl}\n", `plan.yaml:5:26: objectives.encryption: unknown word "mtsl", want one of mtls, tls; did you mean mtls?`},
		{least + "fault: {driver: tc, duration: 1m}\n", `plan.yaml:5:17: fault.driver: unknown word "tc", want one of external, command, istio, chaos-mesh, litmus, chaostoolkit, kubectl, sigstop, nft`},
		{least + "expect: [{cell: a|b, outcome: survives, by: region}]\n", `plan.yaml:5:17: expect[0].cell: "a|b" is no cell, as service|port|subset|client|scenario|fault is`},
		{least + "expect:\n- {cell: 's|1||c|region=eu|crash', outcome: survives, by: region, during: {a: 0.5, b: 0.4}}\n", "plan.yaml:6:75: expect[0].during: the shares add up to 0.9, want 1"},
		{least + "expect:\n- {cell: 's|1||c|region=eu|crash', outcome: survives, by: region, failing_share: 1.5}\n", "plan.yaml:6:82: expect[0].failing_share: want 0 to 1, got 1.5"},
		{least + "people: {approvers: sre}\n", "plan.yaml:5:21: people.approvers: want a list, got text"},
		{least + "people: {approvers: [1]}\n", `plan.yaml:5:22: people.approvers[0]: YAML reads 1 as a number, quote it: "1"`},
		{least + "rollback: {tested: 'yes'}\n", "plan.yaml:5:20: rollback.tested: want true or false, got text"},
		{least + "probes: [{name: a, service: s, protocol: http1, port: 70000}]\n", "plan.yaml:5:55: probes[0].port: want 0 to 65535, got 70000"},
		{least + "probes: [{name: a, service: s, protocol: http1, rate_hz: .nan}]\n", "plan.yaml:5:58: probes[0].rate_hz: want a finite number, got .nan"},
		{least + "probes: [{name: a, service: s, protocol: http1, statuses: [200.5]}]\n", "plan.yaml:5:60: probes[0].statuses[0]: want a whole number, got a number"},
		{least + "fault: {driver: command, hooks: {freeze: {}}}\n", `plan.yaml:5:42: fault.hooks.freeze: unknown fault mode "freeze", want one of crash, hang, partition, error, *`},
		{least + "followups: [{finding: a, due: tomorrow}]\n", `plan.yaml:5:31: followups[0].due: "tomorrow" is no date, want one such as 2027-03-31`},
		{least + "objective:\n", "plan.yaml:5:11: objective: there is no value, give it one or remove the key"},
		{least + "objective: a\nobjective: b\n", "plan.yaml:6:1: the key objective is here twice, first on line 5"},
		{"a: [1\n", "plan.yaml:2:1: this is not YAML: did not find expected ',' or ']'"},
	} {
		_, problems := Parse("plan.yaml", []byte(tc.text))
		var got []string
		for _, p := range problems {
			got = append(got, p.String())
		}
		if text := strings.Join(got, "\n"); text != tc.want {
			t.Errorf("%s\ngot  %s\nwant %s", tc.text, text, tc.want)
		}
	}
}

func TestHostilePlansAreBounded(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for _, pair := range []string{"ab", "bc", "cd", "de", "ef", "fg"} {
		from, to := string(pair[0]), string(pair[1])
		bomb += to + ": &" + to + " [" + strings.TrimSuffix(strings.Repeat("*"+from+",", 10), ",") + "]\n"
	}
	for name, text := range map[string]string{
		"large":   least + "objective: " + strings.Repeat("x", 1<<20),
		"aliases": bomb,
		"depth":   least + "people: " + strings.Repeat("[", 5000),
		"bombs":   least + "documents: &a\n" + strings.Repeat("- {title: t, ref: r}\n", 50_000),
	} {
		if _, problems := Parse("plan.yaml", []byte(text)); len(problems) == 0 {
			t.Errorf("%s: nothing is wrong with it", name)
		}
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drill.yaml")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "cannot read the plan") {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte(least+"x: 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path)
	bad, ok := errors.AsType[*config.Error](err)
	if !ok || len(bad.Problems) != 1 || bad.Problems[0].Position.Line != 5 {
		t.Errorf("a mistake: %v", err)
	}
	if err := os.WriteFile(path, []byte(`{"apiVersion":"passmuster.dev/v1","kind":"DrillPlan","metadata":{"id":"x"},"scenario":{"fail":"region=eu","fault_modes":["crash"]}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if p, err := Load(path); err != nil || p.Metadata.ID != "x" {
		t.Errorf("JSON: %v", err)
	}
}

// full is a plan in which everything is told.
func full(t testing.TB) *Plan {
	p := checkout(t)
	keep := false
	rpo := Duration(0)
	p.Objectives.RPO = &rpo
	p.Markers = &Markers{RPO: "write-read-counter", Write: "http://a/", Read: "http://b/", Every: Duration(1e9)}
	p.Probes[0].Keep, p.Probes[0].Headers, p.Probes[0].Statuses = &keep, map[string]string{"x-canary": "true", "a: b": "# no\tcomment"}, []int{200, 204}
	p.Probes[0].TLS = &TLS{ServerName: "pay", Verify: "spiffe", Peers: []string{"spiffe://mesh/"}}
	p.Fault.Hooks = map[string]Hooks{"*": {Inject: []string{"sh", "-c", "x; y"}, Verify: []string{"true"}, Remove: []string{"false", ""}}}
	p.Findings = []Finding{{Rule: "DR103", Fingerprint: "ab", Message: "yes: no", Cells: []string{p.Expect[0].Cell}}}
	p.People = People{Approvers: []string{"yes", "7"}, Approved: []Approval{{By: "yes", At: "2026-11-20T09:00:00Z", Digest: "sha256:1"}}}
	p.Documents = []Document{{Title: "Runbook", Ref: "runbook.md", Kind: "runbook"}}
	p.Followups = []Followup{{Finding: "a\nb", Owner: "sre", Due: "2026-12-31"}}
	p.Safety.BlockedWindows, p.Safety.BlockedDates = []string{"Fri 15:00-Mon 08:00"}, []string{"2026-12-24"}
	return p
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	for name, p := range map[string]*Plan{"new": checkout(t), "full": full(t)} {
		var text bytes.Buffer
		if err := Write(&text, p); err != nil {
			t.Fatal(err)
		}
		back, problems := Parse("plan.yaml", text.Bytes())
		if len(problems) > 0 {
			t.Fatalf("%s: %v\n%s", name, problems, text.String())
		}
		if !reflect.DeepEqual(back, p) {
			t.Errorf("%s: another plan comes back:\n%s", name, text.String())
		}
		was, err := p.Digest()
		if is, err2 := back.Digest(); was != is || err != nil || err2 != nil {
			t.Errorf("%s: the digest was %s and is %s", name, was, is)
		}
		var again bytes.Buffer
		if err := Write(&again, back); err != nil || again.String() != text.String() {
			t.Errorf("%s: another text the second time (%v)", name, err)
		}
	}
}

func TestWriteTellsWhatPeopleFillIn(t *testing.T) {
	var text bytes.Buffer
	if err := Write(&text, checkout(t)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"target: \"\" # a URL that reaches ", "approvers: [] # who may say yes", "owner: \"\" # who answers", "tested: false # true once"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
	if order := []string{"apiVersion:", "kind:", "metadata:", "objective:", "scenario:", "expect:", "objectives:", "config:", "probes:", "fault:", "safety:", "people:", "rollback:"}; !ordered(text.String(), order) {
		t.Error("the members are not in the order of the types")
	}
}

func ordered(text string, words []string) bool {
	for _, w := range words {
		_, after, ok := strings.Cut(text, w)
		if !ok {
			return false
		}
		text = after
	}
	return true
}

func TestDurationsAreReadBack(t *testing.T) {
	for _, text := range []string{"0s", "30s", "1m30s", "1h", "1h10m", "1h0m5s", "90d", "36501d", "1ms", "1.5s"} {
		d, err := ParseDuration(text)
		if err != nil || d.String() != text {
			t.Errorf("%s comes back as %s (%v)", text, d, err)
		}
	}
	if d, err := ParseDuration("7y"); err != nil || d.String() != "2555d" {
		t.Errorf("7y is %s (%v)", d, err)
	}
}

func FuzzParse(f *testing.F) {
	var text bytes.Buffer
	if err := Write(&text, full(f)); err != nil {
		f.Fatal(err)
	}
	for _, section := range strings.SplitAfter(text.String(), "\n") {
		if section != "" && section[0] != ' ' {
			f.Add([]byte(least + section))
		}
	}
	f.Add([]byte(least + "expect: [&a {cell: 's|1||c|region=eu|crash', outcome: lost, by: region, recovery: {lower: 0s, upper: 7y}}, *a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, problems := Parse("plan.yaml", text)
		lines := bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r")) + bytes.Count(text, []byte("\u0085")) + bytes.Count(text, []byte("\u2028")) + bytes.Count(text, []byte("\u2029")) + 1
		for _, problem := range problems {
			if at := problem.Position; at.Line < 1 || at.Line > lines || at.Column < 1 || problem.Message == "" {
				t.Fatalf("%s: outside of the %d lines of the file", problem, lines)
			}
		}
		if len(problems) > 0 {
			return
		}
		var written bytes.Buffer
		if err := Write(&written, p); err != nil {
			t.Fatal(err)
		}
		back, problems := Parse("plan.yaml", written.Bytes())
		if len(problems) > 0 || !reflect.DeepEqual(back, p) {
			t.Fatalf("another plan comes back (%v):\n%s", problems, written.String())
		}
		Check(p, CheckOptions{})
	})
}

// An empty list says what no list says, however the plan was read.
func TestDigestTakesEmptyListsForNone(t *testing.T) {
	digest := func(p *Plan) string {
		d, err := p.Digest()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	a := &Plan{Metadata: Metadata{ID: "a"}, Safety: Safety{AbortOn: []Abort{}}, People: People{Approvers: []string{}}}
	b := &Plan{Metadata: Metadata{ID: "a"}}
	c := &Plan{Metadata: Metadata{ID: "a"}, People: People{Approvers: []string{"sre"}}}
	if digest(a) != digest(b) || digest(b) == digest(c) {
		t.Errorf("%s, %s, %s: want the first two equal, and another third", digest(a), digest(b), digest(c))
	}
}
