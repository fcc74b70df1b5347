package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"time"

	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/plan"
)

const reportKind = audit.Kind

// driftReport is what evidence needs of a drift report.
type driftReport struct {
	kind     string
	envelope bool // it is a signature, in DSSE
	run      string
	config   string
	ended    time.Time
	verdict  drilled.Verdict
	doubted  bool // for a reason that concerns the whole run
	cells    []reportedCell
}

// reportedCell is what one source saw of one cell.
type reportedCell struct {
	Cell     string           `json:"cell"`
	Verdict  drilled.Verdict  `json:"verdict"`
	Static   drilled.Standing `json:"static"`
	Expected struct {
		Prediction string `json:"prediction"`
	} `json:"expected"`
}

// lineError is what is wrong with a file, at a line of it.
type lineError struct {
	line    int
	message string
}

func (e *lineError) Error() string { return e.message }

var digestForm = regexp.MustCompile(`^(sha256:[0-9a-f]{64})?$`)

// parse reads a drift report. What is no drift report at all, yet JSON, comes back with its kind; what is wrong with one is a
// *lineError. Members that are not known are those of later versions.
func parse(data []byte) (*driftReport, error) {
	r := &driftReport{}
	members := map[string]member{}
	for m, err := range object(data) {
		if err != nil {
			return nil, err
		}
		if _, twice := members[m.name]; twice {
			return nil, at(data, m.from, "%q is there twice", m.name)
		}
		members[m.name] = m
	}
	var version string
	kind := members["kind"]
	_ = json.Unmarshal(kind.value, &r.kind) // what is no text is no kind of ours
	_, r.envelope = members["payloadType"]
	if _, signed := members["signatures"]; !signed {
		r.envelope = false
	}
	if r.kind != reportKind {
		return r, nil
	}
	var doubts []json.RawMessage
	var drift []struct {
		Blocks bool `json:"blocks"`
	}
	for _, want := range []struct {
		name string
		into any
		need bool
	}{
		{"apiVersion", &version, true}, {"run", &r.run, true}, {"config_digest", &r.config, false}, {"ended", &r.ended, true},
		{"verdict", &r.verdict, true}, {"doubts", &doubts, false}, {"drift", &drift, false},
	} {
		m, ok := members[want.name]
		if !ok && want.need {
			return nil, at(data, 0, "%s is missing", want.name)
		}
		if !ok {
			continue
		}
		if err := json.Unmarshal(m.value, want.into); err != nil {
			return nil, at(data, m.from, "%s: %s", want.name, plain(err))
		}
	}
	r.doubted = len(doubts) > 0
	for _, d := range drift {
		r.doubted = r.doubted || d.Blocks
	}
	switch {
	case version != audit.APIVersion:
		return nil, at(data, members["apiVersion"].from, "apiVersion: want %s, got %q", audit.APIVersion, version)
	case r.run == "":
		return nil, at(data, members["run"].from, "run: there is none")
	case r.ended.IsZero():
		return nil, at(data, members["ended"].from, "ended: there is no time")
	case !slices.Contains(verdicts, r.verdict):
		return nil, at(data, members["verdict"].from, "verdict: want pass, fail or inconclusive, got %q", r.verdict)
	}
	return r, r.readCells(data, members["cells"])
}

var (
	verdicts  = []drilled.Verdict{drilled.Pass, drilled.Fail, drilled.Inconclusive}
	standings = []drilled.Standing{drilled.Confirmed, drilled.Refuted, drilled.Untested}
)

func (r *driftReport) readCells(data []byte, list member) error {
	if list.value == nil {
		return at(data, 0, "cells is missing")
	}
	for m, err := range array(data, list) {
		if err != nil {
			return err
		}
		var c reportedCell
		if err := json.Unmarshal(m.value, &c); err != nil {
			return at(data, m.from, "a cell: %s", plain(err))
		}
		_, err := plan.ParseCell(c.Cell)
		switch {
		case err != nil:
			return at(data, m.from, "%v", err)
		case !slices.Contains(verdicts, c.Verdict):
			return at(data, m.from, "verdict: want pass, fail or inconclusive, got %q", c.Verdict)
		case !slices.Contains(standings, c.Static):
			return at(data, m.from, "static: want confirmed, refuted or untested, got %q", c.Static)
		case !digestForm.MatchString(c.Expected.Prediction):
			return at(data, m.from, "expected.prediction: want a digest as sha256:…, got %q", c.Expected.Prediction)
		}
		r.cells = append(r.cells, c)
	}
	return nil
}

// member is a value inside a JSON text, and the offset at which it begins.
type member struct {
	name  string
	value json.RawMessage
	from  int64
}

// object yields the members of a text that is one JSON object.
func object(data []byte) iter.Seq2[member, error] {
	return func(yield func(member, error) bool) {
		dec := json.NewDecoder(bytes.NewReader(data))
		fail := func(err error) { yield(member{}, syntax(data, dec, err)) }
		if t, err := dec.Token(); err != nil || t != json.Delim('{') {
			if err == nil {
				err = errors.New("want an object")
			}
			fail(err)
			return
		}
		for dec.More() {
			m := member{}
			name, err := dec.Token()
			if err == nil {
				m.name = fmt.Sprint(name)
				err = dec.Decode(&m.value)
			}
			if err != nil {
				fail(err)
				return
			}
			if m.from = dec.InputOffset() - int64(len(m.value)); !yield(m, nil) {
				return
			}
		}
		if _, err := dec.Token(); err != nil {
			fail(err)
			return
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			fail(errors.New("there is more behind the end of the report"))
		}
	}
}

// array yields the elements of a list inside data.
func array(data []byte, list member) iter.Seq2[member, error] {
	return func(yield func(member, error) bool) {
		dec := json.NewDecoder(bytes.NewReader(list.value))
		if t, err := dec.Token(); err != nil || t != json.Delim('[') {
			yield(member{}, at(data, list.from, "%s: want a list", list.name))
			return
		}
		for dec.More() {
			m := member{name: list.name}
			if err := dec.Decode(&m.value); err != nil {
				yield(member{}, at(data, list.from, "%s: %s", list.name, plain(err)))
				return
			}
			if m.from = list.from + dec.InputOffset() - int64(len(m.value)); !yield(m, nil) {
				return
			}
		}
	}
}

// at places what is wrong at the line of an offset.
func at(data []byte, offset int64, format string, args ...any) error {
	offset = min(max(offset, 0), int64(len(data)))
	return &lineError{1 + bytes.Count(data[:offset], []byte{'\n'}), fmt.Sprintf(format, args...)}
}

// syntax places what the decoder could not read.
func syntax(data []byte, dec *json.Decoder, err error) error {
	offset := dec.InputOffset()
	if s, ok := errors.AsType[*json.SyntaxError](err); ok && s.Offset > offset {
		offset = s.Offset - 1
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return at(data, int64(len(data)), "it ends too early")
	}
	return at(data, offset, "this is not the JSON of a report: %v", err)
}

// plain says what is wrong with a value without types of Go.
func plain(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%s does not belong there", t.Value)
	}
	if t, ok := errors.AsType[*time.ParseError](err); ok {
		return fmt.Sprintf("want a time such as 2027-01-15T10:00:00Z, got %s", t.Value)
	}
	return err.Error()
}
