package mesh

import (
	"fmt"
	"strings"
	"testing"
)

// versioned is a service with one pod of each label value.
func versioned(host string, versions ...string) *Service {
	s := &Service{ID: NewServiceID("m", "m", "shop", host), Name: host}
	for i, v := range versions {
		for _, port := range []int{80, 81} { // one endpoint for each port, and still one pod
			s.Endpoints = append(s.Endpoints, &Endpoint{Name: fmt.Sprint(host, "-", i), Port: port, Labels: map[string]string{"version": v},
				Locality: Locality{Region: "east"}, Workload: &Workload{ID: host + "-" + v}})
		}
	}
	return s
}

func subsetPools(s *Service, names ...string) []*Pool {
	pools := []*Pool{{Service: s, Host: s.ID.Host(), Port: 80}}
	for _, n := range names {
		pools = append(pools, &Pool{Service: s, Host: s.ID.Host(), Port: 80, Subset: n, Selects: &Subset{Name: n, Labels: map[string]string{"version": n}}})
	}
	return pools
}

func to(s *Service, subset string, weight uint32) Backend {
	return Backend{Service: s, Host: s.ID.Host(), Port: 80, Subset: subset, Weight: weight}
}

func routed(s *Service, rules ...*RouteRule) []*Route {
	for _, r := range rules {
		r.From = "shop/route"
	}
	return []*Route{{Host: s.ID.Host(), Port: 80, Rules: rules}}
}

func TestVersions(t *testing.T) {
	cart, stable, canary := versioned("cart", "v1", "v2"), versioned("stable", "v1"), versioned("canary", "v2")
	tests := []struct {
		name  string
		views []*View
		want  string
	}{
		{"nothing is apart", []*View{{Pools: subsetPools(cart), Routes: routed(cart, &RouteRule{To: []Backend{to(cart, "", 100)}})}}, ""},
		{"subsets without a route", []*View{{Pools: subsetPools(cart, "v1", "v2")}}, "v1 absent 0 pods 1; v2 absent 0 pods 1"},
		{"the default route says nothing", []*View{{Pools: subsetPools(cart, "v1"), Routes: []*Route{{Host: "cart", Rules: []*RouteRule{{To: []Backend{to(cart, "", 100)}}}}}}},
			"v1 absent 0 pods 1"},
		{"a subset that no rule names gets nothing", []*View{{Pools: subsetPools(cart, "v1", "v2"), Routes: routed(cart, &RouteRule{To: []Backend{to(cart, "v1", 100)}})}},
			"v1 100 100 pods 1; v2 0 100 pods 1"},
		{"a service beside another", []*View{{Pools: subsetPools(stable), Routes: routed(stable, &RouteRule{To: []Backend{to(stable, "", 3), to(canary, "", 1)}})}},
			""}, // cart has no part in it
		{"a host that stands for two services", []*View{{Pools: subsetPools(cart), Routes: routed(cart, &RouteRule{To: []Backend{to(stable, "", 3), to(canary, "", 1)}})}},
			"canary 1 4 pods 1; stable 3 4 pods 1"},
		{"a path leads to another part of the application", []*View{{Pools: subsetPools(cart), Routes: routed(cart,
			&RouteRule{Match: Match{Path: "prefix:/pay"}, To: []Backend{to(canary, "", 100)}}, &RouteRule{To: []Backend{to(cart, "", 100)}})}}, ""},
		{"a header leads to a canary", []*View{{Pools: subsetPools(cart), Routes: routed(cart,
			&RouteRule{Match: Match{Headers: map[string]string{"x-canary": "present"}}, To: []Backend{to(canary, "", 100)}}, &RouteRule{To: []Backend{to(cart, "", 100)}})}},
			"cart 100 100 pods 2; canary absent 0 pods 1 matched"},
		{"classes of callers that agree", []*View{
			{Pools: subsetPools(cart, "v1", "v2"), Routes: routed(cart, &RouteRule{To: []Backend{to(cart, "v1", 90), to(cart, "v2", 10)}})},
			{Pools: subsetPools(cart, "v1", "v2"), Routes: routed(cart, &RouteRule{To: []Backend{to(cart, "v1", 9), to(cart, "v2", 1)}})},
		}, "v1 90 100 pods 1; v2 10 100 pods 1"},
		{"classes of callers that do not agree", []*View{
			{Pools: subsetPools(cart, "v1", "v2"), Routes: routed(cart, &RouteRule{To: []Backend{to(cart, "v1", 90), to(cart, "v2", 10)}})},
			{Pools: subsetPools(cart, "v1", "v2"), Routes: routed(cart, &RouteRule{To: []Backend{to(cart, "v1", 100)}, Idle: []Backend{to(cart, "v2", 0)}})},
		}, "v1 unknown 100 pods 1; v2 unknown 100 pods 1"},
		{"a destination that is listed twice", []*View{{Pools: subsetPools(cart, "v1", "v2"), Routes: routed(cart, &RouteRule{To: []Backend{to(cart, "v1", 50), to(cart, "v2", 10), to(cart, "v1", 40)}})}},
			"v1 90 100 pods 1; v2 10 100 pods 1"},
		{"weights beyond what a proxy takes", []*View{{Pools: subsetPools(cart, "v1", "v2"), Routes: routed(cart, &RouteRule{To: []Backend{to(cart, "v1", 1<<32-1), to(cart, "v2", 1<<31)}})}},
			"v1 4294967295 4294967295 pods 1; v2 2147483648 4294967295 pods 1"},
		{"a subset that no rule defines", []*View{{Pools: subsetPools(cart, "v1"), Routes: routed(cart, &RouteRule{To: []Backend{to(cart, "v1", 50), to(cart, "v9", 50)}})}},
			"v1 50 100 pods 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, v := range VersionsIn(cart, test.views) {
				weight := map[State]string{Absent: "absent", Unknown: "unknown"}[v.Weight.State]
				if v.Weight.IsKnown() {
					weight = fmt.Sprint(v.Weight.V)
				}
				pods := 0
				for _, g := range v.Endpoints {
					pods += len(g.Endpoints)
				}
				line := fmt.Sprintf("%s %s %d pods %d", v.Name, weight, v.Sum, pods)
				if v.Matched {
					line += " matched"
				}
				got = append(got, line)
			}
			if text := strings.Join(got, "; "); text != test.want {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
		})
	}
}

func TestTheWeightOfADestinationStandsBesideIt(t *testing.T) {
	for path, want := range map[string]string{
		"/spec/http/0/route/1/destination": "/spec/http/0/route/1/weight",        // Istio
		"/spec/rules/0/backendRefs/1":      "/spec/rules/0/backendRefs/1/weight", // Gateway API
	} {
		if got := (Backend{Origin: Origin{In: nowhere{}, Path: path}}).WeightOrigin().Path; got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

type nowhere struct{}

func (nowhere) Locate(string) Position { return Position{} }

func TestWorkloadsOfAServiceAreThoseOfItsPodsOnceEach(t *testing.T) {
	v1, v2 := &Workload{ID: "east/shop/Deployment/cart-v1"}, &Workload{ID: "east/shop/Deployment/cart-v2"}
	s := &Service{Endpoints: []*Endpoint{{Name: "b", Workload: v2}, {Name: "a", Workload: v1}, {Name: "machine"}, {Name: "b", Port: 81, Workload: v2}}}
	if got := s.Workloads(); len(got) != 2 || got[0] != v1 || got[1] != v2 {
		t.Errorf("%d workloads: %v", len(got), got)
	}
}
