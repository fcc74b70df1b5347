package generate

import "fmt"

// The Kubernetes objects of an application.

func (a *app) writeAccount(p *page) { p.head("v1", "ServiceAccount", a.namespace.name, a.name) }

func (a *app) writeSettings(p *page) {
	p.head("v1", "ConfigMap", a.namespace.name, a.name+"-settings")
	p.add(`data:
  application.yaml: |
    server:
      shutdown: graceful
    limits:
      requests: %d
      # raised for the sales
      burst: %d
  log-level: info
`, 100+a.index%50, 200+a.index%70)
}

func (a *app) writeService(p *page) {
	p.head("v1", "Service", a.namespace.name, a.name)
	p.add("  labels:\n    app: %s\n    tier: \"%d\"\n", a.name, a.tier)
	p.add("spec:\n")
	if a.stateful {
		p.add("  clusterIP: None\n")
	}
	p.add("  selector:\n    app: %s\n  ports:\n", a.name)
	for _, port := range a.ports {
		p.add("  - name: %s\n    port: %d\n    targetPort: %d\n", port.name, port.number, port.target)
	}
}

func (a *app) writeWorkload(p *page, c *cluster, version string, number int) {
	name, replicas := a.name, a.replicas
	if number > 0 {
		name, replicas = a.name+"-"+version, 1
	}
	if c.index > 0 && a.index%4 == 0 {
		replicas = max(2, replicas/2) // the other regions are smaller
	}
	kind := "Deployment"
	if a.stateful {
		kind = "StatefulSet"
	}
	p.head("apps/v1", kind, a.namespace.name, name)
	p.add("  labels:\n    app: %s\n", a.name)
	if a.labels {
		p.add("    app.kubernetes.io/name: %s\n    app.kubernetes.io/part-of: %s\n    app.kubernetes.io/managed-by: argocd\n", a.name, a.namespace.name)
	}
	if a.note {
		p.add("  annotations:\n    description: >-\n      Serves %s to everybody else.\n      Ask team %s before you restart it.\n", a.name, a.namespace.name)
	}
	p.add("spec:\n  replicas: %d\n", replicas)
	if a.stateful {
		p.add("  serviceName: %s\n", a.name)
	}
	p.add("  revisionHistoryLimit: 5\n  selector:\n    matchLabels:\n      app: %[1]s\n      version: %[2]s\n  template:\n    metadata:\n      labels:\n        app: %[1]s\n        version: %[2]s\n", a.name, version)
	p.add("      annotations:\n        prometheus.io/scrape: \"true\"\n        prometheus.io/port: \"15020\"\n")
	p.add("    spec:\n")
	if a.account {
		p.add("      serviceAccountName: %s\n", a.name)
	}
	if a.spread != "" {
		p.add(`      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: %s
        labelSelector:
          matchLabels:
            app: %s
            version: %s
`, a.spread, a.name, version)
	}
	a.writeContainer(p, c, version)
}

func (a *app) writeContainer(p *page, c *cluster, version string) {
	p.add(`      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: app
        image: registry.example.com/%s/%s:%s.%d.%d
        imagePullPolicy: IfNotPresent
        ports:
`, a.namespace.name, a.name, version[1:], a.index%30, a.index%7)
	for _, port := range a.ports {
		p.add("        - name: %s\n          containerPort: %d\n", port.name, port.target)
	}
	p.add("        env:\n        - name: LOG_LEVEL\n          value: info\n        - name: REGION\n          value: %s\n", c.region)
	for i, u := range a.upstreams {
		p.add("        - name: UPSTREAM_%d\n          value: %s\n", i, u.url(a))
	}
	if a.settings {
		p.add("        envFrom:\n        - configMapRef:\n            name: %s-settings\n", a.name)
	}
	p.add(`        resources:
          requests:
            cpu: %dm
            memory: %dMi
          limits:
            memory: %dMi
`, 100+a.index%9*50, 128+a.index%5*64, 512+a.index%5*256)
	if a.http() {
		p.add(`        readinessProbe:
          httpGet:
            path: /healthz/ready
            port: %[1]d
          periodSeconds: 5
          failureThreshold: 3
        livenessProbe:
          httpGet:
            path: /healthz/live
            port: %[1]d
          initialDelaySeconds: 20
`, a.ports[0].target)
	} else {
		p.add("        readinessProbe:\n          tcpSocket:\n            port: %d\n", a.ports[0].target)
	}
	p.add("        volumeMounts:\n        - name: tmp\n          mountPath: /tmp\n      volumes:\n      - name: tmp\n        emptyDir: {}\n")
}

// url is how another application's environment names this one.
func (a *app) url(from *app) string {
	port, scheme := a.ports[0], "http"
	if !port.http() {
		scheme = "postgres"
	}
	host := a.name
	if from.namespace != a.namespace {
		host += "." + a.namespace.name
	}
	return fmt.Sprintf("%s://%s:%d", scheme, host, port.number)
}

func (a *app) writeAutoscaler(p *page) {
	kind := "Deployment"
	if a.stateful {
		kind = "StatefulSet"
	}
	p.head("autoscaling/v2", "HorizontalPodAutoscaler", a.namespace.name, a.name)
	p.add(`spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: %s
    name: %s
  minReplicas: %d
  maxReplicas: %d
  metrics:
  - type: Resource
    resource:
      name: cpu
      target:
        type: Utilization
        averageUtilization: %d
`, kind, a.name, a.replicas, a.replicas*3, 60+a.index%3*10)
}

func (a *app) writeBudget(p *page) {
	p.head("policy/v1", "PodDisruptionBudget", a.namespace.name, a.name)
	p.add("spec:\n  maxUnavailable: 1\n  selector:\n    matchLabels:\n      app: %s\n", a.name)
}
