package consul

// status is the result of checks; the worst one counts.
type status int

const (
	passing status = iota
	warning
	critical
)

// Faults are registrations whose own checks do not pass, by their IDs.
type Faults struct {
	Down    map[string]bool // critical
	Warning map[string]bool
}

func (f Faults) of(id string) status {
	switch {
	case f.Down[id]:
		return critical
	case f.Warning[id]:
		return warning
	}
	return passing
}

// checked is the worst of a registration's checks: without any it passes (rule 5).
func (c *catalogue) checked(id string, checks []Check, f Faults, seen map[string]bool) status {
	worst := passing
	for _, check := range checks {
		switch {
		case check.OfNode:
		case check.Alias == "":
			worst = max(worst, f.of(id))
		case seen[check.Alias]: // aliases of each other have nothing to copy
		default:
			worst = max(worst, c.alias(check.Alias, f, seen))
		}
	}
	return worst
}

// alias is what an alias of a service shows: the worst check of it. That of a service that is not
// registered is critical (sheet, section 2.2).
func (c *catalogue) alias(id string, f Faults, seen map[string]bool) status {
	r := c.byID[id]
	if r == nil {
		return critical
	}
	if seen == nil {
		seen = map[string]bool{}
	}
	seen[id] = true
	defer delete(seen, id)
	return c.checked(id, r.Checks, f, seen)
}

// health is what the checks of an instance's proxy say. A sidecar without checks of its own has
// its listener, which passes, and an alias of the service.
func (c *catalogue) health(p *proxied, f Faults) status {
	if p.alias != "" {
		return c.alias(p.alias, f, nil)
	}
	return c.checked(p.id, p.own, f, nil)
}

// healthy reports whether an endpoint gets traffic: a warning takes it out only under OnlyPassing,
// or if the weight of an instance in warning is 0.
func healthy(s status, onlyPassing, noWarnings bool) bool {
	return s == passing || s == warning && !onlyPassing && !noWarnings
}
