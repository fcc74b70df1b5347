package proposal

import (
	"path"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/loaders/source"
)

// Rancher Fleet: a fleet.yaml makes its folder a bundle, and says how it differs from cluster to cluster. A GitRepo
// says which folders go to which clusters. https://fleet.rancher.io/ref-fleet-yaml

func (d *deployments) fleetFile(f *file) {
	n := d.plain(f.path)
	if n == nil {
		return
	}
	here := f.dir.path
	base := deployment{file: f, recurse: true, path: here}
	d.fleetOptions(&base, here, n)
	targets := at(n, "targetCustomizations")
	if targets == nil || targets.Kind != yaml.SequenceNode {
		return // the same for all clusters: the folder speaks for itself
	}
	for _, t := range targets.Content {
		x := base
		x.set = overlay(nil, textValues(encode(at(n, "helm", "values"))))
		x.values = append([]string{}, base.values...)
		d.fleetOptions(&x, here, t)
		x.cluster = fleetTarget(t, &x)
		if x.cluster == "" {
			continue
		}
		x.what = "fleet.yaml target " + x.cluster
		x.at = f.path + ":" + strconv.Itoa(t.Line)
		d.add(x)
		for _, o := range words(at(t, "yaml", "overlays")) {
			if p, ok := d.inTree(path.Join(here, "overlays", o)); ok {
				y := x
				y.path, y.values, y.set = p, nil, nil
				d.add(y)
			}
		}
	}
}

// fleetTarget names the cluster that a target selects: by its name, else by what its labels say.
func fleetTarget(t *yaml.Node, x *deployment) string {
	labels := map[string]string{}
	if m := at(t, "clusterSelector", "matchLabels"); m != nil && m.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(m.Content); i += 2 {
			labels[m.Content[i].Value] = word(m.Content[i+1])
		}
	}
	x.scope, x.region = labelScope(labels)
	return first(word(at(t, "clusterName")), labels["management.cattle.io/cluster-name"], word(at(t, "name")), word(at(t, "clusterGroup")), x.scope.env)
}

func (d *deployments) fleetOptions(x *deployment, here string, n *yaml.Node) {
	inHere := func(ref string) (string, bool) {
		if ref == "" {
			return "", false
		}
		return d.inTree(path.Join(here, ref))
	}
	if p, ok := inHere(word(at(n, "kustomize", "dir"))); ok {
		x.path = p
	}
	helm := at(n, "helm")
	if p, ok := inHere(word(at(helm, "chart"))); ok {
		x.path = p
	}
	x.release = first(word(at(helm, "releaseName")), x.release)
	x.namespace = first(word(at(n, "namespace")), word(at(n, "defaultNamespace")), x.namespace)
	for _, v := range words(at(helm, "valuesFiles")) {
		if p, ok := inHere(v); ok {
			x.values = append(x.values, p)
		}
	}
	x.set = overlay(x.set, textValues(encode(at(helm, "values"))))
}

// encode writes a node back as YAML; "" for none.
func encode(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	out, err := yaml.Marshal(n)
	if err != nil {
		return ""
	}
	return string(out)
}

func (d *deployments) gitRepo(f *file, doc *source.Document) {
	var r struct {
		Spec struct {
			Paths   []string
			Targets []struct {
				Name, ClusterName, ClusterGroup string
				ClusterSelector                 struct{ MatchLabels map[string]string }
			}
		}
	}
	decode(doc, &r)
	for _, t := range r.Spec.Targets {
		x := deployment{what: "GitRepo " + doc.Name, at: where(doc, "/spec/targets"), file: f, recurse: true}
		x.scope, x.region = labelScope(t.ClusterSelector.MatchLabels)
		x.cluster = first(t.ClusterName, t.Name, t.ClusterGroup, x.scope.env)
		for _, ref := range r.Spec.Paths {
			if p, ok := d.inTree(ref); ok && x.cluster != "" {
				x.path = p
				d.add(x)
			}
		}
	}
}
