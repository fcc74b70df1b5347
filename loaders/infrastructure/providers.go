package infrastructure

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// Provider is a configuration of a provider that works on a cluster or a datacenter, with what it says about which.
type Provider struct {
	Key     string // as Instance.Provider has it
	Type    string // kubernetes, kubectl, helm, consul
	Alias   string // "" = the default configuration
	Cluster string // address of the resource that is the cluster, with the environment; "" = it refers to none
	// Name and Region are those of the cluster that it refers to, Context is the context of a kubeconfig, Datacenter that of Consul.
	Name, Region, Context, Datacenter mesh.Value[string]
	Origin                            mesh.Origin
}

// clusterTypes are the resources that are clusters, each with the attributes for its name and its place; "" = the region of its provider.
// Terraform: documentation of these resources and data sources.
var clusterTypes = map[string]struct{ name, place string }{
	"aws_eks_cluster": {"name", ""}, "data.aws_eks_cluster": {"name", ""}, "data.aws_eks_cluster_auth": {"name", ""},
	"google_container_cluster": {"name", "location"}, "data.google_container_cluster": {"name", "location"},
	"azurerm_kubernetes_cluster": {"name", "location"}, "data.azurerm_kubernetes_cluster": {"name", ""},
}

// mostArguments is how many arguments of a program are looked at that tells how to reach a cluster.
const mostArguments = 16

// provider notes the configuration that serves a resource, once.
func (b *builder) provider(r *Resource) {
	key := r.Provider
	bare, _, _ := strings.Cut(key, "[")
	name, alias, _ := strings.Cut(bare[strings.LastIndexByte(bare, ':')+1:], ".")
	if r.Mode != "resource" || b.out.Providers[key] != nil || !slices.Contains([]string{"kubernetes", "kubectl", "helm", "consul"}, strings.SplitN(r.Type, "_", 2)[0]) {
		return
	}
	p := &Provider{Key: key, Type: name, Alias: alias, Origin: placed(r.ProviderLeaf("host").Position())}
	b.out.Providers[key] = p
	ask := func(path ...any) terraform.Leaf { return r.ProviderLeaf(path...) }
	if strings.HasPrefix(r.Type, "helm_") {
		ask = func(path ...any) terraform.Leaf {
			if l := r.ProviderLeaf(append([]any{"kubernetes"}, path...)...); !l.Absent {
				return l
			}
			return r.ProviderLeaf(append([]any{"kubernetes", 0}, path...)...)
		}
	}
	if strings.HasPrefix(r.Type, "consul_") {
		p.Datacenter = textOf(ask("datacenter"))
		return
	}
	p.Context = textOf(ask("config_context"))
	leads := []terraform.Leaf{ask("host"), ask("cluster_ca_certificate"), ask("token"), ask("exec", 0, "args"), ask("exec", "args")}
	named := mesh.Value[string]{}
	for _, exec := range [][]any{{"exec", 0, "args"}, {"exec", "args"}} {
		flag := ""
		for i := range mostArguments {
			l := ask(append(exec, i)...)
			if l.Absent || l.Unknown == nil && l.Value.IsNull() {
				break
			}
			if leads = append(leads, l); flag == "--cluster-name" {
				named = textOf(l)
			}
			flag, _ = asText(l.Value)
		}
	}
	b.afterwards(func() {
		for _, l := range leads {
			for _, ref := range l.Refs {
				if of, _ := b.refer(ref); of != nil && b.leadsTo(p, of) {
					return
				}
			}
		}
		p.Name = named
	})
}

// leadsTo notes the cluster that a resource is.
func (b *builder) leadsTo(p *Provider, of *Resource) bool {
	kind, ok := clusterTypes[of.key()]
	if !ok {
		return false
	}
	p.Cluster, p.Name, p.Region = of.id(), of.text(kind.name), of.region()
	if kind.place != "" {
		p.Region = of.text(kind.place)
	}
	if of.Mode == "data" { // it reads a cluster that a resource of the environment may be
		for _, real := range b.referred(of.Leaf(kind.name), "aws_eks_cluster", "google_container_cluster", "azurerm_kubernetes_cluster") {
			b.leadsTo(p, real)
			return true
		}
	}
	if region, known := p.Region.Get(); known && strings.HasPrefix(of.Type, "google_") && strings.Count(region, "-") == 2 {
		p.Region.V = region[:strings.LastIndexByte(region, '-')] // a zonal cluster's place is a zone
	}
	for _, c := range b.out.Clusters {
		if c.ID == p.Cluster && !slices.Contains(c.Provider, p.Key) {
			c.Provider = append(c.Provider, p.Key)
		}
	}
	return true
}
