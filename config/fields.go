package config

import (
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

// The keys of each mapping. docs/schema/config.schema.json has the same ones; a test holds this.

func configFields(c *Config) []field {
	return []field{
		{"apiVersion", word(&c.APIVersion, apiVersion), "the version of the format, " + APIVersion},
		{"meshes", list(&c.Meshes, func(m *Mesh) reader { return object(&m.Position, meshFields(m)...) }), ""},
		{"clusters", list(&c.Clusters, func(k *Cluster) reader { return object(&k.Position, clusterFields(k)...) }), ""},
		{"environments", dict(&c.Environments, keyOf(name), func(e *Environment) reader {
			return some("clusters, terraform, plan or state", object(&e.Position, environmentFields(e)...))
		}), ""},
		{"objectives", list(&c.Objectives, objective), ""},
		{"rules", dict(&c.Rules, keyOf(ruleID), ruleSetting), ""},
		{"policies", words(&c.Policies, paths), ""},
		{"evidence", paths(&c.Evidence), ""},
		{"inputs", object(&c.Inputs.Position, inputsFields(&c.Inputs)...), ""},
		{"suppress", list(&c.Suppress, func(s *Suppression) reader {
			return object(&s.Position, suppressionFields(s)...)
		}), ""},
	}
}

func meshFields(m *Mesh) []field {
	return []field{
		{"name", text(&m.Name, name), "how reports name the mesh"},
		{"kind", word(&m.Kind, kind), "istio, linkerd, consul or xds"},
		{"version", text(&m.Version, version), ""},
		{"trustDomain", text(&m.TrustDomain, anyText), ""},
		{"clusters", some("the names of its clusters", words(&m.Clusters, clusterRef)), ""},
		{"configCluster", clusterRef(&m.ConfigCluster), ""},
		{"edition", word(&m.Edition, edition), ""},
		{"rootNamespace", text(&m.RootNamespace, anyText), ""},
		{"clusterDomain", text(&m.ClusterDomain, anyText), ""},
		{"client", word(&m.Client, client), ""},
		{"from", words(&m.From, func(s *string) reader { return text(s, anyText) }), ""},
		{"peers", list(&m.Peers, func(p *Peer) reader { return object(&p.Position, peerFields(p)...) }), ""},
	}
}

func peerFields(p *Peer) []field {
	return []field{
		{"name", text(&p.Name, name), "what the mesh calls the peer"},
		{"cluster", clusterRef(&p.Cluster), "the datacenter that the peer is"},
		{"as", text(&p.As, name), ""},
	}
}

func clusterFields(c *Cluster) []field {
	return []field{
		{"name", text(&c.Name, name), "how meshes and reports name the cluster"},
		{"region", text(&c.Region, name), ""},
		{"zones", words(&c.Zones, func(s *string) reader { return text(s, name) }), ""},
		{"network", text(&c.Network, anyText), ""},
		{"configCluster", clusterRef(&c.ConfigCluster), ""},
		{"sources", list(&c.Sources, sourceOf), ""},
	}
}

func paths(s *string) reader { return text(s, relative) }

// sourceOf reads an entry of sources: what it is, decides which keys may stand beside it.
func sourceOf(s *Source) reader {
	whole := object(&s.Position, sourceFields(s)...)
	return func(d *decoder, n *yaml.Node, at string) {
		whole(d, n, at)
		if n.Kind == yaml.MappingNode {
			d.checkSource(s, at)
		}
	}
}

func sourceFields(s *Source) []field {
	return []field{
		{"path", paths(&s.Path), ""},
		{"kustomize", paths(&s.Kustomize), ""},
		{"helm", paths(&s.Helm), ""},
		{"values", words(&s.Values, paths), ""},
		{"set", plain(&s.Set), ""},
		{"namespace", text(&s.Namespace, anyText), ""},
		{"release", text(&s.Release, anyText), ""},
	}
}

func environmentFields(e *Environment) []field {
	return []field{
		{"clusters", words(&e.Clusters, clusterRef), ""},
		{"terraform", paths(&e.Terraform), ""},
		{"varFiles", words(&e.VarFiles, paths), ""},
		{"plan", paths(&e.Plan), ""},
		{"state", paths(&e.State), ""},
	}
}

func objective(o *Objective) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		o.Faults, o.UsualFaults = DefaultFaults(), true
		o.Origin = mesh.At(d.config, at+"/survive")
		object(&o.Position, objectiveFields(o)...)(d, n, at)
	}
}

func objectiveFields(o *Objective) []field {
	const need = "the failures to survive, such as [zone, region]"
	faults := func(d *decoder, n *yaml.Node, at string) {
		o.Faults, o.UsualFaults = nil, false
		words(&o.Faults, func(s *string) reader { return word(s, fault) })(d, n, at)
	}
	return []field{
		{"match", object(&o.Match.Position, matchFields(&o.Match)...), ""},
		{"survive", some(need, words(&o.Survive, survive)), need},
		{"faults", some("faults such as [crash, hang], or no list for the usual ones", faults), ""},
		{"rto", timespan(&o.RTO), ""},
		{"rpo", timespan(&o.RPO), ""},
		{"failback", timespan(&o.Failback), ""},
		{"latency", timespan(&o.Latency), ""},
		{"pattern", word(&o.Pattern, pattern), ""},
		{"encryption", word(&o.Encryption, encryption), ""},
		{"drill", drilling(&o.Drill), ""},
	}
}

// drilling reads what an objective asks of drills. Where it asks for them and says no more, they may be a year old.
func drilling(dst *mesh.Drilling) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		dst.MaxAge = mesh.Of(mesh.DefaultDrillAge, mesh.At(d.config, at))
		object(nil, drillingFields(dst)...)(d, n, at)
	}
}

func drillingFields(x *mesh.Drilling) []field {
	return []field{{"maxAge", timespan(&x.MaxAge), ""}}
}

func matchFields(m *Match) []field {
	return []field{
		{"namespace", text(&m.Namespace, glob), ""},
		{"service", text(&m.Service, glob), ""},
		{"cluster", text(&m.Cluster, glob), ""},
		{"labels", dict(&m.Labels, anyKey, func(s *string) reader { return text(s, glob) }), ""},
	}
}

func acceptedFields(a *Accepted) []field {
	return []field{
		{"namespace", text(&a.Namespace, glob), ""},
		{"service", text(&a.Service, glob), ""},
		{"cluster", text(&a.Cluster, glob), ""},
		{"labels", dict(&a.Labels, anyKey, func(s *string) reader { return text(s, glob) }), ""},
		{"kind", text(&a.Kind, glob), ""},
		{"name", text(&a.Name, glob), ""},
		{"path", text(&a.Path, pathGlob), ""},
	}
}

// ruleSetting reads a level alone, or a mapping.
func ruleSetting(s *RuleSetting) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		if n.Kind == yaml.MappingNode {
			some("level, params or scopes", object(&s.Position, ruleSettingFields(s)...))(d, n, at)
			return
		}
		s.Position = d.position(n, at)
		word(&s.Level, level)(d, n, at)
	}
}

func ruleSettingFields(s *RuleSetting) []field {
	return []field{
		{"level", word(&s.Level, level), ""},
		{"params", plain(&s.Params), ""},
		{"scopes", list(&s.Scopes, func(s *Scope) reader { return object(&s.Position, scopeFields(s)...) }), ""},
	}
}

func scopeFields(s *Scope) []field {
	const need = "which findings: {namespace: payments}"
	return []field{
		{"match", some(need, object(&s.Match.Position, acceptedFields(&s.Match)...)), need},
		{"level", word(&s.Level, level), "how loud the rule is there: off, note, warning or error"},
	}
}

func inputsFields(i *Inputs) []field {
	return []field{
		{"ignore", words(&i.Ignore, func(s *string) reader { return text(s, pathGlob) }), ""},
		{"unreadable", word(&i.Unreadable, unreadable), ""},
	}
}

func suppressionFields(s *Suppression) []field {
	return []field{
		{"rule", word(&s.Rule, ruleName), "the id of the rule to silence, such as DR103, or its slug"},
		{"match", object(&s.Match.Position, acceptedFields(&s.Match)...), ""},
		{"reason", text(&s.Reason, anyText), ""},
		{"until", word(&s.Until, date), ""},
		{"owner", text(&s.Owner, anyText), ""},
	}
}

// keyOf takes keys of a form.
func keyOf(parse func(string) (string, error)) func(string) error {
	return func(key string) error {
		_, err := parse(key)
		return err
	}
}

func anyKey(string) error { return nil }

func timespan(dst *mesh.Value[time.Duration]) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		word(dst, func(s string) (mesh.Value[time.Duration], error) {
			v, err := duration(s)
			return mesh.Of(v, mesh.At(d.config, at)), err
		})(d, n, at)
	}
}
