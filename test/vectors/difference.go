package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/passmuster/muster/report/resolution"
)

// difference lists where our answer differs from the recorded one: the first difference of each
// destination and route, with both values and what decided ours.
func difference(got, want istioAnswer) []string {
	var out []string
	if len(got.Clients) != len(want.Clients) {
		return []string{fmt.Sprintf("%d clients, want %d", len(got.Clients), len(want.Clients))}
	}
	for i := range want.Clients {
		for _, d := range clientDifference(got.Clients[i], want.Clients[i]) {
			out = append(out, want.Clients[i].Name+": "+d)
		}
	}
	return out
}

func clientDifference(got, want resolution.Client) []string {
	var out []string
	key := func(d resolution.Destination) string { return fmt.Sprintf("%s:%d %s", d.Host, d.Port, d.Subset) }
	out = append(out, pairs("destination", got.Destinations, want.Destinations, key, destinationDifference)...)
	route := func(r resolution.Route) string { return fmt.Sprintf("%s:%d", r.Host, r.Port) }
	out = append(out, pairs("route", got.Routes, want.Routes, route, routeDifference)...)
	tcp := func(r resolution.TCP) string {
		return fmt.Sprintf("%s:%d %s", r.Host, r.Port, strings.Join(r.SNI, ","))
	}
	out = append(out, pairs("tcp", got.TCP, want.TCP, tcp, func(g, w resolution.TCP) string {
		g.To, w.To = united(g.To), united(w.To)
		return field("to", g.To, w.To)
	})...)
	in := func(i resolution.Inbound) string { return fmt.Sprint(i.Port) }
	out = append(out, pairs("inbound", got.Inbound, want.Inbound, in, func(g, w resolution.Inbound) string {
		return first(field("mtls", g.MTLS, w.MTLS), field("rbac", g.RBAC, w.RBAC))
	})...)
	return out
}

// pairs matches two lists by key and compares what both have.
func pairs[T any](what string, got, want []T, key func(T) string, differ func(got, want T) string) []string {
	index := func(list []T) (map[string]T, []string) {
		m, order := map[string]T{}, []string{}
		for _, x := range list {
			k := key(x)
			for n := 2; ; n++ {
				if _, taken := m[k]; !taken {
					break
				}
				k = fmt.Sprintf("%s #%d", key(x), n)
			}
			m[k] = x
			order = append(order, k)
		}
		return m, order
	}
	var out []string
	gotBy, gotOrder := index(got)
	wantBy, wantOrder := index(want)
	for _, k := range wantOrder {
		g, ok := gotBy[k]
		if !ok {
			out = append(out, fmt.Sprintf("%s %s: missing", what, k))
			continue
		}
		if d := differ(g, wantBy[k]); d != "" {
			out = append(out, fmt.Sprintf("%s %s: %s", what, k, d))
		}
	}
	for _, k := range gotOrder {
		if _, ok := wantBy[k]; !ok {
			out = append(out, fmt.Sprintf("%s %s: surplus", what, k))
		}
	}
	return out
}

func destinationDifference(g, w resolution.Destination) string {
	d := first(
		field("discovery", g.Discovery, w.Discovery),
		field("destinationRule", g.Rule, w.Rule),
		field("outlierDetection", g.OutlierDetection, w.OutlierDetection),
		field("panicThreshold", g.PanicThreshold, w.PanicThreshold),
		field("tls", g.TLS, w.TLS),
		field("localityLb", g.LocalityLB, w.LocalityLB),
		field("lb", g.LB, w.LB),
		field("maxConnections", g.MaxConnections, w.MaxConnections),
		field("maxRequests", g.MaxRequests, w.MaxRequests),
		field("priorities", g.Priorities, w.Priorities),
		field("localityWeights", ratios(g.LocalityWeights), ratios(w.LocalityWeights)),
	)
	if d != "" && len(g.Origins) > 0 {
		d += "\n  decided by " + shown(g.Origins)
	}
	return d
}

// ratios divides the weights of each tier by their sum.
func ratios(tiers []map[string]uint32) []map[string]string {
	var out []map[string]string
	for _, t := range tiers {
		sum := uint32(0)
		for _, w := range t {
			sum += w
		}
		r := map[string]string{}
		for l, w := range t {
			r[l] = fmt.Sprintf("%.6f", float64(w)/float64(max(sum, 1)))
		}
		out = append(out, r)
	}
	return out
}

func routeDifference(g, w resolution.Route) string {
	if len(g.Rules) != len(w.Rules) {
		return field("rules", rulesOf(g), rulesOf(w))
	}
	for i, rule := range rulesOf(g) {
		if d := field(fmt.Sprintf("rules[%d]", i), rule, rulesOf(w)[i]); d != "" {
			return d
		}
	}
	return ""
}

func rulesOf(r resolution.Route) []resolution.Rule {
	out := slices.Clone(r.Rules)
	for i := range out {
		out[i].Position = ""
		out[i].To = united(out[i].To)
	}
	return out
}

// united adds up equal destinations and sorts them.
func united(list []resolution.To) []resolution.To {
	var out []resolution.To
	for _, to := range list {
		at := slices.IndexFunc(out, func(o resolution.To) bool {
			return o.Host == to.Host && o.Port == to.Port && o.Subset == to.Subset && o.Missing == to.Missing
		})
		if at < 0 {
			out = append(out, to)
		} else {
			out[at].Weight += to.Weight
		}
	}
	slices.SortFunc(out, func(a, b resolution.To) int { return strings.Compare(shown(a), shown(b)) })
	return out
}

// field compares two values; "" if they are equal.
func field(name string, got, want any) string {
	if reflect.DeepEqual(got, want) || shown(got) == shown(want) {
		return ""
	}
	return fmt.Sprintf("%s\n  got  %s\n  want %s", name, shown(got), shown(want))
}

func shown(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

func first(differences ...string) string {
	for _, d := range differences {
		if d != "" {
			return d
		}
	}
	return ""
}
