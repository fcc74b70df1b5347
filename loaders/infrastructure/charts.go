package infrastructure

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// istiod is Istio's control plane: its values say what an IstioOperator would.
// Istio: manifests/charts/istio-control/istio-discovery, 1.31.
func (b *builder) istiod(r *release) {
	if !r.decided(b, true, "/revision", "/meshConfig/rootNamespace") {
		return
	}
	b.planes[r.Provider]++
	b.afterwards(func() {
		if b.planes[r.Provider] > 1 {
			b.opaque(r.Resource, "", "there are several control planes, and which workloads obey "+r.name+" is not known", r.here())
			return
		}
		spec, from := map[string]any{}, map[string]string{}
		if config, ok := r.values.get("/meshConfig").(map[string]any); ok {
			spec["meshConfig"] = config
		}
		from["/spec/meshConfig"] = "/meshConfig"
		global := map[string]any{}
		for _, name := range []string{"network", "meshNetworks", "meshID", "multiCluster"} {
			if v := r.values.get("/global/" + name); v != nil {
				global[name] = v
			}
			from["/spec/values/global/"+name] = "/global/" + name
		}
		spec["values"] = map[string]any{"global": global}
		r.bring(b, map[string]any{"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator",
			"metadata": map[string]any{"name": r.name, "namespace": r.namespace}, "spec": spec}, from)
	})
}

// istioGateway is a gateway: a Service and the workload behind it.
// Istio: manifests/charts/gateway, 1.31.
func (b *builder) istioGateway(r *release) {
	if !r.decided(b, false, "/name", "/labels", "/networkGateway", "/service", "/kind", "/revision") {
		return
	}
	name := r.name
	if n := r.values.text("/name"); n != "" {
		name = n
	}
	labels := map[string]any{"app": name, "istio": strings.TrimPrefix(name, "istio-")}
	if own, ok := r.values.get("/labels").(map[string]any); ok {
		for k, v := range own {
			labels[k] = fmt.Sprint(v)
		}
	}
	selector := map[string]any{"app": labels["app"], "istio": labels["istio"]}
	ports := []any{port("status-port", 15021, 15021), port("http2", 80, 80), port("https", 443, 443)}
	if own, ok := r.values.get("/service/ports").([]any); ok {
		ports = own
	}
	from := map[string]string{"/metadata/labels": "/labels", "/spec/ports": "/service/ports"}
	if network := r.values.text("/networkGateway"); network != "" {
		labels[mesh.LabelNetwork] = network
		from["/metadata/labels/"+escape(mesh.LabelNetwork)] = "/networkGateway"
		ports = []any{port("status-port", 15021, 15021), port("tls", 15443, 15443), port("tls-istiod", 15012, 15012), port("tls-webhook", 15017, 15017)}
		delete(from, "/spec/ports")
	}
	kind := "LoadBalancer"
	if k := r.values.text("/service/type"); k != "" {
		kind = k
	}
	if kind != "None" {
		r.bring(b, map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name, "namespace": r.namespace, "labels": labels},
			"spec": map[string]any{"type": kind, "selector": selector, "ports": ports}}, from)
	}
	pod := map[string]any{"sidecar.istio.io/inject": "true"}
	for k, v := range labels {
		pod[k] = v
	}
	if revision := r.values.text("/revision"); revision != "" {
		pod["istio.io/rev"] = revision
	}
	b.gatewayWorkload(r, name, pod, selector)
}

func (b *builder) gatewayWorkload(r *release, name string, pod, selector map[string]any) {
	kind := "Deployment"
	if k := r.values.text("/kind"); k != "" {
		kind = k
	}
	var replicas any
	from := map[string]string{}
	scaled := r.values.get("/autoscaling/enabled") != false
	if !scaled {
		from["/spec/replicas"] = "/replicaCount"
		if n, ok := r.values.get("/replicaCount").(json.Number); ok {
			replicas = n
		}
	}
	w := workload(kind, name, r.namespace, replicas, pod, map[string]any{"inject.istio.io/templates": "gateway"})
	if spec, ok := w["spec"].(map[string]any); ok {
		spec["selector"] = map[string]any{"matchLabels": selector}
	}
	r.bring(b, w, from)
	if !scaled || kind != "Deployment" {
		return
	}
	spec := map[string]any{"scaleTargetRef": map[string]any{"apiVersion": "apps/v1", "kind": kind, "name": name}, "minReplicas": json.Number("1"), "maxReplicas": json.Number("5")}
	for _, field := range []string{"minReplicas", "maxReplicas"} {
		if n, ok := r.values.get("/autoscaling/" + field).(json.Number); ok {
			spec[field] = n
		}
	}
	r.bring(b, map[string]any{"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": map[string]any{"name": name, "namespace": r.namespace}, "spec": spec},
		map[string]string{"/spec/minReplicas": "/autoscaling/minReplicas", "/spec/maxReplicas": "/autoscaling/maxReplicas"})
}

func port(name string, number, target int) map[string]any {
	return map[string]any{"name": name, "port": number, "targetPort": target, "protocol": "TCP"}
}

// linkerdControlPlane is Linkerd's: its values are what its ConfigMap linkerd-config holds.
// Linkerd: charts/linkerd-control-plane/templates/config.yaml.
func (b *builder) linkerdControlPlane(r *release) {
	if !r.decided(b, true, "/clusterDomain", "/identityTrustDomain", "/proxy", "/proxyInit", "/clusterNetworks", "/destinationController") {
		return
	}
	js, err := json.Marshal(r.values.tree)
	if err != nil {
		return
	}
	r.bring(b, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "linkerd-config", "namespace": r.namespace},
		"data": map[string]any{"values": string(js)}}, nil)
}

// linkerdGateway is the gateway of Linkerd's multicluster extension.
// Linkerd: multicluster/charts/linkerd-multicluster/templates/gateway.yaml.
func (b *builder) linkerdGateway(r *release) {
	if !r.decided(b, false, "/gateway") || r.values.get("/gateway/enabled") == false {
		return
	}
	name := "linkerd-gateway"
	if n := r.values.text("/gateway/name"); n != "" {
		name = n
	}
	labels := map[string]any{"app": name, "linkerd.io/extension": "multicluster"}
	var replicas any = json.Number("1")
	if n, ok := r.values.get("/gateway/replicas").(json.Number); ok {
		replicas = n
	}
	r.bring(b, map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name, "namespace": r.namespace,
		"annotations": map[string]any{"mirror.linkerd.io/multicluster-gateway": "true"}},
		"spec": map[string]any{"type": "LoadBalancer", "selector": map[string]any{"app": name}, "ports": []any{port("mc-gateway", 4143, 4143), port("mc-probe", 4191, 4191)}}}, nil)
	r.bring(b, workload("Deployment", name, r.namespace, replicas, labels, map[string]any{"linkerd.io/inject": "enabled"}),
		map[string]string{"/spec/replicas": "/gateway/replicas"})
}
