package policy

import (
	"encoding/xml"
	"fmt"
	"io"
)

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitMessage `xml:"failure,omitempty"`
	Error   *junitMessage `xml:"error,omitempty"`
	Skipped *struct{}     `xml:"skipped,omitempty"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
}

// JUnit writes the results of tests in the form that most CI systems show.
func (t *TestReport) JUnit(w io.Writer) error {
	s := junitSuite{Name: "muster policy test", Tests: len(t.Results)}
	total := 0.0
	for _, r := range t.Results {
		c := junitCase{Name: r.Name, File: r.Position.File, Line: r.Position.Line, Time: fmt.Sprintf("%.3f", r.Duration.Seconds()), Output: r.Output}
		total += r.Duration.Seconds()
		switch r.Outcome {
		case "fail":
			s.Failures++
			c.Failure = &junitMessage{"the test does not hold"}
		case "error":
			s.Errors++
			c.Error = &junitMessage{r.Message}
		case "skip":
			s.Skipped++
			c.Skipped = &struct{}{}
		}
		s.Cases = append(s.Cases, c)
	}
	s.Time = fmt.Sprintf("%.3f", total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
