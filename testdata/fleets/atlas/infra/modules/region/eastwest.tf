# What the other network comes in by. Not by the chart, so that an upgrade of the charts leaves it alone.
locals {
  eastwest = {
    app   = "istio-eastwestgateway"
    istio = "eastwestgateway"
  }
}

resource "kubernetes_service_account_v1" "eastwest" {
  metadata {
    name      = "istio-eastwestgateway"
    namespace = kubernetes_namespace_v1.istio_system.metadata[0].name
  }
}

resource "kubernetes_deployment_v1" "eastwest" {
  metadata {
    name      = "istio-eastwestgateway"
    namespace = kubernetes_namespace_v1.istio_system.metadata[0].name
    labels    = local.eastwest
  }

  spec {
    replicas = 3

    selector {
      match_labels = local.eastwest
    }

    template {
      metadata {
        labels = merge(local.eastwest, {
          "sidecar.istio.io/inject"   = "true"
          "topology.istio.io/network" = var.network
        })

        annotations = {
          "inject.istio.io/templates" = "gateway"
        }
      }

      spec {
        service_account_name = kubernetes_service_account_v1.eastwest.metadata[0].name

        topology_spread_constraint {
          max_skew           = 1
          topology_key       = "topology.kubernetes.io/zone"
          when_unsatisfiable = "DoNotSchedule"

          label_selector {
            match_labels = { app = local.eastwest.app }
          }
        }

        container {
          name  = "istio-proxy"
          image = "auto"

          env {
            name  = "ISTIO_META_REQUESTED_NETWORK_VIEW"
            value = var.network
          }

          resources {
            requests = { cpu = "500m", memory = "512Mi" }
          }
        }
      }
    }
  }

  depends_on = [helm_release.istiod]
}

resource "kubernetes_pod_disruption_budget_v1" "eastwest" {
  metadata {
    name      = "istio-eastwestgateway"
    namespace = kubernetes_namespace_v1.istio_system.metadata[0].name
  }

  spec {
    max_unavailable = "1"

    selector {
      match_labels = { app = local.eastwest.app }
    }
  }
}

resource "kubernetes_service_v1" "eastwest" {
  metadata {
    name      = "istio-eastwestgateway"
    namespace = kubernetes_namespace_v1.istio_system.metadata[0].name
    labels    = merge(local.eastwest, { "topology.istio.io/network" = var.network })

    annotations = {
      "service.beta.kubernetes.io/aws-load-balancer-type"            = "external"
      "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type" = "ip"
      "service.beta.kubernetes.io/aws-load-balancer-scheme"          = "internal"
      "service.beta.kubernetes.io/aws-load-balancer-attributes"      = "load_balancing.cross_zone.enabled=true"
    }
  }

  spec {
    type     = "LoadBalancer"
    selector = local.eastwest

    dynamic "port" {
      for_each = { status-port = 15021, tls = 15443, tls-istiod = 15012, tls-webhook = 15017 }

      content {
        name        = port.key
        port        = port.value
        target_port = port.value
      }
    }
  }
}

resource "kubectl_manifest" "cross_network" {
  yaml_body = <<-YAML
    # Lets the other network in; who may call whom is decided by the workloads themselves.
    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata:
      name: cross-network-gateway
      namespace: istio-system
    spec:
      selector:
        istio: ${local.eastwest.istio}
      servers:
      - port:
          number: 15443
          name: tls
          protocol: TLS
        tls:
          mode: AUTO_PASSTHROUGH
        hosts:
        - "*.local"
  YAML

  depends_on = [helm_release.base]
}
