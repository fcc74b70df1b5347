package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/loaders/istio"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report/resolution"
)

// istioQuery is query.yaml: who asks, and under what circumstances.
type istioQuery struct {
	Istio         string `json:"istio"`
	ConfigCluster string `json:"configCluster"`
	TrustDomain   string `json:"trustDomain"`
	Clusters      map[string]struct {
		Network string   `json:"network"`
		Regions []string `json:"regions"`
	} `json:"clusters"`
	Switches map[string]string `json:"switches"`
	Down     []string          `json:"down"`
	Clients  []istioClient     `json:"clients"`
}

type istioClient struct {
	Name      string            `json:"name"`
	Type      string            `json:"type"`
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
	Locality  string            `json:"locality"`
	Cluster   string            `json:"cluster"`
	Network   string            `json:"network"`
	Pod       string            `json:"pod"`
	Inbound   bool              `json:"inbound"`
}

// istioAnswer is expect.json.
type istioAnswer struct {
	Clients []resolution.Client `json:"clients"`
}

// compareIstio answers an Istio vector and lists where the answer differs from the recorded one.
func compareIstio(dir string) ([]string, error) {
	var q istioQuery
	data, err := os.ReadFile(filepath.Join(dir, "query.yaml"))
	if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(data, &q); err != nil {
		return nil, fmt.Errorf("query.yaml: %w", err)
	}
	var want istioAnswer
	if data, err = os.ReadFile(filepath.Join(dir, "expect.json")); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &want); err != nil {
		return nil, fmt.Errorf("expect.json: %w", err)
	}
	in, err := q.load(dir)
	if err != nil {
		return nil, err
	}
	fleet := istio.Build(in)
	var out []string
	for _, d := range fleet.Diagnostics() {
		out = append(out, "unreadable: "+d.Error())
	}
	got := istioAnswer{}
	for _, c := range q.Clients {
		client := c.client(in)
		got.Clients = append(got.Clients, resolution.Of(fleet.Resolve(client), resolution.Options{Origins: true, Inbound: c.Inbound}))
	}
	return append(out, difference(got, want)...), nil
}

// load reads the input of a vector.
func (q *istioQuery) load(dir string) (istio.Input, error) {
	in := istio.Input{
		Mesh:        &mesh.Mesh{Name: "vector", Kind: mesh.Istio, Version: q.Istio, TrustDomain: q.TrustDomain},
		Inventories: map[string]*kubernetes.Inventory{},
		Switches:    q.Switches,
		Down:        map[string]bool{},
	}
	for _, address := range q.Down {
		in.Down[address] = true
	}
	docs, err := documents(filepath.Join(dir, "input", "mesh.yaml"), q.ConfigCluster)
	if err != nil {
		return in, err
	}
	in.Docs = docs
	for _, name := range sortedNames(q.Clusters) {
		c := &mesh.Cluster{Name: name, Mesh: "vector", ConfigCluster: q.ConfigCluster}
		if regions := q.Clusters[name].Regions; len(regions) == 1 {
			c.Region = regions[0]
		}
		docs, err := documents(filepath.Join(dir, "input", "clusters", name, "kubernetes.yaml"), name)
		if err != nil {
			return in, err
		}
		inv, _ := kubernetes.Build(c, docs)
		in.Inventories[name] = inv
		in.Mesh.Clusters = append(in.Mesh.Clusters, name)
		in.Clusters = append(in.Clusters, c)
	}
	return in, nil
}

// documents reads a file of a vector; a missing file holds none.
func documents(path, cluster string) ([]*source.Document, error) {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	docs, _, diags := source.Parse(path, data, source.Options{})
	for _, d := range diags {
		return nil, d
	}
	for _, d := range docs {
		d.Cluster = cluster
	}
	return docs, nil
}

func sortedNames[V any](m map[string]V) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// client is a caller in the mesh's vocabulary. What the registry knows of its pod is added as
// labels.
func (c istioClient) client(in istio.Input) *mesh.Client {
	out := &mesh.Client{
		ID: c.Name, Mesh: "vector", Cluster: c.Cluster, Namespace: c.Namespace,
		Labels: c.Labels, Locality: mesh.ParseLocality(c.Locality), Network: c.Network,
		Kind: mesh.Sidecar,
	}
	switch c.Type {
	case "gateway":
		out.Kind = mesh.GatewayPod
	case "waypoint":
		out.Kind = mesh.Waypoint
	}
	var pod *kubernetes.Pod
	if namespace, name, ok := strings.Cut(c.Pod, "/"); ok && in.Inventories[c.Cluster] != nil {
		pod = in.Inventories[c.Cluster].Pod(kubernetes.Key{Namespace: namespace, Name: name})
	}
	if pod != nil && pod.Node != "" {
		out.Labels = map[string]string{mesh.LabelHostname: pod.Node}
		for k, v := range c.Labels {
			out.Labels[k] = v
		}
	}
	out.Locality = istio.ClientLocality(pod, c.Labels, out.Locality)
	return out
}
