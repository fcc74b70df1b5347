package consul

import (
	"slices"
	"strconv"
	"strings"
)

// subject is what a filter looks at: the health entry of one proxy or native service. A field is
// a text, a number (int), a bool, a list of texts, a map of texts, or opaque.
type subject map[string]any

// opaqueField is a field that exists and that filters cannot compare as a whole; its value says
// whether it is empty.
type opaqueField bool

// subjectOf is the subject of an instance, or of a peer's endpoint that has neither meta nor tags
// (rule 8): p nil. Fields of the node are not known to a registration; they are empty.
func subjectOf(p *proxied, datacenter string) subject {
	if p == nil {
		p = &proxied{}
	}
	return subject{
		"Node.ID": "", "Node.Node": "", "Node.Address": "", "Node.Datacenter": datacenter, "Node.PeerName": "", "Node.Partition": "",
		"Node.TaggedAddresses": map[string]string{}, "Node.Meta": map[string]string{},
		"Service.Kind": p.kind, "Service.ID": p.id, "Service.Service": p.name, "Service.Tags": p.tags, "Service.Address": p.address,
		"Service.Meta": p.meta, "Service.Port": p.port, "Service.SocketPath": "", "Service.PeerName": "", "Service.EnableTagOverride": false,
		"Service.Namespace": "", "Service.Partition": "", "Service.TaggedAddresses": opaqueField(true),
		"Service.Weights.Passing": 1, "Service.Weights.Warning": 1, "Service.Connect.Native": p.native,
		"Service.Proxy.DestinationServiceName": p.proxy.Service, "Service.Proxy.DestinationServiceID": p.proxy.ServiceID,
		"Service.Proxy.LocalServiceAddress": p.proxy.LocalAddress, "Service.Proxy.LocalServicePort": p.proxy.LocalPort,
		"Service.Proxy.Mode": p.proxy.Mode, "Service.Proxy.MeshGateway.Mode": p.proxy.MeshGateway,
		"Service.Proxy.LocalServiceSocketPath": "", "Service.Proxy.TransparentProxy.OutboundListenerPort": 0,
		"Service.Proxy.TransparentProxy.DialedDirectly": false, "Service.Proxy.Upstreams": opaqueField(p.proxy.Upstreams == 0),
		"Checks": opaqueField(p.checks == 0),
	}
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
	if v, ok := s[name]; ok {
		return v, true, true
	}
	last := len(selector) - 1
	if last < 1 {
		return nil, false, false
	}
	if m, ok := s[strings.Join(selector[:last], ".")].(map[string]string); ok {
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
