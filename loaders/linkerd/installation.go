package linkerd

import (
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

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
	configMapName   = "linkerd-config"
	deployAdaptor   = "smi-adaptor"
	deployOperator  = "linkerd-failover"
	deployDiscovery = "linkerd-destination"
	chartSMI        = "linkerd-smi"
	labelIsControl  = "linkerd.io/is-control-plane"
)

// configValues is what of the chart's values decides answers. The installer keeps them in a ConfigMap.
type configValues struct {
	ClusterDomain       string `json:"clusterDomain"`
	IdentityTrustDomain string `json:"identityTrustDomain"`
	Proxy               struct {
		OpaquePorts *string `json:"opaquePorts"`
	} `json:"proxy"`
}

func (f *Fleet) installation(inv *kubernetes.Inventory, docs []*source.Document) installation {
	in := installation{settings: Settings{TrustDomain: f.mesh.TrustDomain}}
	for name, ns := range inv.Namespaces {
		if ns.Labels[labelIsControl] == "true" && (in.settings.Namespace == "" || name < in.settings.Namespace) {
			in.settings.Namespace = name
		}
	}
	for key, cm := range inv.ConfigMaps {
		if key.Name != configMapName || in.settings.Namespace != "" && key.Namespace != in.settings.Namespace {
			continue
		}
		var v configValues
		if yaml.Unmarshal([]byte(cm.Data["values"]), &v) != nil {
			continue // whoever runs Linkerd will notice sooner than we
		}
		in.settings.Namespace, in.settings.ClusterDomain = key.Namespace, v.ClusterDomain
		if in.settings.TrustDomain == "" {
			in.settings.TrustDomain = v.IdentityTrustDomain
		}
		if v.Proxy.OpaquePorts != nil {
			in.settings.OpaquePorts = numbersOf(*v.Proxy.OpaquePorts)
		}
	}
	in.extensions(inv, docs)
	return in
}

// numbersOf are the ports of a list such as "25,587,3306"; names and ranges are left out.
func numbersOf(list string) []int {
	out := []int{}
	for text := range strings.SplitSeq(list, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
			out = append(out, n)
		}
	}
	return out
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
