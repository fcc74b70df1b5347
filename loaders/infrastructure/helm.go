package infrastructure

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Chart is a release of a chart that is part of the repository: it is rendered with its values.
type Chart struct {
	Provider, Release, Namespace string
	Dir                          string // relative to the folder of the root module
	Values                       []byte // as JSON, all of them together
	// Opaque is why it cannot be rendered as it will be: values are not known.
	Opaque string
	// Locate is the place of one of the values.
	Locate func(pointer string) mesh.Position
	Origin mesh.Origin
}

// helmRelease is a helm_release of provider version 2 or 3.
// Helm provider: documentation of helm_release; what "set" does is helm's strvals.
func (b *builder) helmRelease(r *Resource) {
	namespace := r.text("namespace")
	if namespace.State == mesh.Absent {
		namespace = mesh.Of("default", r.here())
	}
	chart, repository, name := r.text("chart"), r.text("repository"), r.text("name")
	listed := &mesh.Release{ID: r.id(), Name: name.V, Namespace: namespace.V, Chart: chart.V, Repository: repository.V,
		Version: r.text("version"), Atomic: r.flag("atomic"), History: r.number("max_history"), Origin: r.here()}
	if listed.Atomic.State == mesh.Absent {
		listed.Atomic = mesh.Of(false, mesh.Default("the Helm provider"))
	}
	listed.Fixed = chart.State == mesh.Unknown || b.fixedChart(chart.V, repository)
	b.out.Releases, b.out.Installs[listed] = append(b.out.Releases, listed), r.Provider
	b.afterwards(func() {
		if p := b.out.Providers[r.Provider]; p != nil {
			listed.Region = p.Region
		}
	})
	if !chart.IsKnown() {
		b.opaque(r, namespace.V, "which chart it installs is not known: "+chart.Cause, r.at("chart"))
		return
	}
	v := r.values()
	release := &release{Resource: r, name: name.V, namespace: namespace.V, values: v}
	if dir := chart.V; repository.State == mesh.Absent && b.Holds != nil && b.Holds(dir) {
		b.chart(release, dir)
		return
	}
	kind := path.Base(chart.V)
	switch bring := known[kind]; {
	case bring != nil && namespace.IsKnown() && r.Unsure == "":
		bring(b, release)
	case quiet[kind]:
	default:
		b.opaque(r, namespace.V, "the chart "+chart.V, r.at("chart"))
		b.out.Documents[len(b.out.Documents)-1].Elsewhere = true
	}
}

// fixedChart reports whether a chart is a folder, or an archive whose name chooses what is in it.
// Helm provider: chart is a name in a repository, a path or a URL; version is for the first alone, and for registries (oci://).
func (b *builder) fixedChart(chart string, repository mesh.Value[string]) bool {
	if repository.State != mesh.Absent && repository.V != "" {
		return false
	}
	return strings.HasPrefix(chart, ".") || strings.HasPrefix(chart, "/") || isArchive(chart) || b.Holds != nil && b.Holds(chart)
}

// chart is one of the repository.
func (b *builder) chart(r *release, dir string) {
	out := Chart{Provider: r.Provider, Release: r.name, Namespace: r.namespace, Dir: dir, Locate: r.values.locate, Origin: r.here()}
	for _, p := range r.values.doubts() {
		out.Opaque, out.Origin = r.values.unknown[p].Reason, mesh.At(&written{r.values.locate}, p)
		break
	}
	for _, v := range []mesh.Value[string]{r.text("name"), r.text("namespace")} {
		if v.State == mesh.Unknown {
			out.Opaque, out.Origin = v.Cause, v.Origin
		}
	}
	if r.Unsure != "" {
		out.Opaque = r.Unsure
	}
	js, err := json.MarshalIndent(r.values.tree, "", " ")
	if err != nil {
		out.Opaque = err.Error()
	}
	out.Values = js
	b.out.Charts = append(b.out.Charts, out)
}

// release is a helm_release that is taken for what its chart brings.
type release struct {
	*Resource
	name, namespace string
	values          *values
}

// quiet are charts that bring nothing which predictions about services of others depend on: definitions, dashboards, agents of nodes.
var quiet = set("base", "cni", "ztunnel", "kiali-server", "kiali-operator", "jaeger", "jaeger-operator", "prometheus", "kube-prometheus-stack", "grafana", "loki",
	"tempo", "fluent-bit", "promtail", "opentelemetry-collector", "opentelemetry-operator", "metrics-server", "cluster-autoscaler", "karpenter", "karpenter-crd",
	"aws-load-balancer-controller", "aws-ebs-csi-driver", "aws-efs-csi-driver", "secrets-store-csi-driver", "external-dns", "external-secrets", "cert-manager",
	"cert-manager-istio-csr", "trust-manager", "sealed-secrets", "velero", "reloader", "keda", "descheduler", "node-problem-detector", "linkerd-crds",
	"linkerd-viz", "linkerd-jaeger", "linkerd2-cni", "argo-cd", "argo-rollouts", "flagger", "flux2", "datadog", "newrelic-bundle", "vault", "gatekeeper", "consul")

// known are charts that are not in the repository, and of which it is known what they bring.
var known = map[string]func(*builder, *release){
	"istiod": (*builder).istiod, "gateway": (*builder).istioGateway,
	"linkerd-control-plane": (*builder).linkerdControlPlane, "linkerd-multicluster": (*builder).linkerdGateway,
	"linkerd-failover": deployment("linkerd-failover"), "linkerd-smi": deployment("smi-adaptor"),
}

// deployment is a chart of which only matters that it runs.
func deployment(name string) func(*builder, *release) {
	return func(b *builder, r *release) {
		r.bring(b, workload("Deployment", name, r.namespace, 1, map[string]any{"app": name}, nil), nil)
	}
}

// workload is one with a container that nobody looks into.
func workload(kind, name, namespace string, replicas any, labels, annotations map[string]any) map[string]any {
	template := map[string]any{
		"metadata": map[string]any{"labels": labels, "annotations": annotations},
		"spec":     map[string]any{"containers": []any{map[string]any{"name": "main", "image": "chart"}}},
	}
	spec := map[string]any{"selector": map[string]any{"matchLabels": labels}, "template": template}
	if replicas != nil {
		spec["replicas"] = replicas
	}
	return map[string]any{"apiVersion": "apps/v1", "kind": kind, "metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec}
}

// bring adds an object of a chart; from says by pointer which of the values make it, and the rest stands at the release.
func (r *release) bring(b *builder, object map[string]any, from map[string]string) {
	of, unknown := r.Resource, r.values.below(from)
	b.kubernetes(of, object, unknown, func(pointer string) mesh.Position {
		to, value := "", ""
		for p, v := range from {
			if (pointer == p || strings.HasPrefix(pointer, p+"/")) && len(p) > len(to) {
				to, value = p, v
			}
		}
		at := of.Position()
		if to != "" {
			at = r.values.locate(value + pointer[len(to):])
		}
		at.Path = pointer
		return at
	})
}

// decided reports whether values are known; else the chart's namespace is what may be concerned, or with wide anything.
func (r *release) decided(b *builder, wide bool, names ...string) bool {
	for _, p := range r.values.doubts() {
		concerns := func(name string) bool {
			return p == "" || p == name || strings.HasPrefix(p, name+"/") || strings.HasPrefix(name, p+"/")
		}
		if !slices.ContainsFunc(names, concerns) {
			continue
		}
		namespace := r.namespace
		if wide {
			namespace = ""
		}
		b.opaque(r.Resource, namespace, "a value of its chart is not known: "+r.values.unknown[p].Reason, mesh.At(&written{r.values.locate}, p))
		return false
	}
	return true
}
