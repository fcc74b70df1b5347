package proposal

import (
	"strings"

	"github.com/passmuster/muster/mesh"
)

// localities reads the places that Istio's objects name.
func (c *collector) localities() {
	var o struct {
		Spec struct {
			Locality, Network string
			Endpoints         []struct{ Locality string }
			TrafficPolicy     struct{ LoadBalancer localityPolicy }
			Subsets           []struct {
				TrafficPolicy struct{ LoadBalancer localityPolicy }
			}
		}
	}
	decode(c.doc, &o)
	switch c.doc.Kind {
	case "WorkloadEntry":
		l := mesh.ParseLocality(o.Spec.Locality)
		c.add(hasRegion, l.Region, "/spec/locality", 2)
		if l.Zone != "" {
			c.add(hasZone, l.Region+"/"+l.Zone, "/spec/locality", 2)
		}
		c.add(hasNetwork, o.Spec.Network, "/spec/network", 3)
	case "ServiceEntry":
		for _, e := range o.Spec.Endpoints {
			c.add(namesRegion, mesh.ParseLocality(e.Locality).Region, "/spec/endpoints", 0)
		}
	case "DestinationRule":
		o.Spec.TrafficPolicy.LoadBalancer.regions(c)
		for _, s := range o.Spec.Subsets {
			s.TrafficPolicy.LoadBalancer.regions(c)
		}
	}
}

type localityPolicy struct {
	LocalityLbSetting struct {
		Failover   []struct{ From, To string }
		Distribute []struct {
			From string
			To   map[string]any
		}
	}
}

func (p localityPolicy) regions(c *collector) {
	var list []string
	for _, f := range p.LocalityLbSetting.Failover {
		list = append(list, f.From, f.To)
	}
	for _, d := range p.LocalityLbSetting.Distribute {
		list = append(append(list, d.From), sortedKeys(d.To)...)
	}
	for _, l := range list {
		if r := mesh.ParseLocality(l).Region; r != "" && r != "*" {
			c.add(namesRegion, r, "/spec/trafficPolicy/loadBalancer/localityLbSetting", 0)
		}
	}
}

// workload reads what the pods of a workload give away: their mesh, its version, and the region that they are bound to.
func (c *collector) workload() {
	type pod struct {
		Metadata metadata
		Spec     struct {
			NodeSelector map[string]string
			Containers   []struct {
				Image string
				Env   []struct{ Name, Value string }
			}
		}
	}
	var w struct {
		Spec struct {
			Template         pod
			GatewayClassName string
		}
	}
	decode(c.doc, &w)
	if strings.HasPrefix(w.Spec.GatewayClassName, "istio") {
		c.add(isKind, string(mesh.Istio), "/spec/gatewayClassName", 1)
	}
	t := w.Spec.Template
	c.meta("/spec/template/metadata", t.Metadata, false)
	c.add(hasRegion, t.Spec.NodeSelector["topology.kubernetes.io/region"], "/spec/template/spec/nodeSelector", 2)
	c.add(hasZone, t.Spec.NodeSelector["topology.kubernetes.io/zone"], "/spec/template/spec/nodeSelector", 2)
	for _, k := range t.Spec.Containers {
		if name, tag := image(k.Image); tag != "" {
			switch name {
			case "pilot", "proxyv2":
				c.add(hasVersion, tag, "/spec/template/spec/containers", 1)
			}
			for _, e := range k.Env {
				if name == "pilot" && e.Name == "CLUSTER_ID" && e.Value != "Kubernetes" {
					c.add(hasName, e.Value, "/spec/template/spec/containers", 1)
				}
			}
		}
	}
}

// image splits a reference into the last part of its name and the tag.
func image(ref string) (name, tag string) {
	ref, _, _ = strings.Cut(ref, "@")
	ref = ref[strings.LastIndexByte(ref, '/')+1:]
	name, tag, _ = strings.Cut(ref, ":")
	return name, tag
}
