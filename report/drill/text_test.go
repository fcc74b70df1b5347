package drillreport

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/report"
)

var terminal = report.Terminal{}

func text(t *testing.T, r *audit.Report, term report.Terminal) string {
	t.Helper()
	var out bytes.Buffer
	if err := Text(&out, r, term); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTextGolden(t *testing.T) {
	for name, r := range fixtures() {
		if name != "hostile" {
			golden(t, name+".txt", text(t, r, report.Terminal{}))
		}
	}
	golden(t, "fail-colour.txt", text(t, failing(), report.Terminal{Color: true, Width: 120}))
}

func TestTextSaysWhatToChange(t *testing.T) {
	for name, tc := range map[string]struct {
		r    *audit.Report
		want []string
	}{
		"pass":         {passing(), []string{"PASS", "0 s to 40 ms; objective 2 s; predicted 500 ms to 1.5 s", "One green drill proves little", "proven, expected mtls"}},
		"fail":         {failing(), []string{"FAIL", "D01 no-failover  mesh/pay.yaml:12:5", "at least 7 s, no end was seen", "next", "refuted", "said by the scan: DR201"}},
		"inconclusive": {undecided(), []string{"INCONCLUSIVE", "Probe faster", "echo.tls", "Drill the missing fault modes", "Let the prober end by itself", "no verdict can be drawn"}},
	} {
		got := strings.Join(strings.Fields(text(t, tc.r, report.Terminal{})), " ")
		for _, want := range tc.want {
			if !strings.Contains(got, strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%s: there is no %q in:\n%s", name, want, got)
			}
		}
	}
	if got := text(t, passing(), report.Terminal{}); strings.Contains(got, "next") {
		t.Errorf("a drill that passed says what to do next:\n%s", got)
	}
}

func TestTextHasNoPointForALength(t *testing.T) {
	for name, r := range fixtures() {
		for line := range strings.Lines(text(t, r, report.Terminal{})) {
			for _, word := range []string{"    recovery ", "    failback ", "    failover "} {
				if rest, ok := strings.CutPrefix(line, word); ok && name != "hostile" && !strings.Contains(rest, " to ") && !strings.Contains(rest, "at least") {
					t.Errorf("%s: %q", name, line)
				}
			}
		}
	}
}

// Names from results and plans can neither steer a terminal nor a pipeline.
func TestTextShowsHostileNamesAsText(t *testing.T) {
	for _, term := range []report.Terminal{{}, {ASCII: true, Width: 60}} {
		got := text(t, hostile(), term)
		for line := range strings.Lines(got) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
				t.Errorf("a command to a pipeline: %q", line)
			}
			for _, c := range line {
				if !unicode.IsPrint(c) || term.ASCII && c > '~' {
					t.Fatalf("%U in %q", c, line)
				}
			}
			if utf8.RuneCountInString(line) > 9000 {
				t.Errorf("a line of %d characters", utf8.RuneCountInString(line))
			}
		}
		if len(got) > 200_000 {
			t.Errorf("%d bytes", len(got))
		}
	}
}

// What is left out is counted, and is never what failed.
func TestManyCells(t *testing.T) {
	r := passing()
	failed := failing().Cells[1]
	for range 500 {
		r.Cells = append(r.Cells, r.Cells[0])
	}
	r.Cells, r.Verdict = append(r.Cells, failed), "fail"
	for name, got := range map[string]string{"text": text(t, r, report.Terminal{}), "markdown": in(t, "markdown", r)} {
		if !strings.Contains(got, "403 more cells") || !strings.Contains(got, "no request recovered before the fault was removed") {
			t.Errorf("%s does not say what is left out, or leaves out what failed", name)
		}
		if len(got) > 900_000 {
			t.Errorf("%s has %d bytes", name, len(got))
		}
	}
}
