package fleet

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// concern is whose predictions a value may change.
type concern struct {
	namespaces []string // "" = all
	name       string   // of one service of them; "" = all
	// workload is set where it is the services of one workload that are concerned.
	workload *mesh.Resource
	// aside: predictions do not change, and what is found about the object may.
	aside bool
}

var (
	podSpec     = regexp.MustCompile(`^(/spec/template|)/spec/(.*)$`)
	podLabels   = regexp.MustCompile(`^/spec/template/metadata/labels(/|$)|^/spec/selector(/|$)`)
	labels      = regexp.MustCompile(`/metadata/labels/([^/]+)$`)
	annotations = regexp.MustCompile(`/metadata/annotations/([^/]+)$`)
	// environment of processes, what they are called with, and what they mount
	inside = regexp.MustCompile(`^(init)?[cC]ontainers/[0-9]+/(env|envFrom|args|command|workingDir|imagePullPolicy)(/|$)`)
	beside = regexp.MustCompile(`^((init)?[cC]ontainers/[0-9]+/(image|volumeMounts|securityContext)|volumes|imagePullSecrets|securityContext)(/|$)`)
)

// quietLabels are labels by which nobody selects.
var quietLabels = []string{"app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart"}

// readDomains are those of labels and annotations that some loader reads.
var readDomains = []string{"istio.io", "linkerd.io", "consul.hashicorp.com", "passmuster.dev", "kubernetes.io", "k8s.io", "argoproj.io", "flagger.app", "fluxcd.io"}

var workloads = []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"}

// concerned tells whose predictions a value of an object may change, where the value is not known; false if none is. It errs on the side
// of more: what is left out here is known to have no say.
func concerned(d *source.Document, pointer string) (concern, bool) {
	switch {
	case standingOf(d).standing == unmodelled && kindOfDocument(d) == "", strings.HasPrefix(pointer, "/status"), d.Kind == "ServiceAccount":
		return concern{}, false
	case quiet(d, pointer):
		return concern{}, false
	}
	here := concern{namespaces: []string{home(d)}}
	everywhere := concern{namespaces: []string{""}}
	group, _, _ := strings.Cut(d.APIVersion, "/")
	switch {
	case d.Kind == "Pod" || slices.Contains(workloads, d.Kind):
		return ofWorkload(d, pointer, here)
	case d.Kind == "ConfigMap":
		if !strings.HasPrefix(d.Name, "istio") && d.Name != "linkerd-config" && !strings.HasPrefix(d.Name, "linkerd") {
			return concern{}, false
		}
		return everywhere, true
	case d.Kind == "Service" && group == "v1":
		here.name = d.Name
		return here, true
	case d.Kind == "HorizontalPodAutoscaler" && strings.HasPrefix(pointer, "/spec") && !strings.HasPrefix(pointer, "/spec/scaleTargetRef"):
		var o struct {
			Spec struct{ ScaleTargetRef struct{ Kind, Name string } }
		}
		if json.Unmarshal(d.JSON, &o) == nil && o.Spec.ScaleTargetRef.Name != "" {
			here.workload = &mesh.Resource{Kind: o.Spec.ScaleTargetRef.Kind, Namespace: home(d), Name: o.Spec.ScaleTargetRef.Name, Cluster: d.Cluster}
		}
		return here, true
	case slices.Contains([]string{"HorizontalPodAutoscaler", "PodDisruptionBudget", "Endpoints", "EndpointSlice", "Ingress", "NetworkPolicy", "PeerAuthentication",
		"AuthorizationPolicy", "Rollout", "Canary"}, d.Kind):
		return here, true
	case d.Kind == "Namespace":
		return concern{namespaces: []string{d.Name}}, true
	case d.Kind == "DestinationRule" || d.Kind == "VirtualService":
		return ofHosts(d, pointer)
	}
	return everywhere, true
}

// home is the namespace of an object.
func home(d *source.Document) string {
	if d.Namespace == "" {
		return "default"
	}
	return d.Namespace
}

// quiet reports whether a value is a label or an annotation that nobody reads.
func quiet(d *source.Document, pointer string) bool {
	if m := annotations.FindStringSubmatch(pointer); m != nil {
		key := pointers.Replace(m[1])
		return !isRead(key) || key == "kubectl.kubernetes.io/restartedAt" || key == "kubernetes.io/change-cause"
	}
	m := labels.FindStringSubmatch(pointer)
	if m == nil {
		return false
	}
	key := pointers.Replace(m[1])
	own := slices.Contains(workloads, d.Kind) && strings.HasPrefix(pointer, "/metadata/") || slices.Contains([]string{"ConfigMap", "HorizontalPodAutoscaler", "PodDisruptionBudget"}, d.Kind)
	return slices.Contains(quietLabels, key) || own && strings.Contains(key, "/") && !isRead(key)
}

var pointers = strings.NewReplacer("~1", "/", "~0", "~")

func isRead(key string) bool {
	domain, _, ok := strings.Cut(key, "/")
	return ok && slices.ContainsFunc(readDomains, func(d string) bool { return domain == d || strings.HasSuffix(domain, "."+d) })
}

func ofWorkload(d *source.Document, pointer string, here concern) (concern, bool) {
	if d.Kind == "Pod" && strings.HasPrefix(pointer, "/metadata/labels") || podLabels.MatchString(pointer) || pointer == "" {
		return here, true
	}
	here.workload = &mesh.Resource{Kind: d.Kind, Namespace: home(d), Name: d.Name, Cluster: d.Cluster}
	if m := podSpec.FindStringSubmatch(pointer); m != nil {
		switch {
		case inside.MatchString(m[2]):
			return concern{}, false
		case beside.MatchString(m[2]):
			here.aside = true
		}
	}
	return here, true
}

// ofHosts is for rules that name the services that they are for.
func ofHosts(d *source.Document, pointer string) (concern, bool) {
	var o struct {
		Spec struct {
			Host     string
			Hosts    []string
			Gateways []string
		}
	}
	hosts := o.Spec.Hosts
	if json.Unmarshal(d.JSON, &o) == nil {
		hosts = o.Spec.Hosts
		if o.Spec.Host != "" {
			hosts = []string{o.Spec.Host}
		}
	}
	everywhere := concern{namespaces: []string{""}}
	if len(hosts) != 1 || strings.HasPrefix(pointer, "/spec/host") || pointer == "/spec" || pointer == "" && len(hosts) == 0 || len(o.Spec.Gateways) > 0 || strings.HasPrefix(pointer, "/spec/gateways") {
		return everywhere, true
	}
	parts := strings.Split(hosts[0], ".")
	switch {
	case strings.Contains(hosts[0], "*"):
		return everywhere, true
	case len(parts) == 1:
		return concern{namespaces: []string{home(d)}, name: parts[0]}, true
	case len(parts) > 2 && parts[2] == "svc":
		return concern{namespaces: []string{parts[1]}, name: parts[0]}, true
	}
	return concern{namespaces: []string{""}, name: hosts[0]}, true
}

// gap is what a value of an object that is not known leaves open.
func (c concern) gap(d *source.Document, pointer string, u *terraform.Unknown) *mesh.Gap {
	at := mesh.At(d, pointer)
	return &mesh.Gap{Cluster: d.Cluster, Namespaces: c.namespaces, Name: c.name, Value: true, Origin: at,
		What: fmt.Sprintf("%s of %s %s in %s is not known: %s", dotted(pointer), d.Kind, strings.TrimPrefix(d.Namespace+"/"+d.Name, "/"), at.Position().Short(), u.Reason)}
}

// doubt adds what is not known of the objects of the fleet to the graph. It goes by services, which have to be there.
func (f *Fleet) doubt(g *mesh.Graph) {
	g.Gaps, g.ServiceGaps, g.Doubts = f.gaps, slices.Clone(f.built.named), slices.Clone(f.built.doubtful)
	defer func() { g.Gaps, g.ServiceGaps = distinct(g.Gaps), distinct(g.ServiceGaps) }()
	if len(f.built.doubts) == 0 {
		return
	}
	g.Gaps = slices.Clone(g.Gaps)
	of, gateways := map[mesh.Resource][]*mesh.Service{}, map[mesh.Resource]bool{}
	for _, s := range g.Services {
		for _, w := range s.Workloads() {
			of[resourceOf(w)] = append(of[resourceOf(w)], s)
		}
	}
	for _, gw := range g.Gateways {
		for _, w := range gw.Workloads {
			gateways[resourceOf(w)] = true
		}
	}
	for _, cluster := range f.clusters {
		for _, d := range f.docs[cluster.Name] {
			unknown := f.built.doubts[d]
			for _, p := range slices.Sorted(maps.Keys(unknown)) {
				c, matters := concerned(d, p)
				if !matters {
					continue
				}
				g.Doubts = append(g.Doubts, &mesh.Doubt{Resource: d.Resource(), Origin: mesh.At(d, p)})
				if !c.aside {
					addGap(g, c, c.gap(d, p, unknown[p]), of, gateways)
				}
			}
		}
	}
}

// distinct keeps the first gap of each scope: it speaks for the others.
func distinct(gaps []*mesh.Gap) (out []*mesh.Gap) {
	seen := map[string]bool{}
	for _, g := range gaps {
		if key := fmt.Sprintf("%s|%q|%s", g.Cluster, g.Namespaces, g.Name); !seen[key] {
			seen[key] = true
			out = append(out, g)
		}
	}
	return out
}

func resourceOf(w *mesh.Workload) mesh.Resource {
	return mesh.Resource{Kind: w.Kind, Namespace: w.Namespace, Name: w.Name, Cluster: w.Cluster}
}

func addGap(g *mesh.Graph, c concern, gap *mesh.Gap, of map[mesh.Resource][]*mesh.Service, gateways map[mesh.Resource]bool) {
	switch {
	case c.workload != nil && gateways[*c.workload]:
		gap.Namespaces = []string{""}
		g.Gaps = append(g.Gaps, gap)
	case c.workload != nil:
		for _, s := range of[*c.workload] {
			one := *gap
			one.Namespaces, one.Name = []string{s.Namespace}, s.Name
			g.ServiceGaps = append(g.ServiceGaps, &one)
		}
	case gap.Name != "":
		g.ServiceGaps = append(g.ServiceGaps, gap)
	default:
		g.Gaps = append(g.Gaps, gap)
	}
}
