package attest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
)

// What a statement says of itself.
const (
	StatementType = "https://in-toto.io/Statement/v1"
	PredicateType = "https://in-toto.io/attestation/test-result/v0.1"
)

// Statement is one of in-toto, about the result of a test.
type Statement struct {
	Type          string     `json:"_type"`
	Subject       []Resource `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     TestResult `json:"predicate"`
}

// TestResult is the predicate: the verdict, what was tested, and the cells by verdict.
type TestResult struct {
	Result        string     `json:"result"` // PASSED, WARNED or FAILED
	Configuration []Resource `json:"configuration"`
	Passed        []string   `json:"passedTests"`
	Warned        []string   `json:"warnedTests"`
	Failed        []string   `json:"failedTests"`
}

// Resource is a ResourceDescriptor: something that is known by its digest.
type Resource struct {
	Name        string            `json:"name"`
	Digest      map[string]string `json:"digest"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Names of subjects that are no files. Files have the kinds below.
const (
	nameConfig = "configuration"
	namePlan   = "plan"
)

// Annotations of subjects.
const (
	noteKind  = "kind"  // what a file is: report, results, plan or file; and configuration or plan-digest for what is none
	noteHead  = "head"  // of results: the head of the chain
	noteLines = "lines" // of results
	noteWhole = "complete"
)

// Kinds of files.
const (
	kindReport  = "report"
	kindResults = "results"
	kindPlan    = "plan"
	kindOther   = "file"
	kindDigest  = "digest" // no file: what is known by its digest alone
)

var results = map[measure.Verdict]string{measure.Pass: "PASSED", measure.Inconclusive: "WARNED", measure.Fail: "FAILED"}

// statement is what is signed about a report and the files beside it.
func statement(r *audit.Report, files []file) (*Statement, error) {
	s := &Statement{Type: StatementType, PredicateType: PredicateType, Predicate: TestResult{Result: results[r.Verdict], Passed: []string{}, Warned: []string{}, Failed: []string{}}}
	for _, named := range []struct{ name, digest string }{{nameConfig, r.ConfigDigest}, {namePlan, r.PlanDigest}} {
		sum, err := hexOf(named.digest)
		if err != nil {
			return nil, fmt.Errorf("the report's digest of the %s: %w", named.name, err)
		}
		d := Resource{Name: named.name, Digest: map[string]string{"sha256": sum}, Annotations: map[string]string{noteKind: kindDigest}}
		s.Subject = append(s.Subject, d)
		s.Predicate.Configuration = append(s.Predicate.Configuration, Resource{Name: d.Name, Digest: d.Digest})
	}
	for _, f := range files {
		d := Resource{Name: f.name, Digest: map[string]string{"sha256": f.sum}, Annotations: map[string]string{noteKind: f.kind}}
		if f.record != nil {
			d.Annotations[noteHead], d.Annotations[noteLines] = f.record.Head, fmt.Sprint(f.record.Lines)
			d.Annotations[noteWhole] = fmt.Sprint(f.record.Complete())
		}
		s.Subject = append(s.Subject, d)
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		name := c.Cell
		if c.Prober != "" {
			name += " seen by " + c.Prober
		}
		switch c.Verdict {
		case measure.Pass:
			s.Predicate.Passed = append(s.Predicate.Passed, name)
		case measure.Fail:
			s.Predicate.Failed = append(s.Predicate.Failed, name)
		default:
			s.Predicate.Warned = append(s.Predicate.Warned, name)
		}
	}
	return s, nil
}

// payload is the statement as it is signed. Equal statements give equal bytes.
func (s *Statement) payload() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(s)
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), err
}

// mostSubjects bounds a statement.
const mostSubjects = mostFiles + 2

// parseStatement reads a payload. That it is signed does not make it harmless: names lead to files.
func parseStatement(data []byte) (*Statement, error) {
	s := &Statement{}
	if err := strict(data, s); err != nil {
		return nil, fmt.Errorf("no statement: %w", err)
	}
	switch {
	case s.Type != StatementType:
		return nil, fmt.Errorf("_type: want %s, got %.100q", StatementType, s.Type)
	case s.PredicateType != PredicateType:
		return nil, fmt.Errorf("predicateType: want %s, got %.100q", PredicateType, s.PredicateType)
	case !slices.Contains([]string{"PASSED", "WARNED", "FAILED"}, s.Predicate.Result):
		return nil, fmt.Errorf("result: want PASSED, WARNED or FAILED, got %.100q", s.Predicate.Result)
	case len(s.Subject) > mostSubjects:
		return nil, fmt.Errorf("subject: want %d at most, got %d", mostSubjects, len(s.Subject))
	}
	seen := map[string]bool{}
	for _, d := range s.Subject {
		if _, err := hexOf("sha256:" + d.Digest["sha256"]); err != nil {
			return nil, fmt.Errorf("subject %.200q: %w", d.Name, err)
		}
		kind := d.Annotations[noteKind]
		if !slices.Contains([]string{kindReport, kindResults, kindPlan, kindOther, kindDigest}, kind) {
			return nil, fmt.Errorf("subject %.200q: %.100q is no kind", d.Name, kind)
		}
		key := kind + ":" + d.Name
		if kind != kindDigest {
			key = "file:" + d.Name
			if !localName(d.Name) {
				return nil, fmt.Errorf("subject %.200q: no file below the folder", d.Name)
			}
		}
		if seen[key] {
			return nil, fmt.Errorf("subject %.200q: it is named twice", d.Name)
		}
		seen[key] = true
	}
	return s, nil
}

// localName reports whether a slash-separated name stays below its folder.
func localName(name string) bool {
	return name != "" && name != "." && path.Clean(name) == name && !path.IsAbs(name) && name != ".." && !strings.HasPrefix(name, "../") && !strings.ContainsAny(name, "\\:\x00")
}

// hexOf is the hexadecimal part of "sha256:…".
func hexOf(digest string) (string, error) {
	sum, ok := strings.CutPrefix(digest, "sha256:")
	if b, err := hex.DecodeString(sum); !ok || err != nil || len(b) != 32 || strings.ToLower(sum) != sum {
		return "", fmt.Errorf("%.100q is no sha256:…", digest)
	}
	return sum, nil
}
