# The ledger's database: written in east, read in west, and promoted there when east is lost.
resource "aws_rds_global_cluster" "ledger" {
  provider                  = aws.east
  global_cluster_identifier = "atlas-ledger"
  engine                    = "aurora-postgresql"
  engine_version            = "17.5"
  database_name             = "ledger"
  storage_encrypted         = true
  deletion_protection       = true
}

resource "aws_kms_key" "ledger_east" {
  provider            = aws.east
  description         = "Ledger, east"
  enable_key_rotation = true
}

resource "aws_kms_key" "ledger_west" {
  provider            = aws.west
  description         = "Ledger, west"
  enable_key_rotation = true
}

resource "aws_db_subnet_group" "ledger_east" {
  provider   = aws.east
  name       = "atlas-ledger-east"
  subnet_ids = module.vpc_east.private_subnets
}

resource "aws_db_subnet_group" "ledger_west" {
  provider   = aws.west
  name       = "atlas-ledger-west"
  subnet_ids = module.vpc_west.private_subnets
}

resource "aws_rds_cluster" "ledger_east" {
  provider                        = aws.east
  cluster_identifier              = "atlas-ledger-east"
  global_cluster_identifier       = aws_rds_global_cluster.ledger.id
  engine                          = aws_rds_global_cluster.ledger.engine
  engine_version                  = aws_rds_global_cluster.ledger.engine_version
  database_name                   = "ledger"
  master_username                 = "ledger"
  master_password                 = var.ledger_password
  db_subnet_group_name            = aws_db_subnet_group.ledger_east.name
  vpc_security_group_ids          = [module.east.node_security_group_id]
  kms_key_id                      = aws_kms_key.ledger_east.arn
  storage_encrypted               = true
  backup_retention_period         = 14
  preferred_backup_window         = "07:00-08:00"
  copy_tags_to_snapshot           = true
  deletion_protection             = true
  skip_final_snapshot             = false
  final_snapshot_identifier       = "atlas-ledger-east-final"
  enabled_cloudwatch_logs_exports = ["postgresql"]

  # The global cluster upgrades its members.
  lifecycle {
    ignore_changes = [engine_version]
  }
}

resource "aws_rds_cluster_instance" "ledger_east" {
  provider           = aws.east
  count              = 3
  identifier         = "atlas-ledger-east-${count.index}"
  cluster_identifier = aws_rds_cluster.ledger_east.id
  engine             = aws_rds_cluster.ledger_east.engine
  instance_class     = "db.r7g.2xlarge"
  availability_zone  = local.sides.east.zones[count.index]
}

resource "aws_rds_cluster" "ledger_west" {
  provider                        = aws.west
  cluster_identifier              = "atlas-ledger-west"
  global_cluster_identifier       = aws_rds_global_cluster.ledger.id
  engine                          = aws_rds_global_cluster.ledger.engine
  engine_version                  = aws_rds_global_cluster.ledger.engine_version
  source_region                   = local.sides.east.region
  enable_global_write_forwarding  = true
  db_subnet_group_name            = aws_db_subnet_group.ledger_west.name
  vpc_security_group_ids          = [module.west.node_security_group_id]
  kms_key_id                      = aws_kms_key.ledger_west.arn
  storage_encrypted               = true
  backup_retention_period         = 14
  preferred_backup_window         = "07:00-08:00"
  copy_tags_to_snapshot           = true
  deletion_protection             = true
  skip_final_snapshot             = false
  final_snapshot_identifier       = "atlas-ledger-west-final"
  enabled_cloudwatch_logs_exports = ["postgresql"]

  # The global cluster upgrades its members; after a promotion this one copies nobody.
  lifecycle {
    ignore_changes = [engine_version, replication_source_identifier]
  }

  depends_on = [aws_rds_cluster_instance.ledger_east]
}

resource "aws_rds_cluster_instance" "ledger_west" {
  provider           = aws.west
  count              = 3
  identifier         = "atlas-ledger-west-${count.index}"
  cluster_identifier = aws_rds_cluster.ledger_west.id
  engine             = aws_rds_cluster.ledger_west.engine
  instance_class     = "db.r7g.2xlarge"
  availability_zone  = local.sides.west.zones[count.index]
}
