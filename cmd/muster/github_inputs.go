package main

import (
	"path/filepath"
	"slices"
	"strings"
)

// actionInputs are the inputs of action.yml, from the environment: MUSTER_FAIL_ON is fail-on. They are data: no shell
// reads them.
type actionInputs struct {
	Paths    []string
	Config   string
	FailOn   string // error, warning, note or none
	NewOnly  string // true, false or auto
	Base     string // a revision
	Outputs  []output
	Category string // of SARIF

	FailOnUnproven, AcceptConfigChanges bool
	Comment, Check, Suggestions         bool

	Artifact  string // a folder, or ""
	APIErrors string // warn or fail
	Token     string
}

// actionFormats are what output takes. Those of muster diff are of the comparison, if one is made; the others are always
// of the state as a whole. Annotations (github) are what the action writes anyway.
func actionFormats() []string {
	list := slices.Clone(diffFormats)
	for _, name := range reportFormats {
		if name != "github" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

func readActionInputs(env func(string) string) (*actionInputs, error) {
	r := inputReader{env: env}
	in := &actionInputs{
		Paths:               linesIn(env("MUSTER_PATHS")),
		Config:              r.line("config"),
		FailOn:              r.word("fail-on", "error", "warning", "note", "none"),
		NewOnly:             r.word("new-only", "auto", "true", "false"),
		Base:                r.line("base"),
		FailOnUnproven:      r.flag("fail-on-unproven"),
		AcceptConfigChanges: r.flag("accept-config-changes"),
		Category:            r.line("sarif-category"),
		Comment:             r.flag("comment"),
		Check:               r.flag("check"),
		Suggestions:         r.flag("suggestions"),
		Artifact:            r.line("artifact"),
		APIErrors:           r.word("api-errors", "warn", "fail"),
		Token:               r.line("token"),
	}
	if in.Category == "" {
		in.Category = "muster"
	}
	if strings.HasPrefix(in.Base, "-") {
		r.refuse("base", in.Base, "want a branch, a tag or a commit")
	}
	in.Outputs = r.outputs(env("MUSTER_OUTPUT"))
	if r.err != nil {
		return nil, r.err
	}
	return in, nil
}

// inputReader reads inputs, and keeps the first mistake.
type inputReader struct {
	env func(string) string
	err error
}

func (r *inputReader) refuse(name, value, why string) {
	if r.err == nil {
		r.err = usagef("%s %q: %s", name, value, why)
	}
}

func (r *inputReader) value(name string) string {
	return strings.TrimSpace(r.env("MUSTER_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))))
}

// line is an input of one line.
func (r *inputReader) line(name string) string {
	v := r.value(name)
	if strings.ContainsAny(v, "\r\n\x00") {
		r.refuse(name, v, "want one line")
	}
	return v
}

// word is one of several words, the first if there is none.
func (r *inputReader) word(name string, words ...string) string {
	v := r.value(name)
	if v == "" {
		return words[0]
	}
	if !slices.Contains(words, v) {
		r.refuse(name, v, "want "+strings.Join(words[:len(words)-1], ", ")+" or "+words[len(words)-1])
	}
	return v
}

func (r *inputReader) flag(name string) bool { return r.word(name, "false", "true") == "true" }

// outputs reads FORMAT or FORMAT=PATH a line; a format without a path gets one later.
func (r *inputReader) outputs(text string) []output {
	var list []output
	for _, line := range linesIn(text) {
		var o output
		o.format, o.path, _ = strings.Cut(line, "=")
		same := func(other output) bool {
			return other.format == o.format || o.path != "" && filepath.Clean(other.path) == filepath.Clean(o.path)
		}
		switch {
		case !slices.Contains(actionFormats(), o.format):
			r.refuse("output", line, "want FORMAT or FORMAT=PATH a line, of "+strings.Join(actionFormats(), ", "))
		case o.path == "-":
			r.refuse("output", line, "the log has the text already; want a file")
		case slices.ContainsFunc(list, same):
			r.refuse("output", line, "the format or the file stands in another line, too")
		}
		list = append(list, o)
	}
	return list
}

// linesIn are the lines of an input that hold something, without blanks around them.
func linesIn(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}
