package consul

import (
	"slices"
	"strconv"
	"strings"
)

// subject is what a filter looks at: the health entry of one proxy or native service. A field is
// a text, a number (int), a bool, a list of texts, a map of texts, or opaque.
type subject struct {
	of         *proxied
	datacenter string
}

// opaqueField is a field that exists and that filters cannot compare as a whole; its value says
// whether it is empty.
type opaqueField bool

// subjectOf is the subject of an instance, or of a peer's endpoint that has neither meta nor tags
// (rule 8): p nil. Fields of the node are not known to a registration; they are empty.
func subjectOf(p *proxied, datacenter string) subject {
	if p == nil {
		p = &proxied{}
	}
	return subject{p, datacenter}
}

// get is the value of a field; false if there is none of that name.
func (s subject) get(name string) (any, bool) {
	p := s.of
	switch name {
	case "Node.ID", "Node.Node", "Node.Address", "Node.PeerName", "Node.Partition", "Service.SocketPath", "Service.PeerName", "Service.Namespace",
		"Service.Partition", "Service.Proxy.LocalServiceSocketPath":
		return "", true
	case "Node.TaggedAddresses", "Node.Meta":
		return map[string]string(nil), true
	case "Service.EnableTagOverride", "Service.Proxy.TransparentProxy.DialedDirectly":
		return false, true
	case "Service.Weights.Passing", "Service.Weights.Warning":
		return 1, true
	case "Service.Proxy.TransparentProxy.OutboundListenerPort":
		return 0, true
	case "Service.TaggedAddresses":
		return opaqueField(true), true
	case "Node.Datacenter":
		return s.datacenter, true
	case "Service.Kind":
		return p.kind, true
	case "Service.ID":
		return p.id, true
	case "Service.Service":
		return p.name, true
	case "Service.Tags":
		return p.tags, true
	case "Service.Address":
		return p.address, true
	case "Service.Meta":
		return p.meta, true
	case "Service.Port":
		return p.port, true
	case "Service.Connect.Native":
		return p.native, true
	case "Checks":
		return opaqueField(p.checks == 0), true
	}
	return s.proxy(name)
}

// proxy is get for what a proxy says of itself.
func (s subject) proxy(name string) (any, bool) {
	x := &s.of.proxy
	switch name {
	case "Service.Proxy.DestinationServiceName":
		return x.Service, true
	case "Service.Proxy.DestinationServiceID":
		return x.ServiceID, true
	case "Service.Proxy.LocalServiceAddress":
		return x.LocalAddress, true
	case "Service.Proxy.LocalServicePort":
		return x.LocalPort, true
	case "Service.Proxy.Mode":
		return x.Mode, true
	case "Service.Proxy.MeshGateway.Mode":
		return x.MeshGateway, true
	case "Service.Proxy.Upstreams":
		return opaqueField(x.Upstreams == 0), true
	}
	return nil, false
}

// Check says why an expression that parses can still not run: it names a field that instances do
// not have, or asks something of it that its type cannot answer. nil if it can run. Consul accepts
// such a filter on write, and its target then has no endpoints at all (rule 7).
func (f *Filter) Check() error {
	s := subjectOf(nil, "")
	var walk func(c *clause) error
	walk = func(c *clause) error {
		switch {
		case c == nil:
			return nil
		case c.kind != "match":
			if err := walk(c.left); err != nil {
				return err
			}
			return walk(c.right)
		}
		return c.check(s)
	}
	return walk(f.root)
}

// UsesUnknown reports whether the outcome depends on what a registration does not tell: the node
// that an instance runs on, the state of its checks, or the port that an agent chooses for a sidecar.
func (f *Filter) UsesUnknown() bool {
	var walk func(c *clause) bool
	walk = func(c *clause) bool {
		if c == nil || c.kind != "match" {
			return c != nil && (walk(c.left) || walk(c.right))
		}
		switch name := strings.Join(c.selector, "."); c.selector[0] {
		case "Node":
			return name != "Node.Datacenter"
		case "Checks":
			return true
		default:
			return name == "Service.Port" || name == "Service.Address" || strings.HasPrefix(name, "Service.TaggedAddresses")
		}
	}
	return walk(f.root)
}

// filterError is why a filter cannot run.
type filterError string

func (e filterError) Error() string { return string(e) }

func (c *clause) check(s subject) error {
	name := strings.Join(c.selector, ".")
	field, _, known := s.field(c.selector)
	if !known {
		return filterError("instances have no field " + name)
	}
	allowed := false
	switch field.(type) {
	case string:
		allowed = c.op != isEmpty && (c.op != matches || c.pattern != nil)
	case int:
		_, err := strconv.Atoi(c.value)
		allowed = c.op == equal && err == nil
	case bool:
		_, err := strconv.ParseBool(c.value)
		allowed = c.op == equal && err == nil
	case []string, map[string]string:
		allowed = c.op == isEmpty || c.op == contains
	case opaqueField:
		allowed = c.op == isEmpty || c.op == contains && name == "Service.TaggedAddresses"
	}
	if !allowed {
		return filterError("the field " + name + " cannot be asked that")
	}
	return nil
}

// field is the value that a selector names: present is false for a key that a map lacks, known is
// false for a field that does not exist.
func (s subject) field(selector []string) (value any, present, known bool) {
	name := strings.Join(selector, ".")
	if v, ok := s.get(name); ok {
		return v, true, true
	}
	last := len(selector) - 1
	if last < 1 {
		return nil, false, false
	}
	around, _ := s.get(strings.Join(selector[:last], "."))
	if m, ok := around.(map[string]string); ok {
		v, present := m[selector[last]]
		return v, present, true
	}
	if last == 3 && selector[0] == "Service" && selector[1] == "TaggedAddresses" {
		switch selector[3] {
		case "Address":
			return "", false, true
		case "Port":
			return 0, false, true
		}
	}
	return nil, false, false
}

// matches reports whether the instance is in the subset. The filter must have passed Check. A key
// that a map lacks is like no value: == is false and != is true.
func (f *Filter) matches(s subject) bool { return f.root.eval(s) }

func (c *clause) eval(s subject) bool {
	switch c.kind {
	case "and":
		return c.left.eval(s) && c.right.eval(s)
	case "or":
		return c.left.eval(s) || c.right.eval(s)
	case "not":
		return !c.left.eval(s)
	}
	field, present, _ := s.field(c.selector)
	return (present && c.holds(field)) != c.negated
}

func (c *clause) holds(field any) bool {
	switch x := field.(type) {
	case string:
		switch c.op {
		case equal:
			return x == c.value
		case contains:
			return strings.Contains(x, c.value)
		case matches:
			return c.pattern != nil && c.pattern.MatchString(x)
		}
	case int:
		n, err := strconv.Atoi(c.value)
		return err == nil && n == x
	case bool:
		b, err := strconv.ParseBool(c.value)
		return err == nil && b == x
	case []string:
		if c.op == isEmpty {
			return len(x) == 0
		}
		return slices.Contains(x, c.value)
	case map[string]string:
		if c.op == isEmpty {
			return len(x) == 0
		}
		_, ok := x[c.value]
		return ok
	case opaqueField:
		return c.op == isEmpty && bool(x)
	}
	return false
}
