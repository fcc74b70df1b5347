package mesh_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// at is an endpoint: "name region/zone/subzone [weight=n] [label=value ...]".
func at(text string) *mesh.Endpoint {
	fields := strings.Fields(text)
	e := &mesh.Endpoint{Address: fields[0], Locality: mesh.ParseLocality(fields[1]), Labels: map[string]string{}}
	for _, f := range fields[2:] {
		k, v, _ := strings.Cut(f, "=")
		switch k {
		case "weight":
			_, _ = fmt.Sscan(v, &e.Weight)
		case "network":
			e.Network = v
		case "cluster":
			e.Cluster = v
		case "gateway":
			e.Gateway = &mesh.Gateway{}
		case "text":
			e.LocalityText = v
		default:
			e.Labels[k] = v
		}
	}
	return e
}

// tiersOf arranges endpoints: tiers stand between bars, with the weight of each locality if it counts.
func tiersOf(t *mesh.LocalityTiers, c *mesh.Client, endpoints []string) string {
	var target mesh.Target
	for _, e := range endpoints {
		target.Endpoints = append(target.Endpoints, at(e))
	}
	a := t.Arrange(c, &mesh.Pool{Targets: []mesh.Target{target}})
	var tiers []string
	for _, tier := range a.Tiers {
		var groups []string
		for _, g := range tier.Groups {
			var names []string
			for _, e := range g.Endpoints {
				names = append(names, e.Address)
			}
			text := strings.Join(names, "+")
			if a.Weighted {
				text += fmt.Sprintf(":%d", g.Weight)
			}
			groups = append(groups, text)
		}
		tiers = append(tiers, strings.Join(groups, " "))
	}
	return strings.Join(tiers, " | ")
}

func TestLocalitiesAreTieredByDistance(t *testing.T) {
	everywhere := []string{"far eu/x/", "near us/a/r1", "rack us/a/r2", "zone us/b/r1", "next asia/x/"}
	priority := func(labels ...string) *mesh.LocalityTiers {
		return &mesh.LocalityTiers{On: true, FailoverPriority: labels, PreferNetwork: true}
	}
	tests := []struct {
		name      string
		tiers     *mesh.LocalityTiers
		client    string // locality
		endpoints []string
		want      string
	}{
		{"without tiers all endpoints are one pool", &mesh.LocalityTiers{}, "us/a/r1", everywhere, "next far near rack zone"},
		{"subzone, zone, region, the rest", &mesh.LocalityTiers{On: true}, "us/a/r1", everywhere, "near | rack | zone | next far"},
		{"ranks nobody has leave no gap", &mesh.LocalityTiers{On: true}, "us/a/r1", []string{"zone us/b/", "far eu/x/"}, "zone | far"},
		{"a client of no known place is far from all", &mesh.LocalityTiers{On: true}, "", everywhere, "next far near rack zone"},
		{"failover prefers one of the other regions", &mesh.LocalityTiers{On: true, Failover: []mesh.FailoverTo{{From: "us", To: "asia"}}},
			"us/a/r1", everywhere, "near | rack | zone | next | far"},
		{"failover of other regions does not count", &mesh.LocalityTiers{On: true, Failover: []mesh.FailoverTo{{From: "eu", To: "asia"}}},
			"us/a/r1", everywhere, "near | rack | zone | next far"},
		{"the first failover of a region counts", &mesh.LocalityTiers{On: true, Failover: []mesh.FailoverTo{{From: "us", To: "mars"}, {From: "us", To: "asia"}}},
			"us/a/r1", everywhere, "near | rack | zone | next far"},
		{"zone-aware leaves the zones of a region to the proxy", &mesh.LocalityTiers{On: true, ZoneAware: true, Failover: []mesh.FailoverTo{{From: "us", To: "asia"}}},
			"us/a/r1", everywhere, "near rack zone | next | far"},
		{"labels rank by the first that disagrees", priority("version", "tier"), "us/a/r1",
			[]string{"both us/a/ version=v1 tier=gold", "first us/a/ version=v1", "none us/a/ tier=gold"}, "both | first | none"},
		{"a value can stand in for the client's own", priority("version=v2"), "us/a/r1",
			[]string{"v1 us/a/ version=v1", "v2 us/a/ version=v2"}, "v2 | v1"},
		{"a value stands in for every entry of its label", priority("version", "version=v2"), "us/a/r1",
			[]string{"v1 us/a/ version=v1", "v2 us/a/ version=v2"}, "v2 | v1"},
		{"a network in first place is preferred and not required", priority(mesh.LabelNetwork, mesh.LabelRegion), "us/a/r1",
			[]string{"home us/a/ network=n1", "far eu/x/ network=n1", "other us/a/ network=n2", "last eu/x/ network=n2"},
			"home | far | other | last"},
		{"a gateway has no place of its own", priority(mesh.LabelRegion), "us/a/r1",
			[]string{"pod us/a/", "gw us/a/ gateway=yes"}, "pod | gw"},
		{"failover ranks inside what labels leave equal", &mesh.LocalityTiers{On: true, FailoverPriority: []string{"version"}, Failover: []mesh.FailoverTo{{From: "us", To: "asia"}}},
			"us/a/r1", []string{"far eu/x/ version=v1", "next asia/x/ version=v1", "near us/a/r1", "zone us/b/"}, "next | far | near | zone"},
		{"labels that are ignored rank nobody", &mesh.LocalityTiers{On: true, IgnoresPriority: true, FailoverPriority: []string{"version"}},
			"us/a/r1", []string{"v1 us/a/ version=v1", "v2 eu/x/ version=v2"}, "v2 v1"},
		{"localities of one tier share by weight", &mesh.LocalityTiers{On: true, Weighted: true}, "us/a/r1",
			[]string{"a eu/x/ weight=3", "b eu/x/", "c asia/x/"}, "c:1 a+b:4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &mesh.Client{Locality: mesh.ParseLocality(test.client), Network: "n1", Labels: map[string]string{"version": "v1", "tier": "gold"}}
			if got := tiersOf(test.tiers, c, test.endpoints); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestDistributeDividesTrafficAndEmptiesTheRest(t *testing.T) {
	share := func(locality string, percent uint32) mesh.LocalityShare {
		return mesh.LocalityShare{Locality: locality, Percent: percent}
	}
	everywhere := []string{"a us/a/", "b us/b/ weight=3", "x eu/x/", "y asia/y/"}
	tests := []struct {
		name       string
		distribute []mesh.Distribution
		endpoints  []string
		want       string
	}{
		{"what no share names loses its endpoints", []mesh.Distribution{{From: "us/*", To: []mesh.LocalityShare{share("us/*", 80), share("eu/*", 20)}}},
			everywhere, "x:20 a:20 b:60"},
		{"a region stands for its zones", []mesh.Distribution{{From: "us", To: []mesh.LocalityShare{share("us", 100)}}}, everywhere, "a:25 b:75"},
		{"the first entry for the client counts", []mesh.Distribution{
			{From: "eu/*", To: []mesh.LocalityShare{share("us/*", 100)}},
			{From: "*", To: []mesh.LocalityShare{share("asia/*", 100)}},
			{From: "us/*", To: []mesh.LocalityShare{share("eu/*", 100)}},
		}, everywhere, "y:100"},
		{"a client that no entry is for is not touched", []mesh.Distribution{{From: "eu/*", To: []mesh.LocalityShare{share("us/*", 100)}}}, everywhere, "y:1 x:1 a:1 b:3"},
		{"a share of nothing is lost", []mesh.Distribution{{From: "us/a/*", To: []mesh.LocalityShare{share("us/a/*", 40), share("mars/*", 60)}}}, everywhere, "a:40"},
		{"parts of a share are rounded up", []mesh.Distribution{{From: "us/*", To: []mesh.LocalityShare{share("*", 100)}}},
			[]string{"a us/a/", "b us/b/", "c us/c/"}, "a:34 b:34 c:34"},
		{"one locality written in two ways is two groups", []mesh.Distribution{{From: "us/*", To: []mesh.LocalityShare{share("us/*", 41), share("eu/*", 59)}}},
			[]string{"pod us/a/", "vm us/a/ text=us/a", "x eu/x/"}, "x:59 pod:21 vm:21"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tiers := &mesh.LocalityTiers{On: true, Weighted: true, Distribute: test.distribute}
			c := &mesh.Client{Locality: mesh.ParseLocality("us/a/r1")}
			if got := tiersOf(tiers, c, test.endpoints); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestPlaceLabelsOutweighTheWorkloadsOwn(t *testing.T) {
	c := &mesh.Client{Cluster: "c1", Network: "n1", Locality: mesh.ParseLocality("us/a/r"), Labels: map[string]string{
		mesh.LabelRegion: "mars", mesh.LabelCluster: "other", mesh.LabelNetwork: "own", "app": "web",
	}}
	for label, want := range map[string]string{
		mesh.LabelRegion: "us", mesh.LabelZone: "a", mesh.LabelSubzone: "r", mesh.LabelCluster: "c1",
		mesh.LabelNetwork: "own", "app": "web", "absent": "",
	} {
		if got := c.Label(label); got != want {
			t.Errorf("%s is %q, want %q", label, got, want)
		}
	}
}
