package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/report"
)

// stepLog is the log of a step. The runner takes lines of it for commands, on both streams; so everything goes to one, and
// what is no command of ours stands where it obeys none.
type stepLog struct {
	w             io.Writer
	urgent, other []github.Annotation // to be written at the end
}

// aside runs something whose output the runner must not obey.
func (l *stepLog) aside(do func(w io.Writer) error) error {
	token := uuid.NewString()
	fmt.Fprintf(l.w, "::stop-commands::%s\n", token)
	err := do(l.w)
	fmt.Fprintf(l.w, "\n::%s::\n", token)
	return err
}

// say is a line of ours.
func (l *stepLog) say(format string, args ...any) {
	fmt.Fprintln(l.w, "muster: "+report.Printable(fmt.Sprintf(format, args...)))
}

// fails is an annotation that no finding crowds out.
func (l *stepLog) fails(level, message string) {
	l.urgent = append(l.urgent, github.Annotation{Level: level, Title: "muster", Message: message})
}

// end writes the annotations, with one for what the step ends with, and returns what is left to return: its exit code.
func (l *stepLog) end(err error) error {
	var text bytes.Buffer
	complain(&text, err)
	for line := range strings.Lines(text.String()) {
		if line = strings.TrimSpace(line); line != "" {
			l.fails("error", strings.TrimPrefix(line, "muster: "))
		}
	}
	l.annotate(append(l.urgent, l.other...))
	if err == nil {
		return nil
	}
	return &exitError{code: exitCode(err)}
}

// GitHub shows so many annotations of a level of a step, and drops others without a word.
const mostOfLevel = 10

// annotate writes annotations in their order, level by level; the last of a level that has more than GitHub shows counts
// the rest.
func (l *stepLog) annotate(list []github.Annotation) {
	for _, level := range []string{"error", "warning", "note"} {
		var of []github.Annotation
		for _, a := range list {
			if a.Level == level {
				of = append(of, a)
			}
		}
		if n := len(of) - mostOfLevel; n > 0 {
			of = append(of[:mostOfLevel-1:mostOfLevel-1], github.Annotation{Level: level, Title: "muster",
				Message: fmt.Sprintf("%d more of this kind; GitHub shows %d a step, the summary has more", n+1, mostOfLevel)})
		}
		for _, a := range of {
			fmt.Fprintln(l.w, workflowCommand(a))
		}
	}
}

// workflowCommand is the command that makes an annotation (docs.github.com: Workflow commands for GitHub Actions). What is
// escaped is what the runner gives back (actions/toolkit, packages/core/src/command.ts).
func workflowCommand(a github.Annotation) string {
	property := func(s string) string { return commandProperty.Replace(report.Printable(s)) }
	level := a.Level
	if level == "note" {
		level = "notice"
	}
	properties := "title=" + property(a.Title)
	if a.Path != "" {
		properties = fmt.Sprintf("file=%s,line=%d,col=%d,%s", property(a.Path), max(a.StartLine, 1), max(a.StartColumn, 1), properties)
	}
	return "::" + level + " " + properties + "::" + commandData.Replace(report.Printable(a.Message))
}

var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
