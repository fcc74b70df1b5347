package html

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/report"
)

// back is what tests read back of a page.
type back struct {
	Services  []struct{ ID, Name string }
	Columns   []struct{ Kind, Label, Target string }
	Scenarios [][2]any
	Heat      [][]int
	Cells     [][]int
	Clients   [][5]any
	Subsets   []string
	Reasons   []string
	Answers   [][10]int
	Dests     [][][6]any `json:"destinations"`
	Traces    [][]int
	Lines     []string
	Findings  []struct {
		Service, Cells int
		Spots          []int
		Message        string
	}
	Snippets [][3]any
	Left     struct{ Cells, Traces, Orphan int }
}

func TestCellsCanBeReadBack(t *testing.T) {
	page := rendered(t, hand("pay"), Options{Line: func(file string, n int) (string, bool) { return fmt.Sprint(file, n), true }})
	got := data[back](t, page)
	n := 0
	for head, cell := range eachRow(got.Cells[0]) {
		n++
		a := got.Answers[cell[2]]
		if head[0] != 8080 || got.Subsets[head[1]] != "v1" || got.Clients[head[2]][0] != "east/shop/web@us-east/a" || a[0] != cell[1] || a[2] != 2500 || a[3] != 1 || a[4] != 2 || a[5] != 3 {
			t.Errorf("cell %v %v has answer %v", head, cell, a)
		}
		if reason := got.Reasons[a[1]]; reason != "detection is off for "+hostMark {
			t.Errorf("reason %q", reason)
		}
		if after := got.Dests[a[7]]; len(after) != 1 || after[0] != [6]any{"us-west/a", "west", -2.0, 6667.0, "plaintext", "prod/prod/other"} {
			t.Errorf("destinations %v", after)
		}
		if before := got.Dests[a[6]]; len(before) != 2 || before[0][2] != -1.0 {
			t.Errorf("destinations before %v", before)
		}
		if steps := got.Traces[a[9]]; got.Lines[steps[0]] != hostMark+":8080 from us-east/a" || got.Lines[steps[1]] != "ends" {
			t.Errorf("trace %v", steps)
		}
	}
	if n != 8 {
		t.Errorf("%d cells, want 8", n)
	}
	if want := [][3]any{{"mesh/pay.yaml", 3.0, "mesh/pay.yaml3"}}; !slices.Equal(got.Snippets, want) {
		t.Errorf("snippets %v, want %v", got.Snippets, want)
	}
}

// Services that fare alike share every text: that is what keeps large fleets small.
func TestEqualPredictionsAreKeptOnce(t *testing.T) {
	got := data[back](t, rendered(t, hand("pay"), Options{}))
	if len(got.Lines) != 2 || len(got.Traces) != 1 || len(got.Reasons) != 1 || len(got.Answers) != 4 {
		t.Errorf("%d lines, %d traces, %d reasons, %d answers; want 2, 1, 1, 4", len(got.Lines), len(got.Traces), len(got.Reasons), len(got.Answers))
	}
}

func TestTheMapCountsEveryCell(t *testing.T) {
	got := data[back](t, rendered(t, hand("pay"), Options{}))
	// column, fault, survives, degraded, lost, unknown
	want := []int{0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 2, 0, 0, 1, 0, 0, 3, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 2, 0, 0, 1, 0, 1, 3, 0, 0, 0, 1}
	if len(got.Heat) != 2 || !slices.Equal(got.Heat[0], want) || !slices.Equal(got.Heat[1], want) {
		t.Errorf("heat %v, want twice %v", got.Heat, want)
	}
	if got.Columns[0].Target != "region=us-east" || got.Columns[1].Kind != "copy" || got.Columns[1].Label != "east + west" {
		t.Errorf("columns %+v", got.Columns)
	}
}

func TestFindingsLeadToTheirCells(t *testing.T) {
	f := data[back](t, rendered(t, hand("pay"), Options{})).Findings[0]
	if want := []int{0, 0, 1<<1 | 1<<2}; f.Service != 0 || f.Cells != 4 || !slices.Equal(f.Spots, want) {
		t.Errorf("finding %+v, want the spots %v", f, want)
	}
}

// What is beyond the limit is counted and not listed, and survivors go first.
func TestALimitLeavesOutSurvivorsFirst(t *testing.T) {
	got := data[back](t, rendered(t, many(4, 12), Options{MostCells: 24}))
	if got.Left.Cells != 24 {
		t.Errorf("%d cells left out, want 24", got.Left.Cells)
	}
	count, listed, survive := 0, 0, 0
	for s := range got.Cells {
		for _, cell := range eachRow(got.Cells[s]) {
			listed++
			if got.Answers[cell[2]][0] == 0 && listed > 18 {
				survive++
			}
		}
		for i := 0; i < len(got.Heat[s]); i += 6 {
			for _, n := range got.Heat[s][i+2 : i+6] {
				count += n
			}
		}
	}
	if count != 48 || listed != 24 || survive != 0 {
		t.Errorf("counted %d cells, listed %d, %d of them survivors beyond three quarters; want 48, 24, 0", count, listed, survive)
	}
}

// A text that holds a placeholder itself comes back as it was.
func TestNamesArePutBackWithoutLoss(t *testing.T) {
	n := namingOf("pay.shop.svc", "shop/pay", "pay")
	put := strings.NewReplacer(hostMark, "pay.shop.svc", pathMark, "shop/pay", nameMark, "pay")
	for _, text := range []string{"pay.shop.svc:80, rule shop/pay: repay", "", "no name", "ünï pay", "\xff pay"} {
		if got := put.Replace(n.template(text)); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, text := range []string{"a " + hostMark + " pay", rawMark} {
		if got := n.template(text); got != rawMark+text {
			t.Errorf("%q became %q, want it raw", text, got)
		}
	}
	if got := namingOf("", "", "").template("pay"); got != "pay" {
		t.Errorf("a service without names turns pay into %q", got)
	}
}

// Names are whatever a stranger writes: none of them ends the data, is markup, or shows as what it is not.
func TestHostileNamesStayText(t *testing.T) {
	for _, name := range []string{
		"</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "-->", "]]>", "a\u2028b\u2029c", "gnp\u202etxt", "nul\x00byte", "\xff\xfe", `"'\`, "\uE000\uE003", "&lt;b&gt;", "</STYLE >",
	} {
		page := rendered(t, hand(name), Options{Line: func(string, int) (string, bool) { return name, true }})
		m := dataOf.FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("%q: no data", name)
		}
		if strings.ContainsAny(m[1], "<>&\u2028\u2029\u202e\x00") {
			t.Errorf("%q: the data holds what it must not", name)
		}
		if strings.Count(page, "<script") != len(order)+1 || strings.Count(page, "</script") != len(order)+1 || strings.Count(page, "<style") != len(sheetOrder) {
			t.Errorf("%q: the page has other elements than it should", name)
		}
		got := data[back](t, page)
		want := "Requests to " + string([]rune(name)) + " fail." // bytes that are no text become U+FFFD, each
		if got.Findings[0].Message != want {
			t.Errorf("%q: the message is %q, want %q", name, got.Findings[0].Message, want)
		}
	}
}

// The policy allows exactly the scripts and styles of the page, and nothing else.
func TestThePolicyAllowsOnlyThePage(t *testing.T) {
	page := rendered(t, hand("pay"), Options{})
	m := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no policy")
	}
	if strings.Index(page, m[0]) > strings.Index(page, "<style") {
		t.Error("the policy comes after what it should cover")
	}
	directives := map[string][]string{}
	for part := range strings.SplitSeq(m[1], ";") {
		words := strings.Fields(part)
		directives[words[0]] = words[1:]
	}
	want := map[string][]string{"default-src": {"'none'"}, "img-src": {"data:"}, "base-uri": {"'none'"}, "form-action": {"'none'"}, "script-src": {}, "style-src": {}}
	for _, e := range element.FindAllStringSubmatch(page, -1) {
		if strings.Contains(e[2], "application/json") {
			continue
		}
		if e[2] != "" {
			t.Errorf("element <%s%s> has attributes", e[1], e[2])
		}
		sum := sha256.Sum256([]byte(e[3]))
		want[e[1]+"-src"] = append(want[e[1]+"-src"], "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	for name, sources := range want {
		if !slices.Equal(directives[name], sources) {
			t.Errorf("%s allows %v, want %v", name, directives[name], sources)
		}
	}
	if len(directives) != len(want) {
		t.Errorf("directives %v", directives)
	}
	rest := element.ReplaceAllString(page, "")
	if found := regexp.MustCompile(`(?i)\s(on\w+|style|src|href)=("[^#"][^"]*")`).FindAllString(rest, -1); len(found) > 0 {
		t.Errorf("the page has %v", found)
	}
}

func TestEqualReportsGiveEqualPages(t *testing.T) {
	first := rendered(t, many(40, 200), Options{})
	for range 3 {
		if rendered(t, many(40, 200), Options{}) != first {
			t.Fatal("equal reports gave different pages")
		}
	}
}

// 1,500 services with 450,000 cells fit, compressed, into a file that opens from a mail.
func TestALargeFleetIsASmallPage(t *testing.T) {
	page := rendered(t, many(1500, 300), Options{})
	if len(page) > 6<<20 {
		t.Errorf("%d bytes, want at most 6 MiB", len(page))
	}
	if !strings.Contains(page, `{"gzip":"`) {
		t.Error("the data is not compressed")
	}
	if got := data[back](t, page); len(got.Services) != 1500 || got.Left.Cells != 0 {
		t.Errorf("%d services, %d cells left out", len(got.Services), got.Left.Cells)
	}
}

func TestEmptyReport(t *testing.T) {
	got := data[back](t, rendered(t, &report.Report{Cells: slices.Values([]*report.Cell(nil))}, Options{}))
	if len(got.Services) != 0 || len(got.Cells) != 0 {
		t.Errorf("%+v out of nothing", got)
	}
}

type broken struct{ after int }

func (b *broken) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestWritingFailsWhereTheDiskIsFull(t *testing.T) {
	for _, after := range []int{0, 1 << 12, 1 << 17} {
		if err := Write(&broken{after}, hand("pay"), Options{}); err == nil {
			t.Errorf("no error though only %d bytes could be written", after)
		}
	}
}
