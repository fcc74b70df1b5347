output "host" {
  value = local.host
}

output "principal" {
  value = "${var.trust_domain}/ns/${var.namespace}/sa/${kubernetes_service_account_v1.this.metadata[0].name}"
}
