package drillreport

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
)

// SARIF writes the drift as SARIF 2.1.0, in the form that GitHub's code scanning takes: each at the line of the configuration that
// decides, where the prediction names one. Doubts are notifications, and the run then counts as not successful.
func SARIF(w io.Writer, r *audit.Report, o Options) error {
	out := &report.Report{Tool: report.ToolOf(r.Tool)}
	for _, d := range allDrift(r) {
		out.Findings = append(out.Findings, finding(d))
	}
	doubt := func(d audit.Doubt) {
		out.Inputs.NotEvaluated = append(out.Inputs.NotEvaluated, report.NotEvaluated{Rule: "the drill", Message: d.Text})
	}
	for _, d := range r.Doubts {
		doubt(d)
	}
	for i := range r.Cells {
		for _, d := range r.Cells[i].Doubts {
			doubt(d)
		}
	}
	if o.Read != nil {
		out.HashLines(o.Read)
	}
	return out.SARIF(w, report.Options{Base: o.Base, Category: cmp.Or(o.Category, "muster-drill"), SecuritySeverity: o.SecuritySeverity, Described: ruleTexts()})
}

// levels are how loud a drift is to programs that know three levels.
var levels = map[audit.Severity]analyzer.Level{audit.Critical: analyzer.Error, audit.High: analyzer.Error, audit.Medium: analyzer.Warning, audit.Low: analyzer.Note}

func levelOf(s audit.Severity) string { return string(cmp.Or(levels[s], analyzer.Warning)) }

func finding(d audit.Drift) report.Finding {
	f := report.Finding{
		Rule: d.Class, Slug: ClassOf(d.Class).Name, Level: levelOf(d.Severity), Message: d.Message, Position: report.PositionAt(position(d.At)),
		Fingerprint: fingerprint(d),
	}
	if d.Expected != "" || d.Observed != "" {
		f.Message += " Expected: " + d.Expected + ". Observed: " + d.Observed + "."
	}
	if d.Cell != "" {
		f.Resource = mesh.Resource{Kind: "cell", Name: cellName(d.Cell)}
	}
	return f
}

// fingerprint recognises a drift in later drills: by class, cell and file, not by line.
func fingerprint(d audit.Drift) string {
	sum := sha256.Sum256([]byte(d.Class + "\x00" + d.Cell + "\x00" + position(d.At).File))
	return hex.EncodeToString(sum[:16])
}

// position reads "file:line:column"; what is none has no file.
func position(text string) mesh.Position {
	file, column := lastNumber(text)
	if column == 0 {
		return mesh.Position{}
	}
	if rest, line := lastNumber(file); line > 0 {
		return mesh.Position{File: rest, Line: line, Column: column}
	}
	return mesh.Position{File: file, Line: column}
}

func lastNumber(text string) (before string, n int) {
	i := strings.LastIndexByte(text, ':')
	if i < 1 {
		return text, 0
	}
	n, err := strconv.Atoi(text[i+1:])
	if err != nil || n < 1 {
		return text, 0
	}
	return text[:i], n
}

// page of the classes.
const driftPage = report.Repository + "/blob/main/docs/drills/drift.md"

func ruleTexts() []report.RuleText {
	list := make([]report.RuleText, 0, len(Classes))
	for _, c := range Classes {
		list = append(list, report.RuleText{
			ID: c.ID, Name: c.Name, Title: c.Title, Why: c.Why, Help: c.Next, URL: driftPage, Level: levelOf(c.Severity), Impact: string(c.Severity), Tags: []string{"disaster-recovery", "drill"},
		})
	}
	return list
}
