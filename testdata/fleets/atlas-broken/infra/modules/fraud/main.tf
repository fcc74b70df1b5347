# Fraud: written with the kubernetes provider alone.
variable "image" {
  type = string
}

variable "scale" {
  type = object({ min = number, max = number, cpu = string })
}

variable "trust_domain" {
  type = string
}

module "app" {
  source = "../app"

  name         = "fraud"
  namespace    = "payments"
  image        = var.image
  scale        = var.scale
  memory       = "2Gi"
  callers      = ["payments/payments"]
  trust_domain = var.trust_domain
  rules        = false
}

resource "kubernetes_manifest" "destination" {
  manifest = {
    apiVersion = "networking.istio.io/v1"
    kind       = "DestinationRule"

    metadata = {
      name      = "fraud"
      namespace = "payments"
    }

    spec = {
      host = module.app.host

      trafficPolicy = {
        connectionPool = {
          tcp = {
            connectTimeout = "2s"
            maxConnections = 256
          }
        }

        # Left over from before the mesh.
        tls = { mode = "DISABLE" }

        loadBalancer = {
          simple            = "LEAST_REQUEST"
          localityLbSetting = { enabled = true }
        }

        outlierDetection = {
          consecutive5xxErrors = 5
          interval             = "10s"
          baseEjectionTime     = "30s"
          maxEjectionPercent   = 100
        }
      }
    }
  }
}

resource "kubernetes_manifest" "route" {
  manifest = yamldecode(templatefile("${path.module}/templates/route.yaml.tftpl", {
    host    = module.app.host
    timeout = 4
  }))
}
