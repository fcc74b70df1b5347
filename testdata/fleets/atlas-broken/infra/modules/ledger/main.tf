# The ledger: everybody, also in west, goes to east while it lives, because the database is written there. West stands by with as
# many pods; their writes are forwarded until somebody promotes the database.
variable "active" {
  description = "Whether this side answers on a normal day."
  type        = bool
}

variable "image" {
  type = string
}

variable "worker" {
  description = "Image of the worker."
  type        = string
}

variable "trust_domain" {
  type = string
}

variable "database" {
  description = "The endpoint that this side uses."
  type        = string
}

variable "password" {
  type      = string
  sensitive = true
}

locals {
  labels = { app = "ledger" }
  host   = "ledger.payments.svc.cluster.local"
}

resource "kubernetes_service_account_v1" "ledger" {
  metadata {
    name      = "ledger"
    namespace = "payments"
  }
}

resource "kubernetes_secret_v1" "database" {
  metadata {
    name      = "ledger-database"
    namespace = "payments"
  }

  data = {
    password = var.password
  }
}

resource "kubernetes_deployment_v1" "ledger" {
  metadata {
    name      = "ledger"
    namespace = "payments"
    labels    = local.labels

    annotations = {
      "atlas.example/side" = var.active ? "active" : "standby"
    }
  }

  spec {
    replicas               = var.active ? 6 : 0
    revision_history_limit = 5

    selector {
      match_labels = local.labels
    }

    template {
      metadata {
        labels = merge(local.labels, { version = "v1" })
      }

      spec {
        service_account_name             = kubernetes_service_account_v1.ledger.metadata[0].name
        termination_grace_period_seconds = 60

        topology_spread_constraint {
          max_skew           = 1
          topology_key       = "topology.kubernetes.io/zone"
          when_unsatisfiable = "DoNotSchedule"

          label_selector {
            match_labels = local.labels
          }
        }

        container {
          name  = "ledger"
          image = var.image

          port {
            name           = "http"
            container_port = 8080
          }

          env {
            name  = "DATABASE_HOST"
            value = var.database
          }

          env {
            name = "DATABASE_PASSWORD"

            value_from {
              secret_key_ref {
                name = kubernetes_secret_v1.database.metadata[0].name
                key  = "password"
              }
            }
          }

          readiness_probe {
            period_seconds    = 5
            timeout_seconds   = 2
            failure_threshold = 3

            http_get {
              path = "/ready"
              port = "http"
            }
          }

          resources {
            requests = { cpu = "1", memory = "1Gi" }
          }
        }
      }
    }
  }
}

resource "kubernetes_pod_disruption_budget_v1" "ledger" {
  metadata {
    name      = "ledger"
    namespace = "payments"
  }

  spec {
    max_unavailable = "1"

    selector {
      match_labels = local.labels
    }
  }
}

resource "kubernetes_service_v1" "ledger" {
  metadata {
    name      = "ledger"
    namespace = "payments"
    labels    = local.labels
  }

  spec {
    selector = local.labels

    port {
      name        = "http"
      port        = 8080
      target_port = "http"
    }
  }
}

resource "kubectl_manifest" "callers" {
  yaml_body = <<-YAML
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata:
      name: ledger
      namespace: payments
    spec:
      selector:
        matchLabels:
          app: ledger
      action: ALLOW
      rules:
      - from:
        - source:
            principals:
            - ${var.trust_domain}/ns/payments/sa/clearing
  YAML
}

resource "kubectl_manifest" "destination" {
  yaml_body = <<-YAML
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata:
      name: ledger
      namespace: payments
    spec:
      host: ${local.host}
      trafficPolicy:
        connectionPool:
          tcp:
            connectTimeout: 2s
        loadBalancer:
          simple: LEAST_REQUEST
          localityLbSetting:
            failoverPriority:
            - topology.istio.io/cluster=east
        outlierDetection:
          consecutive5xxErrors: 5
          interval: 10s
          baseEjectionTime: 30s
          maxEjectionPercent: 100
  YAML
}

resource "kubectl_manifest" "route" {
  yaml_body = <<-YAML
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata:
      name: ledger
      namespace: payments
    spec:
      hosts:
      - ${local.host}
      http:
      - name: default
        route:
        - destination:
            host: ${local.host}
        timeout: 6s
        retries:
          attempts: 2
          perTryTimeout: 2s
          retryOn: connect-failure,refused-stream
          retryRemoteLocalities: true
  YAML
}
