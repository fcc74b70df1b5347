package drillreport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/report"
)

// Limit is how many bytes of a report are read.
const Limit = 32 << 20

// Parse reads a report that JSON wrote. It may come from a stranger (an artifact of somebody's pipeline): what is not in the
// contract is refused, as is what contradicts itself; errors say which member is wrong.
func Parse(in io.Reader) (*audit.Report, error) {
	data, err := io.ReadAll(io.LimitReader(in, Limit+1))
	if err != nil {
		return nil, err
	}
	if len(data) > Limit {
		return nil, fmt.Errorf("the report has more than %d bytes", Limit)
	}
	var head struct{ APIVersion, Kind string }
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, err
	}
	if head.APIVersion != audit.APIVersion || head.Kind != audit.Kind {
		return nil, fmt.Errorf("apiVersion, kind: want %s, %s, got %.100q, %.100q", audit.APIVersion, audit.Kind, head.APIVersion, head.Kind)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	r := &audit.Report{}
	if err := dec.Decode(r); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("there is more behind the end of the report")
	}
	if err := check(r); err != nil {
		return nil, err
	}
	if err := report.SameJSON(data, func(w io.Writer) error { return JSON(w, r) }); err != nil {
		return nil, err
	}
	return r, nil
}

// IsReport tells by the beginning of a text whether it is a drift report, for verbs that take several kinds of reports.
func IsReport(head []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(head))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	for range 4 { // apiVersion and kind come first
		name, err := dec.Token()
		if err != nil {
			return false
		}
		if name == "kind" {
			kind, err := dec.Token()
			return err == nil && kind == audit.Kind
		}
		if t, err := dec.Token(); err != nil {
			return false
		} else if _, nested := t.(json.Delim); nested {
			return false
		}
	}
	return false
}
