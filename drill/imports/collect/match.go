package collect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/plan"
)

// question is what cells of one service, port, subset and class of callers ask.
type question struct {
	name             string
	service          service
	port             int
	subset           string
	cluster          string // of the callers, as their class names it; empty = it does not
	callersNamespace string
}

// service is a service id of the mesh taken apart: <mesh>/<scope>/<namespace>/<host>. A scope may hold slashes.
type service struct{ mesh, scope, namespace, host string }

func newQuestion(name string, c plan.Cell) question {
	q := question{name: name, port: c.Port, subset: c.Subset}
	parts := strings.Split(strings.ToLower(c.Service), "/")
	if n := len(parts); n >= 4 {
		q.service = service{parts[0], strings.Join(parts[1:n-2], "/"), parts[n-2], parts[n-1]}
	} else {
		q.service.host = parts[n-1]
	}
	// A class of callers is named cluster/namespace@place, each part of it where it matters.
	class, _, _ := strings.Cut(c.Client, "@")
	q.cluster, q.callersNamespace, _ = strings.Cut(class, "/")
	return q
}

// directory finds the questions that a subject may be about.
type directory struct {
	questions []question
	byName    map[string][]int // by host and by name.namespace
	clusters  map[string]bool  // that classes of callers or scopes name
	matches   map[string]*match
}

func newDirectory(questions []question) *directory {
	d := &directory{questions: questions, byName: map[string][]int{}, clusters: map[string]bool{}, matches: map[string]*match{}}
	for i, q := range questions {
		for _, name := range q.service.names() {
			d.byName[name] = append(d.byName[name], i)
		}
		d.clusters[q.cluster] = true
		d.clusters[q.service.cluster()] = true
	}
	delete(d.clusters, "")
	return d
}

// names are those under which sources know a service: its host, and for one of Kubernetes name.namespace and name.namespace.svc. A
// service of Consul is known by name.namespace too.
func (s service) names() []string {
	all := []string{s.host}
	name, rest, _ := strings.Cut(s.host, ".")
	namespace, rest, _ := strings.Cut(rest, ".")
	switch {
	case rest == "svc" || strings.HasPrefix(rest, "svc."):
		all = append(all, name+"."+namespace, name+"."+namespace+".svc")
	case !strings.Contains(s.host, ".") && s.namespace != "" && s.namespace != "-":
		all = append(all, s.host+"."+s.namespace)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// cluster is the scope of a service whose mesh has scopes of its own (a cluster of Linkerd, a datacenter of Consul).
func (s service) cluster() string {
	if s.scope == s.mesh {
		return ""
	}
	first, _, _ := strings.Cut(s.scope, "/")
	return first
}

// match are the questions that a subject is about. shared = it may as well be about another: its port or its caller is not known.
type match struct {
	questions []int
	shared    bool
}

// find returns the questions of a subject; nil = it is about none.
func (d *directory) find(s observe.Subject) *match {
	var found []int
	for _, name := range subjectNames(s) {
		if found = d.byName[name]; len(found) > 0 {
			break
		}
	}
	m := &match{}
	namespace, _, named := strings.Cut(s.Source, "/")
	for _, i := range found {
		q := &d.questions[i]
		if s.Port != 0 && q.port != 0 && s.Port != q.port {
			continue
		}
		// A bare name, as Consul has, means another service in another namespace.
		if n := q.service.namespace; !strings.Contains(q.service.host, ".") && s.Namespace != "" && n != "" && n != "-" && n != strings.ToLower(s.Namespace) {
			continue
		}
		// A name of a cluster that the plan does not know is one that the source gives: it tells nothing.
		if known := d.clusters[s.SourceCluster]; known {
			if c := q.service.cluster(); c != "" && c != strings.ToLower(s.SourceCluster) || q.cluster != "" && d.clusters[q.cluster] && q.cluster != s.SourceCluster {
				continue
			}
		}
		if named && q.callersNamespace != "" && q.callersNamespace != namespace {
			continue
		}
		m.questions = append(m.questions, i)
	}
	if len(m.questions) == 0 {
		return nil
	}
	first := d.questions[m.questions[0]]
	for _, i := range m.questions[1:] {
		q := d.questions[i]
		m.shared = m.shared || q.port != first.port || q.service != first.service || q.cluster != first.cluster ||
			q.callersNamespace != first.callersNamespace || q.subset != first.subset
	}
	// Subjects that are about the same questions share a match, and with it the memory of what is seen.
	key := fmt.Sprint(m.questions, m.shared)
	if known := d.matches[key]; known != nil {
		return known
	}
	d.matches[key] = m
	return m
}

// subjectNames are the names to look for, the surest first. A bare name of Kubernetes means the service of the caller's namespace.
func subjectNames(s observe.Subject) []string {
	host := strings.ToLower(strings.TrimSuffix(s.Host, "."))
	var all []string
	if s.Service != "" && s.Namespace != "" {
		all = append(all, strings.ToLower(s.Service+"."+s.Namespace))
	}
	if host != "" {
		all = append(all, host)
		if namespace, _, ok := strings.Cut(s.Source, "/"); ok && !strings.Contains(host, ".") {
			all = append(all, host+"."+strings.ToLower(namespace))
		}
	}
	if s.Service != "" && s.Namespace == "" {
		all = append(all, strings.ToLower(s.Service))
	}
	return all
}

// of returns what a subject is about; nil = no cell, which is counted.
func (c *Collector) of(s observe.Subject) *match {
	if c.lastTo != nil && s == c.last {
		return c.lastTo
	}
	m, known := c.subjects[s]
	if !known {
		m = c.services.find(s)
		if len(c.subjects) < maxSubjects {
			c.subjects[s] = m
		}
	}
	if m == nil {
		c.now.stranger(s)
		return nil
	}
	c.last, c.lastTo = s, m
	return m
}

func (s *source) stranger(about observe.Subject) {
	name := about.Host
	if name == "" && about.Service != "" {
		name = about.Service + "." + about.Namespace
	}
	if _, known := s.Strangers[name]; known || len(s.Strangers) < maxStrangers {
		s.Strangers[name]++
		return
	}
	s.Unknown++
}
