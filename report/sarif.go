package report

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// What GitHub's code scanning keeps of a run. It rejects a file with more than 25,000 results, or of more than 10 MB
// when compressed; the latter bound leaves room for rules and white space.
const (
	mostResults   = 5000
	mostZipped    = 8 << 20
	mostLocations = 100
	mostTags      = 10
	longestRule   = 1024
)

// SARIF writes the report as SARIF 2.1.0, in the form that GitHub's code scanning takes: findings that nobody accepted,
// each with one line of a file of the repository. If there are more than it keeps, the most severe are written, and a
// notification says how many are not.
func (r *Report) SARIF(w io.Writer, o Options) error {
	s := &sarif{o: o, seen: map[string]bool{}, index: map[string]int{}}
	if err := s.take(r.shown()); err != nil {
		return err
	}
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "muster", InformationURI: Repository, Version: cmp.Or(r.Tool.Version, "unknown"), SemanticVersion: semantic(r.Tool.Version), Rules: s.rules,
		}},
		AutomationDetails: sarifID{cmp.Or(o.Category, "muster") + "/"},
		Invocations: []sarifInvocation{{
			ExecutionSuccessful: len(r.Inputs.Unreadable)+len(r.Inputs.NotEvaluated) == 0, Notifications: append(s.notes, s.missing(r.Inputs.shortfalls())...),
		}},
		ColumnKind: "unicodeCodePoints",
		Results:    s.results,
	}
	return writeJSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// writeJSON writes an indented document without characters that do not show.
func writeJSON(w io.Writer, v any) error {
	js, err := encode(v, "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(EscapeJSON(js))
	return err
}

// encode leaves < > & as they are.
func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	err := enc.Encode(v)
	return b.Bytes(), err
}

// sarif collects the results of one run.
type sarif struct {
	o       Options
	rules   []sarifRule
	index   map[string]int  // of rules, by id
	seen    map[string]bool // rule and line hash
	results []json.RawMessage
	notes   []sarifNotification
}

// take renders the findings that fit.
func (s *sarif) take(list []*Finding) error {
	s.rules, s.results, s.notes = []sarifRule{}, []json.RawMessage{}, []sarifNotification{}
	zipped := new(byteCount)
	z := gzip.NewWriter(zipped)
	for i, f := range list {
		js, err := encode(s.result(f), "")
		if err != nil {
			return err
		}
		if _, err := z.Write(js); err != nil {
			return err
		}
		if i == mostResults || int(*zipped) > mostZipped {
			s.notes = append(s.notes, sarifNotification{Level: "warning", Message: sarifText{Text: fmt.Sprintf(
				"%d of %d findings are left out, the least severe ones: code scanning keeps no more; muster scan -o json lists all", len(list)-i, len(list))}})
			break
		}
		s.results = append(s.results, js)
	}
	return nil
}

// byteCount counts the bytes that are written to it.
type byteCount int

func (c *byteCount) Write(b []byte) (int, error) {
	*c += byteCount(len(b))
	return len(b), nil
}

func (s *sarif) result(f *Finding) sarifResult {
	p := s.o.placeOf(f)
	out := sarifResult{
		RuleID: f.Rule, RuleIndex: s.rule(f), Level: f.Level,
		Message:      sarifText{Text: unlinked(f.described(p))},
		Locations:    []sarifLocation{{Physical: physical(p), Logical: logical(f)}},
		Fingerprints: map[string]string{"primaryLocationLineHash": s.lineHash(f, p), "musterFingerprint/v1": cmp.Or(oneLine(f.Fingerprint, 64), "none")},
	}
	var see []string
	for _, r := range f.Related {
		at, ok := s.o.inRepository(r.Position.At())
		text := unlinked(cmp.Or(r.Message, r.Position.At().Short()))
		switch {
		case !ok:
			see = append(see, text)
		case len(out.Related) < mostLocations:
			id := len(out.Related) + 1
			out.Related = append(out.Related, sarifLocation{ID: id, Physical: physical(at), Message: &sarifText{Text: text}})
			see = append(see, fmt.Sprintf("[%s](%d)", brackets.Replace(text), id))
		}
	}
	if see != nil {
		out.Message.Text += "\n\nSee: " + strings.Join(see, "; ") + "."
	}
	out.CodeFlows = flow(f, out)
	return out
}

// lineHash is what code scanning recognises the alert by. Findings of one rule at one line are alerts of their own, so
// all but the first carry their own fingerprint in it; where no line was read, the fingerprint stands for it.
func (s *sarif) lineHash(f *Finding, p spot) string {
	own := oneLine(f.Fingerprint[:min(len(f.Fingerprint), 16)], 16)
	hash := f.LineHash
	if hash == "" || p.elsewhere {
		hash = own + ":1"
	}
	unique := hash
	for n := 1; s.seen[f.Rule+" "+unique]; n++ {
		unique = fmt.Sprintf("%s:%s:%d", hash, own, n)
	}
	s.seen[f.Rule+" "+unique] = true
	return unique
}

// flow is the way from a failure over its causes to the cell that they spoil, if there is more than one step.
func flow(f *Finding, r sarifResult) []sarifCodeFlow {
	if f.Scenario == "" || f.Scenario == "none" || len(r.Related) == 0 {
		return nil
	}
	at := func(l sarifLocation, text string) sarifStep {
		return sarifStep{sarifLocation{Physical: l.Physical, Message: &sarifText{Text: unlinked(text)}}}
	}
	steps := []sarifStep{at(r.Locations[0], "the failure: "+f.Scenario+", "+f.Fault)}
	for _, l := range r.Related {
		steps = append(steps, sarifStep{sarifLocation{Physical: l.Physical, Message: l.Message}})
	}
	text := "the outcome: " + f.Message
	if cell := f.worstCell(); cell != "" {
		text = "the outcome: cell " + cell
	}
	steps = append(steps, at(r.Locations[0], text))
	return []sarifCodeFlow{{[]sarifThreadFlow{{steps}}}}
}

// missing are notifications about what is missing from the audit.
func (s *sarif) missing(list []shortfall) (notes []sarifNotification) {
	for i, m := range list {
		if i == mostLocations {
			return append(notes, sarifNotification{Level: "error", Message: sarifText{Text: fmt.Sprintf("%d more things are missing from the audit", len(list)-i)}})
		}
		text := m.message
		if !m.at.IsZero() {
			text = m.at.String() + " " + text
		}
		n := sarifNotification{Level: m.level, Message: sarifText{Text: unlinked(text)}}
		if p, ok := s.o.inRepository(m.at); ok {
			n.Locations = []sarifLocation{{Physical: physical(p)}}
		}
		notes = append(notes, n)
	}
	return notes
}

// physical is one character of one line: an alert shows in a pull request only if all lines of its region were edited.
func physical(p spot) *sarifPhysical {
	return &sarifPhysical{sarifArtifact{uri(p.file), "%SRCROOT%"}, sarifRegion{p.line, p.column, p.line, p.column + 1}}
}

func logical(f *Finding) []sarifLogical {
	r := f.Resource
	if r.Name == "" {
		return nil
	}
	var parts []string
	for _, part := range []string{r.Cluster, r.Namespace, r.Kind, r.Name} {
		if part != "" {
			parts = append(parts, oneLine(part, longestText))
		}
	}
	return []sarifLogical{{oneLine(r.Name, longestText), strings.Join(parts, "/"), "resource"}}
}

var brackets = strings.NewReplacer("[", "(", "]", ")", `\`, "/")

// unlinked is text of the inputs in which nothing is a link: "[text](target)" is one in messages of SARIF.
func unlinked(text string) string {
	return strings.ReplaceAll(oneLine(text, longestText), "](", "] (")
}

var semanticForm = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

// semantic is a version without its v, or "" for one that is none, as (devel).
func semantic(version string) string {
	if v := strings.TrimPrefix(version, "v"); semanticForm.MatchString(v) {
		return v
	}
	return ""
}
