// Package export writes the fault steps of a drill plan for the tools that bring faults about. It writes and runs nothing. What a
// tool cannot do is told, and never left out silently.
package export

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/mesh"
)

// Tools are those that steps can be written for.
var Tools = []string{"istio", "chaos-mesh", "litmus", "chaostoolkit", "kubectl"}

// File is one of those that a tool reads.
type File struct {
	Name string
	Data []byte
}

// Result is what was written for a tool, and what the tool cannot do, a sentence each.
type Result struct {
	Files    []File
	Warnings []string
}

// Write writes the steps of a plan for a tool.
func Write(p *plan.Plan, tool string) (*Result, error) {
	sc, err := failover.ParseScenario(p.Scenario.Fail)
	if err != nil {
		return nil, err
	}
	w := &writer{plan: p, scenario: sc, out: &Result{}}
	switch tool {
	case "istio":
		w.istio()
	case "chaos-mesh":
		w.chaosMesh()
	case "litmus":
		w.litmus()
	case "chaostoolkit":
		w.chaosToolkit()
	case "kubectl":
		w.kubectl()
	default:
		return nil, fmt.Errorf("there are no steps for %q, want one of %s", tool, strings.Join(Tools, ", "))
	}
	return w.out, w.err
}

// writer collects the files of one tool.
type writer struct {
	plan     *plan.Plan
	scenario failover.Scenario
	out      *Result
	err      error
}

func (w *writer) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(w.out.Warnings, text) {
		w.out.Warnings = append(w.out.Warnings, text)
	}
}

// objects writes one file of Kubernetes objects, with remarks on top.
func (w *writer) objects(name string, remarks []string, list ...map[string]any) {
	var b bytes.Buffer
	b.WriteString(w.head(remarks))
	for i, o := range list {
		if i > 0 {
			b.WriteString("---\n")
		}
		text, err := yaml.Marshal(o)
		if err != nil {
			w.err = fmt.Errorf("%s cannot be written: %w", name, err)
			return
		}
		b.Write(text)
	}
	w.out.Files = append(w.out.Files, File{Name: name, Data: b.Bytes()})
}

// head are comments that say what a file is for.
func (w *writer) head(remarks []string) string {
	var b strings.Builder
	b.WriteString("# A fault step of the drill " + inert(w.plan.Metadata.ID) + " (" + inert(w.plan.Scenario.Fail) + "), written by muster and not run by it.\n")
	for _, r := range remarks {
		b.WriteString("# " + inert(r) + "\n")
	}
	return b.String()
}

// inert is a text that cannot end the comment that it stands in.
func inert(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, text)
}

// duration is how long the fault is to last, in whole seconds.
func (w *writer) duration() time.Duration {
	d := time.Duration(w.plan.Fault.Duration).Round(time.Second)
	return max(d, time.Second)
}

func (w *writer) seconds() string { return fmt.Sprintf("%ds", int(w.duration().Seconds())) }

// silence is a delay that no caller waits for: longer than the fault.
func (w *writer) silence() time.Duration { return 2 * w.duration() }

// place is the domain that fails, as labels of nodes tell it.
type place struct {
	region, zone string
	cluster      string // all of it fails
}

// places are the domains that fail; nil where single workloads do.
func (w *writer) places() (list []place) {
	for _, p := range w.scenario.Parts {
		switch p.Target {
		case failover.Region:
			list = append(list, place{region: p.Value})
		case failover.Zone:
			l := mesh.ParseLocality(p.Value)
			list = append(list, place{region: l.Region, zone: l.Zone})
		case failover.Cluster, failover.Datacenter:
			list = append(list, place{cluster: p.Value})
		}
	}
	return list
}

// nodes are the labels of the nodes of a place; nil = all nodes of its cluster.
func (p place) nodes() map[string]string {
	labels := map[string]string{}
	if p.region != "" {
		labels["topology.kubernetes.io/region"] = p.region
	}
	if p.zone != "" {
		labels["topology.kubernetes.io/zone"] = p.zone
	}
	if len(labels) == 0 {
		return nil
	}
	return labels
}

// clusters are those in which something fails, "" where the plan does not tell.
func (w *writer) clusters() []string {
	var list []string
	for _, p := range w.places() {
		if p.cluster != "" && !slices.Contains(list, p.cluster) {
			list = append(list, p.cluster)
		}
	}
	for i := range w.plan.Fault.Targets {
		if c := w.plan.Fault.Targets[i].Cluster; !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		w.warn("the plan does not tell in which clusters what fails runs (fault.targets): apply the steps where it does")
		return []string{""}
	}
	slices.Sort(list)
	return list
}

// namespaces are those of the services that a place takes with it, without the mesh's own: the tools live there.
func (w *writer) namespaces() []string {
	var list []string
	for _, id := range w.plan.Safety.BlastRadius.Services {
		parts := strings.Split(id, "/")
		if len(parts) < 2 {
			continue
		}
		if ns := parts[len(parts)-2]; ns != "" && !slices.Contains(list, ns) && !slices.Contains(w.plan.Safety.BlastRadius.Exclude, ns) {
			list = append(list, ns)
		}
	}
	for i := range w.plan.Fault.Targets {
		if ns := w.plan.Fault.Targets[i].Namespace; !slices.Contains(list, ns) {
			list = append(list, ns)
		}
	}
	slices.Sort(list)
	return list
}

// targets are the workloads of one cluster that fail.
func (w *writer) targets(cluster string) []plan.Target {
	return slices.DeleteFunc(slices.Clone(w.plan.Fault.Targets), func(t plan.Target) bool { return t.Cluster != cluster })
}

// name is a legal one for an object, of several parts.
func name(parts ...string) string {
	const most = 63
	var b strings.Builder
	for _, r := range strings.ToLower(strings.Join(parts, "-")) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	text := strings.Trim(b.String(), "-")
	if len(text) > most {
		text = strings.Trim(text[len(text)-most:], "-") // the end tells objects of one drill apart
	}
	return text
}

// fileName is one for a cluster and a fault mode.
func fileName(cluster string, parts ...string) string {
	if cluster != "" {
		parts = append([]string{cluster}, parts...)
	}
	return name(parts...) + ".yaml"
}
