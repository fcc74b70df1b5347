package generate

import "math/rand/v2"

// Matrix generates the fleet that the budget of the full matrix is about: Services services with
// three ports, in every cluster, each with two pods in two of its zones (six endpoints in three
// clusters), in 20 namespaces whose pods call from every zone; PolicyShare of them with a
// DestinationRule about failover. All clusters are one network. Nothing is declared: what to
// compute is up to the caller.
func Matrix(o Options) map[string][]byte {
	set(&o.Namespaces, 20)
	guarded := o.Guarded
	o = o.orDefault()
	o.Guarded, o.Flat = guarded, true
	f := newPlan(o)
	for _, c := range f.clusters {
		f.meshSettings(c)
		for _, ns := range f.namespaces {
			f.add(c, ns.name, func(p *page) { writeNamespace(p, ns.name) })
		}
	}
	for i := range o.Services {
		a := f.matrixApp(i)
		f.apps = append(f.apps, a)
		for _, c := range f.clusters {
			f.add(c, a.namespace.name, a.writeService)
			f.add(c, a.namespace.name, func(p *page) { a.writeTwoZones(p, c) })
			if a.rule != nil {
				f.add(c, a.namespace.name, a.writeRule)
			}
			if a.guarded {
				f.add(c, a.namespace.name, a.writeGuard)
			}
		}
	}
	return f.files()
}

func (f *plan) matrixApp(i int) *app {
	r := rand.New(rand.NewPCG(f.Seed, uint64(i)))
	a := &app{
		index:     i,
		name:      appName(i / len(f.namespaces)),
		namespace: f.namespaces[i%len(f.namespaces)],
		clusters:  f.clusters,
		tier:      3,
		ports:     []port{{"http", 80, 8080}, {"grpc", 9090, 9090}, {"tcp-admin", 7070, 7070}},
		versions:  []string{"v1"},
		guarded:   f.Guarded > 0 && chance(r, f.Guarded),
	}
	f.connect(a, r)
	if chance(r, f.PolicyShare) {
		a.rule = &rule{host: a.name}
		f.aboutFailover(a, a.rule, r)
	}
	return a
}

// writeTwoZones is a Deployment of two pods that may run in two of a cluster's zones, one pod in
// each. Which two depends on the application, so that over all of them every zone is used alike.
func (a *app) writeTwoZones(p *page, c *cluster) {
	first, second := c.zones[a.index%len(c.zones)], c.zones[(a.index+1)%len(c.zones)]
	p.head("apps/v1", "Deployment", a.namespace.name, a.name)
	p.add(`spec:
  replicas: 2
  selector:
    matchLabels:
      app: %[1]s
  template:
    metadata:
      labels:
        app: %[1]s
        version: v1
    spec:
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
            - matchExpressions:
              - key: topology.kubernetes.io/zone
                operator: In
                values:
                - %[2]s
                - %[3]s
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: DoNotSchedule
        labelSelector:
          matchLabels:
            app: %[1]s
      containers:
      - name: app
        image: registry.example.com/%[1]s:1.0.0
        ports:
        - containerPort: 8080
        - containerPort: 9090
        - containerPort: 7070
        readinessProbe:
          httpGet:
            path: /healthz
            port: 8080
`, a.name, first, second)
}
