output "cluster_name" {
  value = aws_eks_cluster.this.name
}

output "cluster_endpoint" {
  value = aws_eks_cluster.this.endpoint
}

output "cluster_ca" {
  value = aws_eks_cluster.this.certificate_authority[0].data
}

output "reader_token" {
  value     = kubernetes_secret_v1.reader.data["token"]
  sensitive = true
}

output "region" {
  value = data.aws_region.current.region
}

output "ingress_dns_name" {
  value = aws_lb.ingress.dns_name
}

output "ingress_zone_id" {
  value = aws_lb.ingress.zone_id
}

output "partners_hostname" {
  value = data.kubernetes_service_v1.partners.status[0].load_balancer[0].ingress[0].hostname
}

output "node_security_group_id" {
  value = data.aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}
