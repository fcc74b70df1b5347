package consul

import (
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/passmuster/muster/mesh"
)

// Check is a health check. In what it tells of a normal day only aliases have a result of their own: the other checks of a
// service pass, warn or fail together (rule 5).
type Check struct {
	Name    string
	Alias   string // the service ID that it copies; "" = no alias of a service
	OfNode  bool   // it copies the node's checks, which pass
	Service string // the service ID it is about, if it stands beside the services
	// Handler is what asks: http, tcp, udp, grpc, h2ping, ttl, script, os_service, docker; "" = not told.
	Handler string
	Port    int // that is asked; 0 = not told
	// Interval is between two checks, for a TTL until the next report is due. Timeout 0 = the default of 10 s.
	Interval, Timeout time.Duration
	Failures          int // in a row until it is critical, 1 by default
	Origin            mesh.Origin
}

// Consul's defaults of checks.
const (
	defaultCheckInterval = 10 * time.Second // sheet, section 2.2: a sidecar's listener; checks demand an interval otherwise
	defaultCheckTimeout  = 10 * time.Second
)

// checks reads check and checks, which add up.
func (d *decoder) checks(v *value) []Check {
	var out []Check
	for _, list := range []*value{v.find("check"), v.find("checks")} {
		for _, c := range list.elements() {
			if c.kind == objectValue && len(c.members) > 0 {
				out = append(out, d.check(c))
			}
		}
	}
	return out
}

// handlers are the fields that say who asks, and what.
var handlers = []struct{ field, handler string }{
	{"http", "http"}, {"grpc", "grpc"}, {"h2ping", "h2ping"}, {"tcp", "tcp"}, {"udp", "udp"}, {"ttl", "ttl"},
	{"args", "script"}, {"script", "script"}, {"dockercontainerid", "docker"}, {"osservice", "os_service"},
}

func (d *decoder) check(c *value) Check {
	out := Check{Name: d.text(c.find("name")), Alias: d.text(c.find("aliasservice")), Service: d.text(c.find("serviceid")), Origin: d.origin(c),
		Failures: max(1, d.unsigned(c.find("failuresbeforecritical"))), Interval: defaultCheckInterval, Timeout: defaultCheckTimeout}
	out.OfNode = out.Alias == "" && d.text(c.find("aliasnode")) != ""
	if v := c.find("interval"); v != nil {
		out.Interval = d.duration(v)
	}
	if v := c.find("timeout"); v != nil {
		out.Timeout = d.duration(v)
	}
	for _, h := range handlers {
		at := c.find(h.field)
		if at == nil || at.kind == nullValue || out.Handler != "" {
			continue
		}
		out.Handler = h.handler
		switch h.handler {
		case "ttl":
			out.Interval, out.Timeout = d.duration(at), 0
		case "http", "tcp", "grpc", "h2ping", "udp":
			out.Port = portOf(d.text(at))
		}
	}
	return out
}

// portOf is the port of an address or URL; 0 if it names none.
func portOf(address string) int {
	port := ""
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		if port = u.Port(); port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
	} else if _, p, err := net.SplitHostPort(hostOf(address)); err == nil {
		port = p
	}
	n, _ := strconv.Atoi(port) // 0 is what is not told
	return n
}

// hostOf cuts the service off that a grpc check names behind the address.
func hostOf(address string) string {
	for i := range len(address) {
		if address[i] == '/' {
			return address[:i]
		}
	}
	return address
}

// place is a registration's locality.
func (d *decoder) place(v *value) mesh.Locality {
	return mesh.Locality{Region: d.text(v.find("region")), Zone: d.text(v.find("zone"))}
}
