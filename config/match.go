package config

import (
	"path"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Match selects services. Each member is a pattern of path.Match, an empty one matches everything, and all of them
// must match.
type Match struct {
	Namespace string
	// Service is "name" or "name.namespace": "legacy.*" is legacy in every namespace, "*.payments" all of payments.
	Service string
	Cluster string            // of any cluster that declares the service
	Labels  map[string]string // of the service; values are patterns

	Position mesh.Position // zero if there is no match, which matches every service
}

// Matches reports whether m selects a service, given by namespace, short name (or external host), the clusters that
// declare it and its labels.
func (m *Match) Matches(namespace, service string, clusters []string, labels map[string]string) bool {
	if !matches(m.Namespace, namespace) || !m.matchesService(namespace, service) {
		return false
	}
	if m.Cluster != "" && !slices.ContainsFunc(clusters, func(c string) bool { return matches(m.Cluster, c) }) {
		return false
	}
	for key, pattern := range m.Labels {
		if value, ok := labels[key]; !ok || !matches(pattern, value) {
			return false
		}
	}
	return true
}

// matchesService takes a pattern with a dot for name.namespace, and also for a host that has dots itself.
func (m *Match) matchesService(namespace, service string) bool {
	if !strings.Contains(m.Service, ".") {
		return matches(m.Service, service)
	}
	return matches(m.Service, service+"."+namespace) || strings.Contains(service, ".") && matches(m.Service, service)
}

// Accepted selects findings. Each member is a pattern, an empty one matches everything, and all of them must match.
type Accepted struct {
	// Namespace is that of the service; of the object, where a finding concerns no service.
	Namespace string
	Service   string // as in Match; a finding that concerns no service has none
	// Cluster is where the line that decides is read for. Where it is read for several, all of them match.
	Cluster string
	Labels  map[string]string // of the service; values are patterns
	Kind    string            // of the object
	Name    string            // of the object
	Path    string            // of the file, relative to the folder of the config; ** is any number of folders

	Position mesh.Position // zero if there is no match, which matches every finding
}

// Matches reports whether a selects a finding. clusters are those that the line that decides is read for, and path is
// its file relative to the folder of the config; both are asked for only where a names them.
func (a *Accepted) Matches(s *mesh.Subject, clusters func() []string, path func() string) bool {
	if !matches(a.Kind, s.Resource.Kind) || !matches(a.Name, s.Resource.Name) {
		return false
	}
	if s.Service == nil {
		if a.Service != "" || len(a.Labels) > 0 || !matches(a.Namespace, s.Resource.Namespace) {
			return false
		}
	} else {
		services := Match{Namespace: a.Namespace, Service: a.Service, Labels: a.Labels}
		if !services.Matches(s.Service.Namespace, s.Service.Name, nil, s.Service.Labels) {
			return false
		}
	}
	if a.Cluster != "" {
		all := clusters()
		if len(all) == 0 || slices.ContainsFunc(all, func(c string) bool { return !matches(a.Cluster, c) }) {
			return false
		}
	}
	return a.Path == "" || source.Covers(a.Path, path())
}

// matches trusts the pattern: Parse has reported one that is none.
func matches(pattern, s string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, s)
	return ok && err == nil
}
