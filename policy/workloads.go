package policy

import (
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/passmuster/muster/mesh"
)

func workloadShape(p *projection) shape[*mesh.Workload] {
	probe := func(name, doc string, get func(*mesh.Workload) *mesh.Probe) field[*mesh.Workload] {
		return nested(name, doc, probeShape(), func(w *mesh.Workload) (*mesh.Probe, bool) { x := get(w); return x, x != nil },
			func(x *mesh.Probe) mesh.Origin { return x.Origin })
	}
	same := func(s string) string { return s }
	return shape[*mesh.Workload]{
		text("id", "cluster/namespace/Kind/name.", func(w *mesh.Workload) string { return w.ID }),
		text("cluster", "Where it runs.", func(w *mesh.Workload) string { return w.Cluster }),
		text("namespace", "Its namespace.", func(w *mesh.Workload) string { return w.Namespace }),
		text("kind", "Deployment, StatefulSet, DaemonSet, Pod, …", func(w *mesh.Workload) string { return w.Kind }),
		text("name", "Its name.", func(w *mesh.Workload) string { return w.Name }),
		labels("labels", "Of the pods.", func(w *mesh.Workload) map[string]string { return w.Labels }),
		texts("services", "The ids of the services that its pods are behind.", func(w *mesh.Workload) []string {
			ids := make([]string, len(p.serving[w]))
			for i, id := range p.serving[w] {
				ids[i] = string(id)
			}
			return ids
		}),
		value("replicas", "Pods that it asks for.", func(w *mesh.Workload) mesh.Value[int] { return w.Replicas }, func(n int) int { return n }),
		nested("autoscale", "Its HorizontalPodAutoscaler; absent if there is none.", autoscaleShape(), func(w *mesh.Workload) (*mesh.Autoscale, bool) { return w.Autoscale, w.Autoscale != nil },
			func(a *mesh.Autoscale) mesh.Origin { return a.Origin }),
		nested("disruption", "Its PodDisruptionBudget; absent if there is none.", disruptionShape(), func(w *mesh.Workload) (*mesh.DisruptionBudget, bool) { return w.Disruption, w.Disruption != nil },
			func(d *mesh.DisruptionBudget) mesh.Origin { return d.Origin }),
		list("spread", "Spread constraints and anti-affinity.", spreadShape(), func(w *mesh.Workload) []mesh.Spread { return w.Spread }, func(s mesh.Spread) mesh.Origin { return s.Origin }),
		probe("readiness", "The readiness probe; absent if there is none.", func(w *mesh.Workload) *mesh.Probe { return w.Readiness }),
		probe("liveness", "The liveness probe; absent if there is none.", func(w *mesh.Workload) *mesh.Probe { return w.Liveness }),
		probe("startup", "The startup probe; absent if there is none.", func(w *mesh.Workload) *mesh.Probe { return w.Spec().Startup }),
		value("meshed", "Its pods get a proxy.", func(w *mesh.Workload) mesh.Value[bool] { return w.Meshed }, func(b bool) bool { return b }),
		numbers("skipPorts", "Inbound ports that bypass the proxy.", func(w *mesh.Workload) []int { return w.SkipPorts }),
		text("serviceAccount", "Its service account.", func(w *mesh.Workload) string { return w.ServiceAccount }),
		text("identity", "Its SPIFFE identity, without scheme.", func(w *mesh.Workload) string { return w.Identity }),
		value("locality", "Where its pods run: region/zone, or region.", func(w *mesh.Workload) mesh.Value[mesh.Locality] { return w.Locality }, mesh.Locality.String),
		text("network", "The network of its pods.", func(w *mesh.Workload) string { return w.Network }),
		list("containers", "The application's containers.", containerShape(), func(w *mesh.Workload) []mesh.Container { return w.Spec().Containers }, func(c mesh.Container) mesh.Origin { return c.Origin }),
		value("terminationGrace", "How long a pod may take to stop; absent = 30. Seconds.", func(w *mesh.Workload) mesh.Value[time.Duration] { return w.Spec().TerminationGrace }, time.Duration.Seconds),
		value("priorityClass", "Absent = the cluster's default.", func(w *mesh.Workload) mesh.Value[string] { return w.Spec().PriorityClass }, same),
		nested("update", "How its controller replaces pods.", updateShape(), func(w *mesh.Workload) (mesh.Update, bool) { return w.Spec().Update, true }, nil),
		nested("proxy", "What is written about its sidecars; absent if nothing is.", proxyShape(), func(w *mesh.Workload) (*mesh.ProxySettings, bool) { return w.Proxy, w.Proxy != nil }, nil),
	}
}

func autoscaleShape() shape[*mesh.Autoscale] {
	bound := func(name, doc string, get func(*mesh.Autoscale) (int, mesh.Origin)) field[*mesh.Autoscale] {
		return value(name, doc, func(a *mesh.Autoscale) mesh.Value[int] { return mesh.Of(get(a)) }, func(n int) int { return n })
	}
	return shape[*mesh.Autoscale]{
		bound("min", "The least replicas.", func(a *mesh.Autoscale) (int, mesh.Origin) { return a.Min, a.Origin }),
		bound("max", "The most replicas.", func(a *mesh.Autoscale) (int, mesh.Origin) { return a.Max, a.MaxOrigin }),
		number("utilisation", "The target share of CPU in percent; absent if it scales on something else.", func(a *mesh.Autoscale) (float64, bool) { return float64(a.Utilisation), a.Utilisation > 0 }),
	}
}

func disruptionShape() shape[*mesh.DisruptionBudget] {
	return shape[*mesh.DisruptionBudget]{
		text("minAvailable", "As written: 1 or 50%.", func(d *mesh.DisruptionBudget) string { return d.MinAvailable }).
			at(func(d *mesh.DisruptionBudget) mesh.Origin { return d.Origin.Child("minAvailable") }),
		text("maxUnavailable", "As written.", func(d *mesh.DisruptionBudget) string { return d.MaxUnavailable }).
			at(func(d *mesh.DisruptionBudget) mesh.Origin { return d.Origin.Child("maxUnavailable") }),
	}
}

func spreadShape() shape[mesh.Spread] {
	return shape[mesh.Spread]{
		text("topologyKey", "The label of nodes that pods are spread over.", func(s mesh.Spread) string { return s.TopologyKey }),
		integer("maxSkew", "By how much places may differ.", func(s mesh.Spread) int { return s.MaxSkew }),
		truth("hard", "Pods are not scheduled otherwise.", func(s mesh.Spread) bool { return s.Hard }),
	}
}

func probeShape() shape[*mesh.Probe] {
	return shape[*mesh.Probe]{
		text("handler", "http, tcp, exec or grpc.", func(x *mesh.Probe) string { return x.Handler }),
		integer("port", "The port that it asks.", func(x *mesh.Probe) int { return x.Port }),
		text("path", "http: as written; grpc: the service.", func(x *mesh.Probe) string { return x.Path }),
		number("period", "Seconds.", func(x *mesh.Probe) (float64, bool) { return x.Period.Seconds(), true }),
		number("timeout", "Seconds.", func(x *mesh.Probe) (float64, bool) { return x.Timeout.Seconds(), true }),
		integer("failure", "Consecutive failures until it acts.", func(x *mesh.Probe) int { return x.Failure }),
	}
}

func containerShape() shape[mesh.Container] {
	amount := func(name, doc string, get func(mesh.Container) mesh.Amount) field[mesh.Container] {
		return nested(name, doc, amountShape(), func(c mesh.Container) (mesh.Amount, bool) { return get(c), true }, nil)
	}
	return shape[mesh.Container]{
		text("name", "Its name.", func(c mesh.Container) string { return c.Name }),
		{
			name: "image", key: ast.StringTerm("image"), schema: imageShape().schema(),
			term: nested("image", "", imageShape(), func(c mesh.Container) (mesh.Image, bool) { return c.Image.Get() }, nil).
				noting("image", func(c mesh.Container) bool { return c.Image.State == mesh.Unknown }),
			origin: func(c mesh.Container, _ []string) (mesh.Origin, bool) { return c.Image.Origin, true },
		},
		amount("cpu", "As written: 500m.", func(c mesh.Container) mesh.Amount { return c.CPU }),
		amount("memory", "As written: 512Mi.", func(c mesh.Container) mesh.Amount { return c.Memory }),
	}
}

func amountShape() shape[mesh.Amount] {
	same := func(s string) string { return s }
	return shape[mesh.Amount]{
		value("request", "What is set aside.", func(a mesh.Amount) mesh.Value[string] { return a.Request }, same),
		value("limit", "What it may use at most.", func(a mesh.Amount) mesh.Value[string] { return a.Limit }, same),
	}
}

func imageShape() shape[mesh.Image] {
	return shape[mesh.Image]{
		text("reference", "As written.", func(i mesh.Image) string { return i.Reference }),
		text("registry", "Absent = the runtime's default.", func(i mesh.Image) string { return i.Registry }),
		text("repository", "Without the registry.", func(i mesh.Image) string { return i.Repository }),
		text("tag", "Absent if none is written; without a digest, latest is then meant.", func(i mesh.Image) string { return i.Tag }),
		text("digest", "Absent if none is written.", func(i mesh.Image) string { return i.Digest }),
	}
}

func updateShape() shape[mesh.Update] {
	same := func(s string) string { return s }
	whole := func(n int) int { return n }
	return shape[mesh.Update]{
		value("strategy", "RollingUpdate, Recreate or OnDelete, for a Rollout Canary or BlueGreen; absent = RollingUpdate.", func(u mesh.Update) mesh.Value[string] { return u.Strategy }, same),
		value("maxUnavailable", "As written.", func(u mesh.Update) mesh.Value[string] { return u.MaxUnavailable }, same),
		value("maxSurge", "As written.", func(u mesh.Update) mesh.Value[string] { return u.MaxSurge }, same),
		value("partition", "StatefulSet: pods of a lower number are left alone.", func(u mesh.Update) mesh.Value[int] { return u.Partition }, whole),
		value("minReady", "How long a new pod has to be ready before it counts. Seconds.", func(u mesh.Update) mesh.Value[time.Duration] { return u.MinReady }, time.Duration.Seconds),
		value("progressDeadline", "Until an update counts as failed. Seconds.", func(u mesh.Update) mesh.Value[time.Duration] { return u.ProgressDeadline }, time.Duration.Seconds),
		value("history", "Revisions that are kept to go back to; absent = 10.", func(u mesh.Update) mesh.Value[int] { return u.History }, whole),
	}
}

func proxyShape() shape[*mesh.ProxySettings] {
	return shape[*mesh.ProxySettings]{
		value("concurrency", "Worker threads; 0 = one for each core.", func(x *mesh.ProxySettings) mesh.Value[int] { return x.Concurrency }, func(n int) int { return n }),
		value("drain", "How long connections are drained at a hot restart; absent = 45. Seconds.", func(x *mesh.ProxySettings) mesh.Value[time.Duration] { return x.Drain }, time.Duration.Seconds),
		value("terminationDrain", "How long a proxy that is told to stop waits for its connections; absent = 5. Seconds.", func(x *mesh.ProxySettings) mesh.Value[time.Duration] { return x.TerminationDrain }, time.Duration.Seconds),
		value("holdApplication", "The application starts after its proxy.", func(x *mesh.ProxySettings) mesh.Value[bool] { return x.HoldApplication }, func(b bool) bool { return b }),
	}
}
