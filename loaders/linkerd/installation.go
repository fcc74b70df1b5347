package linkerd

import (
	"cmp"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
)

// presence tells whether something runs in a cluster: inputs that hold no installation at all say nothing.
type presence uint8

const (
	undecided presence = iota
	present
	absent
)

// installation is what a cluster's inputs tell of Linkerd and its extensions there.
type installation struct {
	settings Settings
	// adaptor is linkerd-smi, without which a TrafficSplit does nothing; operator is linkerd-failover.
	adaptor, operator presence
}

// The names that the charts give.
const (
	deployAdaptor     = "smi-adaptor"
	deployOperator    = "linkerd-failover"
	deployDiscovery   = "linkerd-destination"
	chartSMI          = "linkerd-smi"
	chartControlPlane = "linkerd-control-plane"
	labelIsControl    = "linkerd.io/is-control-plane"
)

func (f *Fleet) installation(objects *Objects, inv *kubernetes.Inventory, docs []*source.Document) installation {
	in := installation{}
	for name, ns := range inv.Namespaces {
		if ns.Labels[labelIsControl] == "true" && (in.settings.Namespace == "" || name < in.settings.Namespace) {
			in.settings.Namespace = name
		}
	}
	if c, ok := objects.ControlPlane(in.settings.Namespace); ok {
		in.settings = c.Settings
	}
	in.settings.TrustDomain = cmp.Or(f.mesh.TrustDomain, in.settings.TrustDomain)
	in.extensions(inv, docs)
	return in
}

// extensions finds out which run: as Deployments, or as charts that a controller installs. Where the inputs hold the control
// plane itself, they are taken to hold its extensions as well.
func (in *installation) extensions(inv *kubernetes.Inventory, docs []*source.Document) {
	control := false
	for _, w := range inv.Workloads {
		switch w.Name {
		case deployAdaptor:
			in.adaptor = present
		case deployOperator:
			in.operator = present
		case deployDiscovery:
			control = true
		}
	}
	for _, d := range docs {
		if d.Kind != "HelmRelease" && d.Kind != "Application" && d.Kind != "HelmChart" {
			continue
		}
		if v := releasedAnchors(d); v.IsKnown() && !in.settings.TrustAnchors.IsKnown() {
			in.settings.TrustAnchors = v
		}
		if text := string(d.JSON); strings.Contains(text, `"`+deployOperator+`"`) {
			in.operator, in.adaptor = present, present // the operator's chart brings the adaptor
		} else if strings.Contains(text, `"`+chartSMI+`"`) {
			in.adaptor = present
		}
	}
	if control && in.adaptor == undecided {
		in.adaptor = absent
	}
	if control && in.operator == undecided {
		in.operator = absent
	}
}
