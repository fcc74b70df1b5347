package edit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// proves holds an edited file against what was asked for: this object differs by the edit, and nothing else does.
func proves(file string, data []byte, before []*source.Document, diags, index int, op Op) error {
	after, _, wrong := source.Parse(file, data, source.Options{})
	if len(after) != len(before) {
		return fmt.Errorf("the file would hold %d objects, and holds %d", len(after), len(before))
	}
	if len(wrong) > diags {
		return wrong[len(wrong)-1]
	}
	for i, d := range before {
		if i != index && !bytes.Equal(d.JSON, after[i].JSON) {
			return fmt.Errorf("another object of the file, %s, would change", d.Key())
		}
	}
	want, err := decode(before[index].JSON)
	if err != nil {
		return err
	}
	if want, err = edited(want, strings.Split(op.Path, "/")[1:], op); err != nil {
		return err
	}
	got, err := decode(after[index].JSON)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(got, want) {
		return errors.New("something beside the edit would change")
	}
	return nil
}

func decode(js []byte) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(js))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}

// edited is a decoded value after an edit.
func edited(v any, path []string, op Op) (any, error) {
	if len(path) == 0 {
		return whole(v, op)
	}
	elem := unescape(path[0])
	last := len(path) == 1 && (op.Kind == Remove || op.Kind == Rename)
	switch v := v.(type) {
	case map[string]any:
		child, ok := v[elem]
		if !ok {
			return nil, errAbsent
		}
		out := maps.Clone(v)
		if last {
			delete(out, elem)
			if op.Kind == Rename {
				out[op.Key] = child
			}
			return out, nil
		}
		changed, err := edited(child, path[1:], op)
		out[elem] = changed
		return out, err
	case []any:
		i, err := strconv.Atoi(elem)
		if err != nil || i < 0 || i >= len(v) {
			return nil, errAbsent
		}
		out := slices.Clone(v)
		if last {
			return slices.Delete(out, i, i+1), nil
		}
		out[i], err = edited(v[i], path[1:], op)
		return out, err
	}
	return nil, errAbsent
}

func whole(v any, op Op) (any, error) {
	value, err := decode([]byte(style{json: true, colon: ":", comma: ","}.flow(op.Value, 0)))
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		out[op.Key] = value
		return out, nil
	case []any:
		return append(slices.Clip(v), value), nil
	}
	return value, nil
}
