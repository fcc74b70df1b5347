package drillreport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/passmuster/muster/drill/audit"
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
	if err := same(r, data); err != nil {
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

// same reports an error unless the report is what the text says, member by member: members whose names differ in case and those
// that are missing are not seen by the decoder.
func same(r *audit.Report, data []byte) error {
	var out bytes.Buffer
	if err := JSON(&out, r); err != nil {
		return err
	}
	var was, is any
	if err := json.Unmarshal(data, &was); err != nil {
		return err
	}
	if err := json.Unmarshal(out.Bytes(), &is); err != nil {
		return err
	}
	return equal(was, is)
}

// equal compares two values of JSON. Its errors begin with the way to the place.
func equal(was, is any) error {
	switch is := is.(type) {
	case map[string]any:
		was, ok := was.(map[string]any)
		if !ok {
			return fmt.Errorf(": want an object")
		}
		for _, name := range slices.Sorted(maps.Keys(was)) {
			if _, ok := is[name]; !ok {
				return fmt.Errorf(": member %.100q is unknown, or says no more than its absence", name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(is)) {
			value, ok := was[name]
			if !ok {
				return fmt.Errorf(": there is no member %q", name)
			}
			if err := equal(value, is[name]); err != nil {
				return fmt.Errorf("/%s%w", name, err)
			}
		}
	case []any:
		was, ok := was.([]any)
		if !ok || len(was) != len(is) {
			return fmt.Errorf(": want a list")
		}
		for i := range is {
			if err := equal(was[i], is[i]); err != nil {
				return fmt.Errorf("/%d%w", i, err)
			}
		}
	default:
		if was != is {
			return fmt.Errorf(": want %.100v, got %.100v", is, was)
		}
	}
	return nil
}
