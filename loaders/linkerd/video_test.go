package linkerd_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/loaders/source"
)

const (
	fleets  = "../../testdata/fleets"
	gateway = "linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local"
)

// video is the example fleet, or its broken twin.
type video struct {
	clusters map[string]*linkerd.Cluster
	docs     map[string][]*source.Document
}

// loadVideo reads a tree that has to be free of problems. A cluster knows those that it has Links to, by the Link's name.
func loadVideo(t *testing.T, tree string) *video {
	t.Helper()
	v := &video{clusters: map[string]*linkerd.Cluster{}, docs: map[string][]*source.Document{}}
	for _, name := range []string{"us", "eu", "ap"} {
		root := filepath.Join(fleets, tree)
		r, err := source.Load(context.Background(), []source.Input{{Path: "clusters/" + name, Cluster: name}}, source.Options{Root: root})
		if err != nil {
			t.Fatal(err)
		}
		objects, diags := linkerd.Read(r.Docs)
		for _, d := range slices.Concat(r.Diagnostics, diags) {
			t.Errorf("%s: %v", name, d)
		}
		for _, i := range r.Ignored {
			t.Errorf("%s: ignored: %v", name, i)
		}
		v.docs[name] = r.Docs
		v.clusters[name] = &linkerd.Cluster{Objects: objects, Linked: map[string]*linkerd.Cluster{}, Adaptor: v.has(name, "Deployment", "linkerd-smi", "smi-adaptor")}
	}
	for _, c := range v.clusters {
		for _, l := range c.Links {
			if remote := v.clusters[l.Cluster]; remote != nil {
				c.Linked[l.Cluster] = remote
			}
		}
	}
	return v
}

func (v *video) has(cluster, kind, namespace, name string) bool {
	return slices.ContainsFunc(v.docs[cluster], func(d *source.Document) bool {
		return d.Kind == kind && d.Namespace == namespace && d.Name == name
	})
}

// read decodes the one object of a kind and name.
func read[T any](t *testing.T, v *video, cluster, kind, namespace, name string) *T {
	t.Helper()
	for _, d := range v.docs[cluster] {
		if d.Kind == kind && d.Namespace == namespace && d.Name == name {
			out, diags := kubernetes.Read[T](d)
			if len(diags) > 0 {
				t.Fatal(diags[0])
			}
			return out
		}
	}
	t.Fatalf("%s: no %s %s/%s", cluster, kind, namespace, name)
	return nil
}

func host(service string, port int) string {
	name, namespace, _ := strings.Cut(service, ".")
	return fmt.Sprintf("%s.%s.svc.cluster.local:%d", name, namespace, port)
}

// get tells how many endpoints of a kind a client of a cluster is given for "name.namespace", and what it is not given.
func (v *video) get(cluster, service string) string {
	a := v.clusters[cluster].Get(linkerd.GetQuery{Path: host(service, 80), Node: cluster + "-a1"})
	if a.Code != linkerd.OK {
		return string(a.Code)
	}
	count := map[string]int{}
	for _, e := range a.Endpoints {
		at := cmp.Or(e.Cluster, "here")
		if e.AuthorityOverride != "" {
			at = "gateway for " + e.AuthorityOverride
		}
		count[fmt.Sprintf("%s %s %s", at, e.TLSIdentity, e.Hint)]++
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(count)) {
		out = append(out, strconv.Itoa(count[k])+" "+k)
	}
	for _, l := range a.Left {
		out = append(out, fmt.Sprintf("- %s: %s", l.Address, l.Why))
	}
	return strings.Join(out, "\n")
}

// weights are those that the operator settles on.
func (v *video) weights(cluster, service string) string {
	name, namespace, _ := strings.Cut(service, ".")
	a := v.clusters[cluster].Failover(kubernetes.Key{Namespace: namespace, Name: name})
	out := []string{string(a.Code), "controlled=" + strconv.FormatBool(a.Controlled)}
	for _, b := range a.Backends {
		out = append(out, fmt.Sprintf("%s=%s", b.Service, b.Weight))
	}
	return strings.Join(out, " ")
}

// without is the fleet at the moment when a cluster sees that the gateway behind a mirror is gone.
func (v *video) without(cluster, mirror string) *video {
	name, namespace, _ := strings.Cut(mirror, ".")
	c := *v.clusters[cluster]
	objects := *c.Objects
	objects.Endpoints = maps.Clone(objects.Endpoints)
	delete(objects.Endpoints, kubernetes.Key{Namespace: namespace, Name: name})
	c.Objects = &objects
	out := &video{clusters: maps.Clone(v.clusters), docs: v.docs}
	out.clusters[cluster] = &c
	return out
}

// profile tells whether a ServiceProfile alone governs requests to a service.
func (v *video) profile(cluster, service string, port int) string {
	a := v.clusters[cluster].Profile(linkerd.ProfileQuery{Path: host(service, port), Namespace: "edge"})
	at, off := a.Profile.TurnsPolicyOff()
	switch {
	case a.Code != linkerd.OK || a.Profile.Empty:
		return fmt.Sprintf("%s, empty: %v", a.Code, a.Profile.Empty)
	case off:
		return fmt.Sprintf("the profile alone, %s:%d", at.Position().File, at.Position().Line)
	case a.Profile.Opaque:
		return "opaque"
	}
	return "routes and breaker"
}

func (v *video) breaker(cluster, service string) string {
	name, namespace, _ := strings.Cut(service, ".")
	switch b, dropped := v.clusters[cluster].Services[kubernetes.Key{Namespace: namespace, Name: name}].Breaker(); {
	case dropped != nil:
		return "dropped for " + dropped.Key
	case b == nil:
		return "none"
	default:
		return fmt.Sprintf("%d failures, %s to %s", b.MaxFailures, b.MinPenalty, b.MaxPenalty)
	}
}

func TestVideoAnswers(t *testing.T) {
	v := loadVideo(t, "video")
	pods := func(sa string) string { return sa + ".serviceaccount.identity.linkerd.cluster.local h2" }
	const breaker, policy = "5 failures, 1s to 1m30s", "routes and breaker"
	for _, tc := range []struct{ what, got, want string }{
		{"catalog from us", v.get("us", "catalog-federated.browse"), "3 ap " + pods("catalog.browse") + "\n3 eu " + pods("catalog.browse") + "\n3 here " + pods("catalog.browse")},
		{"catalog from ap", v.get("ap", "catalog-federated.browse"), "3 eu " + pods("catalog.browse") + "\n3 here " + pods("catalog.browse") + "\n3 us " + pods("catalog.browse")},
		{"profiles from us", v.get("us", "profiles-federated.account"), "3 eu " + pods("profiles.account") + "\n3 here " + pods("profiles.account")},
		{"the local part of subtitles", v.get("us", "subtitles.playback"), "3 here " + pods("subtitles.playback")},
		{"the flat mirror of subtitles", v.get("us", "subtitles-eu.playback"), "3 eu " + pods("subtitles.playback")},
		{"the gateway of artwork", v.get("eu", "artwork-ap.browse"), "2 gateway for artwork.browse.svc.cluster.local:80 " + gateway + " h2"},
		{"the gateway of trailers", v.get("ap", "trailers-eu.playback"), "2 gateway for trailers.playback.svc.cluster.local:80 " + gateway + " h2"},
		{"no pod behind an apex", v.get("ap", "licenses.playback"), ""},
		{"pods that are in Git alone", v.get("us", "search-federated.browse"), ""},

		{"recommendations, day", v.weights("ap", "recommendations.browse"), "OK controlled=true recommendations-us=1 recommendations-eu=0"},
		{"recommendations, us gone", v.without("ap", "recommendations-us.browse").weights("ap", "recommendations.browse"), "OK controlled=true recommendations-us=0 recommendations-eu=1"},
		{"licenses, us gone", v.without("ap", "licenses-us.playback").weights("ap", "licenses.playback"), "OK controlled=true licenses-us=0 licenses-eu=1"},
		{"entitlements, us gone", v.without("eu", "entitlements-us.account").weights("eu", "entitlements.account"), "OK controlled=true entitlements-us=0 entitlements-ap=1"},
		{"entitlements, ap gone", v.without("eu", "entitlements-ap.account").weights("eu", "entitlements.account"), "OK controlled=true entitlements-us=1 entitlements-ap=0"},
		{"no split in us", v.weights("us", "recommendations.browse"), "NotFound controlled=false"},

		{"a split is a profile", v.profile("ap", "licenses.playback", 80), "the profile alone, clusters/ap/playback/licenses.yaml:28"},
		{"a retry budget turns nothing off", v.profile("ap", "playlists-federated.browse", 80), policy},
		{"a route alone", v.profile("us", "subtitles.playback", 80), policy},
		{"sessions", v.profile("eu", "sessions.account", 7000), "opaque"},
		{"a port that nobody declares", v.profile("eu", "sessions.account", 80), "OK, empty: true"},

		{"a federated breaker", v.breaker("eu", "catalog-federated.browse"), breaker},
		{"a breaker beside a route", v.breaker("us", "player.playback"), breaker},
		{"no breaker beside a split", v.breaker("ap", "recommendations.browse"), "none"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tc.what, tc.got, tc.want)
		}
	}
	for _, c := range v.clusters {
		for key := range c.Services {
			if got := v.breaker(clusterOf(v, c), key.Name+"."+key.Namespace); got != breaker && got != "none" {
				t.Errorf("%s: %s", key, got)
			}
		}
	}
}

func clusterOf(v *video, c *linkerd.Cluster) string {
	for name, other := range v.clusters {
		if other == c {
			return name
		}
	}
	return ""
}
