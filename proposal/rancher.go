package proposal

import (
	"path"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/loaders/source"
)

// Rancher Fleet: a fleet.yaml makes its folder a bundle, and says how it differs from cluster to cluster. A GitRepo
// says which folders go to which clusters. https://fleet.rancher.io/ref-fleet-yaml

// selector is how GitRepos and fleet.yaml choose clusters.
type selector struct {
	Name, ClusterName, ClusterGroup string
	ClusterSelector                 struct{ MatchLabels map[string]string }
}

// selected is one cluster of Fleet.
type selected struct {
	name   string
	labels map[string]string // of its Cluster object; nil if there is none here
	scope  scope
	region string
}

// clustersOf are the clusters that a target selects: those whose Cluster objects stand here, else the one that its
// words mean.
func (d *deployments) clustersOf(s selector) []selected {
	var list []selected
	want := s.ClusterSelector.MatchLabels
	if d.work += len(d.fleet); d.work > maxWork {
		return nil
	}
	for _, c := range d.fleet {
		if s.ClusterName == c.name || s.ClusterName == "" && len(want) > 0 && selects(want, c.labels) {
			c.scope, c.region = labelScope(c.labels)
			list = append(list, c)
		}
	}
	if len(list) > 0 {
		return list
	}
	var one selected
	one.scope, one.region = labelScope(want)
	one.name = first(s.ClusterName, want["management.cattle.io/cluster-name"], s.Name, s.ClusterGroup, one.scope.env)
	if one.name == "" {
		return nil
	}
	return []selected{one}
}

// fleetCluster reads a cluster that Fleet knows.
func (d *deployments) fleetCluster(doc *source.Document) {
	var c struct{ Metadata metadata }
	decode(doc, &c)
	if doc.Name != "" {
		d.fleet = append(d.fleet, selected{name: doc.Name, labels: c.Metadata.Labels})
	}
}

// gitRepo deploys folders into clusters; where a fleet.yaml lies in or below one of them, it says how.
func (d *deployments) gitRepo(f *file, doc *source.Document) {
	var r struct {
		Spec struct {
			Paths   []string
			Targets []selector
		}
	}
	decode(doc, &r)
	for _, t := range r.Spec.Targets {
		for _, c := range d.clustersOf(t) {
			for _, ref := range r.Spec.Paths {
				p, ok := d.inTree(ref)
				if !ok {
					continue
				}
				x := deployment{what: "GitRepo " + doc.Name, at: where(doc, "/spec/targets"), file: f, recurse: true, path: p, cluster: c.name, scope: c.scope, region: c.region}
				bundles := d.bundles(p)
				for _, b := range bundles {
					d.bundled[b] = true
					d.bundle(b, c, x)
				}
				if len(bundles) == 0 {
					d.add(x)
				}
			}
		}
	}
}

// bundles are the files fleet.yaml in or below a folder.
func (d *deployments) bundles(p string) []*file {
	var list []*file
	if top := d.dirs[p]; top != nil {
		top.walk(func(in *dir) bool {
			if d.work++; d.work > maxWork {
				return false
			}
			if f := d.files[path.Join(in.path, "fleet.yaml")]; f != nil {
				list = append(list, f)
			}
			return true
		})
	}
	return list
}

// bundle adds what a fleet.yaml deploys into a cluster: its own options, and those of the first target that selects it.
func (d *deployments) bundle(f *file, c selected, x deployment) {
	n := d.plain(f.path)
	here := f.dir.path
	x.path = here
	d.fleetOptions(&x, here, n)
	for _, t := range targets(n) {
		if slices.ContainsFunc(d.clustersOf(selectorAt(t)), func(o selected) bool { return o.name == c.name }) {
			d.customized(x, here, n, t)
			return
		}
	}
	d.add(x)
}

// fleetFile reads a fleet.yaml that no GitRepo here names. Without targets, it is the same for all clusters, and the
// folder speaks for itself.
func (d *deployments) fleetFile(f *file) {
	n := d.plain(f.path)
	here := f.dir.path
	for _, t := range targets(n) {
		for _, c := range d.clustersOf(selectorAt(t)) {
			x := deployment{file: f, recurse: true, path: here, cluster: c.name, scope: c.scope, region: c.region}
			x.what, x.at = "fleet.yaml target "+c.name, f.path+":"+strconv.Itoa(t.Line)
			d.fleetOptions(&x, here, n)
			d.customized(x, here, n, t)
		}
	}
}

// customized adds a deployment as a target of a fleet.yaml changes it.
func (d *deployments) customized(x deployment, here string, n, t *yaml.Node) {
	x.set = overlay(nil, textValues(encode(at(n, "helm", "values")))) // of its own: the next target starts anew
	x.values = slices.Clone(x.values)
	d.fleetOptions(&x, here, t)
	d.add(x)
	for _, o := range words(at(t, "yaml", "overlays")) {
		if p, ok := d.inTree(path.Join(here, "overlays", o)); ok {
			y := x
			y.path, y.values, y.set = p, nil, nil
			d.add(y)
		}
	}
}

func targets(n *yaml.Node) []*yaml.Node {
	list := at(n, "targetCustomizations")
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	return list.Content
}

func selectorAt(t *yaml.Node) selector {
	s := selector{Name: word(at(t, "name")), ClusterName: word(at(t, "clusterName")), ClusterGroup: word(at(t, "clusterGroup"))}
	s.ClusterSelector.MatchLabels = map[string]string{}
	if m := at(t, "clusterSelector", "matchLabels"); m != nil && m.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(m.Content); i += 2 {
			s.ClusterSelector.MatchLabels[m.Content[i].Value] = word(m.Content[i+1])
		}
	}
	return s
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
