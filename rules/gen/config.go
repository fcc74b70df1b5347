package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/passmuster/muster/analyzer"
)

// The schema of configs, of which the settings of rules are generated: an editor then offers the ids of
// rules with their titles, and checks parameters.
const configSchema = "docs/schema/config.schema.json"

// ruleSettings is the member of the schema that is generated, up to the end of the object.
var ruleSettings = regexp.MustCompile(`(?s)( {6}"properties": \{\n).*?(\n {6}\},\n {6}"patternProperties": \{\n {8}"\^\(DR)`)

// configOf brings the schema of configs up to date; "" if the repository has none.
func configOf(repository fs.FS, list []described) (string, error) {
	text, err := fs.ReadFile(repository, configSchema)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	at := ruleSettings.FindSubmatchIndex(text)
	if at == nil {
		return "", fmt.Errorf("%s: there are no properties of rules in front of the pattern of their ids", configSchema)
	}
	var out bytes.Buffer
	out.Write(text[:at[3]])
	for i, d := range list {
		setting, err := settingOf(d)
		if err != nil {
			return "", fmt.Errorf("%s: %w", d.ID, err)
		}
		if i > 0 {
			out.WriteString(",\n")
		}
		fmt.Fprintf(&out, "        %q: %s", d.ID, setting)
	}
	out.Write(text[at[4]:])
	return out.String(), nil
}

// member is one member of a JSON object that keeps its order.
type member struct {
	name  string
	value any
}

type members []member

// MarshalJSON renders the members in their order.
func (m members) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, one := range m {
		if i > 0 {
			out.WriteString(", ")
		}
		value, err := compact(one.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&out, "%q: %s", one.name, value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// compact is JSON in one line, without the escapes that only HTML needs.
func compact(v any) ([]byte, error) {
	if m, ok := v.(members); ok {
		return m.MarshalJSON()
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(out.Bytes()), err
}

// settingOf is the schema of what a config may say of one rule.
func settingOf(d described) ([]byte, error) {
	m := members{{"description", d.Title + "."}}
	if len(d.Params) == 0 {
		return compact(m)
	}
	params := members{}
	for _, p := range d.Params {
		one := members{{"description", p.Description}}
		switch analyzer.ParamType(p.Type) {
		case analyzer.Texts:
			item := members{{"type", "string"}}
			if len(p.Enum) > 0 {
				item = append(item, member{"enum", p.Enum})
			}
			one = append(one, member{"type", "array"}, member{"items", item})
		case analyzer.Duration:
			one = append(one, member{"type", "string"})
		default:
			one = append(one, member{"type", p.Type})
			if len(p.Enum) > 0 {
				one = append(one, member{"enum", p.Enum})
			}
		}
		if p.Minimum != nil {
			one = append(one, member{"minimum", *p.Minimum})
		}
		if p.Maximum != nil {
			one = append(one, member{"maximum", *p.Maximum})
		}
		params = append(params, member{p.Name, append(one, member{"default", p.Default})})
	}
	return compact(append(m, member{"properties", members{{"params", members{{"additionalProperties", false}, {"properties", params}}}}}))
}
