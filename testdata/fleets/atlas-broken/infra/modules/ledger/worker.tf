# The worker that clears what was ordered: it takes orders from a queue, has them paid and books them. Nobody calls it.
resource "kubernetes_service_account_v1" "clearing" {
  metadata {
    name      = "clearing"
    namespace = "payments"
  }
}

resource "kubernetes_deployment_v1" "clearing" {
  metadata {
    name      = "clearing"
    namespace = "payments"
    labels    = { app = "clearing" }
  }

  spec {
    replicas               = 3
    revision_history_limit = 5

    selector {
      match_labels = { app = "clearing" }
    }

    template {
      metadata {
        labels = { app = "clearing", version = "v1" }
      }

      spec {
        service_account_name             = kubernetes_service_account_v1.clearing.metadata[0].name
        termination_grace_period_seconds = 60

        topology_spread_constraint {
          max_skew           = 1
          topology_key       = "topology.kubernetes.io/zone"
          when_unsatisfiable = "DoNotSchedule"

          label_selector {
            match_labels = { app = "clearing" }
          }
        }

        container {
          name  = "clearing"
          image = var.worker

          env {
            name  = "LEDGER"
            value = "http://${local.host}:8080"
          }

          resources {
            requests = { cpu = "250m", memory = "512Mi" }
          }
        }
      }
    }
  }
}
