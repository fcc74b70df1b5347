package proposal

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// fact is one thing that an object says about its cluster or mesh. Of several, those of the lowest rank count.
type fact struct {
	what  property
	value string
	why   string // in words, with file:line
	rank  int
}

type property string

const (
	isKind      property = "kind"
	hasMeshID   property = "mesh"
	hasName     property = "cluster"
	hasNetwork  property = "network"
	hasDomain   property = "trust domain"
	hasRoot     property = "root namespace"
	hasVersion  property = "version"
	hasRegion   property = "region"
	hasZone     property = "zone"
	namesRegion property = "hint"
	obeys       property = "config cluster"
	reads       property = "remote cluster" // whose endpoints its control plane reads
)

// meshGroup is the mesh whose objects an API group holds, or "".
func meshGroup(group string) mesh.Kind {
	switch {
	case strings.HasSuffix(group, "istio.io") || group == "sailoperator.io":
		return mesh.Istio
	case group == "linkerd.io" || strings.HasSuffix(group, ".linkerd.io"):
		return mesh.Linkerd
	case group == "consul.hashicorp.com":
		return mesh.Consul
	}
	return ""
}

// facts reads what a file says.
func (t *tree) facts(f *file) []fact {
	var list []fact
	for _, doc := range f.docs {
		list = append(list, docFacts(doc)...)
	}
	if len(f.docs) == 0 && slices.Contains(strings.Split(path.Dir(f.path), "/"), "templates") {
		for i, line := range strings.Split(string(t.text(f.path)), "\n") {
			if m := templateVersion.FindStringSubmatch(line); len(m) > 1 && meshGroup(m[1]) != "" {
				list = append(list, fact{isKind, string(meshGroup(m[1])), "template " + f.path + ":" + strconv.Itoa(i+1), 1})
			}
		}
	}
	if t.isValues(f) {
		list = append(list, valueFacts(f.path, t.plain(f.path))...)
	}
	return list
}

// metadata of any object.
type metadata struct{ Labels, Annotations map[string]string }

func docFacts(doc *source.Document) []fact {
	var m struct{ Metadata metadata }
	decode(doc, &m)
	c := collector{doc: doc}
	if kind := meshGroup(group(doc)); kind != "" {
		c.add(isKind, string(kind), "", 0)
	}
	c.meta("/metadata", m.Metadata, doc.Kind == "Namespace" && doc.Name == "istio-system")
	switch {
	case doc.Kind == "Secret" && m.Metadata.Labels["istio/multiCluster"] == "true":
		// istioctl create-remote-secret names the cluster that the secret leads to.
		c.add(reads, m.Metadata.Annotations["networking.istio.io/cluster"], "/metadata/annotations/networking.istio.io~1cluster", 0)
	case doc.Kind == "Node":
		for _, key := range []string{"topology.kubernetes.io/", "failure-domain.beta.kubernetes.io/"} {
			c.add(hasRegion, m.Metadata.Labels[key+"region"], "/metadata/labels/"+pointer(key+"region"), 0)
			c.add(hasZone, m.Metadata.Labels[key+"zone"], "/metadata/labels/"+pointer(key+"zone"), 0)
		}
	case doc.Kind == "IstioOperator" || group(doc) == "sailoperator.io":
		c.operator()
	case doc.Kind == "ConfigMap" && doc.Namespace == "istio-system" && (doc.Name == "istio" || strings.HasPrefix(doc.Name, "istio-")):
		c.meshConfig()
	case meshGroup(group(doc)) == mesh.Istio:
		c.localities()
	default:
		c.workload()
	}
	return c.list
}

// collector gathers the facts of one document.
type collector struct {
	doc  *source.Document
	list []fact
}

func pointer(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

func (c *collector) add(what property, value, at string, rank int) {
	if value == "" || strings.ContainsAny(value, "{}$") {
		return
	}
	c.list = append(c.list, fact{what, value, c.doc.Kind + " " + c.doc.Name + ", " + where(c.doc, at), rank})
}

// meta reads the labels and annotations by which meshes mark what belongs to them.
func (c *collector) meta(at string, m metadata, system bool) {
	rank := 2
	if system {
		rank = 0
	}
	c.add(hasNetwork, m.Labels["topology.istio.io/network"], at+"/labels/topology.istio.io~1network", rank)
	for _, key := range []string{"istio-injection", "istio.io/rev", "istio.io/dataplane-mode", "sidecar.istio.io/inject"} {
		if v := first(m.Labels[key], m.Annotations[key]); v != "" && v != "disabled" && v != "false" && v != "none" {
			c.add(isKind, string(mesh.Istio), at+"/labels/"+pointer(key), 2)
		}
	}
	if m.Annotations["linkerd.io/inject"] == "enabled" || m.Labels["linkerd.io/control-plane-ns"] != "" {
		c.add(isKind, string(mesh.Linkerd), at, 2)
	}
	if m.Annotations["consul.hashicorp.com/connect-inject"] == "true" {
		c.add(isKind, string(mesh.Consul), at+"/annotations/consul.hashicorp.com~1connect-inject", 2)
	}
	if by := strings.Fields(m.Annotations["linkerd.io/created-by"]); len(by) == 2 {
		c.add(hasVersion, by[1], at+"/annotations/linkerd.io~1created-by", 1)
	}
	if v := m.Annotations["topology.istio.io/controlPlaneClusters"]; system && v != "*" && !strings.Contains(v, ",") {
		c.add(obeys, v, at+"/annotations/topology.istio.io~1controlPlaneClusters", 0)
	}
	if rev := m.Labels["istio.io/rev"]; strings.Count(rev, "-") >= 1 {
		c.add(hasVersion, strings.ReplaceAll(rev, "-", "."), at+"/labels/istio.io~1rev", 3)
	}
}

// operator reads an IstioOperator, or an Istio of the Sail operator.
func (c *collector) operator() {
	var o struct {
		Spec struct {
			Tag, Revision, Version string
			MeshConfig             json.RawMessage
			Values                 json.RawMessage
		}
	}
	decode(c.doc, &o)
	c.add(hasVersion, o.Spec.Tag, "/spec/tag", 0)
	c.add(hasVersion, strings.TrimPrefix(o.Spec.Version, "v"), "/spec/version", 0)
	if o.Spec.Tag == "" && o.Spec.Version == "" {
		c.add(hasVersion, strings.ReplaceAll(o.Spec.Revision, "-", "."), "/spec/revision", 2)
	}
	c.config("/spec/meshConfig", o.Spec.MeshConfig)
	for _, f := range tableFacts(plainValues(o.Spec.Values)) {
		c.add(f.what, f.value, "/spec/values/"+f.why, f.rank)
	}
}

func (c *collector) config(at string, js json.RawMessage) {
	for _, f := range configFacts(plainValues(js)) {
		c.add(f.what, f.value, at+"/"+f.why, 0)
	}
}

// configFacts reads a MeshConfig; why is the pointer of each inside it.
// https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/
func configFacts(m map[string]any) []fact {
	var list []fact
	proxies, _ := m["defaultConfig"].(map[string]any)
	for _, x := range []struct {
		what property
		in   map[string]any
		key  string
		at   string
	}{
		{hasDomain, m, "trustDomain", "trustDomain"}, {hasRoot, m, "rootNamespace", "rootNamespace"}, {hasMeshID, proxies, "meshId", "defaultConfig/meshId"},
	} {
		if v, _ := x.in[x.key].(string); v != "" {
			list = append(list, fact{what: x.what, value: v, why: x.at})
		}
	}
	return list
}

func (c *collector) meshConfig() {
	var cm struct{ Data map[string]string }
	decode(c.doc, &cm)
	text, ok := cm.Data["mesh"]
	if !ok {
		return
	}
	c.add(isKind, string(mesh.Istio), "/data/mesh", 0)
	in := source.Embedded(c.doc, "/data/mesh", text)
	for _, f := range configFacts(textValues(text)) {
		if !strings.ContainsAny(f.value, "{}$") {
			at := in.Locate("/" + f.why)
			c.list = append(c.list, fact{f.what, f.value, "MeshConfig, " + at.File + ":" + strconv.Itoa(at.Line), 0})
		}
	}
}

// tableFacts reads Helm values of istiod; why is the pointer of each inside them.
func tableFacts(v map[string]any) []fact {
	var list []fact
	for _, x := range valuePaths {
		var at any = v
		for _, key := range x.keys {
			m, _ := at.(map[string]any)
			at = m[key]
		}
		if s, ok := at.(string); ok && s != "" {
			list = append(list, fact{x.what, s, strings.Join(x.keys, "/"), x.rank})
		}
	}
	return list
}

// valuePaths are the values of Istio's charts (and Consul's datacenter) that say what a cluster is.
var valuePaths = []struct {
	what property
	keys []string
	rank int
}{
	{hasMeshID, []string{"global", "meshID"}, 0},
	{hasName, []string{"global", "multiCluster", "clusterName"}, 0},
	{hasNetwork, []string{"global", "network"}, 1},
	{hasMeshID, []string{"meshConfig", "defaultConfig", "meshId"}, 0},
	{hasDomain, []string{"meshConfig", "trustDomain"}, 0},
	{hasRoot, []string{"meshConfig", "rootNamespace"}, 0},
	{hasVersion, []string{"global", "tag"}, 1},
	{hasRegion, []string{"region"}, 3},
	{hasRegion, []string{"global", "region"}, 3},
	{hasDomain, []string{"identityTrustDomain"}, 0},
}

// valueFacts reads a file of values. Values of istiod's chart stand under its name where it is a dependency.
func valueFacts(file string, n *yaml.Node) []fact {
	var list []fact
	for _, prefix := range [][]string{nil, {"istiod"}, {"pilot"}} {
		for _, x := range valuePaths {
			v := at(n, append(slices.Clone(prefix), x.keys...)...)
			text := word(v)
			if text == "" || strings.ContainsAny(text, "{}$") || x.what == hasRegion && !cloudRegions[text] ||
				x.what == hasVersion && len(prefix) == 0 && word(at(n, "global", "meshID")) == "" {
				continue
			}
			list = append(list, fact{x.what, text, "values " + file + ":" + strconv.Itoa(v.Line), x.rank})
		}
	}
	return list
}

// chartFacts reads what the installation of a mesh from its own charts says.
func chartFacts(x deployment, why string) []fact {
	kind := map[string]mesh.Kind{"istiod": mesh.Istio, "linkerd-control-plane": mesh.Linkerd, "consul": mesh.Consul}[path.Base(x.chart)]
	if kind == "" {
		return nil
	}
	list := []fact{{isKind, string(kind), "chart " + x.chart + " of " + why, 0}}
	if kind == mesh.Istio {
		list = append(list, fact{hasVersion, strings.TrimPrefix(x.version, "v"), why, 0})
	}
	for _, f := range tableFacts(x.set) {
		if !strings.ContainsAny(f.value, "{}$") {
			list = append(list, fact{f.what, f.value, why, f.rank})
		}
	}
	return list
}
