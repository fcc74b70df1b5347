output "clusters" {
  value = {
    east = module.east.cluster_name
    west = module.west.cluster_name
  }
}

output "name_servers" {
  value = aws_route53_zone.public.name_servers
}

output "ledger_writer" {
  value = aws_rds_cluster.ledger_east.endpoint
}
