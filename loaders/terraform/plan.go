package terraform

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Format is what a file of JSON is.
type Format int

// The formats that Detect tells apart.
const (
	NoFormat    Format = iota // something else
	PlanFormat                // what "terraform show -json" prints of a plan
	StateFormat               // a state: terraform.tfstate, or what "terraform show -json" prints of one
)

// Detect tells by its content what a file is. It looks at the names of the outermost members alone; whether the file can be read, ReadPlan and
// ReadState say.
func Detect(data []byte) Format {
	t := jsonText{data: data}
	start := t.space(0)
	if start >= len(data) || data[start] != '{' || !json.Valid(data) {
		return NoFormat
	}
	has := map[string]bool{}
	version := ""
	t.members(start, func(name string, _, at int) {
		has[name] = true
		if name == "version" {
			version = string(t.value(at))
		}
	})
	switch {
	case has["format_version"] && (has["planned_values"] || has["resource_changes"] || has["configuration"]):
		return PlanFormat
	case has["format_version"] && has["values"], version == "4" && has["lineage"] && has["resources"]:
		return StateFormat
	}
	return NoFormat
}

// Planned is what a plan or a state says of a root module. It is asked by one goroutine.
type Planned struct {
	File    string // as positions show it
	Version string // of Terraform or OpenTofu that wrote it
	State   bool   // it is a state

	text      *jsonText
	limits    Limits
	instances []Instance
	config    planConfig
	variables map[string]cty.Value
	seen      map[string]bool // addresses
	told      []Diagnostic
}

// Instances are the resources and data sources, in the order of the file. Resources that a plan destroys are not among them.
func (p *Planned) Instances() []Instance { return p.instances }

// Diagnostics are what cannot be read of the file.
func (p *Planned) Diagnostics() []Diagnostic { return p.told }

func (p *Planned) tell(at int, format string, args ...any) {
	if len(p.told) < p.limits.Diagnostics {
		pos := p.text.at(at, "")
		start := hcl.Pos{Line: pos.Line, Column: pos.Column, Byte: at}
		p.told = append(p.told, Diagnostic{Range: hcl.Range{Filename: p.File, Start: start, End: start}, Message: fmt.Sprintf(format, args...)})
	}
}

var errTooLarge = errors.New("it is too large, or nested too deep; it is not read")

// openPlanned checks the bounds of a file and that it is JSON.
func openPlanned(name string, data []byte, o Options) (*Planned, error) {
	p := &Planned{File: name, seen: map[string]bool{}, text: &jsonText{name: name, data: data}, limits: o.Limits.orDefault()}
	switch {
	case len(data) > p.limits.ConfigBytes, jsonDepth(data) > p.limits.Nesting:
		return nil, fmt.Errorf("%s: %w", name, errTooLarge)
	case !json.Valid(data):
		return nil, fmt.Errorf("%s: it is no JSON", name)
	}
	return p, nil
}

// ReadPlan reads what "terraform show -json" prints of a plan. The name is the one that positions show. The error is for a file that is no
// plan, that is too large, or whose format is none of 0.1 to below 2.0; what cannot be read of a plan is a diagnostic.
func ReadPlan(name string, data []byte, o Options) (*Planned, error) {
	p, err := openPlanned(name, data, o)
	if err != nil {
		return nil, err
	}
	var head struct {
		Format    string `json:"format_version"`
		Version   string `json:"terraform_version"`
		Variables map[string]struct {
			Value json.RawMessage `json:"value"`
		} `json:"variables"`
		Configuration planConfig `json:"configuration"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%s: it is no plan: %w", name, err)
	}
	if err := formatVersion(head.Format); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.Version, p.config, p.variables = head.Version, head.Configuration, map[string]cty.Value{}
	for variable, v := range head.Variables {
		if value, err := p.plainJSON(v.Value); err == nil {
			p.variables[variable] = value
		}
	}
	start, changes := p.text.space(0), false
	p.text.members(start, func(member string, _, at int) {
		if member == "resource_changes" {
			changes = true
			p.text.members(at, func(_ string, i, at int) { p.change(at, "/resource_changes/"+strconv.Itoa(i)) })
		}
	})
	p.text.members(start, func(member string, _, at int) {
		switch {
		case member == "planned_values" && !changes: // format 0.1 may have nothing else
			p.rootValues(at, "/planned_values", "")
		case member == "prior_state":
			if values, found := p.text.find(at, "/values"); found != "" {
				p.rootValues(values, "/prior_state/values", "data")
			}
		}
	})
	return p, nil
}

// formatVersion refuses formats whose meaning is not known.
func formatVersion(text string) error {
	major, minor, ok := strings.Cut(text, ".")
	n, err := strconv.Atoi(major)
	m, err2 := strconv.Atoi(minor)
	if !ok || err != nil || err2 != nil || n < 0 || n > 1 || n == 0 && m < 1 {
		return fmt.Errorf("its format_version %q is not among those that are understood: 0.1 to below 2.0", clip(text))
	}
	return nil
}

func clip(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}

// change reads one element of resource_changes.
func (p *Planned) change(at int, pointer string) {
	var c struct {
		planObject
		Deposed string `json:"deposed"`
		Change  struct {
			Actions   []string        `json:"actions"`
			After     json.RawMessage `json:"after"`
			Unknown   json.RawMessage `json:"after_unknown"`
			Sensitive json.RawMessage `json:"after_sensitive"`
		} `json:"change"`
	}
	if err := json.Unmarshal(p.text.value(at), &c); err != nil {
		p.tell(at, "a change of the plan cannot be read: %v", err)
		return
	}
	if c.Deposed != "" || len(c.Change.Actions) == 1 && (c.Change.Actions[0] == "delete" || c.Change.Actions[0] == "forget") {
		return
	}
	p.add(c.planObject, at, pointer, "/change/after", c.Change.After, c.Change.Unknown, c.Change.Sensitive)
}

// rootValues reads the modules of a representation of values; mode "" reads all of their resources.
func (p *Planned) rootValues(at int, pointer, mode string) {
	if root, found := p.text.find(at, "/root_module"); found != "" {
		p.moduleValues(root, pointer+"/root_module", "", mode, 0)
	}
}

func (p *Planned) moduleValues(at int, pointer, address, mode string, depth int) {
	if depth > p.limits.ModuleDepth {
		p.tell(at, "modules are nested deeper than %d; what is below is not read", p.limits.ModuleDepth)
		return
	}
	if own, found := p.text.find(at, "/address"); found != "" {
		_ = json.Unmarshal(p.text.value(own), &address) // what is no text has no resources with an address either
	}
	if list, found := p.text.find(at, "/resources"); found != "" {
		p.text.members(list, func(_ string, i, at int) {
			var o struct {
				planObject
				Values    json.RawMessage `json:"values"`
				Sensitive json.RawMessage `json:"sensitive_values"`
			}
			if err := json.Unmarshal(p.text.value(at), &o); err != nil {
				p.tell(at, "a resource cannot be read: %v", err)
				return
			}
			o.Module = address
			if mode == "" || o.Mode == mode {
				p.add(o.planObject, at, pointer+"/resources/"+strconv.Itoa(i), "/values", o.Values, nil, o.Sensitive)
			}
		})
	}
	if list, found := p.text.find(at, "/child_modules"); found != "" {
		p.text.members(list, func(_ string, i, at int) {
			p.moduleValues(at, pointer+"/child_modules/"+strconv.Itoa(i), address, mode, depth+1)
		})
	}
}
