package istio

import (
	"sync"

	"github.com/passmuster/muster/mesh"
)

// workloadIndex finds what objects say about single workloads: what they report, and how their
// proxies run. Workloads that obey the same objects share the answer.
type workloadIndex struct {
	telemetries  map[string][]*Telemetry // by namespace, oldest first
	proxyConfigs map[string][]*ProxyConfig

	mu      sync.Mutex
	reports map[obeyed[Telemetry]]*mesh.Telemetry
	proxies map[obeyed[ProxyConfig]]*mesh.ProxySettings
}

// obeyed are the objects of one kind that hold for a workload: one for the mesh, one for its
// namespace and one that selects it. Nil = there is none.
type obeyed[T any] struct{ mesh, namespace, own *T }

func newWorkloadIndex(c *Config) *workloadIndex {
	x := &workloadIndex{
		telemetries: map[string][]*Telemetry{}, proxyConfigs: map[string][]*ProxyConfig{},
		reports: map[obeyed[Telemetry]]*mesh.Telemetry{}, proxies: map[obeyed[ProxyConfig]]*mesh.ProxySettings{},
	}
	for _, t := range c.Telemetries {
		x.telemetries[t.Namespace] = append(x.telemetries[t.Namespace], t)
	}
	for _, p := range c.ProxyConfigs {
		x.proxyConfigs[p.Namespace] = append(x.proxyConfigs[p.Namespace], p)
	}
	return x
}

// find picks the objects that hold for a workload: the oldest that selects nobody in the root
// namespace and in its own, and the oldest of its namespace that selects it. selector is what an object
// asks for; general tells that it is for all of its namespace.
func find[T any](all map[string][]*T, root, namespace string, labels map[string]string, selector func(*T) (want map[string]string, general bool)) obeyed[T] {
	var out obeyed[T]
	oldest := func(namespace string) *T {
		for _, o := range all[namespace] {
			if _, general := selector(o); general {
				return o
			}
		}
		return nil
	}
	out.mesh = oldest(root)
	if namespace != root {
		out.namespace = oldest(namespace)
	}
	for _, o := range all[namespace] {
		if want, _ := selector(o); len(want) > 0 && hasLabels(labels, want) {
			out.own = o
			break
		}
	}
	return out
}

// kept returns the answer for a key, made once.
func kept[K comparable, V any](x *workloadIndex, answers map[K]*V, key K, answer func() *V) *V {
	x.mu.Lock()
	defer x.mu.Unlock()
	known, ok := answers[key]
	if !ok {
		known = answer()
		answers[key] = known
	}
	return known
}
