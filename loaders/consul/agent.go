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
	acl := root.find("acl").object()
	policy := strings.ToLower(d.text(root.find("defaultintentionpolicy")))
	if acl != nil && policy == "" {
		enabled := acl.find("enabled")
		switch {
		case enabled == nil:
		case !d.bool(enabled):
			policy = "allow"
		default:
			if policy = strings.ToLower(d.text(acl.find("defaultpolicy"))); policy == "" {
				policy = "allow"
			}
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
