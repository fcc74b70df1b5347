package kubernetes

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Reference is a name in the environment or the arguments of a workload that looks like a host:
// weak evidence that the workload calls it. The name may be no host at all, or one of another
// fleet; only who knows the services can tell.
type Reference struct {
	Workload *mesh.Workload
	Host     string // as written, without scheme, user, port and path: "cart.shop"
	What     string // where it was found: "env CART_URL", "an argument", "ConfigMap settings, key url"
	Origin   mesh.Origin
}

// workloadTemplate is the template that a workload's pods are made from.
type workloadTemplate struct {
	workload *mesh.Workload
	*template
}

// maxText is how much of one value is searched for hosts.
const maxText = 64 << 10

// References lists the hosts that workloads name, in the order of workload IDs; each host once a
// workload, at the first place that names it.
func References(inv *Inventory) []Reference {
	var out []Reference
	for _, t := range inv.templates {
		s := search{inv: inv, t: t, seen: map[string]bool{}}
		s.containers("/spec/containers/", t.spec.Containers)
		s.containers("/spec/initContainers/", t.spec.InitContainers)
		out = append(out, s.found...)
	}
	return out
}

// search collects the references of one workload.
type search struct {
	inv   *Inventory
	t     workloadTemplate
	seen  map[string]bool
	found []Reference
}

func (s *search) containers(path string, containers []container) {
	for i := range containers {
		c := &containers[i]
		if isProxy(c) {
			continue
		}
		at := s.t.at(path + strconv.Itoa(i))
		for j := range c.Env {
			s.env(&c.Env[j], at, j)
		}
		for _, source := range c.EnvFrom {
			s.configMap(source.ConfigMapRef.Name, "")
		}
		s.arguments(at.Child("command"), c.Command)
		s.arguments(at.Child("args"), c.Args)
	}
}

func (s *search) env(e *envVar, container mesh.Origin, i int) {
	if e.ValueFrom != nil {
		if ref := e.ValueFrom.ConfigMapKeyRef; ref.Key != "" {
			s.configMap(ref.Name, ref.Key)
		}
		return
	}
	s.add(e.Name, e.Value, "env "+e.Name, container.Child("env/"+strconv.Itoa(i)+"/value"))
}

// configMap searches one value of a ConfigMap, or all if key is "".
func (s *search) configMap(name, key string) {
	cm := s.inv.ConfigMaps[Key{s.t.namespace, name}]
	if cm == nil {
		return
	}
	keys := []string{key}
	if key == "" {
		keys = slices.Sorted(maps.Keys(cm.Data))
	}
	for _, k := range keys {
		s.add(k, cm.Data[k], "ConfigMap "+name+", key "+k, mesh.At(cm.Doc, "/data/"+escape(k)))
	}
}

func (s *search) arguments(at mesh.Origin, arguments []string) {
	flag := ""
	for i, argument := range arguments {
		name, value := flag, argument
		if strings.HasPrefix(argument, "-") {
			name, value, _ = strings.Cut(argument, "=")
			flag = name
		} else {
			flag = ""
		}
		s.add(name, value, "an argument", at.Child(strconv.Itoa(i)))
	}
}

func (s *search) add(name, text, what string, at mesh.Origin) {
	for _, host := range hosts(name, text[:min(len(text), maxText)]) {
		if !s.seen[host] {
			s.seen[host] = true
			s.found = append(s.found, Reference{s.t.workload, host, what, at})
		}
	}
}
