package consul

import (
	"cmp"
	"fmt"
	"maps"

	"github.com/passmuster/muster/mesh"
)

// Error is the reason and the message.
func (p *Problem) Error() string { return p.Reason + ": " + p.Message }

// compiler compiles one chain, after section 3 of the sheet.
type compiler struct {
	in       *store
	chain    *Chain
	targets  map[string]*Target // all that were ever named; those of the chain are used
	advanced mesh.Origin        // a router or splitter that needs HTTP; zero if there is none
	by       string             // the service that set the protocol
	steps    int                // nodes visited
	touched  map[string]bool    // services whose entries were looked at
}

func newCompiler(in *store, service, datacenter string) *compiler {
	return &compiler{in: in, targets: map[string]*Target{}, touched: map[string]bool{service: true}, chain: &Chain{
		Service: service, Datacenter: datacenter,
		Splitters: map[string]*SplitterNode{}, Resolvers: map[string]*ResolverNode{}, Targets: map[string]*Target{},
	}}
}

// compile assembles a chain and multiplies out its splitters.
func (s *store) compile(service, datacenter string) (*Chain, *Problem) {
	c := newCompiler(s, service, datacenter)
	if p := c.assemble(); p != nil {
		return nil, p
	}
	if p := c.flatten(); p != nil {
		return nil, p
	}
	return c.chain, nil
}

// assemble follows router, splitters and resolvers.
func (c *compiler) assemble() *Problem {
	service := c.chain.Service
	router := c.in.routers[service]
	if router == nil {
		next, p := c.splitterOrResolver(service)
		c.chain.Start = next
		if p != nil {
			return p
		}
		return c.check()
	}
	c.chain.Start, c.chain.RouterAt, c.advanced = routerID(service), router.Origin, router.Origin
	if p := c.speaks(service); p != nil {
		return p
	}
	for _, route := range router.Routes {
		next, p := c.destination(route.Destination.Reference)
		if p != nil {
			return p
		}
		c.chain.Routes = append(c.chain.Routes, RouteNode{route, next})
	}
	next, p := c.splitterOrResolver(service)
	if p != nil {
		return p
	}
	all := Route{Match: Match{PathPrefix: "/"}, Origin: mesh.Default("Consul's routers")}
	all.Destination.Service = service
	c.chain.Routes = append(c.chain.Routes, RouteNode{all, next})
	return c.check()
}

// destination is the node that a route leads to: one that names a subset goes past the splitter.
func (c *compiler) destination(ref Reference) (string, *Problem) {
	service := cmp.Or(ref.Service, c.chain.Service)
	if ref.Subset == "" {
		return c.splitterOrResolver(service)
	}
	return c.resolver(c.target(Reference{Service: service, Subset: ref.Subset}))
}

func (c *compiler) splitterOrResolver(service string) (string, *Problem) {
	if next, p := c.splitter(service); next != "" || p != nil {
		return next, p
	}
	return c.resolver(c.target(Reference{Service: service}))
}

// splitter is the splitter's node of a service; "" if it has none.
func (c *compiler) splitter(service string) (string, *Problem) {
	id := splitterID(service)
	c.touched[service] = true
	entry := c.in.splitters[service]
	if entry == nil || c.chain.Splitters[id] != nil {
		if entry == nil {
			id = ""
		}
		return id, nil
	}
	node := &SplitterNode{Service: service, Origin: entry.Origin}
	c.chain.Splitters[id] = node // known before its legs are: circles end here, see check
	c.advanced = entry.Origin
	for _, split := range entry.Splits {
		c.steps++
		to, next := cmp.Or(split.Service, service), ""
		var p *Problem
		if to != service && split.Subset == "" {
			next, p = c.splitter(to)
		}
		if next == "" && p == nil {
			next, p = c.resolver(c.target(Reference{Service: to, Subset: split.Subset}))
		}
		if p != nil {
			return "", p
		}
		node.Legs = append(node.Legs, Leg{split.Weight, next, split.Origin})
	}
	return id, nil
}

// speaks notes a service's protocol: all services of a chain must speak the same.
func (c *compiler) speaks(service string) *Problem {
	protocol := c.in.protocol(service)
	if c.chain.Protocol == "" {
		c.chain.Protocol, c.by = protocol, service
	}
	if c.chain.Protocol == protocol {
		return nil
	}
	at := mesh.Origin{}
	if d := c.in.defaults[service]; d != nil {
		at = d.Origin
	} else if d := c.in.defaults[c.by]; d != nil {
		at = d.Origin
	}
	return &Problem{"protocol-mismatch", fmt.Sprintf("in the chain of %s, %s speaks %s and %s speaks %s",
		c.chain.Service, c.by, c.chain.Protocol, service, protocol), at}
}

// check tells circles of splitters, and routing that the protocol does not permit.
func (c *compiler) check() *Problem {
	const open, done = 1, 2
	state := map[string]int{}
	var walk func(id string) *Problem
	walk = func(id string) *Problem {
		node := c.chain.Splitters[id]
		switch {
		case node == nil || state[id] == done:
			return nil
		case state[id] == open:
			return &Problem{"circular-reference", "the splitter of " + node.Service + " leads back to itself", node.Origin}
		}
		state[id] = open
		for _, leg := range node.Legs {
			if p := walk(leg.Next); p != nil {
				return p
			}
		}
		state[id] = done
		return nil
	}
	for _, id := range sortedKeys(c.chain.Splitters) {
		if p := walk(id); p != nil {
			return p
		}
	}
	if !c.advanced.IsZero() && !isHTTP(c.chain.Protocol) {
		return &Problem{"protocol-not-http", fmt.Sprintf("the chain of %s speaks %s, and only HTTP is routed or split", c.chain.Service, c.chain.Protocol), c.advanced}
	}
	return nil
}

// maxLegs bounds the legs of one splitter: multiplied out, a few dozen entries can make billions.
const maxLegs = 10_000

// flatten puts the legs of splitters below a splitter in its place, and drops what no longer is
// reached. Each product is kept to two decimals, so that a small one can become 0.
func (c *compiler) flatten() *Problem {
	nodes := c.chain.Splitters
	flat := map[string]*SplitterNode{}
	need := []string{c.chain.Start}
	for _, r := range c.chain.Routes {
		need = append(need, r.Next)
	}
	for _, id := range need {
		if nodes[id] == nil || flat[id] != nil {
			continue
		}
		node := &SplitterNode{Service: nodes[id].Service, Origin: nodes[id].Origin}
		var add func(leg Leg) bool
		add = func(leg Leg) bool {
			inner := nodes[leg.Next]
			if inner == nil {
				node.Legs = append(node.Legs, leg)
				return len(node.Legs) <= maxLegs
			}
			for _, l := range inner.Legs {
				if !add(Leg{rounded(leg.Weight * l.Weight / 100), l.Next, l.Origin}) {
					return false
				}
			}
			return true
		}
		for _, leg := range nodes[id].Legs {
			if !add(leg) {
				return &Problem{"too-large", fmt.Sprintf("the splitter of %s has more than %d legs when those below it are multiplied out", node.Service, maxLegs), node.Origin}
			}
		}
		flat[id] = node
	}
	maps.DeleteFunc(nodes, func(id string, _ *SplitterNode) bool { return flat[id] == nil })
	maps.Copy(nodes, flat)
	return nil
}
