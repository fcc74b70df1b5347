package main

import (
	"reflect"
	"time"

	"github.com/passmuster/muster/loaders/consul"
)

// object is a JSON object without the members that are false, empty or zero.
type object = map[string]any

func compact(o object, keep ...string) object {
	for name, v := range o {
		kept := false
		for _, k := range keep {
			kept = kept || k == name
		}
		r := reflect.ValueOf(v)
		if !kept && (!r.IsValid() || r.IsZero() || (r.Kind() == reflect.Slice || r.Kind() == reflect.Map) && r.Len() == 0) {
			delete(o, name)
		}
	}
	return o
}

// lasting is a duration as Go prints it; "" for none.
func lasting(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// shownConsul is an answer in the form of expect.json.
func shownConsul(a *consul.Answer) object {
	routes, splitters, resolvers, targets := []object{}, object{}, object{}, object{}
	for _, r := range a.Routes {
		routes = append(routes, shownRoute(r))
	}
	for id, s := range a.Splitters {
		legs := []object{}
		for _, leg := range s.Legs {
			legs = append(legs, compact(object{"weight": leg.Weight, "next": leg.Next}))
		}
		splitters[id] = legs
	}
	for id, r := range a.Resolvers {
		ids := []string{}
		for _, t := range r.Targets {
			ids = append(ids, t.ID)
		}
		resolvers[id] = compact(object{
			"default": r.Default, "connectTimeout": lasting(r.ConnectTimeout), "requestTimeout": lasting(r.RequestTimeout),
			"loadBalancer": shownBalancer(r.LoadBalancer), "targets": ids, "firstUsable": a.FirstUsable(r),
		}, "targets", "firstUsable")
	}
	for id, t := range a.Targets {
		e := a.Endpoints[id]
		o := compact(object{
			"service": t.Service, "subset": t.Subset, "datacenter": t.Datacenter, "peer": t.Peer, "filter": t.Definition.Filter,
			"onlyPassing": t.Definition.OnlyPassing, "meshGateway": t.MeshGateway, "via": string(e.Via),
			"filterError": e.FilterError != nil,
			"instances":   e.Instances, "endpoints": e.Endpoints, "usable": e.Usable(),
		}, "instances", "endpoints", "usable")
		if t.Peer != "" {
			o["exported"] = e.Exported
		}
		targets[id] = o
	}
	return compact(object{
		"service": a.Service, "datacenter": a.Datacenter, "protocol": a.Protocol, "callerMeshGateway": a.CallerMeshGateway,
		"defaultSubset": a.DefaultSubset, "start": a.Start, "routes": routes, "splitters": splitters, "resolvers": resolvers, "targets": targets,
	}, "resolvers", "targets")
}

func shownRoute(r consul.RouteNode) object {
	to, m := r.Destination, r.Match
	return compact(object{
		"match": compact(object{
			"pathExact": m.PathExact, "pathPrefix": m.PathPrefix, "pathRegex": m.PathRegex,
			"headers": shownConditions(m.Headers), "query": shownConditions(m.Query), "methods": m.Methods,
		}),
		"next": r.Next, "prefixRewrite": to.PrefixRewrite, "requestTimeout": lasting(to.RequestTimeout), "idleTimeout": lasting(to.IdleTimeout),
		"numRetries": to.NumRetries, "retryOn": to.RetryOn, "retryOnConnectFailure": to.RetryOnConnectFailure,
		"retryOnStatusCodes": to.RetryOnStatusCodes,
	})
}

func shownConditions(list []consul.FieldMatch) []object {
	var out []object
	for _, f := range list {
		out = append(out, compact(object{
			"name": f.Name, "present": f.Present, "exact": f.Exact, "prefix": f.Prefix, "suffix": f.Suffix, "regex": f.Regex, "invert": f.Invert,
		}))
	}
	return out
}

func shownBalancer(lb *consul.LoadBalancer) object {
	if lb == nil {
		return nil
	}
	var on []string
	for _, h := range lb.HashPolicies {
		if h.SourceIP {
			on = append(on, "source-ip")
		} else {
			on = append(on, h.Field+":"+h.FieldValue)
		}
	}
	return compact(object{
		"policy": lb.Policy, "minimumRingSize": lb.MinimumRingSize, "maximumRingSize": lb.MaximumRingSize,
		"choiceCount": lb.ChoiceCount, "hashOn": on,
	})
}
