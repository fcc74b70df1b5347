package report

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// element is any element of XML.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []element  `xml:",any"`
	Text     string     `xml:",chardata"`
}

// junitForm is the part of Jenkins' junit-10.xsd that is used: for each element its children, the attributes that it
// needs, and those that it may have.
var junitForm = map[string]struct{ children, needs, may []string }{
	"testsuites": {[]string{"testsuite"}, nil, []string{"name", "tests", "failures", "errors"}},
	"testsuite":  {[]string{"testcase"}, []string{"name", "tests"}, []string{"failures", "errors", "skipped"}},
	"testcase":   {[]string{"skipped", "error", "failure", "system-out"}, []string{"name"}, []string{"classname"}},
	"skipped":    {nil, nil, []string{"message"}},
	"error":      {nil, nil, []string{"type", "message"}},
	"failure":    {nil, nil, []string{"type", "message"}},
	"system-out": {nil, nil, nil},
}

func (e element) check(t *testing.T) {
	t.Helper()
	form, ok := junitForm[e.XMLName.Local]
	if !ok {
		t.Errorf("element %s", e.XMLName.Local)
	}
	var have []string
	for _, a := range e.Attrs {
		have = append(have, a.Name.Local)
		if !slices.Contains(append(form.needs, form.may...), a.Name.Local) {
			t.Errorf("%s has %s", e.XMLName.Local, a.Name.Local)
		}
	}
	for _, a := range form.needs {
		if !slices.Contains(have, a) {
			t.Errorf("%s has no %s", e.XMLName.Local, a)
		}
	}
	for _, c := range e.Children {
		if !slices.Contains(form.children, c.XMLName.Local) {
			t.Errorf("%s has a %s in it", e.XMLName.Local, c.XMLName.Local)
		}
		c.check(t)
	}
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e element) count(name string) (n int) {
	for _, c := range e.Children {
		if c.XMLName.Local == name {
			n++
		}
		n += c.count(name)
	}
	return n
}

// checkJUnit holds a document against the schema that CI servers read by.
func checkJUnit(t *testing.T, text string) element {
	t.Helper()
	var root element
	if err := xml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if root.XMLName.Local != "testsuites" {
		t.Errorf("the root is %s", root.XMLName.Local)
	}
	root.check(t)
	for _, e := range append(root.Children, root) {
		for attr, child := range map[string]string{"tests": "testcase", "failures": "failure", "errors": "error"} {
			if got, _ := strconv.Atoi(e.attr(attr)); got != e.count(child) {
				t.Errorf("%s %s says %d %s, and has %d", e.XMLName.Local, e.attr("name"), got, attr, e.count(child))
			}
		}
	}
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%U in the XML", r)
		}
	}
	return root
}

func TestJUnitFollowsItsSchema(t *testing.T) {
	for name, tc := range map[string]struct {
		r                                *Report
		cases, failures, errors, skipped int
	}{
		"by hand": {accepted(), 7, 2, 3, 1}, // two failures, a note, an accepted one, two inputs and a chart
		"clean":   {clean(), 1, 0, 0, 0},    // catalog shows intent, and has no finding
		"many":    {many(30), 90, 60, 0, 0},
	} {
		root := checkJUnit(t, in(t, "junit", tc.r, Options{}))
		got := []int{root.count("testcase"), root.count("failure"), root.count("error"), root.count("skipped")}
		if want := []int{tc.cases, tc.failures, tc.errors, tc.skipped}; !slices.Equal(got, want) {
			t.Errorf("%s: cases, failures, errors and skipped are %v, want %v", name, got, want)
		}
	}
}

// XML 1.0 has no character below space but tab and line ends, and no U+FFFE.
func TestJUnitHasNoCharacterThatXMLLacks(t *testing.T) {
	evil := "a\x00b\x08c\x0bd\x1be\ufffef\uffffg\xff]]></testcase><testcase name=\"x\">&amp;<!--"
	r := &Report{Findings: []Finding{{Rule: "DR101", Level: "error", Message: evil, Service: evil, Related: []Related{{Message: evil}}}}}
	text := in(t, "junit", r, Options{})
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	if n := checkJUnit(t, text).count("testcase"); n != 1 {
		t.Errorf("one finding became %d cases", n)
	}
}
