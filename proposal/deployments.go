package proposal

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// maxDeployments bounds what definitions may multiply to: a matrix of generators is a product.
const maxDeployments = 5000

// maxWork bounds the paths that all generators together look at.
const maxWork = 20_000_000

// deployment is what one definition (Argo CD, Flux, Rancher) deploys into one cluster.
type deployment struct {
	what    string // "Application web"
	at      string // file:line
	file    *file  // that it stands in
	cluster string // "" = the cluster that the definition stands in
	scope   scope  // of the cluster, beyond what its name tells
	env     string // the environment as the definition writes it; "" = as in scope
	region  string // told by the definition

	path      string // in this repository; "" = a chart from elsewhere
	recurse   bool
	chart     string // name of a chart from elsewhere, and its version
	version   string
	values    []string
	set       map[string]any
	release   string
	namespace string
}

// deployments are those of a repository.
type deployments struct {
	*tree
	list    []deployment
	servers map[string]string // address of a cluster to its name, from Argo CD's cluster secrets
	labels  []clusterSecret
	fleet   []selected     // clusters that Rancher Fleet knows
	bundled map[*file]bool // files fleet.yaml that a GitRepo deploys
	vague   []string       // definitions that files alone do not decide
	kinds   map[string]int
	work    int // paths that generators have looked at
}

// clusterSecret is a cluster that Argo CD knows.
type clusterSecret struct {
	name, server string
	labels       map[string]string
}

func (t *tree) deployments() *deployments {
	d := &deployments{tree: t, servers: map[string]string{}, kinds: map[string]int{}, bundled: map[*file]bool{}}
	for _, f := range t.sortedFiles() {
		for _, doc := range f.docs {
			d.secret(doc)
			if doc.Kind == "Cluster" && group(doc) == "fleet.cattle.io" {
				d.fleetCluster(doc)
			}
		}
	}
	for _, f := range t.sortedFiles() {
		if f.dir.aside {
			continue
		}
		for _, doc := range f.docs {
			d.read(f, doc)
		}
		if stem := f.stem(); stem == "helmfile" || f.dir.name() == "helmfile.d" {
			d.helmfile(f)
		}
	}
	for _, f := range d.bundles(".") {
		if !f.dir.aside && !d.bundled[f] {
			d.fleetFile(f)
		}
	}
	return d
}

func (d *deployments) read(f *file, doc *source.Document) {
	g := group(doc)
	switch {
	case g == "argoproj.io" && doc.Kind == "Application":
		d.application(f, doc)
	case g == "argoproj.io" && doc.Kind == "ApplicationSet":
		d.applicationSet(f, doc)
	case g == "kustomize.toolkit.fluxcd.io" && doc.Kind == "Kustomization":
		d.fluxKustomization(f, doc)
	case g == "helm.toolkit.fluxcd.io" && doc.Kind == "HelmRelease":
		d.helmRelease(f, doc)
	case g == "fleet.cattle.io" && doc.Kind == "GitRepo":
		d.gitRepo(f, doc)
	}
}

func (d *deployments) add(x deployment) {
	if len(d.list) >= maxDeployments {
		return
	}
	d.kinds[strings.SplitN(x.what, " ", 2)[0]]++
	d.list = append(d.list, x)
}

// decode reads an object into Go values, as far as its types agree.
func decode(doc *source.Document, into any) {
	// A member of another type is left out; the others are read.
	_ = json.Unmarshal(doc.JSON, into)
}

func where(doc *source.Document, pointer string) string {
	p := doc.Locate(pointer)
	return p.File + ":" + strconv.Itoa(p.Line)
}

// secret reads how Argo CD stores the address of a cluster.
func (d *deployments) secret(doc *source.Document) {
	if doc.Kind != "Secret" || doc.APIVersion != "v1" {
		return
	}
	var s struct {
		Metadata   struct{ Labels map[string]string }
		StringData struct{ Name, Server string }
		Data       struct{ Name, Server []byte }
	}
	decode(doc, &s)
	if s.Metadata.Labels["argocd.argoproj.io/secret-type"] != "cluster" {
		return
	}
	c := clusterSecret{name: first(s.StringData.Name, string(s.Data.Name)), server: first(s.StringData.Server, string(s.Data.Server)), labels: s.Metadata.Labels}
	if c.name == "" {
		return
	}
	d.servers[c.server] = c.name
	d.labels = append(d.labels, c)
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// destination names the cluster of an Argo CD destination; "" is the one that Argo CD runs in.
func (d *deployments) destination(name, server string) string {
	if name == "" {
		name = d.servers[server]
	}
	if name == "" {
		name = hostName(server)
	}
	if name == "in-cluster" {
		return ""
	}
	return name
}

// hostName makes a name of the address of an API server: prod-east of https://api.prod-east.example.com:6443.
func hostName(server string) string {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" || strings.HasPrefix(u.Hostname(), "kubernetes.default") {
		return ""
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	labels := strings.Split(host, ".")
	if strings.HasSuffix(host, ".eks.amazonaws.com") && len(labels) > 3 {
		return strings.ToLower(labels[0])
	}
	for len(labels) > 1 && slices.Contains([]string{"api", "k8s", "kubernetes", "kube", "master", "apiserver", "kube-api"}, labels[0]) {
		labels = labels[1:]
	}
	return labels[0]
}

// inTree is a path of a definition as one of the tree; ok is false if it leads out or is not there.
func (t *tree) inTree(p string) (string, bool) {
	p = path.Clean(strings.TrimLeft(p, "/"))
	if p == ".." || strings.HasPrefix(p, "../") {
		return "", false
	}
	return p, t.dirs[p] != nil || t.files[p] != nil
}

// label names a cluster's scope by the labels that select it: env=prod, region=us-east-1.
func labelScope(labels map[string]string) (s scope, region string) {
	for _, key := range sortedKeys(labels) {
		c := classify(labels[key])
		switch short := strings.ToLower(key[strings.LastIndexByte(key, '/')+1:]); short {
		case "env", "environment", "stage", "tier":
			s.env = first(c.env, strings.ToLower(labels[key]))
		case "region", "location":
			s.geo = first(c.geo, strings.ToLower(labels[key]))
			region = labels[key]
		}
	}
	return s, region
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
