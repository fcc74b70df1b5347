package mesh

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Difference is one thing in which two workloads are not alike, in words. A or B is "" where
// nothing is written.
type Difference struct {
	What             string // "image of app", "readiness probe", "replicas", "label version"
	A, B             string
	OriginA, OriginB Origin
}

// versionLabels say which version a workload runs.
var versionLabels = []string{"app.kubernetes.io/version", "version"}

// Parity compares two workloads that are meant to stand in for each other, as copies of a service
// in two clusters are: images, resources, replicas or the bounds of autoscaling, probes, identity,
// disruption budget, update strategy, and the labels that tell versions apart or are named. What is
// unknown on either side is no difference. The order is that of the list above.
func Parity(a, b *Workload, labels ...string) []Difference {
	p := parity{a: a, b: b, left: a.Spec(), right: b.Spec()}
	p.containers()
	p.scale()
	p.probe("readiness probe", a.Readiness, b.Readiness)
	p.probe("liveness probe", a.Liveness, b.Liveness)
	p.probe("startup probe", p.left.Startup, p.right.Startup)
	p.identity()
	p.disruption()
	p.update()
	named := append(slices.Clone(versionLabels), labels...)
	for i, key := range named {
		if !slices.Contains(named[:i], key) {
			p.differ("label "+key, a.Labels[key], b.Labels[key], p.left.Label(key), p.right.Label(key))
		}
	}
	return p.found
}

// parity is one comparison.
type parity struct {
	a, b        *Workload
	left, right *PodSpec
	found       []Difference
}

func (p *parity) differ(what, a, b string, at, bt Origin) {
	if a != b {
		p.found = append(p.found, Difference{What: what, A: a, B: b, OriginA: at, OriginB: bt})
	}
}

// compare holds two values against each other; an unknown one equals everything.
func compare[T any](p *parity, what string, a, b Value[T], render func(T) string) {
	if a.State == Unknown || b.State == Unknown {
		return
	}
	var x, y string
	if a.IsKnown() {
		x = render(a.V)
	}
	if b.IsKnown() {
		y = render(b.V)
	}
	p.differ(what, x, y, a.Origin, b.Origin)
}

func same(s string) string { return s }

func (p *parity) containers() {
	byName := func(s *PodSpec, name string) *Container {
		i := slices.IndexFunc(s.Containers, func(c Container) bool { return c.Name == name })
		if i < 0 {
			return nil
		}
		return &s.Containers[i]
	}
	for i := range p.left.Containers {
		a := &p.left.Containers[i]
		b := byName(p.right, a.Name)
		if b == nil && len(p.left.Containers) == 1 && len(p.right.Containers) == 1 {
			b = &p.right.Containers[0] // the only one, under another name
		}
		if b == nil {
			p.differ("container "+a.Name, a.Name, "", a.Origin, p.b.Origin)
			continue
		}
		p.container(a, b)
	}
	for i := range p.right.Containers {
		b := &p.right.Containers[i]
		if byName(p.left, b.Name) == nil && (len(p.left.Containers) != 1 || len(p.right.Containers) != 1) {
			p.differ("container "+b.Name, "", b.Name, p.a.Origin, b.Origin)
		}
	}
}

// container compares what runs. Regions have registries of their own, so a registry alone is no
// other image; two references with one digest are one image.
func (p *parity) container(a, b *Container) {
	if x, y := a.Image.V, b.Image.V; x.Digest == "" || x.Digest != y.Digest {
		compare(p, "image of "+a.Name, a.Image, b.Image, Image.version)
	}
	compare(p, "CPU request of "+a.Name, a.CPU.Request, b.CPU.Request, same)
	compare(p, "CPU limit of "+a.Name, a.CPU.Limit, b.CPU.Limit, same)
	compare(p, "memory request of "+a.Name, a.Memory.Request, b.Memory.Request, same)
	compare(p, "memory limit of "+a.Name, a.Memory.Limit, b.Memory.Limit, same)
}

// version is an image without its registry.
func (i Image) version() string {
	s := i.Repository
	if i.Tag != "" {
		s += ":" + i.Tag
	}
	if i.Digest != "" {
		s += "@" + i.Digest
	}
	return s
}

// scale compares the number of pods: written down, or left to an autoscaler.
func (p *parity) scale() {
	a, b := p.a.Autoscale, p.b.Autoscale
	switch {
	case a != nil && b != nil:
		p.differ("least replicas", strconv.Itoa(a.Min), strconv.Itoa(b.Min), a.Origin, b.Origin)
		p.differ("most replicas", strconv.Itoa(a.Max), strconv.Itoa(b.Max), cmp.Or(a.MaxOrigin, a.Origin), cmp.Or(b.MaxOrigin, b.Origin))
		p.differ("CPU target", percentOf(a.Utilisation), percentOf(b.Utilisation), a.Origin, b.Origin)
	case a != nil:
		p.differ("autoscaling", a.bounds(), "", a.Origin, p.b.Replicas.Origin)
	case b != nil:
		p.differ("autoscaling", "", b.bounds(), p.a.Replicas.Origin, b.Origin)
	default:
		compare(p, "replicas", p.a.Replicas, p.b.Replicas, strconv.Itoa)
	}
}

func (a *Autoscale) bounds() string { return fmt.Sprintf("%d to %d", a.Min, a.Max) }

func percentOf(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n) + "%"
}

func (p *parity) probe(what string, a, b *Probe) {
	at, bt := p.a.Origin, p.b.Origin
	if a != nil {
		at = a.Origin
	}
	if b != nil {
		bt = b.Origin
	}
	p.differ(what, a.describe(), b.describe(), at, bt)
}

// describe renders what a probe asks, and how often: "http :8080/ready every 5s, 3 failures"; ""
// for none.
func (p *Probe) describe() string {
	if p == nil {
		return ""
	}
	var s strings.Builder
	s.WriteString(p.Handler)
	if p.Port != 0 {
		fmt.Fprintf(&s, " :%d", p.Port)
	}
	if p.Handler == "grpc" && p.Path != "" {
		s.WriteByte(' ')
	}
	fmt.Fprintf(&s, "%s every %s, timeout %s, %d failures", p.Path, p.Period, p.Timeout, p.Failure)
	return s.String()
}

// identity compares whom callees see. Where no mesh has named identities, accounts are compared.
func (p *parity) identity() {
	a, b := p.a.Identity, p.b.Identity
	if a == "" || b == "" {
		a, b = p.a.ServiceAccount, p.b.ServiceAccount
	}
	p.differ("identity", a, b, p.left.ServiceAccount.Origin, p.right.ServiceAccount.Origin)
	compare(p, "proxy", p.a.Meshed, p.b.Meshed, strconv.FormatBool)
}

func (p *parity) disruption() {
	text := func(d *DisruptionBudget) string {
		switch {
		case d == nil:
			return ""
		case d.MinAvailable != "":
			return "at least " + d.MinAvailable + " available"
		}
		return "at most " + d.MaxUnavailable + " unavailable"
	}
	at := func(w *Workload) Origin {
		if w.Disruption != nil {
			return w.Disruption.Origin
		}
		return w.Origin
	}
	p.differ("disruption budget", text(p.a.Disruption), text(p.b.Disruption), at(p.a), at(p.b))
}

func (p *parity) update() {
	a, b := &p.left.Update, &p.right.Update
	compare(p, "update strategy", a.Strategy, b.Strategy, same)
	compare(p, "maxUnavailable", a.MaxUnavailable, b.MaxUnavailable, same)
	compare(p, "maxSurge", a.MaxSurge, b.MaxSurge, same)
	compare(p, "revisions kept", a.History, b.History, strconv.Itoa)
	compare(p, "priority class", p.left.PriorityClass, p.right.PriorityClass, same)
}
