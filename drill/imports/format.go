// Package imports reads what sources other than the prober say about a drill: access logs, metrics, load generators, proxies'
// states, and the journals of tools that inject faults. It turns them into observations (drill/observe) and adds nothing: what a
// format cannot prove stays empty, and what could not be read is told. docs/drills/sources.md says what each can prove.
//
// Files come from other hosts and are hostile until read: lines, documents, depth and texts are bounded, and no part of a file
// is ever obeyed.
package imports

import (
	"slices"
	"time"

	"github.com/passmuster/muster/drill/observe"
)

// Format is the kind of a source.
type Format string

// Formats.
const (
	// EnvoyJSON is an access log of JSON lines, with the keys that Istio and Consul give it.
	EnvoyJSON Format = "envoy-json"
	// IstioText is Istio's default access log, EnvoyText that of Envoy itself.
	IstioText Format = "istio-text"
	EnvoyText Format = "envoy-text"
	// Prometheus is one or several answers of /api/v1/query_range (or of a range selector at /api/v1/query), raw counters only.
	Prometheus Format = "prometheus"
	// ChaosToolkit is journal.json; Litmus are ChaosResults, ChaosEngines and Events, YAML or JSON.
	ChaosToolkit Format = "chaostoolkit"
	Litmus       Format = "litmus"
	// K6 is the stream of k6 run --out json.
	K6 Format = "k6"
	// EnvoyClusters is what a proxy's /clusters?format=json answers.
	EnvoyClusters Format = "envoy-clusters"
	// Fortio is its access log in JSON; Vegeta is vegeta encode, as JSON lines or as CSV.
	Fortio     Format = "fortio"
	VegetaJSON Format = "vegeta-json"
	VegetaCSV  Format = "vegeta-csv"
)

// Formats are all that can be read, in the order of the documentation.
func Formats() []Format {
	return []Format{EnvoyJSON, IstioText, EnvoyText, Prometheus, ChaosToolkit, Litmus, K6, EnvoyClusters, Fortio, VegetaJSON, VegetaCSV}
}

// Known reports whether a format can be read.
func (f Format) Known() bool { return slices.Contains(Formats(), f) }

// Limits of what is read. What is longer is counted as unreadable, and told.
const (
	// MaxLine is the longest line in bytes.
	MaxLine = 64 << 10
	// MaxDocument is the longest source in bytes of the formats that are one document (journals, metrics, proxies' states).
	MaxDocument = 64 << 20
	// MaxYAML is the longest source in bytes that may be YAML.
	MaxYAML = 4 << 20

	maxDepth  = 64      // levels of nesting in JSON
	maxText   = 256     // bytes of a text that is kept
	maxLabels = 128     // labels of one time series
	maxHosts  = 20_000  // endpoints of one proxy's state
	maxSeries = 200_000 // time series of one source
	maxEvents = 10_000  // events of one source
	maxNotes  = 20      // notes of one kind that are told one by one
	maxKinds  = 100     // kinds of notes
)

// Options say what a source itself does not.
type Options struct {
	// Source is the workload whose proxy or load generator wrote the file, "namespace/name", and SourceCluster where it runs.
	// For an access log of a server it is the server, and callers stay unknown.
	Source, SourceCluster string
	// Namespace and Service are asked by a load generator whose file names no service of the mesh.
	Namespace, Service string
	Port               int
	// Places give addresses a region, zone and cluster: formats name endpoints by address alone. The longest prefix counts.
	Places []Place
	// At is when a proxy's state was taken; the format does not tell. Proxy names it.
	At    time.Time
	Proxy string
	// Scrape is the interval of the metrics' collection; 0 = the step of the file.
	Scrape time.Duration
	// Metric names the series of a file that has no __name__, as aggregations leave them.
	Metric string
	// Headers and tags in which answers say where they come from; empty = X-Region, X-Zone, X-Cluster and X-Workload for
	// headers, region, zone, cluster and workload for tags.
	Region, Zone, Cluster, Workload string
	// Workers bounds how many parse at once; 0 = as many as there are processors, at most 8.
	Workers int
}

// Summary is what became of a source.
type Summary struct {
	Name   string
	Format Format
	// SHA256 is that of the bytes, in hexadecimal.
	SHA256 string
	Bytes  int64
	// Lines are those with something in them; of a document, its lines. Unreadable could not be read, and Other are none of the
	// format's, as what a proxy writes between its access log.
	Lines, Unreadable, Other int64

	Requests, Counts, States, Events, Missed int64
	// First and Last are the bounds of what was observed; zero = nothing that has a time.
	First, Last time.Time
	// Notes are those that the sink was told.
	Notes []observe.Note
}

// span widens the bounds to hold a stretch of time.
func (s *Summary) span(from, to time.Time) {
	if !from.IsZero() && (s.First.IsZero() || from.Before(s.First)) {
		s.First = from
	}
	if !to.IsZero() && to.After(s.Last) {
		s.Last = to
	}
}
