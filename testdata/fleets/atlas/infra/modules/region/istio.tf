locals {
  charts = "https://istio-release.storage.googleapis.com/charts"
}

resource "kubernetes_namespace_v1" "istio_system" {
  metadata {
    name = "istio-system"

    labels = {
      "topology.istio.io/network" = var.network
    }
  }

  depends_on = [aws_eks_node_group.this]
}

resource "kubernetes_namespace_v1" "injected" {
  for_each = toset(concat(var.mesh.namespaces, ["istio-ingress"]))

  metadata {
    name = each.key

    labels = {
      "istio-injection" = "enabled"
    }
  }

  depends_on = [aws_eks_node_group.this]
}

resource "helm_release" "base" {
  name       = "istio-base"
  namespace  = kubernetes_namespace_v1.istio_system.metadata[0].name
  repository = local.charts
  chart      = "base"
  version    = var.istio_version
  atomic     = true
}

resource "helm_release" "istiod" {
  name        = "istiod"
  namespace   = kubernetes_namespace_v1.istio_system.metadata[0].name
  repository  = local.charts
  chart       = "istiod"
  version     = var.istio_version
  atomic      = true
  max_history = 10

  values = [templatefile("${path.module}/values/istiod.yaml.tftpl", {
    cluster      = var.name
    network      = var.network
    mesh_id      = var.mesh.id
    trust_domain = var.mesh.trust_domain
  })]

  depends_on = [helm_release.base]
}

# The certificates of both clusters have one root, so that each trusts the other's. It comes from a vault of its own.
data "aws_secretsmanager_secret_version" "ca" {
  secret_id = "atlas/istio/${var.name}/cacerts"
}

resource "kubernetes_secret_v1" "cacerts" {
  metadata {
    name      = "cacerts"
    namespace = kubernetes_namespace_v1.istio_system.metadata[0].name
  }

  data = jsondecode(data.aws_secretsmanager_secret_version.ca.secret_string)
}

# How istiod reads the other cluster.
resource "kubernetes_secret_v1" "remote" {
  metadata {
    name      = "istio-remote-secret-${var.remote.name}"
    namespace = kubernetes_namespace_v1.istio_system.metadata[0].name

    labels = {
      "istio/multiCluster" = "true"
    }

    annotations = {
      "networking.istio.io/cluster" = var.remote.name
    }
  }

  data = {
    (var.remote.name) = yamlencode({
      apiVersion      = "v1"
      kind            = "Config"
      current-context = var.remote.name
      clusters        = [{ name = var.remote.name, cluster = { server = var.remote.endpoint, certificate-authority-data = var.remote.ca } }]
      contexts        = [{ name = var.remote.name, context = { cluster = var.remote.name, user = var.remote.name } }]
      users           = [{ name = var.remote.name, user = { token = var.remote.token } }]
    })
  }
}

# How the other one reads this.
resource "kubernetes_service_account_v1" "reader" {
  metadata {
    name      = "istio-reader"
    namespace = kubernetes_namespace_v1.istio_system.metadata[0].name
  }
}

resource "kubernetes_cluster_role_binding_v1" "reader" {
  metadata {
    name = "istio-reader"
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "istio-reader-clusterrole-istio-system"
  }

  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account_v1.reader.metadata[0].name
    namespace = kubernetes_service_account_v1.reader.metadata[0].namespace
  }
}

resource "kubernetes_secret_v1" "reader" {
  type                           = "kubernetes.io/service-account-token"
  wait_for_service_account_token = true

  metadata {
    name      = "istio-reader-token"
    namespace = kubernetes_namespace_v1.istio_system.metadata[0].name

    annotations = {
      "kubernetes.io/service-account.name" = kubernetes_service_account_v1.reader.metadata[0].name
    }
  }
}

resource "kubectl_manifest" "strict" {
  yaml_body = <<-YAML
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata:
      name: default
      namespace: istio-system
    spec:
      mtls:
        mode: STRICT
  YAML

  depends_on = [helm_release.base]
}
