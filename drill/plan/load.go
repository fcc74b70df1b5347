package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/mesh"
)

// Load reads a plan from a YAML or JSON file. If the content is at fault the error is a *config.Error with every mistake and
// its place.
func Load(path string) (*Plan, error) {
	p, _, err := LoadPlaced(path)
	return p, err
}

// LoadPlaced is Load for whoever has to say where something stands.
func LoadPlaced(path string) (*Plan, mesh.Locator, error) {
	data, err := config.ReadBounded(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: cannot read the plan: %w", filepath.ToSlash(path), err)
	}
	p, places, problems := ParsePlaced(filepath.ToSlash(path), data)
	if len(problems) > 0 {
		return nil, nil, &config.Error{Problems: problems}
	}
	return p, places, nil
}

// Parse reads a plan; name is how positions name its file. It returns all that is wrong, sorted by position, and what could be
// read in spite of it.
func Parse(name string, data []byte) (*Plan, []config.Problem) {
	p, _, problems := ParsePlaced(name, data)
	return p, problems
}

// ParsePlaced is Parse, and tells where the values of the plan stand by their JSON pointers.
func ParsePlaced(name string, data []byte) (*Plan, mesh.Locator, []config.Problem) {
	p := &Plan{}
	places, problems := format().Decode(name, data, p)
	if len(problems) == 0 {
		problems = p.outOfRange(places)
	}
	return p, places, problems
}

// Digest identifies what is drilled: the SHA-256 of the plan's JSON without approvals and follow-ups, which come later. A list
// without members is the same as none.
func (p *Plan) Digest() (string, error) {
	bare := *p
	bare.People.Approved, bare.Followups = nil, nil
	data, err := json.Marshal(bare)
	if err != nil {
		return "", fmt.Errorf("the plan has no digest: %w", err)
	}
	var members any
	if err := json.Unmarshal(data, &members); err != nil {
		return "", fmt.Errorf("the plan has no digest: %w", err)
	}
	if data, err = json.Marshal(told(members)); err != nil {
		return "", fmt.Errorf("the plan has no digest: %w", err)
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// told leaves out members that are null or without members of their own.
func told(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if m := told(member); m == nil {
				delete(v, key)
			} else {
				v[key] = m
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		if len(v) == 0 {
			return nil
		}
		for i := range v {
			v[i] = told(v[i])
		}
	}
	return v
}
