package terraform

import "encoding/json"

// planConfig is the configuration in a plan.
type planConfig struct {
	Providers map[string]planProvider `json:"provider_config"`
	Root      *planModule             `json:"root_module"`
}

type planProvider struct {
	Name, Alias string
	Module      string                     `json:"module_address"`
	Expressions map[string]json.RawMessage `json:"expressions"`
}

type planModule struct {
	Resources []planResource      `json:"resources"`
	Calls     map[string]planCall `json:"module_calls"`
	Variables map[string]struct {
		Sensitive bool `json:"sensitive"`
	} `json:"variables"`
	Outputs map[string]struct {
		Expression json.RawMessage `json:"expression"`
	} `json:"outputs"`

	byKey map[string]*planResource
}

type planCall struct {
	Expressions map[string]json.RawMessage `json:"expressions"`
	Each        json.RawMessage            `json:"for_each_expression"`
	Module      *planModule                `json:"module"`
}

type planResource struct {
	Mode, Type, Name string
	Provider         string                     `json:"provider_config_key"`
	Expressions      map[string]json.RawMessage `json:"expressions"`
	Each             json.RawMessage            `json:"for_each_expression"`
	Count            json.RawMessage            `json:"count_expression"`
	DependsOn        []string                   `json:"depends_on"`
	Provisioners     []struct {
		Type        string                     `json:"type"`
		Expressions map[string]json.RawMessage `json:"expressions"`
	} `json:"provisioners"`
}

// resource finds a resource of the module.
func (m *planModule) resource(mode, kind, name string) *planResource {
	if m == nil {
		return nil
	}
	if m.byKey == nil {
		m.byKey = make(map[string]*planResource, len(m.Resources))
		for i := range m.Resources {
			r := &m.Resources[i]
			m.byKey[r.Mode+" "+r.Type+" "+r.Name] = r
		}
	}
	return m.byKey[mode+" "+kind+" "+name]
}
