package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// groupIn is the group that NewDiff makes of one pair of cells of the ledger, whose failure is a hang of us-west.
func groupIn(t *testing.T, g diff.Group, base, head *failover.Answer, scenario failover.Scenario) CellGroup {
	t.Helper()
	f := handFleet()
	ledger := f.graph.Services[1]
	pair := diff.Pair{}
	for side, a := range map[**failover.Cell]*failover.Answer{&pair.Base: base, &pair.Head: head} {
		if a != nil {
			*side = &failover.Cell{Service: ledger, Port: 8080, Client: f.graph.Clients[0], Scenario: scenario, Fault: failover.Hang, Answer: a}
			pair.ID = (*side).ID()
		}
	}
	g.Service, g.Ports, g.Cells = ledger, []int{8080}, append(g.Cells, pair)
	return NewDiff(DiffInput{Result: &diff.Result{Groups: []*diff.Group{&g}}}).Cells[0]
}

func TestSentencesAboutChanges(t *testing.T) {
	f := handFleet()
	line := mesh.At(f.rule, "/spec/trafficPolicy/outlierDetection")
	cause := func(kind failover.CauseKind, detail string) failover.Cause {
		return failover.Cause{Kind: kind, Origin: line, Detail: detail}
	}
	over := func(encryption string, change func(*failover.Answer)) *failover.Answer {
		a := &failover.Answer{Outcome: failover.Survives, Authorized: true, Capacity: failover.Capacity{Needed: 2, Available: 4},
			Destinations: []failover.Destination{{Locality: "us-east/a", Cluster: "east", Share: 1, Encryption: encryption}}, Recovery: failover.Recovery{Upper: 10 * time.Second}}
		if change != nil {
			change(a)
		}
		return a
	}
	fine := func() *failover.Answer { return over("mtls", nil) }
	fail := func(share float64, causes ...failover.Cause) *failover.Answer {
		return over("mtls", func(a *failover.Answer) {
			a.Outcome, a.FailingShare, a.Causes, a.Reason = failover.Degraded, share, causes, "the cell's own reason"
			if share == 1 {
				a.Outcome, a.Authorized, a.Destinations = failover.Lost, false, nil
			}
		})
	}
	unknown := func() *failover.Answer {
		return over("mtls", func(a *failover.Answer) {
			a.Outcome, a.Reason, a.Undecided = failover.Unknown, "the chart is not rendered", []mesh.Origin{line}
		})
	}
	short := func(n int) *failover.Answer {
		return over("mtls", func(a *failover.Answer) { a.Outcome, a.Capacity.Available = failover.Degraded, n })
	}
	slow := func(d time.Duration) *failover.Answer {
		return over("mtls", func(a *failover.Answer) {
			a.Recovery = failover.Recovery{Upper: d, Terms: []failover.Term{{Name: "eject", Upper: d, Origin: line}}}
		})
	}
	none := cause(failover.CauseNoDetection, "no outlier detection is in effect")
	lost := mesh.Evidence{What: "outlierDetection", Origin: mesh.At(f.rule, "/survive")}
	for name, tc := range map[string]struct {
		group      diff.Group
		base, head *failover.Answer
		today      bool
		want, move string
	}{
		"some fail": {diff.Group{Change: diff.Worse, Cause: none}, fine(), fail(0.444, none), false,
			"If us-west hangs, 44 % of the requests to ledger:8080 from us-east/a fail until someone acts (survived before): no outlier detection is in effect (fleet.yaml:6).", "survives > 44 % fail"},
		"more fail": {diff.Group{Change: diff.Worse, Cause: none}, fail(0.2), fail(1, none), false,
			"If us-west hangs, every request to ledger:8080 from us-east/a fails until someone acts (20 % failed before): no outlier detection is in effect (fleet.yaml:6).", "20 % fail > all fail"},
		"known to fail": {diff.Group{Change: diff.Worse, Cause: none}, unknown(), fail(0.5, none), false,
			"If us-west hangs, 50 % of the requests to ledger:8080 from us-east/a fail until someone acts (not known before): no outlier detection is in effect (fleet.yaml:6).", "not known > 50 % fail"},
		"before any failure": {diff.Group{Change: diff.Worse, Cause: none}, fine(), fail(1, none), true,
			"Before any failure, 100 % of the requests to ledger:8080 from us-east/a fail (survived before): no outlier detection is in effect (fleet.yaml:6).", "survives > all fail"},
		"broken on a normal day, too": {diff.Group{Change: diff.Worse, Cause: none}, fine(), fail(1, none, failover.Cause{Kind: failover.CauseBrokenBefore}), false,
			"If us-west hangs, every request to ledger:8080 from us-east/a fails (survived before): no outlier detection is in effect (fleet.yaml:6).", "survives > all fail"},
		"a line that the cause names": {diff.Group{Change: diff.Worse, Cause: cause(failover.CauseDiscarded, "portLevelSettings (fleet.yaml:6) replaces the whole policy")}, fine(), fail(0.5), false,
			"If us-west hangs, 50 % of the requests to ledger:8080 from us-east/a fail until someone acts (survived before): portLevelSettings (fleet.yaml:6) replaces the whole policy.", "survives > 50 % fail"},
		"what the base had": {diff.Group{Change: diff.Worse, Lost: lost}, fine(), fail(0.5), false,
			"If us-west hangs, 50 % of the requests to ledger:8080 from us-east/a fail until someone acts (survived before): the base relied on fleet.yaml:12 (outlierDetection).", "survives > 50 % fail"},
		"a cause and what the base had": {diff.Group{Change: diff.Worse, Cause: none, Lost: lost}, fine(), fail(0.5), false,
			"If us-west hangs, 50 % of the requests to ledger:8080 from us-east/a fail until someone acts (survived before): no outlier detection is in effect (fleet.yaml:6); the base relied on fleet.yaml:12 (outlierDetection).", "survives > 50 % fail"},
		"no cause at all": {diff.Group{Change: diff.Worse}, fine(), fail(0.5), false,
			"If us-west hangs, 50 % of the requests to ledger:8080 from us-east/a fail until someone acts (survived before): the cell's own reason.", "survives > 50 % fail"},
		"plaintext": {diff.Group{Change: diff.Worse, Cause: cause(failover.CauseExposed, "the mode is DISABLE")}, fine(), over("plaintext", nil), false,
			"If us-west hangs, requests to ledger:8080 from us-east/a go over in plaintext (mTLS before): the mode is DISABLE (fleet.yaml:6).", "mTLS > plaintext"},
		"TLS alone": {diff.Group{Change: diff.Worse}, fine(), over("tls", nil), false,
			"If us-west hangs, requests to ledger:8080 from us-east/a go over with TLS alone (mTLS before).", "mTLS > TLS"},
		"encryption that nobody knows": {diff.Group{Change: diff.Worse}, over("tls", nil), over("unknown", nil), false,
			"If us-west hangs, it is not known whether requests to ledger:8080 from us-east/a are encrypted (TLS before).", "TLS > encryption not known"},
		"some fail and the others are exposed": {diff.Group{Change: diff.Worse, Cause: cause(failover.CauseExposed, "the mode is DISABLE")}, fine(),
			over("plaintext", func(a *failover.Answer) { a.Outcome, a.FailingShare = failover.Degraded, 0.5 }), false,
			"If us-west hangs, 50 % of the requests to ledger:8080 from us-east/a fail until someone acts (survived before), and requests to ledger:8080 from us-east/a go over in plaintext (mTLS before): the mode is DISABLE (fleet.yaml:6).",
			"survives, mTLS > 50 % fail, plaintext"},
		"refused": {diff.Group{Change: diff.Worse, Cause: cause(failover.CauseRefused, "deny-all denies")}, fine(), over("mtls", func(a *failover.Answer) { a.Outcome, a.Authorized = failover.Degraded, false }), false,
			"If us-west hangs, requests to ledger:8080 from us-east/a are refused (allowed before): deny-all denies (fleet.yaml:6).", "allowed > refused"},
		"capacity": {diff.Group{Change: diff.Worse, Cause: cause(failover.CauseShortOf, "replicas went down")}, fine(), short(1), false,
			"If us-west hangs, what is left of ledger:8080 may not carry the load with 1 replica where 2 are needed (4 replicas before): replicas went down (fleet.yaml:6).", "4 replicas > 1 replica where 2 are needed"},
		"slower": {diff.Group{Change: diff.Slower}, slow(12 * time.Second), slow(90 * time.Second), false,
			`If us-west hangs, requests to ledger:8080 from us-east/a may fail for up to 1m30s (up to 12s before): "eject" takes up to 1m30s where it took up to 12s (fleet.yaml:6).`, "up to 12s > up to 1m30s"},
		"unproven": {diff.Group{Change: diff.Unproven}, fine(), unknown(), false,
			"If us-west hangs, it is not known what becomes of requests to ledger:8080 from us-east/a (survived before): the chart is not rendered (fleet.yaml:6).", "survives > not known"},
		"unproven, whatever the base had": {diff.Group{Change: diff.Unproven, Lost: lost}, fine(), unknown(), false,
			"If us-west hangs, it is not known what becomes of requests to ledger:8080 from us-east/a (survived before): the chart is not rendered (fleet.yaml:6).", "survives > not known"},
		"no longer known to be degraded": {diff.Group{Change: diff.Unproven}, short(1), unknown(), false,
			"If us-west hangs, it is not known what becomes of requests to ledger:8080 from us-east/a (none failed before): the chart is not rendered (fleet.yaml:6).", "none fail > not known"},
		"new and fails": {diff.Group{Change: diff.Fails, Cause: none}, nil, fail(1, none), false,
			"If us-west hangs, every request to ledger:8080 from us-east/a fails until someone acts (not there before): no outlier detection is in effect (fleet.yaml:6).", "not there > all fail"},
		"new and not known": {diff.Group{Change: diff.Fails}, nil, unknown(), false,
			"If us-west hangs, it is not known what becomes of requests to ledger:8080 from us-east/a (not there before): the chart is not rendered (fleet.yaml:6).", "not there > not known"},
		"new and short of capacity": {diff.Group{Change: diff.Fails}, nil, short(1), false,
			"If us-west hangs, what is left of ledger:8080 may not carry the load with 1 replica where 2 are needed (not there before).", "not there > 1 replica where 2 are needed"},
		"better": {diff.Group{Change: diff.Better, Cause: none}, fail(0.5, none), fine(), false,
			"If us-west hangs, requests to ledger:8080 from us-east/a get through (50 % failed before: no outlier detection is in effect (fleet.yaml:6)).", "50 % fail > survives"},
		"less fails": {diff.Group{Change: diff.Better, Cause: none}, fail(1, none), fail(0.5, none), false,
			"If us-west hangs, 50 % of the requests to ledger:8080 from us-east/a fail until someone acts (all failed before: no outlier detection is in effect (fleet.yaml:6)).", "all fail > 50 % fail"},
		"slower than at once": {diff.Group{Change: diff.Slower}, over("mtls", func(a *failover.Answer) { a.Recovery = failover.Recovery{} }), slow(4 * time.Second), false,
			`If us-west hangs, requests to ledger:8080 from us-east/a may fail for up to 4s (back at once before): "eject" takes up to 4s (fleet.yaml:6).`, "at once > up to 4s"},
		"all fail, and nobody is left": {diff.Group{Change: diff.Worse, Cause: none}, fine(), over("", func(a *failover.Answer) {
			a.Outcome, a.FailingShare, a.Destinations, a.Capacity.Available = failover.Lost, 1, nil, 0
		}), false, "If us-west hangs, every request to ledger:8080 from us-east/a fails until someone acts (survived before): no outlier detection is in effect (fleet.yaml:6).", "survives > all fail"},
		"encrypted again": {diff.Group{Change: diff.Better}, over("plaintext", nil), fine(), false,
			"If us-west hangs, requests to ledger:8080 from us-east/a are protected by mTLS (plaintext before).", "plaintext > mTLS"},
		"proven": {diff.Group{Change: diff.Better}, unknown(), fine(), false,
			"If us-west hangs, requests to ledger:8080 from us-east/a get through (not known before: the chart is not rendered (fleet.yaml:6)).", "not known > survives"},
		"faster": {diff.Group{Change: diff.Better}, slow(90 * time.Second), slow(12 * time.Second), false,
			"If us-west hangs, requests to ledger:8080 from us-east/a may fail for up to 12s (up to 1m30s before).", "up to 1m30s > up to 12s"},
		"capacity again": {diff.Group{Change: diff.Better}, short(1), fine(), false,
			"If us-west hangs, what is left of ledger:8080 carries the load (1 replica before).", "1 replica > 4 replicas where 2 are needed"},
	} {
		scenario := failover.One(failover.Region, "us-west")
		if tc.today {
			scenario = failover.None
		}
		g := groupIn(t, tc.group, tc.base, tc.head, scenario)
		if g.Message != tc.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, g.Message, tc.want)
		}
		before, after := g.Worst.moved(g.Change)
		if got := before + " > " + after; got != tc.move {
			t.Errorf("%s: got %q, want %q", name, got, tc.move)
		}
	}
}

// The line that decides is of the head, unless only the base has one.
func TestTheLineThatDecides(t *testing.T) {
	f := handFleet()
	head, base := mesh.At(f.rule, "/spec/trafficPolicy/outlierDetection"), mesh.At(f.rule, "/survive")
	bad := &failover.Answer{Outcome: failover.Lost, FailingShare: 1}
	good := &failover.Answer{Outcome: failover.Survives, Authorized: true}
	for name, tc := range map[string]struct {
		group  diff.Group
		line   int
		inBase bool
		cause  string
	}{
		"of the cause":     {diff.Group{Change: diff.Worse, Cause: failover.Cause{Kind: failover.CauseInert, Origin: head, Detail: "x"}, Lost: mesh.Evidence{What: "y", Origin: base}}, 6, false, "x"},
		"of what was lost": {diff.Group{Change: diff.Worse, Cause: failover.Cause{Kind: failover.CauseInert, Origin: mesh.Default("Istio"), Detail: "x"}, Lost: mesh.Evidence{What: "y", Origin: base}}, 12, true, "x"},
		"without a cause":  {diff.Group{Change: diff.Worse, Lost: mesh.Evidence{What: "y", Origin: base}}, 12, true, "the base relied on y"},
		"none":             {diff.Group{Change: diff.Worse}, 0, false, ""},
		"of the base":      {diff.Group{Change: diff.Better, Cause: failover.Cause{Kind: failover.CauseInert, Origin: base, Detail: "x"}}, 12, true, "x"},
	} {
		from, to := good, bad
		if tc.group.Change == diff.Better {
			from, to = bad, good
		}
		g := groupIn(t, tc.group, from, to, failover.One(failover.Region, "us-west"))
		if at := g.Position.At(); at.Line != tc.line || g.InBase != tc.inBase || g.Cause != tc.cause {
			t.Errorf("%s: line %d, in the base: %t, because %q", name, at.Line, g.InBase, g.Cause)
		}
	}
	if g := groupIn(t, diff.Group{Change: diff.Worse}, good, bad, failover.One(failover.Region, "us-west")); g.Level != string(analyzer.Note) {
		t.Errorf("where nobody promises anything the level is %q", g.Level)
	}
}

func TestLinesAroundAPosition(t *testing.T) {
	numbered := func(n int, change map[int]string) string {
		var b strings.Builder
		for i := range n {
			text, changed := change[i+1]
			if !changed {
				text = "line"
			}
			if text != "" {
				b.WriteString(text + "\n")
			}
		}
		return b.String()
	}
	many := map[int]string{}
	for i := range 30 {
		many[10+i] = "new"
	}
	for name, tc := range map[string]struct {
		base, head string
		missing    bool // in the base
		line       int
		inBase     bool
		want       string
	}{
		"at the line":            {numbered(20, nil), numbered(20, map[int]string{10: "new"}), false, 10, false, " line| line|-line|+new| line| line"},
		"a few lines off":        {numbered(20, nil), numbered(20, map[int]string{10: "new"}), false, 14, false, " line| line|-line|+new| line| line"},
		"too far off":            {numbered(40, nil), numbered(40, map[int]string{10: "new"}), false, 20, false, ""},
		"in another document":    {numbered(20, map[int]string{12: "---"}), numbered(20, map[int]string{10: "new", 12: "---"}), false, 13, false, ""},
		"nothing changed":        {numbered(20, nil), numbered(20, nil), false, 10, false, ""},
		"a line that is gone":    {numbered(20, map[int]string{10: "old"}), numbered(20, map[int]string{10: ""}), false, 10, true, " line| line|-old| line| line"},
		"a file that is new":     {"", "a\nb\nc\n", true, 2, false, "+a|+b|+c"},
		"behind the end":         {numbered(3, nil), numbered(2, nil), false, 9, false, ""},
		"no more than the limit": {numbered(60, nil), numbered(60, many), false, 30, false, strings.TrimSuffix(strings.Repeat("+new|", 12), "|")},
	} {
		c := changedLines{
			base: func(string) ([]byte, bool) { return []byte(tc.base), !tc.missing },
			head: func(string) ([]byte, bool) { return []byte(tc.head), true },
		}
		got := c.around(mesh.Position{File: "a.yaml", Line: tc.line}, tc.inBase, nearLines)
		if strings.Join(got, "|") != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
	// Where nothing is near any place, what changed in the document of the first is shown.
	far := changedLines{
		base: func(string) ([]byte, bool) { return []byte(numbered(40, nil)), true },
		head: func(string) ([]byte, bool) { return []byte(numbered(40, map[int]string{30: "new"})), true },
	}
	origin := func(line int) changeable {
		return changeable{at: mesh.At(&manifest{lines: map[string]int{"/x": line}}, "/x")}
	}
	if got := strings.Join(far.next([]changeable{origin(3)}), "|"); got != " line| line|-line|+new| line| line" {
		t.Errorf("in the document: %q", got)
	}
	if got := far.next(nil); got == nil || len(got) > 0 {
		t.Errorf("without a place: %q", got)
	}
	long := changedLines{
		base: func(string) ([]byte, bool) { return nil, true },
		head: func(string) ([]byte, bool) { return []byte(strings.Repeat("é", 1<<18) + "\xff\r\n"), true },
	}
	if got := long.around(mesh.Position{File: "a.yaml", Line: 1}, false, nearLines); len(got) != 1 || len(got[0]) > longestLine+1 || slices.Contains([]byte(got[0]), '\r') {
		t.Errorf("a long line: %d bytes", len(strings.Join(got, "")))
	}
}
