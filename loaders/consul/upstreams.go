package consul

import (
	"time"

	"github.com/passmuster/muster/mesh"
)

// Upstream is a service that a proxy calls, as its registration says.
type Upstream struct {
	Type       string // "" or "service"; "prepared_query" names a query
	Name       string
	Datacenter string // "" = the own one
	Peer       string
	Settings   // of its config
	Origin     mesh.Origin
}

// UpstreamDefaults is UpstreamConfig of a service-defaults: what its own calls obey.
type UpstreamDefaults struct {
	Defaults  *Settings
	Overrides []Override
}

// Override is what calls to one service obey.
type Override struct {
	Name, Peer string
	Settings
}

// Settings are what a caller wants of calls to an upstream.
type Settings struct {
	Passive        *PassiveCheck
	ConnectTimeout time.Duration // 0 = unset
	ConnectAt      mesh.Origin
	MeshGateway    string // mode; "" = unset
	GatewayAt      mesh.Origin
	MaxConnections int // 0 = unset
	Origin         mesh.Origin
}

// PassiveCheck is a passive health check; only what is set is sent to Envoy.
type PassiveCheck struct {
	Interval, BaseEjection             time.Duration // 0 = unset
	MaxFailures                        int           // 0 = unset
	Enforcing, MaxEjection             *int          // percent; nil = unset
	Origin, MaxFailuresAt, EjectionAt  mesh.Origin
	IntervalAt, BaseAt, EnforcingFound mesh.Origin
}

func (d *decoder) upstreamDefaults(v *value) *UpstreamDefaults {
	if v.object() == nil {
		return nil
	}
	out := &UpstreamDefaults{}
	if at := v.get("Defaults").object(); at != nil {
		s := d.settings(at)
		out.Defaults = &s
	}
	for _, o := range v.get("Overrides").elements() {
		out.Overrides = append(out.Overrides, Override{Name: d.text(o.find("name")), Peer: d.text(o.find("peer")), Settings: d.settings(o)})
	}
	return out
}

// settings reads a block of UpstreamConfig, or the config of a registration's upstream.
func (d *decoder) settings(v *value) Settings {
	connect, mode := v.find("connecttimeoutms"), v.find("meshgateway").object().find("mode")
	s := Settings{
		ConnectTimeout: time.Duration(d.unsigned(connect)) * time.Millisecond, ConnectAt: d.origin(connect),
		MeshGateway: d.text(mode), GatewayAt: d.origin(mode), Origin: d.origin(v),
		MaxConnections: d.unsigned(v.find("limits").object().find("maxconnections")),
	}
	p := v.find("passivehealthcheck").object()
	if p == nil {
		return s
	}
	percent := func(at *value) *int {
		if at == nil || at.kind == nullValue {
			return nil
		}
		return new(d.unsigned(at))
	}
	span := func(at *value) time.Duration {
		if at == nil || at.kind == nullValue {
			return 0
		}
		return d.duration(at)
	}
	interval, failures, share, base := p.find("interval"), p.find("maxfailures"), p.find("maxejectionpercent"), p.find("baseejectiontime")
	enforcing := p.find("enforcingconsecutive5xx")
	s.Passive = &PassiveCheck{
		Interval: span(interval), BaseEjection: span(base), MaxFailures: d.unsigned(failures),
		Enforcing: percent(enforcing), MaxEjection: percent(share), Origin: d.origin(p),
		MaxFailuresAt: d.origin(failures), EjectionAt: d.origin(share), IntervalAt: d.origin(interval), BaseAt: d.origin(base), EnforcingFound: d.origin(enforcing),
	}
	return s
}

// calls reads the upstreams of a proxy.
func (d *decoder) calls(v *value) []Upstream {
	var out []Upstream
	for _, u := range v.find("upstreams").elements() {
		if u.kind != objectValue {
			continue
		}
		up := Upstream{Type: d.text(u.find("destinationtype")), Name: d.text(u.find("destinationname")),
			Datacenter: d.text(u.find("datacenter")), Peer: d.text(u.find("destinationpeer")), Origin: d.origin(u)}
		if c := u.find("config").object(); c != nil {
			up.Settings = d.settings(c)
		}
		if mode := u.find("meshgateway").object().find("mode"); mode != nil {
			up.MeshGateway, up.GatewayAt = d.text(mode), d.origin(mode)
		}
		out = append(out, up)
	}
	return out
}

// linked are the services of a terminating gateway.
func (d *decoder) linked(v *value) []Linked {
	var out []Linked
	for _, s := range v.get("Services").elements() {
		out = append(out, Linked{Name: d.text(s.get("Name")), CAFile: d.text(s.get("CAFile")), CertFile: d.text(s.get("CertFile")), KeyFile: d.text(s.get("KeyFile")),
			SNI: d.text(s.get("SNI")), Origin: d.origin(s), CAAt: d.origin(s.get("CAFile"))})
	}
	return out
}

// behind are the services that a gateway's entry names.
func (d *decoder) behind(v *value) []string {
	var out []string
	for _, s := range v.find("services").elements() {
		if s.kind == objectValue {
			out = append(out, d.text(s.find("name")))
		}
	}
	return out
}
