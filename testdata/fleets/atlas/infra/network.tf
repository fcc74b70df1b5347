module "vpc_east" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "6.5.0"

  providers = {
    aws = aws.east
  }

  name            = "atlas-east"
  cidr            = local.sides.east.cidr
  azs             = local.sides.east.zones
  private_subnets = [for i in range(3) : cidrsubnet(local.sides.east.cidr, 4, i)]
  public_subnets  = [for i in range(3) : cidrsubnet(local.sides.east.cidr, 8, 200 + i)]

  enable_nat_gateway     = true
  one_nat_gateway_per_az = true
  enable_dns_hostnames   = true

  public_subnet_tags  = { "kubernetes.io/role/elb" = "1" }
  private_subnet_tags = { "kubernetes.io/role/internal-elb" = "1" }
}

module "vpc_west" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "6.5.0"

  providers = {
    aws = aws.west
  }

  name            = "atlas-west"
  cidr            = local.sides.west.cidr
  azs             = local.sides.west.zones
  private_subnets = [for i in range(3) : cidrsubnet(local.sides.west.cidr, 4, i)]
  public_subnets  = [for i in range(3) : cidrsubnet(local.sides.west.cidr, 8, 200 + i)]

  enable_nat_gateway     = true
  one_nat_gateway_per_az = true
  enable_dns_hostnames   = true

  public_subnet_tags  = { "kubernetes.io/role/elb" = "1" }
  private_subnet_tags = { "kubernetes.io/role/internal-elb" = "1" }
}

# The east-west gateways talk over this, and the databases replicate.
resource "aws_vpc_peering_connection" "sides" {
  provider    = aws.east
  vpc_id      = module.vpc_east.vpc_id
  peer_vpc_id = module.vpc_west.vpc_id
  peer_region = local.sides.west.region
}

resource "aws_vpc_peering_connection_accepter" "sides" {
  provider                  = aws.west
  vpc_peering_connection_id = aws_vpc_peering_connection.sides.id
  auto_accept               = true
}

resource "aws_route" "east_to_west" {
  provider                  = aws.east
  count                     = length(local.sides.east.zones)
  route_table_id            = module.vpc_east.private_route_table_ids[count.index]
  destination_cidr_block    = local.sides.west.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection.sides.id
}

resource "aws_route" "west_to_east" {
  provider                  = aws.west
  count                     = length(local.sides.west.zones)
  route_table_id            = module.vpc_west.private_route_table_ids[count.index]
  destination_cidr_block    = local.sides.east.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection.sides.id
}
