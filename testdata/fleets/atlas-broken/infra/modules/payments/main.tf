# Payments: the module of all services for what runs, and rules of its own, because a payment is not to be tried twice by accident.
variable "image" {
  type = string
}

variable "scale" {
  type = object({ min = number, max = number, cpu = string })
}

variable "trust_domain" {
  type = string
}

variable "environment" {
  type    = map(string)
  default = {}
}

module "app" {
  source = "../app"

  name         = "payments"
  namespace    = "payments"
  image        = var.image
  scale        = var.scale
  environment  = var.environment
  callers      = ["payments/clearing"]
  trust_domain = var.trust_domain
  rules        = false
}

resource "kubectl_manifest" "destination" {
  yaml_body = <<-YAML
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata:
      name: payments
      namespace: payments
    spec:
      host: ${module.app.host}
      trafficPolicy:
        connectionPool:
          tcp:
            connectTimeout: 2s
            maxConnections: 512
        loadBalancer:
          simple: LEAST_REQUEST
          localityLbSetting:
            failover:
            - from: us-east-1
              to: us-west-2
            - from: us-west-2
              to: us-east-1
  YAML
}

resource "kubectl_manifest" "route" {
  yaml_body = <<-YAML
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata:
      name: payments
      namespace: payments
    spec:
      hosts:
      - ${module.app.host}
      http:
      - name: default
        route:
        - destination:
            host: ${module.app.host}
        timeout: 6s
        # Only what was never sent is sent again.
        retries:
          attempts: 2
          perTryTimeout: 2s
          retryOn: connect-failure,refused-stream
          retryRemoteLocalities: true
  YAML
}
