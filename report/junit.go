package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// JUnit writes the report in the XML that CI servers show as test results (Jenkins' junit-10.xsd): a suite per service,
// a failed case per error or warning, a passed one per note, a skipped one per finding that somebody accepted, and a
// case in error per input that was not read. A service that promises something and has no finding is a passed case.
func (r *Report) JUnit(w io.Writer, o Options) error {
	j := &junit{o: o, names: r.serviceNames(), suites: map[string]*junitSuite{}}
	for i := range r.Findings {
		j.finding(&r.Findings[i])
	}
	for _, s := range r.Services {
		if s.DRIntent && j.suites[s.ID] == nil {
			j.add(s.ID, junitCase{Name: "no findings"})
		}
	}
	all := junitSuites{Name: "muster", Suites: []*junitSuite{}}
	for _, s := range r.Inputs.shortfalls() {
		j.add(notRead, junitCase{Name: oneLine(s.at.String(), longestText), Error: &junitProblem{Type: "missing", Message: oneLine(s.message, longestText)}})
	}
	for _, s := range j.suites {
		all.Suites = append(all.Suites, s)
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
	}
	slices.SortFunc(all.Suites, func(a, b *junitSuite) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.id, b.id)) })
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

// junit collects suites.
type junit struct {
	o      Options
	names  names
	suites map[string]*junitSuite // by the id of the service
}

// notRead is the suite of inputs that are missing from the audit; no service has such an id.
const notRead = "\x00inputs"

func (j *junit) add(id string, c junitCase) {
	s := j.suites[id]
	if s == nil {
		s = &junitSuite{Name: "configuration", id: id}
		switch id {
		case "":
		case notRead:
			s.Name = "inputs"
		default:
			s.Name = oneLine(j.names.of(id), longestText)
		}
		j.suites[id] = s
	}
	c.Class = s.Name
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func (j *junit) finding(f *Finding) {
	p := j.o.placeOf(f)
	where := f.Position.At().String()
	if p.elsewhere {
		where = cmp.Or(resourceName(f.Resource), where)
	} else {
		where = fmt.Sprintf("%s:%d:%d", p.file, p.line, p.column)
	}
	c := junitCase{Name: oneLine(f.Rule+" "+f.Slug+" at "+where, longestText)}
	problem := &junitProblem{Type: f.Level, Message: oneLine(f.Message, longestText), Text: details(f, where)}
	switch {
	case f.Suppressed != nil:
		c.Skipped = &junitSkipped{Message: oneLine("accepted by "+f.Suppressed.By+": "+f.Suppressed.Reason, longestText)}
	case f.Level == "note":
		c.Out = problem.Message
	default:
		c.Failure = problem
	}
	j.add(f.Service, c)
}

// details are the lines below the message of a finding.
func details(f *Finding, where string) string {
	lines := []string{f.Message, "at " + where}
	for _, r := range f.Related {
		if at := r.Position.At(); at.IsZero() {
			lines = append(lines, "see "+r.Message)
		} else {
			lines = append(lines, "see "+at.String()+" "+r.Message)
		}
	}
	if n := f.spoilt(); n > 0 {
		lines = append(lines, "spoils "+count(n, "cell")+" of the matrix")
	}
	lines = append(lines, "muster explain "+f.Rule)
	for i, l := range lines {
		lines[i] = oneLine(l, longestText)
	}
	return strings.Join(lines, "\n")
}

type (
	junitSuites struct {
		XMLName  xml.Name      `xml:"testsuites"`
		Name     string        `xml:"name,attr"`
		Tests    int           `xml:"tests,attr"`
		Failures int           `xml:"failures,attr"`
		Errors   int           `xml:"errors,attr"`
		Suites   []*junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`

		id string
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Skipped *junitSkipped `xml:"skipped"`
		Error   *junitProblem `xml:"error"`
		Failure *junitProblem `xml:"failure"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitProblem struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)
