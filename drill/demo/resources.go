package demo

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
	"time"
)

// Service is the host that is called, and Regions are where it runs: the first by preference.
const (
	Service = "payments.mesh"
	Mesh    = "payments"
	caller  = "edge"
	domain  = "spiffe://payments.mesh/"
)

// Regions are those of the service.
var Regions = [2]string{"eu-west", "eu-north"}

// Standby is what is wrong with the second region.
type Standby string

// What may be wrong.
const (
	Sound     Standby = ""
	OtherCA   Standby = "other-ca"  // its certificate is issued by a CA that clients do not trust
	Plaintext Standby = "plaintext" // it has no TLS, and clients are told to speak none to it
)

// Settings are what a drill varies.
type Settings struct {
	Outlier      bool          // the cluster has outlier detection
	BaseEjection time.Duration // 0 = 3.5 s
	Standby      Standby
	Untold       bool // what servers show and ask for is not among the files
	// Timeout of a request; 0 = 1 s. Interval of outlier detection; 0 = 500 ms.
	Timeout, Interval time.Duration
}

func (s Settings) withDefaults() Settings {
	if s.BaseEjection == 0 {
		s.BaseEjection = 3500 * time.Millisecond
	}
	if s.Timeout == 0 {
		s.Timeout = time.Second
	}
	if s.Interval == 0 {
		s.Interval = 500 * time.Millisecond
	}
	return s
}

//go:embed files
var files embed.FS

// layout is what the files of a drill are made of.
type layout struct {
	Settings
	Service, Domain, Caller string
	Regions                 [2]string
	Addresses               [2]string
	Ports                   [2]int
	Server                  string // of the control plane
	Dir                     string
}

// Span writes a duration as JSON for messages has it.
func (layout) Span(d time.Duration) string { return fmt.Sprintf("%gs", d.Seconds()) }

// Encrypted reports whether the service speaks TLS in a region.
func (l layout) Encrypted(region int) bool { return region == 0 || l.Standby != Plaintext }

// Aggregated reports whether each region has a cluster of its own.
func (l layout) Aggregated() bool { return l.Standby == Plaintext }

// names of the files below the directory of a drill.
const (
	resourcesFile = "xds/resources.json"
	bootstrapFile = "xds/bootstrap.json"
	serversFile   = "xds/servers.json"
	certsDir      = "xds/certs"
	configFile    = "muster.yaml"
)

// write writes what muster, the control plane and the client read.
func (l layout) write() error {
	if err := os.MkdirAll(filepath.Join(l.Dir, "xds"), 0o750); err != nil {
		return fmt.Errorf("no directory for the drill: %w", err)
	}
	all := map[string]string{resourcesFile: "files/resources.json.tmpl", bootstrapFile: "files/bootstrap.json.tmpl", serversFile: "files/servers.json.tmpl", configFile: "files/muster.yaml.tmpl"}
	if l.Untold {
		delete(all, serversFile)
	}
	for name, from := range all {
		t, err := template.ParseFS(files, from)
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		var out bytes.Buffer
		if err := t.Execute(&out, l); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		if err := os.WriteFile(filepath.Join(l.Dir, name), out.Bytes(), 0o600); err != nil {
			return fmt.Errorf("cannot write %s: %w", name, err)
		}
	}
	return nil
}

// endpoint is one locality of the service.
type endpoint struct {
	Region, Address string
	Port, Priority  int
}

// At is the endpoint of a region in a priority.
func (l layout) At(region, priority int) endpoint {
	return endpoint{l.Regions[region], l.Addresses[region], l.Ports[region], priority}
}
