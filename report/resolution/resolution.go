// Package resolution is what `muster resolve` prints: what one client knows of everything, the way
// a live proxy would show it. The form is that of the recorded vectors (expect.json), so that one
// reader serves both; origins can be added.
package resolution

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// Client is the answer for one client.
type Client struct {
	Name         string        `json:"name"`
	Destinations []Destination `json:"destinations"`
	Routes       []Route       `json:"routes,omitempty"`
	TCP          []TCP         `json:"tcp,omitempty"`
	Inbound      []Inbound     `json:"inbound,omitempty"`
}

// Destination is one host, port and subset that requests can go to.
type Destination struct {
	Host             string            `json:"host"`
	Port             int               `json:"port"`
	Subset           string            `json:"subset,omitempty"`
	Discovery        string            `json:"discovery"`
	LB               string            `json:"lb"`
	Rule             string            `json:"destinationRule,omitempty"`
	OutlierDetection *OutlierDetection `json:"outlierDetection"`
	PanicThreshold   float64           `json:"panicThreshold"`
	TLS              string            `json:"tls"`
	MaxConnections   int               `json:"maxConnections,omitempty"`
	MaxRequests      int               `json:"maxRequests,omitempty"`
	LocalityLB       string            `json:"localityLb,omitempty"`
	// LocalityWeights are one map for each tier, relative within the tier.
	LocalityWeights []map[string]uint32 `json:"localityWeights,omitempty"`
	Priorities      [][]Endpoint        `json:"priorities"`
	// Origins name the line that decides each part; only when asked for.
	Origins map[string]string `json:"origins,omitempty"`
}

// OutlierDetection is what ejects hosts; nil means that nothing does.
type OutlierDetection struct {
	Consecutive5xx     int    `json:"consecutive5xx"`
	ConsecutiveGateway int    `json:"consecutiveGateway"`
	Interval           string `json:"interval"`
	BaseEjection       string `json:"baseEjection"`
	MaxEjectionPercent int    `json:"maxEjectionPercent"`
	Ejectable          int    `json:"ejectableEndpoints"`
	SplitLocalOrigin   bool   `json:"splitLocalOrigin,omitempty"`
}

// Endpoint is one address of a tier.
type Endpoint struct {
	Address string `json:"address"`
	Region  string `json:"region,omitempty"`
	Zone    string `json:"zone,omitempty"`
	Subzone string `json:"subzone,omitempty"`
	Cluster string `json:"cluster,omitempty"`
	Network string `json:"network,omitempty"`
	Gateway bool   `json:"gateway,omitempty"`
	Weight  uint32 `json:"weight,omitempty"` // relative; 0 means 1
	Health  string `json:"health,omitempty"`
	TLS     string `json:"tls"`
}

// Options decide what an answer shows.
type Options struct {
	Origins bool // add the line that decides to every part
	Inbound bool // say what the client's own workload accepts
	// Mesh is the kind of the client's mesh, "" for Istio: its own mTLS is called "istio" there, and "mtls" elsewhere.
	Mesh mesh.Kind
}

// Of renders what a client knows.
func Of(r *mesh.Resolution, o Options) Client {
	c := Client{Name: r.Client.ID, Destinations: []Destination{}}
	for _, p := range r.Pools {
		c.Destinations = append(c.Destinations, destination(r.Client, p, o))
	}
	for _, route := range r.Routes {
		if route.Kind == mesh.HTTPRoute {
			c.Routes = append(c.Routes, httpRoute(route, o))
		} else {
			c.TCP = append(c.TCP, tcpRoute(route))
		}
	}
	if o.Inbound && r.Inbound != nil {
		c.Inbound = inbound(r.Inbound)
	}
	return c
}

func destination(c *mesh.Client, p *mesh.Pool, o Options) Destination {
	d := Destination{
		Host: p.Host, Port: p.Port, Subset: p.Subset,
		Discovery:      string(p.Discovery),
		LB:             p.LB,
		Rule:           p.Rule,
		PanicThreshold: p.Panic,
		TLS:            clientTLS(c, p),
		MaxConnections: p.MaxConnections,
		MaxRequests:    p.MaxRequests,
		Priorities:     [][]Endpoint{},
	}
	arranged := p.Tiering.Arrange(c, p)
	switch {
	case arranged.ZoneAware:
		d.LocalityLB = "zoneAware"
	case arranged.Weighted:
		d.LocalityLB = "weighted"
	}
	total := 0
	for _, tier := range arranged.Tiers {
		d.Priorities = append(d.Priorities, tierEndpoints(tier, o))
		total += tier.Size()
		if arranged.Weighted && !arranged.ZoneAware {
			d.LocalityWeights = append(d.LocalityWeights, localityWeights(tier))
		}
	}
	reduceWeights(d.Priorities)
	if len(p.Targets) > 0 {
		d.OutlierDetection = detection(p.Targets[0].Detection.Outlier, total)
	}
	if o.Origins {
		d.Origins = origins(p)
	}
	return d
}

// clientTLS names what the client is told to speak. A waypoint tunnels wherever nothing else is
// asked for.
func clientTLS(c *mesh.Client, p *mesh.Pool) string {
	if c.Kind == mesh.Waypoint && p.TLS.Mode == mesh.AutoTLS {
		return string(mesh.HBONE)
	}
	return string(p.TLS.Mode)
}

func detection(o *mesh.OutlierDetection, endpoints int) *OutlierDetection {
	if o == nil {
		return nil
	}
	return &OutlierDetection{
		Consecutive5xx:     o.Consecutive5xx.Or(0),
		ConsecutiveGateway: o.ConsecutiveGateway.Or(0),
		Interval:           o.Interval.Or(0).String(),
		BaseEjection:       o.BaseEjection.Or(0).String(),
		MaxEjectionPercent: o.MaxEjectionPercent.Or(0),
		Ejectable:          o.Ejectable(endpoints),
		SplitLocalOrigin:   o.LocalOrigin.Or(0) > 0,
	}
}

func tierEndpoints(t mesh.Tier, o Options) []Endpoint {
	var out []Endpoint
	for _, g := range t.Groups {
		for _, e := range g.Endpoints {
			shown := Endpoint{
				Address: e.Address,
				Region:  e.Locality.Region, Zone: e.Locality.Zone, Subzone: e.Locality.Subzone,
				Cluster: e.Cluster,
				Network: e.Network,
				Gateway: e.Gateway != nil,
				Weight:  max(e.Weight, 1),
				TLS:     string(e.Security),
			}
			if o.Mesh != "" && o.Mesh != mesh.Istio && e.Security == mesh.MeshMTLS {
				shown.TLS = "mtls"
			}
			if e.Health == mesh.Unhealthy {
				shown.Health = "unhealthy"
			}
			out = append(out, shown)
		}
	}
	slices.SortFunc(out, func(a, b Endpoint) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Subzone, b.Subzone),
			cmp.Compare(a.Address, b.Address), cmp.Compare(a.Cluster, b.Cluster))
	})
	return out
}

// reduceWeights divides the weights of a destination by what they have in common, and leaves 1
// out.
func reduceWeights(tiers [][]Endpoint) {
	common := uint32(0)
	for _, t := range tiers {
		for _, e := range t {
			common = gcd(common, e.Weight)
		}
	}
	for _, t := range tiers {
		for i := range t {
			if t[i].Weight /= common; t[i].Weight == 1 {
				t[i].Weight = 0
			}
		}
	}
}

func gcd(a, b uint32) uint32 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// localityWeights are the shares of a tier's localities, without what they have in common.
func localityWeights(t mesh.Tier) map[string]uint32 {
	out := map[string]uint32{}
	for _, g := range t.Groups {
		out[g.Locality.String()] += g.Weight
	}
	common := uint32(0)
	for _, w := range out {
		common = gcd(common, w)
	}
	for l := range out {
		out[l] /= max(common, 1)
	}
	return out
}

// origins are the lines that decide the parts of a pool.
func origins(p *mesh.Pool) map[string]string {
	out := map[string]string{}
	set := func(name string, o mesh.Origin) {
		if !o.IsZero() {
			out[name] = o.String()
		}
	}
	if p.Rule != "" {
		set("destinationRule", p.RuleOrigin)
	}
	for _, t := range p.Targets {
		if t.Detection.Outlier != nil {
			set("outlierDetection", t.Detection.Outlier.Origin)
			set("maxEjectionPercent", t.Detection.Outlier.MaxEjectionPercent.Origin)
		}
	}
	if t, ok := p.Tiering.(*mesh.LocalityTiers); ok {
		set("localityLb", t.Origin)
		if t.Why != "" {
			out["tiers"] = t.Why
		}
	}
	set("tls", p.TLS.Origin)
	set("connectTimeout", p.ConnectTimeout.Origin)
	for i, l := range p.Losses {
		out[fmt.Sprintf("lost[%d]", i)] = strings.TrimSpace(l.Origin.String() + ": " + l.Detail)
	}
	return out
}

// duration renders a known duration, or "".
func duration(v mesh.Value[time.Duration]) string {
	if d, ok := v.Get(); ok {
		return d.String()
	}
	return ""
}
