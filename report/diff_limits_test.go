package report

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// large has a group per service, of ten cells each, and findings of every level.
func large(t *testing.T, services, findings int) DiffInput {
	t.Helper()
	in := handDiff(t)
	f := handFleet()
	rule := &analyzer.Rule{ID: "DR103", Slug: "failover-inert"}
	in.Result = &diff.Result{}
	for i := range services {
		s := handService(fmt.Sprintf("service-%d", i), 9, "us-east/a", "us-west/a")
		in.Head.Services = append(in.Head.Services, s)
		g := &diff.Group{Change: diff.Changes[i%len(diff.Changes)], Level: analyzer.Error, Service: s, Ports: []int{8080},
			Cause: failover.Cause{Kind: failover.CauseNoDetection, Origin: s.Origin, Detail: "no outlier detection is in effect"}}
		for port := range 10 {
			head := f.cell(s, 8080+port, failover.One(failover.Region, "us-west"), failover.Hang, failover.Degraded)
			base := f.cell(s, 8080+port, failover.One(failover.Region, "us-west"), failover.Hang, failover.Survives)
			if g.Change == diff.Better {
				base, head = head, base
			}
			if g.Change == diff.Fails {
				base = nil
			}
			g.Cells = append(g.Cells, diff.Pair{ID: head.ID(), Base: base, Head: head})
		}
		in.Result.Groups = append(in.Result.Groups, g)
		n := map[diff.Change]*int{diff.Unproven: &in.Result.Cells.Unproven, diff.Worse: &in.Result.Cells.Worse, diff.Slower: &in.Result.Cells.Slower,
			diff.Fails: &in.Result.Cells.Fails, diff.Better: &in.Result.Cells.Better}
		*n[g.Change] += 10
	}
	for i := range findings {
		level := []analyzer.Level{analyzer.Error, analyzer.Warning, analyzer.Note}[i%3]
		in.Result.New = append(in.Result.New, &analyzer.Finding{Rule: rule, Level: level, Message: fmt.Sprintf("message %d", i),
			Resource: mesh.Resource{Kind: "Service", Namespace: "shop", Name: fmt.Sprint("f", i)}})
	}
	return in
}

var notShown = regexp.MustCompile(`\*\*Not shown here\*\*, for want of room: (.*)\. The whole`)

func TestDiffsOfManyCellsAndFindings(t *testing.T) {
	d := NewDiff(large(t, 2000, 6000))
	data := diffJSON(t, d)
	if len(data) > DiffLimit {
		t.Fatalf("%d bytes of JSON are more than are read", len(data))
	}
	back, err := ParseDiff(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{4096, 20_000, CommentLimit, 0} {
		text := diffMarkdown(t, back, Options{Limit: limit})
		most := limit
		if limit == 0 {
			most = SummaryLimit
		}
		if len(text) > most || len(text) < most/2 && limit > 5000 {
			t.Errorf("limit %d: %d bytes", most, len(text))
		}
		if strings.Count(text, "<details") != strings.Count(text, "</details>") {
			t.Errorf("limit %d: a section has no end", most)
		}
		for _, want := range []string{"4000 cells became worse", "4000 cells are no longer proven", "6000 new findings", "may hide findings"} {
			if !strings.Contains(text, want) {
				t.Errorf("limit %d: it does not say %q", most, want)
			}
		}
		missing := ""
		if m := notShown.FindStringSubmatch(text); m != nil {
			missing = m[1]
		} else if limit > 0 {
			t.Errorf("limit %d: it does not say what is missing", most)
		}
		shown := strings.Count(text, "<br>message ")
		if left := counted(missing, "finding"); shown+left != 6000 {
			t.Errorf("limit %d: %d findings are shown and %d are not, of 6000", most, shown, left)
		}
		groups := strings.Count(text, "<br>If us-west hangs, 67 % of the requests") // what is worse or new
		if limit == 0 && groups != 2*400 {
			t.Errorf("limit %d: %d groups are told of", most, groups)
		}
	}
	if text := diffText(t, d, Terminal{}); strings.Count(text, "\n") > 250 || !strings.Contains(text, "3900 more cells of") || !strings.Contains(text, "5992 more findings") {
		t.Errorf("the text has %d lines:\n%.9000s", strings.Count(text, "\n"), text)
	}
}

// counted is the number before a word in a list.
func counted(list, what string) int {
	for part := range strings.SplitSeq(list, ", ") {
		n, rest, _ := strings.Cut(part, " ")
		if rest == what || rest == what+"s" {
			i, _ := strconv.Atoi(n)
			return i
		}
	}
	return 0
}

// A megabyte in each text may neither fill a page nor a screen.
func TestTextsOfAMegabyteAreCut(t *testing.T) {
	d := hostileDiff("plain " + strings.Repeat("@a|`<", 200_000))
	for _, limit := range []int{4096, CommentLimit} {
		if text := diffMarkdown(t, d, Options{Limit: limit}); len(text) > limit || !strings.Contains(text, "1 cell became worse") {
			t.Errorf("limit %d: %d bytes", limit, len(text))
		}
	}
	if text := diffText(t, d, Terminal{}); len(text) > 400_000 {
		t.Errorf("%d bytes of text", len(text))
	}
	in := handDiff(t)
	in.Result.Groups[1].Cause.Detail = strings.Repeat("why ", 300_000)
	in.BaseFile = func(string) ([]byte, bool) { return bytes.Repeat([]byte("old\n"), 400_000), true }
	if g := NewDiff(in).Cells[1]; len(g.Message) > 20_000 || len(g.Cause) > 10_000 || len(g.Lines) != 0 {
		t.Errorf("message of %d bytes, cause of %d, %d lines", len(g.Message), len(g.Cause), len(g.Lines))
	}
}

// All formats tell the same numbers.
func TestFormatsOfADiffAgree(t *testing.T) {
	d := NewDiff(handDiff(t))
	back, err := ParseDiff(diffJSON(t, d))
	if err != nil {
		t.Fatal(err)
	}
	if back.Summary != d.Summary || back.Verdict != d.Verdict || len(back.Gate.Reasons) != len(d.Gate.Reasons) {
		t.Errorf("read back: %+v", back.Summary)
	}
	n := DiffCells{}
	for _, g := range back.Cells {
		*map[string]*int{"unproven": &n.Unproven, "worse": &n.Worse, "slower": &n.Slower, "fails": &n.Fails, "better": &n.Better}[g.Change] += g.Count
	}
	n.Same = 33
	if n != back.Summary.Cells {
		t.Errorf("groups have %+v, the summary %+v", n, back.Summary.Cells)
	}
	unwrapped := strings.Join(strings.Fields(diffText(t, back, Terminal{})), " ")
	page := diffMarkdown(t, back, Options{})
	for name, text := range map[string]string{"text": unwrapped, "markdown": page} {
		for _, want := range []string{
			d.headline(), d.compared(), d.Summary.Cells.tally(), "1 error, 1 warning, 1 suppressed", "4 cells", d.Gate.Reasons[0], d.Gate.Reasons[1], d.Gate.Reasons[2],
		} {
			if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
	if text := diffMarkdown(t, back, Options{}); text != diffMarkdown(t, d, Options{}) {
		t.Error("the page of a diff that was read back is another one")
	}
	back.headLine = snippets
	if diffText(t, back, Terminal{}) != diffText(t, d, Terminal{}) {
		t.Error("the text of a diff that was read back is another one")
	}
}

// A finding is "told above" only where its group stands above.
func TestFindingsOfGroupsThatAreCutAreTold(t *testing.T) {
	in := large(t, 300, 0) // 60 of them worse
	rule := &analyzer.Rule{ID: "DR103", Slug: "failover-inert"}
	worse := slices.DeleteFunc(slices.Clone(in.Result.Groups), func(g *diff.Group) bool { return g.Change != diff.Worse })
	in.Result.Groups = worse
	for _, g := range []*diff.Group{worse[0], worse[len(worse)-1]} {
		in.Result.New = append(in.Result.New, &analyzer.Finding{Rule: rule, Level: analyzer.Error, Service: g.Service, Origin: g.Cause.Origin,
			Message: "The last word on " + g.Service.Name + ": " + g.Cause.Detail + "."})
	}
	d := NewDiff(in)
	for format, text := range map[string]string{"text": diffText(t, d, Terminal{}), "markdown": diffMarkdown(t, d, Options{Limit: 20_000})} {
		if strings.Count(text, "told above: shop/"+worse[0].Service.Name) != 1 || strings.Contains(text, "last word on "+worse[0].Service.Name+":") {
			t.Errorf("%s: the first is told twice, or not at all:\n%s", format, text)
		}
		if strings.Count(text, "last word on "+worse[len(worse)-1].Service.Name+":") != 1 {
			t.Errorf("%s: the last is not told:\n%s", format, text)
		}
	}
}
