// Package baseline keeps the findings of one audit, so that a later one can tell new findings from known ones.
package baseline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Schema names the version of the format; docs/schema/baseline.schema.json describes it.
const Schema = "muster.baseline/v1"

// MaxBytes bounds a file. A finding takes about 600 bytes.
const MaxBytes = 64 << 20

// File is a baseline. Two findings with one fingerprint are two entries.
type File struct {
	Schema   string  `json:"schema"`
	Reason   string  `json:"reason,omitempty"`
	Until    string  `json:"until,omitempty"` // the last day on which it holds; "" = for ever
	Owner    string  `json:"owner,omitempty"`
	Findings []Entry `json:"findings"`
}

// Entry is one known finding. Its fingerprint decides, and its level: one that has become worse is not
// what somebody accepted. The rest is for people.
type Entry struct {
	Fingerprint string         `json:"fingerprint"`
	Rule        string         `json:"rule"`
	Level       analyzer.Level `json:"level,omitempty"` // "" = any
	Service     string         `json:"service,omitempty"`
	Resource    mesh.Resource  `json:"resource"`
	Message     string         `json:"message"`
}

// Known lists the entries of the findings that a baseline can hold: those that nobody else accepted, sorted.
func Known(findings []*analyzer.Finding) []Entry {
	list := []Entry{}
	for _, f := range findings {
		if f.Suppressed != nil || f.Rule.Fixed {
			continue
		}
		e := Entry{Fingerprint: f.Fingerprint(), Rule: f.Rule.ID, Level: f.Level, Resource: f.Resource, Message: f.Message}
		if f.Service != nil {
			e.Service = string(f.Service.ID)
		}
		list = append(list, e)
	}
	slices.SortFunc(list, compare)
	return list
}

func compare(a, b Entry) int {
	return cmp.Or(
		cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Service, b.Service),
		cmp.Compare(a.Resource.Cluster, b.Resource.Cluster), cmp.Compare(a.Resource.Namespace, b.Resource.Namespace),
		cmp.Compare(a.Resource.Kind, b.Resource.Kind), cmp.Compare(a.Resource.Name, b.Resource.Name),
		cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Level, b.Level))
}

var fingerprintForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Parse reads a baseline strictly: a file of another version, or one that is damaged, must not hide findings.
func Parse(data []byte) (*File, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("is larger than %d MiB", MaxBytes>>20)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("is no baseline: %w", readable(err, data))
	}
	if head.Schema != Schema {
		return nil, fmt.Errorf("is no baseline that this muster reads: its schema is %q, want %q", head.Schema, Schema)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	f := &File{}
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("is no baseline: %w", readable(err, data))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("is no baseline: something stands behind its end")
	}
	if f.Findings == nil {
		return nil, errors.New("is no baseline: it has no list of findings")
	}
	if f.Until != "" {
		if _, err := time.Parse(time.DateOnly, f.Until); err != nil {
			return nil, fmt.Errorf("until: %q is no date, want one such as 2027-03-31", f.Until)
		}
	}
	for i, e := range f.Findings {
		if !fingerprintForm.MatchString(e.Fingerprint) || e.Rule == "" {
			return nil, fmt.Errorf("findings[%d]: want a rule and a fingerprint of 32 hexadecimal digits", i)
		}
		if e.Level != "" && !slices.Contains([]analyzer.Level{analyzer.Error, analyzer.Warning, analyzer.Note}, e.Level) {
			return nil, fmt.Errorf("findings[%d].level: want error, warning or note, got %q", i, e.Level)
		}
	}
	return f, nil
}

// readable says where a text stops to be JSON.
func readable(err error, data []byte) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		before := data[:min(int(syntax.Offset), len(data))]
		return fmt.Errorf("line %d: %w", 1+bytes.Count(before, []byte{'\n'}), err)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// Bytes is the file as it is written: one finding a member a line, in a fixed order.
func (f *File) Bytes() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	out := *f
	out.Findings = slices.SortedFunc(slices.Values(f.Findings), compare)
	if out.Findings == nil {
		out.Findings = []Entry{}
	}
	err := e.Encode(&out)
	return b.Bytes(), err
}
