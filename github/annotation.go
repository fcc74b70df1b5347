package github

import (
	"path"
	"strconv"
	"strings"

	api "github.com/google/go-github/v60/github"

	"github.com/passmuster/muster/report"
)

// Annotation is a remark at lines of a file.
type Annotation struct {
	Path               string // from the root of the repository, slash-separated
	StartLine, EndLine int    // from 1; an end before the start is the start
	StartColumn        int    // from 1; 0 = none. GitHub takes columns of remarks at one line alone
	EndColumn          int
	Level              string // error, warning or note
	Title              string
	Message            string
}

var annotationLevels = map[string]string{"error": "failure", "warning": "warning", "note": "notice"}

const (
	mostMessage = 64 << 10 // bytes of the message of an annotation
	mostTitle   = 255      // characters
)

// Annotations are what a report says about the head, the worst first: what is missing from the audit, then findings that
// nobody accepted.
func Annotations(r *report.Report, o report.Options) []Annotation {
	return annotationsOf(append(o.Missing(&r.Inputs), o.Remarks(r.Findings)...))
}

// DiffAnnotations are what a change brings, the worst first: what is missing from the audit of the head, then findings
// that are new or more severe, and that nobody accepted.
func DiffAnnotations(d *report.Diff, o report.Options) []Annotation {
	list := append(append([]report.Finding{}, d.Findings.New...), d.Findings.Raised...)
	return annotationsOf(append(o.Missing(&d.Head.Inputs), o.Remarks(list)...))
}

func annotationsOf(remarks []report.Remark) []Annotation {
	list := make([]Annotation, 0, len(remarks))
	for _, r := range remarks {
		list = append(list, Annotation{Path: r.File, StartLine: r.Line, EndLine: r.Line, StartColumn: r.Column, EndColumn: r.Column,
			Level: r.Level, Title: r.Title, Message: r.Text})
	}
	return list
}

// forAPI is the annotation as GitHub takes it; nil if it is about no file of the repository.
func (a Annotation) forAPI() *api.CheckRunAnnotation {
	level, known := annotationLevels[a.Level]
	if !known || !isInside(a.Path) {
		return nil
	}
	start := max(a.StartLine, 1)
	end := max(a.EndLine, start)
	message := upTo(a.Message, mostMessage)
	if strings.TrimSpace(message) == "" {
		message = "no message"
	}
	out := &api.CheckRunAnnotation{Path: &a.Path, StartLine: &start, EndLine: &end, AnnotationLevel: &level, Message: &message,
		Title: optional(upTo(a.Title, mostTitle))}
	if start == end && a.StartColumn > 0 {
		column := max(a.EndColumn, a.StartColumn)
		out.StartColumn, out.EndColumn = &a.StartColumn, &column
	}
	return out
}

// isInside reports whether a path names something below the root of a repository.
func isInside(file string) bool {
	return file != "" && file != "." && file != ".." && !path.IsAbs(file) && path.Clean(file) == file && !strings.HasPrefix(file, "../") &&
		!strings.ContainsAny(file, "\x00\n\r")
}

// lacking are the annotations that a check run lacks; false if it has others than are wanted.
func lacking(want, has []*api.CheckRunAnnotation) ([]*api.CheckRunAnnotation, bool) {
	count := map[string]int{}
	for _, a := range has {
		count[keyOf(a)]++
	}
	var rest []*api.CheckRunAnnotation
	for _, a := range want {
		if key := keyOf(a); count[key] > 0 {
			count[key]--
		} else {
			rest = append(rest, a)
		}
	}
	for _, n := range count {
		if n > 0 {
			return nil, false
		}
	}
	return rest, true
}

// keyOf is what makes two annotations the same.
func keyOf(a *api.CheckRunAnnotation) string {
	return strings.Join([]string{a.GetPath(), strconv.Itoa(a.GetStartLine()), strconv.Itoa(a.GetEndLine()), strconv.Itoa(a.GetStartColumn()), a.GetAnnotationLevel(),
		normal(a.GetTitle()), normal(a.GetMessage())}, "\x00")
}
