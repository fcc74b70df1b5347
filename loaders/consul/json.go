package consul

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// readJSON reads the JSON of a document into values, members in their order.
func readJSON(data []byte) (*value, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return jsonValue(d, "")
}

func jsonValue(d *json.Decoder, path string) (*value, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	v := &value{path: path}
	switch t := t.(type) {
	case string:
		v.kind, v.text = textValue, t
	case json.Number:
		v.kind, v.text = numberValue, t.String()
	case bool:
		v.kind, v.text = boolValue, strconv.FormatBool(t)
	case json.Delim:
		if t == '[' {
			v.kind = listValue
		} else {
			v.kind = objectValue
		}
		for n := 0; d.More(); n++ {
			if err := jsonElement(d, v, n); err != nil {
				return nil, err
			}
		}
		if _, err := d.Token(); err != nil { // the closing bracket
			return nil, err
		}
	}
	return v, nil
}

// jsonElement reads the n-th element of a list or member of an object.
func jsonElement(d *json.Decoder, into *value, n int) error {
	elem := strconv.Itoa(n)
	if into.kind == objectValue {
		key, err := d.Token()
		if err != nil {
			return err
		}
		elem, _ = key.(string)
	}
	v, err := jsonValue(d, pointer(into.path, elem))
	if err != nil {
		return err
	}
	if into.kind == listValue {
		into.items = append(into.items, v)
	} else {
		into.members = append(into.members, member{elem, v})
	}
	return nil
}
