// Command generate writes a generated fleet to a directory.
//
//	go run ./test/generate/cmd/generate -resources 10000 -out /tmp/fleet
//	go run ./test/generate/cmd/generate -mesh consul -resources 10000 -out /tmp/consul
//	go run ./test/generate/cmd/generate -services 10000 -out /tmp/matrix
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/passmuster/muster/test/generate"
)

func main() {
	var o generate.Options
	mesh := flag.String("mesh", "istio", "istio, linkerd or consul")
	out := flag.String("out", "", "directory to write to")
	flag.IntVar(&o.Resources, "resources", 10000, "Kubernetes objects of the mixed fleet")
	flag.IntVar(&o.Services, "services", 0, "write the fleet of the full matrix instead, with as many services")
	flag.IntVar(&o.Clusters, "clusters", 3, "clusters, each a region of its own")
	flag.IntVar(&o.Zones, "zones", 3, "zones of a region")
	flag.IntVar(&o.Namespaces, "namespaces", 0, "namespaces (default: one for 500 resources, 20 for the matrix)")
	flag.Float64Var(&o.PolicyShare, "policy", 0.3, "share of services with a rule about failover")
	flag.Float64Var(&o.Dangling, "dangling", 0.02, "share of applications with a reference that leads nowhere")
	flag.Float64Var(&o.Guarded, "guarded", 0, "share of services with an AuthorizationPolicy (default: 0.3, none for the matrix)")
	flag.BoolVar(&o.Flat, "flat", false, "one network, no east-west gateways")
	flag.IntVar(&o.PerFile, "per-file", 50, "documents in a file")
	flag.Uint64Var(&o.Seed, "seed", 1, "equal seeds give equal fleets")
	flag.Parse()
	if *out == "" {
		fmt.Fprintln(os.Stderr, "name a directory with -out")
		os.Exit(2)
	}
	files := map[string]func(generate.Options) map[string][]byte{"istio": generate.Fleet, "linkerd": generate.Linkerd, "consul": generate.Consul}[*mesh]
	if o.Services > 0 {
		files = generate.Matrix
	}
	if files == nil {
		fmt.Fprintln(os.Stderr, "-mesh is istio, linkerd or consul")
		os.Exit(2)
	}
	if err := generate.Write(*out, files(o)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
