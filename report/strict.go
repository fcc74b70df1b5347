package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// SameJSON reports an error unless a text is, member by member, what is written of the value that was read from it: members whose
// names differ in case, that are unknown, or that are missing are not seen by a decoder. Reports come from strangers' artifacts.
// The error begins with the place, as /cells/0/verdict.
func SameJSON(data []byte, write func(io.Writer) error) error {
	var out bytes.Buffer
	if err := write(&out); err != nil {
		return err
	}
	var was, is any
	if err := json.Unmarshal(data, &was); err != nil {
		return err
	}
	if err := json.Unmarshal(out.Bytes(), &is); err != nil {
		return err
	}
	return equalJSON(was, is)
}

func equalJSON(was, is any) error {
	switch is := is.(type) {
	case map[string]any:
		was, ok := was.(map[string]any)
		if !ok {
			return fmt.Errorf(": want an object")
		}
		for _, name := range slices.Sorted(maps.Keys(was)) {
			if _, ok := is[name]; !ok {
				return fmt.Errorf(": member %q is unknown, or says no more than its absence", upTo(name, 100))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(is)) {
			value, ok := was[name]
			if !ok {
				return fmt.Errorf(": there is no member %q", name)
			}
			if err := equalJSON(value, is[name]); err != nil {
				return fmt.Errorf("/%s%w", name, err)
			}
		}
	case []any:
		was, ok := was.([]any)
		if !ok || len(was) != len(is) {
			return fmt.Errorf(": want a list")
		}
		for i := range is {
			if err := equalJSON(was[i], is[i]); err != nil {
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
