provider "aws" { region = "us-east-1" }
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
variable "ttl" { default = 30 }
resource "aws_route53_zone" "main" { name = "example.com" }
module "east" {
  source = "./site"
  name   = "east"
}
module "west" {
  source    = "./site"
  name      = "west"
  providers = { aws = aws.west }
}
resource "aws_route53_health_check" "east" {
  fqdn              = module.east.host
  type              = "HTTPS"
  port              = 443
  request_interval  = 10
  failure_threshold = 2
}
resource "aws_route53_record" "pay" {
  zone_id         = aws_route53_zone.main.zone_id
  name            = "pay.example.com"
  type            = "CNAME"
  ttl             = var.ttl
  records         = [module.east.host]
  set_identifier  = "east"
  health_check_id = aws_route53_health_check.east.id
  failover_routing_policy {
    type = "PRIMARY"
  }
}
resource "aws_route53_record" "standby" {
  zone_id        = aws_route53_zone.main.zone_id
  name           = "pay.example.com"
  type           = "CNAME"
  ttl            = var.ttl
  records        = [module.west.host]
  set_identifier = "west"
  failover_routing_policy {
    type = "SECONDARY"
  }
}
resource "aws_dynamodb_table" "orders" {
  name                        = "orders"
  hash_key                    = "id"
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = true
  attribute {
    name = "id"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  replica {
    region_name = "us-west-2"
  }
}
