package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// DiffLimit is how many bytes of a diff are read.
const DiffLimit = 32 << 20

// wireDiff is the wire form of a Diff.
type wireDiff struct {
	Schema   string         `json:"schema"`
	Tool     Tool           `json:"tool"`
	Base     DiffSide       `json:"base"`
	Head     DiffSide       `json:"head"`
	Verdict  string         `json:"verdict"`
	Gate     Gate           `json:"gate"`
	Config   []ConfigChange `json:"config"`
	Services DiffServices   `json:"services"`
	Edges    DiffEdges      `json:"edges"`
	Cells    []CellGroup    `json:"cells"`
	Findings DiffFindings   `json:"findings"`
	Summary  DiffSummary    `json:"summary"`
}

// ParseDiff reads a diff that JSON wrote. It comes from a stranger, perhaps: what is not in the contract is refused, and
// so is what contradicts itself; errors say which member is wrong. Counts of findings and of changes of config are worked
// out again.
func ParseDiff(data []byte) (*Diff, error) {
	if len(data) > DiffLimit {
		return nil, fmt.Errorf("the diff has %d bytes, and %d are read at most", len(data), DiffLimit)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, err
	}
	if head.Schema != DiffSchema {
		return nil, fmt.Errorf("schema: want %s, got %q", DiffSchema, upTo(head.Schema, 100))
	}
	var t wireDiff
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&t); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("there is more behind the end of the diff")
	}
	d := &Diff{
		Tool: t.Tool, Base: t.Base, Head: t.Head, Verdict: t.Verdict, Gate: t.Gate, Config: t.Config,
		Services: t.Services, Edges: t.Edges, Cells: t.Cells, Findings: t.Findings, Summary: t.Summary,
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	d.settle()
	d.sum()
	// Names that differ in case, members of positions that the contract does not have, and members that are missing are not seen
	// by the decoder.
	if err := SameJSON(data, d.JSON); err != nil {
		return nil, err
	}
	return d, nil
}
