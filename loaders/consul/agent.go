package consul

import (
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Agent is what an agent's configuration says about its servers.
type Agent struct {
	// Intentions is what holds for callers that no intention names: "allow", "deny" or "" if it is not told.
	Intentions string
	Origin     mesh.Origin
}

// agent reads the part of an agent's configuration that decides about calls.
func (r *reader) agent(root *value, in mesh.Locator) {
	d := &decoder{in: in}
	acl := root.find("acl").object() // Nomad's has no default_policy
	policy := strings.ToLower(d.text(root.find("defaultintentionpolicy")))
	if on := acl.find("enabled"); policy == "" && acl.find("defaultpolicy") != nil {
		policy = strings.ToLower(d.text(acl.find("defaultpolicy")))
		if on != nil && !d.bool(on) {
			policy = "allow"
		}
	}
	if d.problem == nil && (policy == "allow" || policy == "deny") {
		at := acl.origin(in)
		if at.IsZero() {
			at = root.origin(in)
		}
		r.out.Agents = append(r.out.Agents, Agent{Intentions: policy, Origin: at})
	}
	checks := d.checks(root)
	if d.problem != nil {
		return
	}
	for _, c := range checks {
		if c.Service != "" {
			r.out.Checks = append(r.out.Checks, c)
		}
	}
}

// attach puts the checks that stand beside services to those they are about.
func (c *catalogue) attach(checks []Check) {
	for _, check := range checks {
		if r := c.byID[check.Service]; r != nil {
			c.beside[r.ID] = append(c.beside[r.ID], check)
		}
	}
}
