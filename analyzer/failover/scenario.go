// Package failover predicts which service survives which failure: it takes the mesh graph, a
// scenario and a fault mode, and computes the cells of the survival matrix.
package failover

import (
	"fmt"
	"slices"
	"strings"
)

// Fault says only what the failed target does. Whether and when its endpoints are withdrawn is
// computed, from readiness and from which control planes survive.
type Fault string

// The fault modes.
const (
	Crash     Fault = "crash"     // connections are refused
	Hang      Fault = "hang"      // accepted, no answer
	Partition Fault = "partition" // silence, and that side's control plane is cut off
	Error     Fault = "error"     // answers 5xx while it stays Ready
)

// Faults lists all fault modes in the order of reports.
var Faults = [...]Fault{Crash, Hang, Partition, Error}

// ParseFault reads a fault mode.
func ParseFault(s string) (Fault, error) {
	if slices.Contains(Faults[:], Fault(s)) {
		return Fault(s), nil
	}
	return "", fmt.Errorf("unknown fault %q, want crash, hang, partition or error", s)
}

// Target is the kind of thing that fails.
type Target string

// The kinds of targets, as they stand in a scenario before the "=".
const (
	Region     Target = "region"
	Zone       Target = "zone" // value "region/zone"
	Cluster    Target = "cluster"
	Datacenter Target = "datacenter"
	Service    Target = "service"  // value: service id
	Workload   Target = "workload" // value: cluster/namespace/Kind/name
	Endpoint   Target = "endpoint" // value: address
	Gateway    Target = "gateway"  // value: cluster/namespace/name
	Release    Target = "release"  // value: SERVICE@SUBSET or SERVICE@REVISION
)

// Targets lists the kinds of targets in the order of reports.
var Targets = [...]Target{Zone, Region, Cluster, Datacenter, Gateway, Service, Workload, Endpoint, Release}

// Part is one failed thing of a scenario.
type Part struct {
	Target Target
	Value  string
}

// Scenario is a set of things that fail together; the empty scenario ("none") is how things are
// before. Its text form is target=value joined with "+"; in values, "%", "+", "|" and "=" are
// written as %25, %2B, %7C and %3D.
type Scenario struct {
	Parts []Part
}

// names reports whether some part of the scenario is of a kind.
func (s Scenario) names(t Target) bool {
	return slices.ContainsFunc(s.Parts, func(p Part) bool { return p.Target == t })
}

// None is the scenario in which nothing fails.
var None = Scenario{}

// One is the scenario of one failed thing.
func One(t Target, value string) Scenario { return Scenario{Parts: []Part{{t, value}}} }

// IsNone reports whether nothing fails.
func (s Scenario) IsNone() bool { return len(s.Parts) == 0 }

// escaped are the characters that stand for themselves nowhere in a value.
const escaped = "%+|="

var (
	escaper   = strings.NewReplacer("%", "%25", "+", "%2B", "|", "%7C", "=", "%3D")
	unescaper = strings.NewReplacer("%25", "%", "%2B", "+", "%2b", "+", "%7C", "|", "%7c", "|", "%3D", "=", "%3d", "=")
)

// String renders the scenario in its canonical text form; ParseScenario reads it back.
func (s Scenario) String() string {
	if s.IsNone() {
		return "none"
	}
	if p := &s.Parts[0]; len(s.Parts) == 1 && !strings.ContainsAny(p.Value, escaped) {
		return string(p.Target) + "=" + p.Value
	}
	var b strings.Builder
	for i, p := range s.Parts {
		if i > 0 {
			b.WriteByte('+')
		}
		b.WriteString(string(p.Target))
		b.WriteByte('=')
		escaper.WriteString(&b, p.Value) //nolint:errcheck // a strings.Builder never fails
	}
	return b.String()
}

// ParseScenario reads "none" or target=value parts joined with "+". Parts are sorted and equal
// parts joined, so that equal scenarios have equal text.
func ParseScenario(text string) (Scenario, error) {
	if text == "none" {
		return None, nil
	}
	var s Scenario
	for _, part := range strings.Split(text, "+") {
		key, value, ok := strings.Cut(part, "=")
		if !ok || value == "" || strings.ContainsAny(value, "=|") {
			return None, fmt.Errorf("scenario %q: want \"none\" or target=value joined with \"+\", with %%2B, %%7C, %%3D and %%25 for + | = and %%", text)
		}
		if !slices.Contains(Targets[:], Target(key)) {
			return None, fmt.Errorf("scenario %q: unknown target %q, want one of zone, region, cluster, datacenter, gateway, service, workload, endpoint, release", text, key)
		}
		value, err := unescape(value)
		if err != nil {
			return None, fmt.Errorf("scenario %q: %w", text, err)
		}
		switch Target(key) {
		case Zone:
			if region, zone, ok := strings.Cut(value, "/"); !ok || region == "" || zone == "" {
				return None, fmt.Errorf("scenario %q: a zone is named with its region: zone=REGION/ZONE", text)
			}
		case Release:
			if service, version, ok := strings.Cut(value, "@"); !ok || service == "" || version == "" {
				return None, fmt.Errorf("scenario %q: want release=SERVICE@SUBSET or release=SERVICE@REVISION", text)
			}
		}
		s.Parts = append(s.Parts, Part{Target(key), value})
	}
	slices.SortFunc(s.Parts, comparePart)
	s.Parts = slices.Compact(s.Parts)
	return s, nil
}

// unescape undoes the %-escapes; a "%" that starts none of them is an error, so that equal
// scenarios have one spelling.
func unescape(v string) (string, error) {
	if !strings.Contains(v, "%") {
		return v, nil
	}
	out := unescaper.Replace(v)
	if !strings.EqualFold(escaper.Replace(out), v) {
		return "", fmt.Errorf("%q: only %%2B, %%7C, %%3D and %%25 are escapes", v)
	}
	return out, nil
}

func comparePart(a, b Part) int {
	if a.Target != b.Target {
		return slices.Index(Targets[:], a.Target) - slices.Index(Targets[:], b.Target)
	}
	return strings.Compare(a.Value, b.Value)
}
