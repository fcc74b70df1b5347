package pattern

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// appLabels name the application that pods or services belong to.
var appLabels = []string{"app", "app.kubernetes.io/name", "k8s-app"}

// suffixes are how rollout controllers and people call the versions of a service.
// Flagger: -primary, -canary; Argo Rollouts' examples: -stable, -canary, -active, -preview.
var suffixes = []string{"-primary", "-canary", "-stable", "-preview", "-active", "-blue", "-green"}

// related reports whether two services are versions or copies of one: in one namespace, with the
// application's label or its name in common.
func related(a, b *mesh.Service) bool {
	if a == b {
		return true
	}
	if a.Namespace != b.Namespace || a.External || b.External {
		return false
	}
	return stem(a.Name) == stem(b.Name) || mirrors(a, b) || mirrors(b, a) || app(a) != "" && app(a) == app(b)
}

func stem(name string) string {
	for _, s := range suffixes {
		if cut, ok := strings.CutSuffix(name, s); ok {
			return cut
		}
	}
	return name
}

// mirrors reports whether a mirror stands for a service of another's name: Linkerd's service mirror calls it by the name and the
// cluster, and a federated one "-federated".
func mirrors(m, of *mesh.Service) bool {
	if !m.Mirror || of.Mirror {
		return false
	}
	return m.Name == of.Name+"-federated" || slices.ContainsFunc(itself(m.Endpoints), func(e *mesh.Endpoint) bool { return m.Name == of.Name+"-"+e.Cluster })
}

// app is the application that all pods of a service belong to, else the one that the service names.
func app(s *mesh.Service) string {
	for _, label := range appLabels {
		if len(s.Endpoints) > 0 {
			v := s.Endpoints[0].Labels[label]
			if v != "" && !slices.ContainsFunc(s.Endpoints, func(e *mesh.Endpoint) bool { return e.Labels[label] != v }) {
				return v
			}
		}
		if v := s.Labels[label]; v != "" && len(s.Endpoints) == 0 {
			return v
		}
	}
	return ""
}

// pods are the endpoints of a version, by cluster and name.
func pods(v *mesh.Version) map[[2]string]bool {
	out := map[[2]string]bool{}
	for _, g := range v.Endpoints {
		for _, e := range g.Endpoints {
			out[[2]string{e.Cluster, e.Name}] = true
		}
	}
	return out
}

// apart reports whether two versions have no pod in common.
func apart(a, b *mesh.Version) bool {
	in := pods(a)
	for k := range pods(b) {
		if in[k] {
			return false
		}
	}
	return true
}

// alike reports whether two versions are the same pods.
func alike(a, b *mesh.Version) bool {
	x, y := pods(a), pods(b)
	if len(x) != len(y) {
		return false
	}
	for k := range x {
		if !y[k] {
			return false
		}
	}
	return true
}

// together reports whether two versions run side by side somewhere: in one cluster and region.
// Copies that only stand elsewhere are for disasters, and no release.
func together(a, b *mesh.Version) bool {
	type spot struct{ cluster, region string }
	in := map[spot]bool{}
	for _, g := range a.Endpoints {
		for _, e := range g.Endpoints {
			in[spot{e.Cluster, e.Locality.Region}] = true
		}
	}
	for _, g := range b.Endpoints {
		for _, e := range g.Endpoints {
			if in[spot{e.Cluster, e.Locality.Region}] {
				return true
			}
		}
	}
	return false
}
