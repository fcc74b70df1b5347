# Partners come in by a gateway of their own, whose load balancer the controller makes of its Service.
resource "helm_release" "partners" {
  name       = "istio-partners"
  namespace  = kubernetes_namespace_v1.injected["istio-ingress"].metadata[0].name
  repository = local.charts
  chart      = "gateway"
  version    = var.istio_version
  atomic     = true

  values = [<<-YAML
    replicaCount: 3
    labels:
      istio: partners
    service:
      type: LoadBalancer
      annotations:
        service.beta.kubernetes.io/aws-load-balancer-type: external
        service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip
        service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing
        service.beta.kubernetes.io/aws-load-balancer-attributes: load_balancing.cross_zone.enabled=true,deletion_protection.enabled=true
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-path: /healthz/ready
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-port: "15021"
        service.beta.kubernetes.io/aws-load-balancer-healthcheck-protocol: http
    autoscaling:
      enabled: true
      minReplicas: 3
      maxReplicas: 6
    podDisruptionBudget:
      maxUnavailable: 1
    topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: topology.kubernetes.io/zone
      whenUnsatisfiable: DoNotSchedule
      labelSelector:
        matchLabels:
          istio: partners
  YAML
  ]

  depends_on = [helm_release.istiod, helm_release.load_balancer_controller]
}

resource "kubectl_manifest" "partners_gateway" {
  yaml_body = <<-YAML
    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata:
      name: partners
      namespace: istio-ingress
    spec:
      selector:
        istio: partners
      servers:
      - port:
          number: 443
          name: https
          protocol: HTTPS
        tls:
          mode: SIMPLE
          credentialName: ${var.certificate}
        hosts: ${jsonencode(var.hosts)}
  YAML

  depends_on = [helm_release.base]
}

data "kubernetes_service_v1" "partners" {
  metadata {
    name      = helm_release.partners.name
    namespace = helm_release.partners.namespace
  }
}
