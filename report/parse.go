package report

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Parse reads a report that JSON wrote. The matrix is read as a stream, and kept only if cells is set: most formats
// need no more than its sum. Counts of the summary are worked out again. Errors say which member is wrong.
func Parse(in io.Reader, cells bool) (*Report, error) {
	p := &parser{dec: json.NewDecoder(in), r: &Report{}, keep: cells}
	if err := p.object(); err != nil {
		return nil, err
	}
	if !p.versioned {
		return nil, fmt.Errorf("schema: there is none; want what muster scan -o json writes")
	}
	p.r.Cells = slices.Values(p.cells)
	p.r.Inputs = p.r.Inputs.settle()
	p.r.conclude(&p.tally)
	return p.r, nil
}

// parser reads one report.
type parser struct {
	dec       *json.Decoder
	r         *Report
	tally     tally
	keep      bool
	cells     []*Cell
	versioned bool
}

func (p *parser) object() error {
	if err := p.delimiter('{'); err != nil {
		return err
	}
	for p.dec.More() {
		name, err := p.dec.Token()
		if err != nil {
			return err
		}
		if err := p.member(fmt.Sprint(name)); err != nil {
			return fmt.Errorf("%v: %w", name, err)
		}
	}
	if err := p.delimiter('}'); err != nil {
		return err
	}
	if _, err := p.dec.Token(); err != io.EOF {
		return fmt.Errorf("there is more behind the end of the report")
	}
	return nil
}

func (p *parser) member(name string) error {
	switch name {
	case "schema":
		return p.schema()
	case "tool":
		return p.dec.Decode(&p.r.Tool)
	case "inputs":
		return p.dec.Decode(&p.r.Inputs)
	case "services":
		return elements(p, func(s *Service) error {
			p.r.Services = append(p.r.Services, *s)
			return nil
		})
	case "topology":
		return p.dec.Decode(&p.r.topology)
	case "findings":
		return elements(p, p.finding)
	case "matrix":
		return elements(p, p.cell)
	case "summary": // all else of it is worked out again
		var s struct {
			Drills *DrillSummary `json:"drills"`
		}
		err := p.dec.Decode(&s)
		p.r.Summary.Drills = s.Drills
		return err
	default: // what later versions add
		var skipped json.RawMessage
		return p.dec.Decode(&skipped)
	}
}

func (p *parser) schema() error {
	var name string
	if err := p.dec.Decode(&name); err != nil {
		return err
	}
	if name != Schema {
		return fmt.Errorf("want %s, got %q", Schema, name)
	}
	p.versioned = true
	return nil
}

var ruleForm = regexp.MustCompile(`^[A-Z]+[0-9]{2,}$`)

func (p *parser) finding(f *Finding) error {
	switch {
	case !ruleForm.MatchString(f.Rule):
		return fmt.Errorf("rule: want an id such as DR103, got %q", f.Rule)
	case severity(f.Level) > severity(string(analyzer.Note)):
		return fmt.Errorf("level: want error, warning or note, got %q", f.Level)
	case f.Message == "":
		return fmt.Errorf("message: there is none")
	}
	p.r.Findings = append(p.r.Findings, *f)
	p.r.Summary.add(f)
	return nil
}

func (p *parser) cell(c *Cell) error {
	s, err := failover.ParseScenario(c.Scenario)
	if err != nil {
		return err
	}
	if _, err := failover.ParseFault(c.Fault); err != nil {
		return err
	}
	o := failover.Outcome(c.Outcome)
	if !slices.Contains(outcomes[:], o) {
		return fmt.Errorf("outcome: want survives, degraded, lost or unknown, got %q", c.Outcome)
	}
	p.r.Summary.Cells.Add(o, 1)
	p.tally.add(c.Service, s, failover.Fault(c.Fault), o)
	if p.keep {
		p.cells = append(p.cells, c)
	}
	return nil
}

// elements hands each element of a list to take.
func elements[T any](p *parser, take func(*T) error) error {
	if err := p.delimiter('['); err != nil {
		return err
	}
	for i := 0; p.dec.More(); i++ {
		v := new(T)
		err := p.dec.Decode(v)
		if err == nil {
			err = take(v)
		}
		if err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return p.delimiter(']')
}

func (p *parser) delimiter(want json.Delim) error {
	got, err := p.dec.Token()
	switch {
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case got != want:
		return fmt.Errorf("want %v, got %v", want, got)
	}
	return nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Position) UnmarshalJSON(data []byte) error {
	var at *mesh.Position
	if err := json.Unmarshal(data, &at); err != nil {
		return err
	}
	*p = Position{}
	if at != nil && !at.IsZero() {
		at.Line, at.Column = max(at.Line, 1), max(at.Column, 1)
		*p = PositionAt(*at)
	}
	return nil
}
