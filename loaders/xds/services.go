package xds

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/passmuster/muster/mesh"
)

// door is where requests come in: the connection manager of a listener, with what it says to all of its routes.
type door struct {
	port  int
	limit mesh.Value[time.Duration] // gRPC: common_http_protocol_options.max_stream_duration
}

// addServices makes a service of each virtual host that clients reach, and of each cluster that no route leads to.
func (m *Mesh) addServices() {
	for i := range m.all.Listeners {
		l := &m.all.Listeners[i]
		if m.isServer(l.Message) {
			continue
		}
		port := int(l.Message.GetAddress().GetSocketAddress().GetPortValue())
		m.manager(l.Message.GetApiListener().GetApiListener(), port, l.Origin.Child("api_listener").Child("api_listener"))
		for c, chain := range chains(l.Message) {
			for f, filter := range chain.GetFilters() {
				at := l.Origin.Child("filter_chains").Child(strconv.Itoa(c)).Child("filters").Child(strconv.Itoa(f)).Child("typed_config")
				m.manager(filter.GetTypedConfig(), port, at)
			}
		}
	}
	if len(m.views) == 0 { // routes alone
		for _, name := range sortedKeys(m.routes) {
			m.config(m.routes[name].Message, m.routes[name].Origin, door{})
		}
	}
	for _, name := range sortedKeys(m.clusters) {
		m.mention(name)
	}
	for _, name := range sortedKeys(m.clusters) {
		if !m.inRoute[name] {
			m.addService(name, 0, m.clusters[name].Origin, []*mesh.RouteRule{{Origin: m.clusters[name].Origin}}, [][]to{{{cluster: name, weight: 1, at: m.clusters[name].Origin}}}, mesh.TCP)
		}
	}
}

func chains(l *listenerv3.Listener) []*listenerv3.FilterChain {
	if d := l.GetDefaultFilterChain(); d != nil {
		return append(slices.Clone(l.GetFilterChains()), d)
	}
	return l.GetFilterChains()
}

func (m *Mesh) manager(any *anypb.Any, port int, at mesh.Origin) {
	if any == nil {
		return
	}
	var manager hcmv3.HttpConnectionManager
	var tcp tcpv3.TcpProxy
	switch {
	case any.MessageIs(&manager) && any.UnmarshalTo(&manager) == nil:
		d := door{port: port}
		if v := manager.GetCommonHttpProtocolOptions().GetMaxStreamDuration(); v.AsDuration() > 0 {
			d.limit = mesh.Of(v.AsDuration(), at.Child("common_http_protocol_options").Child("max_stream_duration"))
		}
		if rc := manager.GetRouteConfig(); rc != nil {
			m.config(rc, at.Child("route_config"), d)
			return
		}
		name := manager.GetRds().GetRouteConfigName()
		if rc := m.routes[name]; rc != nil {
			m.config(rc.Message, rc.Origin, d)
		} else if name != "" {
			m.fact(mesh.FactUnsupported, at.Child("rds"), fmt.Sprintf("the routes %s are not among the inputs: where requests go is not known", printable(name)))
		}
	case any.MessageIs(&tcp) && any.UnmarshalTo(&tcp) == nil && tcp.GetCluster() != "":
		m.addService(tcp.GetCluster(), port, at, []*mesh.RouteRule{{Origin: at}}, [][]to{{{cluster: tcp.GetCluster(), weight: 1, at: at.Child("cluster")}}}, mesh.TCP)
	}
}

func (m *Mesh) config(rc *routev3.RouteConfiguration, at mesh.Origin, d door) {
	for i, v := range rc.GetVirtualHosts() {
		here := at.Child("virtual_hosts").Child(strconv.Itoa(i))
		host, port := cmp.Or(rc.GetName(), v.GetName()), d.port
		if len(v.GetDomains()) > 0 && v.GetDomains()[0] != "*" {
			host = v.GetDomains()[0]
			if h, p, err := net.SplitHostPort(host); err == nil {
				if n, err := strconv.Atoi(p); err == nil && n > 0 && n < 1<<16 {
					host, port = h, n
				}
			}
		}
		var rules []*mesh.RouteRule
		var sends [][]to
		for j, r := range v.GetRoutes() {
			rule, list := m.rule(v, r, here.Child("routes").Child(strconv.Itoa(j)), d)
			rules, sends = append(rules, rule), append(sends, list)
		}
		m.addService(host, port, here, rules, sends, mesh.HTTP2)
	}
}

// to is where a rule sends requests.
type to struct {
	cluster string
	weight  uint32
	at      mesh.Origin
}

// addService makes a service with one pool for each cluster that its rules lead to.
func (m *Mesh) addService(host string, port int, at mesh.Origin, rules []*mesh.RouteRule, sends [][]to, protocol mesh.Protocol) {
	host = printable(host)
	if port == 0 {
		port = m.sharedPort(sends)
	}
	scope := m.in.Mesh.Name
	s := &mesh.Service{ID: mesh.NewServiceID(m.in.Mesh.Name, scope, "", escapeID(host)), Mesh: m.in.Mesh.Name, Name: host, Hosts: []string{host}, Origin: at,
		Clusters: []string{m.home}}
	if m.views[s.ID] != nil {
		m.fact(mesh.FactDuplicate, at, host+" is announced on several listeners: the first is taken")
		return
	}
	s.Ports = []mesh.Port{{Number: port, Name: strings.ToLower(string(protocol)), Protocol: protocol, Origin: at}}
	view := &mesh.View{Service: s}
	pools := map[string]*mesh.Pool{}
	for i, list := range sends {
		for _, t := range list {
			m.inRoute[t.cluster] = true
			b := mesh.Backend{Service: s, Host: printable(t.cluster), Port: port, Weight: t.weight, Origin: t.at}
			if pools[t.cluster] == nil {
				if pools[t.cluster] = m.pool(s, t.cluster, port, protocol); pools[t.cluster] != nil {
					view.Pools = append(view.Pools, pools[t.cluster])
				}
			}
			if b.Pool = pools[t.cluster]; b.Pool == nil {
				b.Service, b.Missing = nil, true
				loss := mesh.Loss{Kind: mesh.LossMissing, Origin: t.at, Detail: "no cluster " + b.Host + " is announced"}
				if c := m.clusters[t.cluster]; c != nil {
					b.Why = m.refused(c.Message)
					loss = mesh.Loss{Kind: mesh.LossRefused, Origin: c.Origin, Detail: b.Host + " " + b.Why}
				}
				view.Losses = append(view.Losses, loss)
			}
			if rules[i].WeightSum += t.weight; t.weight == 0 && len(list) > 1 {
				rules[i].Idle = append(rules[i].Idle, b)
				continue
			}
			rules[i].To = append(rules[i].To, b)
		}
	}
	for _, p := range view.Pools {
		for _, t := range p.Targets {
			s.Endpoints = append(s.Endpoints, t.Endpoints...)
		}
		if t, ok := p.Tiering.(*mesh.Priorities); ok && len(t.Tiers) > 1 {
			m.intents[s.ID] = append(m.intents[s.ID], mesh.Evidence{What: fmt.Sprintf("%d priorities of %s", len(t.Tiers), p.Host), Origin: p.RuleOrigin, Mechanism: true})
		}
	}
	if len(view.Pools) == 0 { // callers have to see it, so that what is missing is told
		view.Pools = []*mesh.Pool{{Service: s, Host: host, Port: port, Protocol: protocol, Discovery: mesh.EDS, Tiering: mesh.Flat{}, RuleOrigin: at}}
	}
	view.Routes = []*mesh.Route{{Host: host, Port: port, Rules: rules}}
	m.views[s.ID] = view
	m.services = append(m.services, s)
}

// escapeID keeps ids of cells readable: a host is one part of them.
func escapeID(host string) string {
	return strings.NewReplacer("%", "%25", "|", "%7C", "/", "%2F").Replace(host)
}
