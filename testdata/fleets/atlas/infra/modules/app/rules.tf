locals {
  host = "${var.name}.${var.namespace}.svc.cluster.local"

  # As Istio writes identities.
  principals = [for c in var.callers : format("%s/ns/%s/sa/%s", var.trust_domain, split("/", c)...)]
}

# In both clusters: whichever copy answers, the same callers are let in.
resource "kubectl_manifest" "callers" {
  yaml_body = <<-YAML
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata:
      name: ${var.name}
      namespace: ${var.namespace}
    spec:
      selector:
        matchLabels:
          app: ${var.name}
      action: ALLOW
      rules:
      - from:
        - source:
            principals: ${jsonencode(local.principals)}
  YAML
}

resource "kubectl_manifest" "destination" {
  count = var.rules ? 1 : 0

  yaml_body = templatefile("${path.module}/templates/destination-rule.yaml.tftpl", {
    name      = var.name
    namespace = var.namespace
    host      = local.host
    prefer    = var.prefer
  })
}

resource "kubectl_manifest" "route" {
  count = var.rules ? 1 : 0

  yaml_body = templatefile("${path.module}/templates/virtual-service.yaml.tftpl", {
    name        = var.name
    namespace   = var.namespace
    host        = local.host
    hosts       = concat([local.host], var.public_hosts)
    public      = length(var.public_hosts) > 0
    timeout     = var.timeout
    try_timeout = var.try_timeout
    retries     = var.retries
  })
}
