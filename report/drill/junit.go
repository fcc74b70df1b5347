package drillreport

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/report"
)

// JUnit writes the report in the XML that CI servers show as test results: a case for each cell, failed where a promise was
// broken and in error where the drill decides nothing (a pipeline that takes an undecided drill for a passed one would be
// misled), and one case for the drill as a whole.
func JUnit(w io.Writer, r *audit.Report) error {
	s := junitSuite{Name: xmlText("drill " + runName(r)), Time: r.Ended.Sub(r.Began).Seconds(), Timestamp: r.Began.UTC().Format("2006-01-02T15:04:05")}
	property := func(name, value string) {
		if value != "" {
			s.Properties = append(s.Properties, junitProperty{name, xmlText(value)})
		}
	}
	property("run", r.Run)
	property("verdict", string(r.Verdict))
	property("plan_digest", r.PlanDigest)
	property("config_digest", r.ConfigDigest)
	property("live_config_digest", r.LiveConfigDigest)
	property("tool", r.Tool)
	property("failure_upper95", percent(r.Statistics.FailureUpper95))
	for i := range r.Cells {
		c := &r.Cells[i]
		s.add(junitCase{Name: xmlText(titleOf(c) + ", seen by " + source(c)), Class: xmlText(shortService(c.Service)), Properties: propertiesOf(c)},
			c.Verdict, append(c.Reasons[:len(c.Reasons):len(c.Reasons)], problems(c.Drift, c.Doubts)...), next(r, c))
	}
	s.add(junitCase{Name: "the drill as a whole", Class: "drill"}, r.Verdict, append(r.Reasons[:len(r.Reasons):len(r.Reasons)], problems(r.Drift, r.Doubts)...), nextOfAll(r))
	all := junitSuites{Name: "muster drill", Tests: s.Tests, Failures: s.Failures, Errors: s.Errors, Suites: []junitSuite{s}}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// runName is what the run is called: the plan's id, if there is a plan.
func runName(r *audit.Report) string {
	if r.Plan != nil && r.Plan.Metadata.ID != "" {
		return r.Plan.Metadata.ID
	}
	return r.Run
}

// xmlText is text on one line; encoding/xml escapes what XML has no character for.
func xmlText(text string) string { return report.OneLine(text, longest) }

func propertiesOf(c *audit.Cell) *junitProperties {
	p := &junitProperties{}
	for _, x := range []junitProperty{
		{"cell", c.Cell}, {"recovery", span(c.Recovery)}, {"outage", outage(c)}, {"encryption", string(c.Encryption.Proof)}, {"prediction", string(c.Static)}, {"origin", c.Origin},
	} {
		p.List = append(p.List, junitProperty{x.Name, xmlText(x.Value)})
	}
	if c.Failback != nil {
		p.List = append(p.List, junitProperty{"failback", span(*c.Failback)})
	}
	return p
}

// problems are drift and doubts in a line each.
func problems(drift []audit.Drift, doubts []audit.Doubt) []string {
	var list []string
	for _, d := range worstFirst(drift) {
		text := d.Class + " " + d.Name + " (" + string(d.Severity) + "): " + d.Message
		if d.At != "" {
			text += " at " + d.At
		}
		list = append(list, text)
	}
	for _, d := range doubts {
		list = append(list, "doubt: "+d.Text)
	}
	return list
}

func (s *junitSuite) add(c junitCase, v measure.Verdict, problems, next []string) {
	lines := make([]string, 0, len(problems)+len(next))
	for _, p := range problems {
		lines = append(lines, xmlText(p))
	}
	for _, n := range next {
		lines = append(lines, "next: "+xmlText(n))
	}
	said := &junitProblem{Type: xmlText(string(v)), Text: strings.Join(lines, "\n")}
	if len(problems) > 0 {
		said.Message = xmlText(problems[0])
	}
	s.Tests++
	switch v {
	case measure.Pass:
		c.Out = said.Text
	case measure.Fail:
		c.Failure = said
		s.Failures++
	default:
		c.Error = said
		s.Errors++
	}
	s.Cases = append(s.Cases, c)
}

type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Time       float64         `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperties struct {
		List []junitProperty `xml:"property"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name       string           `xml:"name,attr"`
		Class      string           `xml:"classname,attr"`
		Properties *junitProperties `xml:"properties"`
		Error      *junitProblem    `xml:"error"`
		Failure    *junitProblem    `xml:"failure"`
		Out        string           `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)
