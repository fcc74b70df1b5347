package consul

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// Annotations of consul-k8s.
const (
	annotation            = "consul.hashicorp.com/"
	annotationInject      = annotation + "connect-inject"
	annotationService     = annotation + "connect-service"
	annotationPort        = annotation + "connect-service-port"
	annotationUpstreams   = annotation + "connect-service-upstreams"
	annotationProxy       = annotation + "transparent-proxy"
	annotationTags        = annotation + "service-tags"
	annotationMeta        = annotation + "service-meta-"
	annotationGateway     = annotation + "gateway-kind"
	annotationGatewayName = annotation + "gateway-consul-service-name"
	annotationServiceKey  = annotation + "service-name" // of a Service
)

// fromPods are the registrations that consul-k8s makes of the pods of an inventory, in the order of pods.
func fromPods(inv *kubernetes.Inventory) []*Registration {
	if inv == nil {
		return nil
	}
	return registrations(inv, inv.Pods)
}

// parkedOf are the registrations that would be made if workloads that are scaled to zero had a pod.
func parkedOf(inv *kubernetes.Inventory) []*Registration {
	if inv == nil {
		return nil
	}
	return registrations(inv, inv.Parked())
}

func registrations(inv *kubernetes.Inventory, pods []*kubernetes.Pod) []*Registration {
	var out []*Registration
	for _, pod := range pods {
		if kind := pod.Annotations[annotationGateway]; kind != "" {
			out = append(out, &Registration{ID: pod.Namespace + "/" + pod.Name, Name: cmp.Or(pod.Annotations[annotationGatewayName], kind), Kind: kind, Address: pod.IP, Port: 8443, Origin: written(pod, annotationGateway), pod: pod})
			continue
		}
		if on, err := strconv.ParseBool(pod.Annotations[annotationInject]); err != nil || !on || pod.Terminating {
			continue
		}
		for _, name := range servicesOf(inv, pod) {
			out = append(out, registrationOf(pod, name))
		}
	}
	return out
}

// servicesOf are the names that a pod is registered under: what it says, else the Services that select it.
func servicesOf(inv *kubernetes.Inventory, pod *kubernetes.Pod) []string {
	if name := pod.Annotations[annotationService]; name != "" {
		return strings.FieldsFunc(name, func(r rune) bool { return r == ',' || r == ' ' })
	}
	var names []string
	for _, s := range selecting(inv, pod) {
		names = append(names, consulName(s))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// selecting are the Services that select a pod, by name.
func selecting(inv *kubernetes.Inventory, pod *kubernetes.Pod) []*kubernetes.Service {
	var out []*kubernetes.Service
	for key, s := range inv.Services {
		if key.Namespace == pod.Namespace && len(s.Selector) > 0 &&
			!slices.ContainsFunc(sortedKeys(s.Selector), func(k string) bool { return pod.Labels[k] != s.Selector[k] }) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *kubernetes.Service) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// consulName is the name of a Service's pods in Consul.
func consulName(s *kubernetes.Service) string {
	return cmp.Or(s.Annotations[annotationServiceKey], s.Name)
}

func registrationOf(pod *kubernetes.Pod, name string) *Registration {
	r := &Registration{ID: pod.Namespace + "/" + pod.Name + "-" + name, Name: name, Address: pod.IP, Meta: map[string]string{"pod-name": pod.Name, "k8s-namespace": pod.Namespace},
		Origin: written(pod, annotationInject), pod: pod}
	for key, value := range pod.Annotations {
		if meta, ok := strings.CutPrefix(key, annotationMeta); ok {
			r.Meta[meta] = value
		}
	}
	if tags := pod.Annotations[annotationTags]; tags != "" {
		r.Tags = strings.Split(tags, ",")
	}
	port, named := pod.Annotations[annotationPort], false
	for _, p := range pod.Ports {
		if p.Name == port && port != "" {
			r.Port, named = p.Number, true
		}
	}
	if n, err := strconv.Atoi(port); err == nil && !named {
		r.Port = n
	} else if !named && len(pod.Ports) > 0 {
		r.Port = pod.Ports[0].Number
	}
	calls := upstreamsOf(pod)
	mode := "transparent" // consul-k8s: the default
	if on, err := strconv.ParseBool(pod.Annotations[annotationProxy]); err == nil && !on {
		mode = "direct"
	}
	r.Sidecar = &Sidecar{Origin: r.Origin, Port: 20000, Proxy: Proxy{Calls: calls, Upstreams: len(calls), Mode: mode}}
	r.Sidecar.inherit(r)
	return r
}

// upstreamsOf reads the annotation of a pod: "name:port:dc", "prepared_query:name:port" and the labelled form
// "name.svc:port", "name.svc.peer.peer:port", "name.svc.dc1.dc:port".
func upstreamsOf(pod *kubernetes.Pod) []Upstream {
	var out []Upstream
	for one := range strings.SplitSeq(pod.Annotations[annotationUpstreams], ",") {
		parts := strings.Split(strings.TrimSpace(one), ":")
		if parts[0] == "" || len(parts) < 2 {
			continue
		}
		up := Upstream{Name: parts[0], Origin: written(pod, annotationUpstreams)}
		if parts[0] == "prepared_query" {
			up.Type, up.Name = "prepared_query", parts[1]
		} else if len(parts) > 2 {
			up.Datacenter = parts[2]
		}
		if labels := strings.Split(up.Name, "."); len(labels) > 1 {
			up.Name = labels[0]
			for i := 1; i+1 < len(labels); i++ {
				switch labels[i+1] {
				case "dc":
					up.Datacenter = labels[i]
				case "peer":
					up.Peer = labels[i]
				}
			}
		}
		out = append(out, up)
	}
	return out
}

// written is where an annotation of a pod stands, or of its workload for one that is made up.
func written(pod *kubernetes.Pod, key string) mesh.Origin {
	if pod.Workload != nil && pod.Synthetic {
		return pod.Workload.Origin
	}
	if pod.Doc == nil {
		return mesh.Origin{Note: "a pod"}
	}
	return mesh.At(pod.Doc, pointer("/metadata/annotations", key))
}
