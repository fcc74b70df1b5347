package imports

import (
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/observe"
)

func journalText(change ...string) string {
	return strings.NewReplacer(change...).Replace(`{"chaoslib-version":"1.45.0","status":"completed","deviated":false,
"start":"2026-11-20T09:00:00+00:00","end":"2026-11-20T09:02:01+00:00","duration":121.0,
"experiment":{"title":"Lose eu-west","description":"…","method":[],"rollbacks":[{"type":"action","name":"restore-eu-west"}]},
"steady_states":{"before":{"steady_state_met":true,"probes":[]},"after":{"steady_state_met":true,"probes":[]},"during":[]},
"run":[{"activity":{"type":"action","name":"cut-eu-west"},"status":"succeeded","start":"2026-11-20T09:00:30.1+00:00","end":"2026-11-20T09:00:30.4+00:00","duration":0.3,"output":null},
{"activity":{"type":"probe","name":"is-it-up"},"status":"succeeded","start":"2026-11-20T09:00:40+00:00","end":"2026-11-20T09:00:41+00:00","tolerance_met":true}],
"rollbacks":[{"activity":{"type":"action","name":"restore-eu-west"},"status":"succeeded","start":"2026-11-20T09:02:00+00:00","end":"2026-11-20T09:02:00.5+00:00","duration":0.5,"output":null}]}`)
}

func TestJournalGivesTheWindowsOfItsActions(t *testing.T) {
	g, sum := read(t, ChaosToolkit, journalText(), Options{})
	want := []observe.Event{
		{Kind: observe.Injected, From: at(t, "2026-11-20T09:00:30.1Z"), To: at(t, "2026-11-20T09:00:30.4Z"), Name: "cut-eu-west", OK: true, By: "chaostoolkit", Detail: "succeeded"},
		{Kind: observe.RolledBack, From: at(t, "2026-11-20T09:02:00Z"), To: at(t, "2026-11-20T09:02:00.5Z"), Name: "restore-eu-west", OK: true, By: "chaostoolkit", Detail: "succeeded"},
		{Kind: observe.Verdict, From: at(t, "2026-11-20T09:00:00Z"), To: at(t, "2026-11-20T09:02:01Z"), Name: "Lose eu-west", OK: true, By: "chaostoolkit",
			Detail: "status completed, steady state before met: true, steady state after met: true"},
	}
	if len(g.events) != 3 || sum.Lines != 7 {
		t.Fatalf("%+v", g.events)
	}
	for i := range want {
		if g.events[i] != want[i] {
			t.Errorf("%+v\nwant %+v", g.events[i], want[i])
		}
	}
	if len(g.requests) != 0 || !g.said("neither tells when the service recovered") {
		t.Errorf("a journal proves no recovery: %+v", g.notes)
	}
}

func kinds(g *gathered) string {
	var all []string
	for _, e := range g.events {
		all = append(all, string(e.Kind))
	}
	return strings.Join(all, " ")
}

func TestRollbacksThatDidNotRunAreTold(t *testing.T) {
	rollbacks := journalText()[strings.Index(journalText(), `"rollbacks":[{"activity"`):]
	for _, tc := range []struct {
		name, text, kinds string
		ok                bool
	}{
		{"interrupted: they must not run", journalText(`"status":"completed"`, `"status":"interrupted"`, rollbacks, `"rollbacks":[]}`), "inject interrupted rollback-missing verdict", false},
		{"one failed", journalText(`"name":"restore-eu-west"},"status":"succeeded"`, `"name":"restore-eu-west"},"status":"failed"`), "inject rollback-missing verdict", true},
		{"the experiment deviated", journalText(`"deviated":false`, `"deviated":true`), "inject rollback verdict", false},
		{"none were planned", journalText(`"rollbacks":[{"type":"action","name":"restore-eu-west"}]`, `"rollbacks":[]`, rollbacks, `"rollbacks":[]}`), "inject verdict", true},
		{"the method takes the fault back", journalText(`"type":"probe","name":"is-it-up"`, `"type":"action","name":"restore-network"`), "inject remove rollback verdict", true},
	} {
		g, _ := read(t, ChaosToolkit, tc.text, Options{})
		if got := kinds(g); got != tc.kinds || g.events[len(g.events)-1].OK != tc.ok {
			t.Errorf("%s: %s, want %s; %+v", tc.name, got, tc.kinds, g.events[len(g.events)-1])
		}
	}
}

// Older writers dropped the offset: it is UTC, and said.
func TestJournalTimesWithoutOffsetAreUTC(t *testing.T) {
	g, _ := read(t, ChaosToolkit, journalText("+00:00", ""), Options{})
	if !g.events[0].From.Equal(at(t, "2026-11-20T09:00:30.1Z")) || !g.said("taken for UTC") {
		t.Errorf("%+v, %+v", g.events[0], g.notes)
	}
	g, _ = read(t, ChaosToolkit, journalText("2026-11-20T09:00:30.4", "soon"), Options{})
	if !g.events[0].From.IsZero() || !g.said("nothing may be measured") {
		t.Errorf("%+v", g.events[0])
	}
}

func TestWhatIsNoJournalIsRefusedAtItsLine(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"{\n\"status\":\n]}", "file:3: this is no valid JSON"},
		{`{"title":"an experiment","method":[]}`, "file: no journal"},
		{"{\n\"status\": 3, \"start\": \"x\"}", "file:2: status is a number"},
		{`{"status":"completed","start":"x","run":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + "}", "file:1: it is nested too deeply"},
		{"", "file: empty"},
	} {
		if why := refused(t, ChaosToolkit, tc.text, Options{}); !strings.HasPrefix(why, tc.want) {
			t.Errorf("%s, want %s", why, tc.want)
		}
	}
}

const chaosResult = `apiVersion: litmuschaos.io/v1alpha1
kind: ChaosResult
metadata: {name: pay-net-loss}
spec: {engine: pay, experiment: pod-network-loss}
status:
  experimentStatus: {phase: Completed, verdict: Pass, probeSuccessPercentage: "100"}
  probeStatuses: [{name: pay-http, type: httpProbe, mode: Continuous, status: {verdict: Passed}}]
  history: {passedRuns: 3, failedRuns: 0, stoppedRuns: 0}
`

// A ChaosResult has no times: the fault is told, and nothing may be measured from it.
func TestChaosResultsHaveNoTimes(t *testing.T) {
	g, _ := read(t, Litmus, chaosResult, Options{})
	if got := kinds(g); got != "inject verdict" || !g.events[0].From.IsZero() || !g.events[1].To.IsZero() || !g.events[1].OK || !g.said("nothing may be measured") {
		t.Errorf("%s: %+v, %+v", got, g.events, g.notes)
	}
	if want := "verdict Pass, phase Completed, 100 % of the probes' checks went well"; g.events[1].Detail != want {
		t.Errorf("%s", g.events[1].Detail)
	}
	failed := strings.NewReplacer("verdict: Pass,", "verdict: Fail,", "Passed}", "Failed}", `"100"`, "50").Replace(chaosResult)
	g, _ = read(t, Litmus, failed, Options{})
	if e := g.events[1]; e.OK || !strings.HasSuffix(e.Detail, "50 % of the probes' checks went well, probe pay-http: Failed") {
		t.Errorf("%+v", e)
	}
	g, _ = read(t, Litmus, strings.Replace(chaosResult, "phase: Completed,", "phase: Stopped,", 1), Options{})
	if got := kinds(g); got != "interrupted verdict" {
		t.Error(got)
	}
	g, _ = read(t, Litmus, `{"kind":"ChaosResult","metadata":{"name":"x"},"status":{"experimentStatus":{"phase":"Completed","verdict":"Pass"}}}`, Options{})
	if got := kinds(g); got != "inject verdict" {
		t.Error(got)
	}
}

const chaosEvents = `---
kind: ChaosEngine
metadata: {name: pay}
spec: {experiments: [{name: pod-network-loss, spec: {components: {env: [{name: TOTAL_CHAOS_DURATION, value: "60"}]}}}]}
---
apiVersion: v1
kind: List
items:
- {kind: Event, reason: PostChaosCheck, firstTimestamp: "2026-11-20T09:01:35Z", involvedObject: {kind: ChaosEngine, name: pay}}
- {kind: Event, reason: ChaosInject, firstTimestamp: "2026-11-20T09:00:30Z", involvedObject: {kind: ChaosEngine, name: pay}}
- {kind: Event, reason: Pulled, firstTimestamp: "2026-11-20T09:00:20Z", involvedObject: {kind: Pod, name: pay-1}}
`

func TestEventsOfTheEngineBracketTheFault(t *testing.T) {
	g, _ := read(t, Litmus, chaosResult+chaosEvents, Options{})
	if got := kinds(g); got != "inject remove verdict" || g.said("nothing may be measured") {
		t.Fatalf("%s, %+v", got, g.notes)
	}
	in, out := g.events[0], g.events[1]
	if !in.From.Equal(at(t, "2026-11-20T09:00:30Z")) || in.To.Sub(in.From) != time.Second ||
		!out.From.Equal(at(t, "2026-11-20T09:01:30Z")) || !out.To.Equal(at(t, "2026-11-20T09:01:36Z")) {
		t.Errorf("%+v\n%+v", in, out)
	}
}

func TestHostileYAMLIsRefused(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" +
		"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\nkind: ChaosResult\n"
	for _, text := range []string{bomb, "kind: [", "kind: ChaosResult\nstatus: " + strings.Repeat("[", 500), "kind: ChaosResult\nspec: " + strings.Repeat("{a: ", 200) + "1" + strings.Repeat("}", 200), strings.Repeat("#", MaxYAML+1)} {
		if why := refused(t, Litmus, text, Options{}); why == "" {
			t.Error("no reason")
		}
	}
}
