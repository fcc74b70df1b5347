package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

// Load reads a plan from a YAML or JSON file.
func Load(path string) (*Plan, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the plan: %w", err)
	}
	p := &Plan{}
	if err := yaml.UnmarshalStrict(data, p); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// Digest identifies what is drilled: the SHA-256 of the plan's JSON without approvals and follow-ups, which come later.
func (p *Plan) Digest() (string, error) {
	bare := *p
	bare.People.Approved, bare.Followups = nil, nil
	data, err := json.Marshal(bare)
	if err != nil {
		return "", fmt.Errorf("the plan has no digest: %w", err)
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
