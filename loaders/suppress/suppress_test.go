package suppress_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/loaders/suppress"
)

func TestGrammar(t *testing.T) {
	until := time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		text string
		want suppress.Entry
	}{
		{`DR103`, suppress.Entry{Rules: []string{"DR103"}}},
		{` DR103 until=2027-03-31 reason="retired in Q1" owner=team-edge`, suppress.Entry{[]string{"DR103"}, "retired in Q1", until, "team-edge"}},
		{`owner=a IN002`, suppress.Entry{}},
		{`DR103,single-gateway , S01,IN002 reason=x`, suppress.Entry{Rules: []string{"DR103", "single-gateway", "S01", "IN002"}, Reason: "x"}},
		{"\tDR103\treason=\"a \\\"b\\\" \\\\ # ; , = c\"\u00a0owner=Ünal ", suppress.Entry{Rules: []string{"DR103"}, Reason: `a "b" \ # ; , = c`, Owner: "Ünal"}},
		{`DR103 reason=x # until=2027-03-31`, suppress.Entry{Rules: []string{"DR103"}, Reason: "x"}},
		{`DR103 reason=RISK-12#3`, suppress.Entry{Rules: []string{"DR103"}, Reason: "RISK-12#3"}},
	} {
		got, problem := suppress.Parse(tc.text)
		if tc.want.Rules == nil {
			if problem == nil {
				t.Errorf("%q is taken: %+v", tc.text, got)
			}
			continue
		}
		if problem != nil || fmt.Sprint(got) != fmt.Sprint(tc.want) {
			t.Errorf("%q: %+v, %v, want %+v", tc.text, got, problem, tc.want)
		}
	}
}

func TestMistakesInTheGrammar(t *testing.T) {
	for _, tc := range []struct {
		text, message string
		offset        int
	}{
		{``, "which rule?", 0},
		{`until=2027-03-31`, "which rule?", 0},
		{`DR103, until=2027-03-31`, "which rule?", 7},
		{`DR103,`, "there is no rule behind the comma", 6},
		{`DR103,,DR104`, "there is no rule behind the comma", 6},
		{`*`, `"*" is no rule`, 0},
		{`DR1`, `"DR1" is no rule`, 0},
		{`DR103,DR103`, "the rule DR103 is here twice", 6},
		{`DR103 DR104`, `put commas between rules`, 6},
		{`DR103 known for long`, `put commas between rules, and quotes around`, 6},
		{`DR103 reason`, `put commas between rules, and quotes around`, 6},
		{`DR103 reason=`, "reason has no value", 6},
		{`DR103 reason=" "`, "reason has no value", 6},
		{`DR103 reason="a`, "this quote is never closed", 13},
		{`DR103 reason="a"b`, "want a space behind the closing quote", 16},
		{`DR103 reason=a"b"`, "a quote inside a word", 13},
		{`DR103 reason="a\n"`, `a \ that stands for nothing`, 15},
		{`DR103 reason=“a b”`, "“ is no quote here", 13},
		{`DR103 reason='a b'`, "' is no quote here", 13},
		{`DR103 reason=a reason=b`, "reason is given twice", 15},
		{`DR103 until=2027-02-30`, `until: "2027-02-30" is no date`, 6},
		{`DR103 until=2027-3-1`, `until: "2027-3-1" is no date`, 6},
		{`DR103 until=0001-01-01`, `is no date`, 6},
		{`DR103 until=2027-03-31T00:00:00Z`, `is no date`, 6},
		{`DR103 Until=2027-03-31`, `unknown key "Until"`, 6},
		{`DR103 ticket=1`, `unknown key "ticket", want until, reason or owner`, 6},
		{`DR103 =a`, `want until=`, 6},
		{`DR103#a`, `want until=`, 5},
		{"DR103 reason=\xff", "no UTF-8", 0},
	} {
		got, problem := suppress.Parse(tc.text)
		if problem == nil || !strings.Contains(problem.Message, tc.message) || problem.Offset != tc.offset || got.Rules != nil {
			t.Errorf("%q: %+v, %+v, want %q at %d", tc.text, got, problem, tc.message, tc.offset)
		}
	}
}

func TestSeveralEntries(t *testing.T) {
	var got []string
	for _, p := range suppress.ParseAll("DR103 reason=\"a; b\\\" ; c\" ;; muster:ignore DR104\n\n  DR105 until=x\r\nDR106 reason=\"a\nDR107;muster:ignored") {
		got = append(got, fmt.Sprint(p.Offset, " ", p.Entry.Rules, p.Entry.Reason))
		if p.Problem != nil {
			got = append(got, fmt.Sprint(p.Problem.Offset, " ", p.Problem.Message))
		}
	}
	want := []string{
		`0 [DR103]a; b" ; c`, `29 [DR104]`, `52 []`, `58 until: "x" is no date, want one such as 2027-03-31`,
		`67 []`, `80 this quote is never closed`, `83 [DR107]`, `89 []`,
		`102 want a space behind muster:ignore, then the rules: muster:ignore DR103 until=2027-03-31 reason="…"`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
