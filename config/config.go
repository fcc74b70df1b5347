// Package config reads muster.yaml: the meshes and clusters of a fleet, what its services must survive, and how loud
// each rule is. Every value knows its line, so that a finding can point at the promise that it breaks.
package config

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// APIVersion is the only version of the format so far.
const APIVersion = "passmuster.dev/v1"

// SchemaURL is where editors find the schema of the format, docs/schema/config.schema.json.
const SchemaURL = "https://raw.githubusercontent.com/passmuster/muster/main/docs/schema/config.schema.json"

// Config is one muster.yaml. It is read only once parsed, and it is the mesh.Locator of its own values: their
// origins are JSON pointers such as "/objectives/0/survive/1".
type Config struct {
	APIVersion   string
	Meshes       []Mesh
	Clusters     []Cluster
	Environments map[string]Environment
	Objectives   []Objective
	Rules        map[string]RuleSetting // by rule id
	Policies     []string               // files or folders of Rego
	Evidence     string                 // a folder with drift reports of drills; "" = none
	Inputs       Inputs
	Suppress     []Suppression

	// File is how positions name the config. Dir is the folder that its paths are relative to; see Resolve.
	File string
	Dir  string

	positions map[string]mesh.Position
}

// Mesh declares one mesh.
type Mesh struct {
	Name        string
	Kind        mesh.Kind
	Version     string // "1.31" or "1.31.2"; "" = not told
	TrustDomain string // "" = the mesh's own default
	// Clusters are the names of its clusters. A config with a single mesh may leave them out, and means all.
	Clusters []string
	// ConfigCluster holds the mesh objects that all its clusters obey, unless a cluster says otherwise.
	ConfigCluster string
	Edition       string   // community or enterprise (Consul, Linkerd); "" = not told
	RootNamespace string   // Istio only: where mesh-wide policies live; default istio-system
	ClusterDomain string   // suffix of Kubernetes service names; default cluster.local
	Peers         []Peer   // Consul only: established cluster peerings
	Client        string   // xds only: grpc or envoy, who obeys what is announced; default envoy
	From          []string // xds only: where callers are, as region/zone
	Position      mesh.Position
}

// Peer is an established peering of a Consul mesh with a cluster of another. Files tell of peerings by name alone.
type Peer struct {
	Name     string // what the mesh calls the peer
	Cluster  string // the datacenter that it is
	As       string // what the peer calls the mesh; default the mesh's name
	Position mesh.Position
}

// ConfigClusterOf names the cluster whose mesh objects the clients in c obey: what c says, else what the mesh says,
// else c itself.
func (m *Mesh) ConfigClusterOf(c *Cluster) string {
	switch {
	case c.ConfigCluster != "":
		return c.ConfigCluster
	case m.ConfigCluster != "":
		return m.ConfigCluster
	}
	return c.Name
}

// Cluster declares one cluster and where its configuration stands.
type Cluster struct {
	Name          string
	Region        string
	Zones         []string // without the region
	Network       string
	ConfigCluster string // overrides that of the mesh
	Sources       []Source
	Position      mesh.Position
}

// Source is one place that holds objects of a cluster: exactly one of Path, Kustomize and Helm is set.
type Source struct {
	Path      string // a file or folder of plain documents
	Kustomize string // a folder with a kustomization
	Helm      string // a folder with a chart; the members below belong to it
	Values    []string
	Set       map[string]any
	Namespace string
	Release   string
	Position  mesh.Position
}

// Environment is a set of clusters, with the Terraform root that builds them.
type Environment struct {
	Clusters  []string
	Terraform string   // the root's folder
	VarFiles  []string // evaluate the root with these, in order; several environments may share a root
	Plan      string   // what "terraform show -json" prints of a plan: it goes before the state, and the state before the root
	State     string   // a state, or what "terraform show -json" prints of one
	Position  mesh.Position
}

// Objective is what the services that match must survive. The promise itself is mesh.Objective; its Origin is that of
// the list Survive, or of the annotation.
type Objective struct {
	Match Match
	mesh.Objective
	Position mesh.Position
}

// DefaultFaults are the faults of an objective that names none: what the loss of a place looks like. A place that
// answers 5xx and stays ready ("error") is rather a bad release: an objective that speaks of releases means it too, and
// who must survive it of a place asks for it by name.
func DefaultFaults() []string { return []string{"crash", "hang", "partition"} }

// Level is how loud a rule is.
type Level string

// The levels of a rule. The empty level leaves it to the rule.
const (
	LevelOff     Level = "off"
	LevelNote    Level = "note"
	LevelWarning Level = "warning"
	LevelError   Level = "error"
)

// RuleSetting overrides a rule's level, its parameters, or both.
type RuleSetting struct {
	Level    Level
	Params   map[string]any // values as JSON has them: string, int64, float64, bool, nil, []any, map[string]any
	Scopes   []Scope        // levels of some findings only: the first that matches decides, and Level of what none matches
	Position mesh.Position
}

// Scope is how loud a rule is for some of its findings.
type Scope struct {
	Match    Accepted
	Level    Level
	Position mesh.Position
}

// Inputs says which files count.
type Inputs struct {
	Ignore     []string // globs over slash-separated paths; a segment ** is any number of folders
	Unreadable string   // what a file that cannot be read is: error (the default) or warn
	Position   mesh.Position
}

// Suppression silences a rule for the findings that match. A missing reason or date is no error here: rules S03 and
// S04 report it.
type Suppression struct {
	Rule     string // its id or slug
	Match    Accepted
	Reason   string
	Until    time.Time // the last day on which it holds, as midnight UTC; zero = for ever
	Owner    string
	Position mesh.Position
}

// Resolve returns a path of the config as the operating system's, relative to the folder of the config.
func (c *Config) Resolve(path string) string {
	return filepath.Join(c.Dir, filepath.FromSlash(path))
}

// Param returns the position of a rule's parameter.
func (c *Config) Param(rule, name string) mesh.Position {
	return c.Locate("/rules/" + rule + "/params/" + escape.Replace(name))
}

// Locate returns the position of the value at a JSON pointer, or of the nearest ancestor that the config has.
func (c *Config) Locate(path string) mesh.Position {
	for {
		if at, ok := c.positions[path]; ok {
			return at
		}
		slash := strings.LastIndexByte(path, '/')
		if slash < 0 {
			return mesh.Position{File: c.File, Line: 1, Column: 1}
		}
		path = path[:slash]
	}
}
