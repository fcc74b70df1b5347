package imports

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/passmuster/muster/drill/observe"
)

// target is what the name of a cluster of Envoy says.
type target struct {
	observe.Subject
	inbound bool
	// datacenter is Consul's, of the target that the proxy aimed at.
	datacenter string
}

// maxTargets bounds the names that are remembered; others are taken apart again.
const maxTargets = 4096

// target takes the name of a cluster, or of a server that was asked for, apart once.
func (v *envoy) target(name []byte) target {
	if len(name) == 0 {
		return target{}
	}
	if t, known := v.clusters[string(name)]; known {
		return t
	}
	t := parseTarget(string(name[:min(len(name), maxText)]))
	for _, s := range []*string{&t.Host, &t.Service, &t.Namespace, &t.datacenter} {
		*s = v.texts.of([]byte(*s))
	}
	if len(v.clusters) < maxTargets {
		v.clusters[string(name)] = t
	}
	return t
}

// parseTarget understands outbound|80|v1|pay.shop.svc.cluster.local and inbound|8080|| (Istio), the form that these have in a
// server name (outbound_.80_.v1_.pay.shop.svc.cluster.local), and pay.default.dc1.internal.<trust domain>.consul with a subset and
// a partition where there are any (Consul). Other names say nothing.
func parseTarget(name string) target {
	var t target
	parts := strings.Split(name, "|")
	if len(parts) == 1 {
		parts = strings.SplitN(name, "_.", 4)
	}
	if len(parts) == 4 && (parts[0] == "outbound" || parts[0] == "inbound") {
		t.inbound = parts[0] == "inbound"
		if !t.inbound {
			// The port of an inbound cluster is the container's, not the service's.
			t.Port = port(parts[1])
			t.setHost(strings.TrimSuffix(parts[3], "."))
		}
		return t
	}
	if rest, ok := strings.CutPrefix(name, "failover-target~"); ok {
		_, name, _ = strings.Cut(rest, "~")
	}
	labels := strings.Split(name, ".")
	for i, l := range labels {
		if l != "internal" && l != "internal-v1" && l != "external" || i < 3 {
			continue
		}
		if !strings.HasSuffix(name, ".consul") {
			break
		}
		// [subset.]service.namespace[.partition].datacenter.internal…; with a partition it is internal-v1.
		before := labels[:i]
		t.datacenter = before[len(before)-1]
		before = before[:len(before)-1]
		if l == "internal-v1" && len(before) > 2 {
			before = before[:len(before)-1]
		}
		t.Namespace = before[len(before)-1]
		t.Service = before[len(before)-2]
		t.Host = t.Service
		break
	}
	return t
}

// setHost takes the namespace and the service from a host of Kubernetes.
func (t *target) setHost(host string) {
	t.Host = host
	name, rest, ok := strings.Cut(host, ".")
	namespace, rest, _ := strings.Cut(rest, ".")
	if ok && (rest == "svc" || strings.HasPrefix(rest, "svc.")) {
		t.Service, t.Namespace = name, namespace
	}
}

// subjectOf is what an authority or a host names.
func subjectOf(host string) observe.Subject {
	h, p := splitHost([]byte(host))
	t := target{}
	t.setHost(string(h))
	t.Port = p
	return t.Subject
}

// splitHost parts host:port; the port is 0 where there is none.
func splitHost(b []byte) ([]byte, int) {
	if len(b) > 0 && b[0] == '[' {
		if end := bytes.IndexByte(b, ']'); end > 0 {
			return b[1:end], port(strings.TrimPrefix(string(b[end+1:min(len(b), end+8)]), ":"))
		}
	}
	i := bytes.LastIndexByte(b, ':')
	if i < 0 || bytes.IndexByte(b, ':') != i {
		return b, 0
	}
	return b[:i], port(string(b[i+1 : min(len(b), i+7)]))
}

func port(s string) int {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}
