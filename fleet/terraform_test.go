package fleet

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// planned loads an archive of files; with a muster.yaml as its sources, else the folders that are named.
func planned(t *testing.T, archive string, inputs ...string) *Fleet {
	t.Helper()
	dir := unpack(t, archive)
	o := Options{Source: source.Options{Root: dir}}
	for _, in := range inputs {
		o.Inputs = append(o.Inputs, source.Input{Path: in})
	}
	if strings.Contains(archive, "-- muster.yaml --") {
		cfg, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
		if err != nil {
			t.Fatal(err)
		}
		o.Config = cfg
	}
	f, err := Load(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// told is everything that a scan says about its inputs, a line each.
func told(f *Fleet) string {
	var b strings.Builder
	for _, d := range f.Inputs.Unreadable {
		fmt.Fprintln(&b, "unreadable", d.Error())
	}
	for _, n := range f.Inputs.NotUnderstood {
		fmt.Fprintln(&b, "not understood", n.Origin.Position(), n.Message)
	}
	for _, g := range append(append([]*mesh.Gap{}, f.Graph.Gaps...), f.Graph.ServiceGaps...) {
		fmt.Fprintln(&b, "gap", g.Cluster, g.Namespaces, g.Name, g.What)
	}
	return b.String()
}

const deploymentBlocks = `
resource "kubernetes_deployment_v1" "pay" {
  metadata {
    name      = "pay"
    namespace = "shop"
    labels    = { app = "pay" }
  }
  spec {
    replicas               = "3"
    revision_history_limit = 4
    selector { match_labels = { app = "pay" } }
    strategy {
      type = "RollingUpdate"
      rolling_update {
        max_surge       = "25%"
        max_unavailable = "0"
      }
    }
    template {
      metadata {
        labels      = { app = "pay", tier = 1 }
        annotations = { "proxy.istio.io/config" = "holdApplicationUntilProxyStarts: true" }
      }
      spec {
        service_account_name             = "pay"
        termination_grace_period_seconds = 45
        node_selector                    = { "topology.kubernetes.io/zone" = "eu-west-1a" }
        topology_spread_constraint {
          topology_key = "topology.kubernetes.io/zone"
          label_selector { match_labels = { app = "pay" } }
        }
        toleration {
          key      = "dedicated"
          operator = "Exists"
        }
        container {
          name  = "main"
          image = "registry.example/pay:1.4"
          args  = ["serve", "--port", 8080]
          port { container_port = 8080 }
          env {
            name  = "ORDERS"
            value = "http://orders.shop:80"
          }
          env {
            name = "KEY"
            value_from {
              config_map_key_ref {
                name = "settings"
                key  = "key"
              }
            }
          }
          resources {
            limits   = { cpu = "1", memory = "512Mi" }
            requests = { cpu = 0.5 }
          }
          readiness_probe {
            http_get {
              path = "/ready"
              port = "8080"
            }
            period_seconds    = 5
            failure_threshold = 2
          }
          liveness_probe {
            tcp_socket { port = "http" }
          }
          lifecycle {
            pre_stop {
              exec { command = ["sleep", "5"] }
            }
          }
        }
      }
    }
  }
  wait_for_rollout = false
}
`

const deploymentYAML = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop, labels: {app: pay}}
spec:
  replicas: 3
  revisionHistoryLimit: 4
  selector: {matchLabels: {app: pay}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}
  template:
    metadata:
      labels: {app: pay, tier: "1"}
      annotations: {proxy.istio.io/config: "holdApplicationUntilProxyStarts: true"}
    spec:
      serviceAccountName: pay
      terminationGracePeriodSeconds: 45
      nodeSelector: {topology.kubernetes.io/zone: eu-west-1a}
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: pay}}}
      tolerations: [{key: dedicated, operator: Exists}]
      containers:
      - name: main
        image: registry.example/pay:1.4
        args: [serve, --port, "8080"]
        ports: [{containerPort: 8080}]
        env:
        - {name: ORDERS, value: http://orders.shop:80}
        - {name: KEY, valueFrom: {configMapKeyRef: {name: settings, key: key}}}
        resources: {limits: {cpu: "1", memory: 512Mi}, requests: {cpu: "0.5"}}
        readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 5, failureThreshold: 2}
        livenessProbe: {tcpSocket: {port: http}}
        lifecycle: {preStop: {exec: {command: [sleep, "5"]}}}
`

// A resource of blocks says what the manifest says: the objects are the same JSON, and so is whatever is made of them.
func TestBlocksAreTheObjectThatTheManifestIs(t *testing.T) {
	for name, tc := range map[string]struct{ blocks, manifest string }{
		"deployment": {deploymentBlocks, deploymentYAML},
		"service": {`
resource "kubernetes_service" "pay" {
  metadata {
    name        = "pay"
    namespace   = "shop"
    annotations = { "networking.istio.io/exportTo" = "." }
  }
  spec {
    type                    = "LoadBalancer"
    selector                = { app = "pay" }
    external_traffic_policy = "Local"
    load_balancer_ip        = "10.0.0.1"
    port {
      name        = "http"
      port        = 80
      target_port = "8080"
      node_port   = 30080
    }
    port {
      name        = "grpc"
      port        = "9000"
      target_port = "grpc"
    }
  }
  wait_for_load_balancer = false
}`, `
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop, annotations: {networking.istio.io/exportTo: .}}
spec:
  type: LoadBalancer
  selector: {app: pay}
  externalTrafficPolicy: Local
  loadBalancerIP: 10.0.0.1
  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}, {name: grpc, port: 9000, targetPort: grpc}]
`},
		"autoscaler": {`
resource "kubernetes_horizontal_pod_autoscaler_v2" "pay" {
  metadata { name = "pay" }
  spec {
    min_replicas = 2
    max_replicas = 9
    scale_target_ref {
      api_version = "apps/v1"
      kind        = "Deployment"
      name        = "pay"
    }
    metric {
      type = "Resource"
      resource {
        name = "cpu"
        target {
          type                = "Utilization"
          average_utilization = 70
        }
      }
    }
    behavior {
      scale_up {
        stabilization_window_seconds = 30
        select_policy                = "Max"
        policy {
          type           = "Pods"
          value          = 4
          period_seconds = 60
        }
      }
    }
  }
}`, `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: pay}
spec:
  minReplicas: 2
  maxReplicas: 9
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: pay}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
  behavior: {scaleUp: {stabilizationWindowSeconds: 30, selectPolicy: Max, policies: [{type: Pods, value: 4, periodSeconds: 60}]}}
`},
		"budget, JSON syntax": {"-- root/b.tf.json --\n" + `{"resource": {"kubernetes_pod_disruption_budget_v1": {"pay": {"metadata": {"name": "pay", "namespace": "shop"},
 "spec": [{"max_unavailable": "50%", "selector": {"match_labels": {"app": "pay"}}}]}}}}` + "\n-- root/x.tf --\n", `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: pay, namespace: shop}
spec: {maxUnavailable: 50%, selector: {matchLabels: {app: pay}}}
`},
		"daemon set": {`
resource "kubernetes_daemonset" "agent" {
  metadata { name = "agent" }
  spec {
    selector { match_labels = { app = "agent" } }
    strategy { type = "OnDelete" }
    template {
      metadata { labels = { app = "agent" } }
      spec {
        host_network = "true"
        volume {
          name = "tokens"
          secret { secret_name = "tokens" }
        }
        affinity {
          pod_anti_affinity {
            required_during_scheduling_ignored_during_execution {
              topology_key = "kubernetes.io/hostname"
              label_selector {
                match_expressions {
                  key      = "app"
                  operator = "In"
                  values   = ["agent"]
                }
              }
            }
          }
        }
        init_container {
          name  = "init"
          image = "busybox"
        }
      }
    }
  }
}`, `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  updateStrategy: {type: OnDelete}
  template:
    metadata: {labels: {app: agent}}
    spec:
      hostNetwork: true
      volumes: [{name: tokens, secret: {secretName: tokens}}]
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - topologyKey: kubernetes.io/hostname
            labelSelector: {matchExpressions: [{key: app, operator: In, values: [agent]}]}
      initContainers: [{name: init, image: busybox}]
`},
		"ingress": {`
resource "kubernetes_ingress_v1" "shop" {
  metadata { name = "shop" }
  spec {
    ingress_class_name = "nginx"
    tls { hosts = ["shop.example"] }
    rule {
      host = "shop.example"
      http {
        path {
          path      = "/"
          path_type = "Prefix"
          backend {
            service {
              name = "pay"
              port { number = 80 }
            }
          }
        }
      }
    }
  }
}`, `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  ingressClassName: nginx
  tls: [{hosts: [shop.example]}]
  rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: pay, port: {number: 80}}}}]}}]
`},
	} {
		t.Run(name, func(t *testing.T) {
			f := planned(t, "-- root/main.tf --\n"+tc.blocks+"\n-- plain/a.yaml --\n"+tc.manifest, "root", "plain")
			docs := f.docs[DefaultCluster]
			if len(docs) != 2 || told(f) != "" {
				t.Fatalf("%d objects\n%s", len(docs), told(f))
			}
			if got, want := string(docs[1].JSON), string(docs[0].JSON); got != want {
				t.Errorf("of blocks:\n%s\nof the manifest:\n%s", got, want)
			}
		})
	}
}
