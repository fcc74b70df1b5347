package config

import (
	"path"
	"slices"
	"strings"

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

// matches trusts the pattern: Parse has reported one that is none.
func matches(pattern, s string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, s)
	return ok && err == nil
}
