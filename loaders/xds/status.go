package xds

import (
	"net"
	"path"
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// Status is what an Envoy says of one cluster at /clusters.
type Status struct {
	Cluster string
	Hosts   []HostStatus
	Origin  mesh.Origin
}

// HostStatus is one host as Envoy holds it.
type HostStatus struct {
	Address  string // ip:port
	Priority int
	Locality mesh.Locality
	Ejected  bool // by outlier detection
	Failed   bool // by a health check of its own
	Origin   mesh.Origin
}

// Bootstrap is that of a gRPC client: who it is, and where its certificates lie.
type Bootstrap struct {
	Locality  mesh.Locality
	Providers map[string]Provider
	Origin    mesh.Origin
}

// Provider gives certificates from files, as named in the bootstrap.
type Provider struct {
	Certificate, CA string
	Origin          mesh.Origin
}

// statuses reads the answer of Envoy's /clusters?format=json. Members that are zero or false are left out of it.
func (r *reader) statuses(v map[string]any, at string) {
	for i, c := range items(v["cluster_statuses"]) {
		here := at + "/cluster_statuses/" + strconv.Itoa(i)
		s := Status{Cluster: text(c, "name"), Origin: mesh.At(r.doc, here)}
		for j, h := range items(member(c, "host_statuses")) {
			health := member(h, "health_status")
			s.Hosts = append(s.Hosts, HostStatus{Address: address(member(h, "address")), Priority: number(h, "priority"), Locality: place(member(h, "locality")),
				Ejected: isTrue(health, "failed_outlier_check"), Failed: isTrue(health, "failed_active_health_check"),
				Origin: mesh.At(r.doc, here+"/host_statuses/"+strconv.Itoa(j))})
		}
		r.out.Statuses = append(r.out.Statuses, s)
	}
}

func (r *reader) bootstrap(v map[string]any, at string) {
	b := Bootstrap{Locality: place(member(member(v, "node"), "locality")), Providers: map[string]Provider{}, Origin: mesh.At(r.doc, at)}
	providers, _ := v["certificate_providers"].(map[string]any)
	for _, name := range sortedKeys(providers) {
		config := member(providers[name], "config")
		b.Providers[name] = Provider{Certificate: text(config, "certificate_file"), CA: text(config, "ca_certificate_file"),
			Origin: mesh.At(r.doc, at+"/certificate_providers/"+pointer(name))}
	}
	r.out.Bootstraps = append(r.out.Bootstraps, b)
}

func member(v any, key string) any {
	m, _ := v.(map[string]any)
	return m[key]
}

func items(v any) []any {
	list, _ := v.([]any)
	return list
}

func text(v any, key string) string {
	s, _ := member(v, key).(string)
	return s
}

func isTrue(v any, key string) bool {
	b, _ := member(v, key).(bool)
	return b
}

func number(v any, key string) int {
	n, ok := member(v, key).(interface{ Int64() (int64, error) })
	if !ok {
		return 0
	}
	i, err := n.Int64()
	if err != nil || i < 0 || i > 1<<20 {
		return 0
	}
	return int(i)
}

func place(v any) mesh.Locality {
	return mesh.Locality{Region: text(v, "region"), Zone: text(v, "zone"), Subzone: text(v, "sub_zone")}
}

// address renders a socket address, or the path of a pipe.
func address(v any) string {
	socket := member(v, "socket_address")
	if socket == nil {
		return path.Clean(text(member(v, "pipe"), "path"))
	}
	return net.JoinHostPort(text(socket, "address"), strconv.Itoa(number(socket, "port_value")))
}
