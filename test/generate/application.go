package generate

import (
	"math/rand/v2"
	"slices"
)

// app is one application: the same Service in each cluster it runs in, its workloads, and what
// its team configured for it.
type app struct {
	index     int
	name      string
	namespace *namespace
	clusters  []*cluster
	tier      int // 1 is what muster.yaml has an objective for
	ports     []port
	versions  []string
	replicas  int
	spread    string // whenUnsatisfiable of the spread over zones, "" = none
	labels    bool   // the long recommended labels
	note      bool   // a folded description, which takes a full YAML parser to read
	stateful  bool
	account   bool // a ServiceAccount of its own
	budget    bool
	autoscale bool
	settings  bool // a ConfigMap

	rule      *rule
	route     *route
	guarded   bool
	strict    bool // a PeerAuthentication of its own
	sidecar   bool // a Sidecar of its own
	external  bool // a ServiceEntry for a partner's API
	upstreams []*app
	callers   []*app
	mistake   mistake
}

// port is a port of a Service, with the container's port that it leads to.
type port struct {
	name           string
	number, target int
}

func (p port) http() bool { return p.name == "http" || p.name == "grpc" }

// mistake is a reference that leads nowhere.
type mistake int

const (
	noMistake mistake = iota
	missingHost
	missingSubset
	missingRegion
	missingCaller
	mistakes // how many there are
)

// maxCallers bounds the callers that a policy lists one by one.
const maxCallers = 20

func (a *app) host() string { return a.name + "." + a.namespace.name + ".svc.cluster.local" }

func (a *app) serviceAccount() string {
	if a.account {
		return a.name
	}
	return "default"
}

func (a *app) principal() string {
	return "cluster.local/ns/" + a.namespace.name + "/sa/" + a.serviceAccount()
}

// http reports whether requests to the application are routed one by one.
func (a *app) http() bool { return a.ports[0].http() }

// regions are where the application runs.
func (a *app) regions() []string {
	var list []string
	for _, c := range a.clusters {
		list = append(list, c.region)
	}
	return list
}

// applications plans applications until there are as many documents as were asked for. The last
// application may come out incomplete.
func (f *plan) applications() {
	if len(f.parts) >= f.Resources {
		f.parts = f.parts[:f.Resources]
		return
	}
	for i := 0; len(f.parts) < f.Resources; i++ {
		a := f.newApp(i)
		f.apps = append(f.apps, a)
		f.addApp(a)
	}
	f.parts = f.parts[:f.Resources]
}

func (f *plan) newApp(i int) *app {
	r := rand.New(rand.NewPCG(f.Seed, uint64(i)))
	ns := f.namespaces[i%len(f.namespaces)]
	a := &app{
		index:     i,
		name:      appName(i / len(f.namespaces)),
		namespace: ns,
		clusters:  f.someClusters(r),
		tier:      []int{1, 2, 2, 2, 3, 3, 3, 3, 3, 3}[r.IntN(10)],
		ports:     somePorts(r),
		versions:  []string{"v1"},
		replicas:  []int{2, 3, 3, 3, 3, 4, 6}[r.IntN(7)],
		spread:    []string{"DoNotSchedule", "DoNotSchedule", "DoNotSchedule", "DoNotSchedule", "DoNotSchedule", "DoNotSchedule", "DoNotSchedule", "ScheduleAnyway", "", ""}[r.IntN(10)],
		labels:    chance(r, 0.6),
		note:      chance(r, 0.03),
		account:   chance(r, 0.5),
		budget:    chance(r, 0.25),
		autoscale: chance(r, 0.35),
		settings:  chance(r, 0.1),
		guarded:   chance(r, f.Guarded),
		strict:    chance(r, 0.04),
		sidecar:   chance(r, 0.04),
		external:  chance(r, 0.05),
	}
	a.stateful = !a.http()
	if a.http() && chance(r, 0.15) {
		a.versions = append(a.versions, "v2")
	}
	if chance(r, f.Dangling) {
		a.mistake = mistake(1 + r.IntN(int(mistakes)-1))
		a.guarded = a.guarded || a.mistake == missingCaller
	}
	f.connect(a, r)
	a.rule = f.newRule(a, r)
	a.route = newRoute(a, r)
	return a
}

// someClusters: a third of all applications run in one cluster, the others in two or in all.
func (f *plan) someClusters(r *rand.Rand) []*cluster {
	n := len(f.clusters)
	switch x := r.Float64(); {
	case x < 0.35:
		n = 1
	case x < 0.65:
		n = min(n, 2)
	}
	picked := r.Perm(len(f.clusters))[:n]
	slices.Sort(picked)
	list := make([]*cluster, n)
	for i, at := range picked {
		list[i] = f.clusters[at]
	}
	return list
}

func somePorts(r *rand.Rand) []port {
	switch x := r.Float64(); {
	case x < 0.07:
		return []port{{"tcp-db", 5432, 5432}}
	case x < 0.15:
		return []port{{"grpc", 9090, 9090}}
	case x < 0.4:
		return []port{{"http", 80, 8080}, {"grpc", 9090, 9090}}
	}
	return []port{{"http", 80, 8080}}
}

// connect picks what the application calls: older applications, mostly of its own namespace, and
// the oldest ones most often, so that there are hubs as everywhere.
func (f *plan) connect(a *app, r *rand.Rand) {
	for range r.IntN(4) {
		x := r.Float64()
		to := int(x * x * float64(a.index))
		if chance(r, 0.6) {
			to += (a.index - to) % len(f.namespaces) // the next one of the same namespace
		}
		if to >= a.index || slices.Contains(a.upstreams, f.apps[to]) {
			continue
		}
		u := f.apps[to]
		a.upstreams = append(a.upstreams, u)
		u.callers = append(u.callers, a)
		if u.namespace != a.namespace {
			a.namespace.imported(u.namespace.name + "/" + u.host())
		}
	}
}

// addApp lists the documents of an application, cluster by cluster.
func (f *plan) addApp(a *app) {
	for _, c := range a.clusters {
		add := func(when bool, write func(*page)) {
			if when {
				f.add(c, a.namespace.name, write)
			}
		}
		add(a.account, a.writeAccount)
		add(a.settings, a.writeSettings)
		for i, v := range a.versions {
			add(true, func(p *page) { a.writeWorkload(p, c, v, i) })
		}
		add(true, a.writeService)
		add(a.autoscale, a.writeAutoscaler)
		add(a.budget, a.writeBudget)
		add(a.rule != nil, a.writeRule)
		add(a.route != nil, a.writeRoute)
		add(a.guarded, a.writeGuard)
		add(a.strict, a.writeStrict)
		add(a.sidecar, a.writeSidecar)
		add(a.external, a.writeExternal)
		add(a.external && a.index%2 == 0, a.writeExternalRule)
	}
}

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }
