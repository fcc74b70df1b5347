package kubernetes

import (
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// wrongKind is the cause of values that were left out, and reported, for their type.
const wrongKind = "the value has the wrong type"

// text is a text of the template; absent if it is empty.
func (t *template) text(v, path string) mesh.Value[string] { return textAt(v, t.at(path), t.bad) }

// textAt is a text as written; absent if it is empty, unknown if it was no text.
func textAt(v string, at mesh.Origin, bad []string) mesh.Value[string] {
	switch {
	case slices.Contains(bad, at.Path):
		return mesh.UnknownOf[string](wrongKind, at)
	case v == "":
		return mesh.Value[string]{Origin: at}
	}
	return mesh.Of(v, at)
}

// countAt is a number as written; absent if there is none, unknown if it cannot be one.
func countAt(n *int32, at mesh.Origin, bad []string) mesh.Value[int] {
	switch {
	case slices.Contains(bad, at.Path):
		return mesh.UnknownOf[int](wrongKind, at)
	case n == nil:
		return mesh.Value[int]{Origin: at}
	case *n < 0:
		return mesh.UnknownOf[int]("the value is negative", at)
	}
	return mesh.Of(int(*n), at)
}

// secondsAt is a number of seconds as written.
func secondsAt(n *int32, at mesh.Origin, bad []string) mesh.Value[time.Duration] {
	count := countAt(n, at, bad)
	return mesh.Value[time.Duration]{V: time.Duration(count.V) * time.Second, State: count.State, Origin: at, Cause: count.Cause}
}

// podSpec describes the pods.
func (t *template) podSpec() *mesh.PodSpec {
	s := &mesh.PodSpec{
		Startup:          t.probe("startupProbe", func(c *container) *probeManifest { return c.StartupProbe }),
		TerminationGrace: t.grace(),
		PriorityClass:    t.text(t.spec.PriorityClassName, "/spec/priorityClassName"),
		ServiceAccount:   t.text(t.spec.ServiceAccountName, "/spec/serviceAccountName"),
		Labels:           t.at("/metadata/labels"),
	}
	if t.spec.ServiceAccountName == "" && t.spec.ServiceAccount != "" {
		s.ServiceAccount = t.text(t.spec.ServiceAccount, "/spec/serviceAccount")
	}
	for i := range t.spec.Containers {
		if c := &t.spec.Containers[i]; !isProxy(c) {
			s.Containers = append(s.Containers, t.describe(c, "/spec/containers/"+strconv.Itoa(i)))
		}
	}
	return s
}

func (t *template) grace() mesh.Value[time.Duration] {
	at := t.at("/spec/terminationGracePeriodSeconds")
	var n *int32
	if g := t.spec.GracePeriod; g != nil {
		n = new(int32(min(max(*g, -1), 1<<30))) // no pod is given longer than years
	}
	return secondsAt(n, at, t.bad)
}

func (t *template) describe(c *container, path string) mesh.Container {
	r := &c.Resources
	var ports []int
	for _, p := range c.Ports {
		ports = append(ports, p.ContainerPort)
	}
	return mesh.Container{
		Name:  c.Name,
		Image: t.image(c.Image, path+"/image"),
		CPU: mesh.Amount{
			Request: t.text(string(r.Requests.CPU), path+"/resources/requests/cpu"),
			Limit:   t.text(string(r.Limits.CPU), path+"/resources/limits/cpu"),
		},
		Memory: mesh.Amount{
			Request: t.text(string(r.Requests.Memory), path+"/resources/requests/memory"),
			Limit:   t.text(string(r.Limits.Memory), path+"/resources/limits/memory"),
		},
		Ports:     ports,
		Readiness: t.probeAt(c.ReadinessProbe, path+"/readinessProbe"),
		Liveness:  t.probeAt(c.LivenessProbe, path+"/livenessProbe"),
		Startup:   t.probeAt(c.StartupProbe, path+"/startupProbe"),
		Origin:    t.at(path),
	}
}

// image reads a reference. One that some other program fills in is unknown.
func (t *template) image(reference, path string) mesh.Value[mesh.Image] {
	text := t.text(reference, path)
	if text.IsKnown() && strings.ContainsAny(reference, "${}") {
		return mesh.UnknownOf[mesh.Image]("the reference has a placeholder", text.Origin)
	}
	if !text.IsKnown() {
		return mesh.Value[mesh.Image]{State: text.State, Origin: text.Origin, Cause: text.Cause}
	}
	return mesh.Of(mesh.ParseImage(reference), text.Origin)
}

// controlled is a template with what its controller is told about replacing pods. It is described
// when a rule wants to know, and not before.
type controlled struct {
	template *template
	updates  updates // zero for pods that no controller's manifest tells of
	known    atomic.Pointer[mesh.PodSpec]
}

// updates is how a controller replaces pods, with the place it stands in.
type updates struct {
	updateSpec
	doc  *source.Document // of the controller, which may borrow its template from another object
	path string           // JSON pointer: "/spec"
	bad  []string
}

// PodSpec describes the pods and how they are replaced.
func (c *controlled) PodSpec() *mesh.PodSpec {
	if known := c.known.Load(); known != nil {
		return known
	}
	s := c.template.podSpec()
	if c.updates.doc != nil {
		s.Update = c.updates.update()
	}
	c.known.CompareAndSwap(nil, s)
	return c.known.Load()
}

func (u *updates) update() mesh.Update {
	at := func(name string) mesh.Origin { return mesh.At(u.doc, u.path+"/"+name) }
	out := mesh.Update{
		MinReady:         secondsAt(u.MinReadySeconds, at("minReadySeconds"), u.bad),
		ProgressDeadline: secondsAt(u.ProgressDeadlineSeconds, at("progressDeadlineSeconds"), u.bad),
		History:          countAt(u.RevisionHistoryLimit, at("revisionHistoryLimit"), u.bad),
		Order:            textAt(u.PodManagementPolicy, at("podManagementPolicy"), u.bad),
	}
	name, strategy := "strategy", u.Strategy
	if u.UpdateStrategy != nil || u.doc.Kind == "StatefulSet" || u.doc.Kind == "DaemonSet" {
		name, strategy = "updateStrategy", u.UpdateStrategy
	}
	if strategy == nil {
		strategy = &updateStrategy{}
	}
	out.Strategy = textAt(strategy.Type, at(name+"/type"), u.bad)
	rolling, place := strategy.RollingUpdate, at(name+"/rollingUpdate")
	switch {
	case strategy.Canary != nil:
		rolling, place = strategy.Canary, at(name+"/canary")
		out.Strategy = mesh.Of("Canary", place)
	case strategy.BlueGreen != nil:
		out.Strategy = mesh.Of("BlueGreen", at(name+"/blueGreen"))
	}
	if rolling == nil {
		rolling = &rollingUpdate{}
	}
	out.MaxUnavailable = textAt(rolling.MaxUnavailable.text, place.Child("maxUnavailable"), u.bad)
	out.MaxSurge = textAt(rolling.MaxSurge.text, place.Child("maxSurge"), u.bad)
	out.Partition = countAt(rolling.Partition, place.Child("partition"), u.bad)
	return out
}
