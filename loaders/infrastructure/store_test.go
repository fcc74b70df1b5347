package infrastructure

import (
	"fmt"
	"testing"
)

const eastWest = `
provider "aws" { region = "us-east-1" }
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
`

func TestStores(t *testing.T) {
	for _, c := range []struct{ name, module, want string }{
		{"a global cluster of Aurora", `
resource "aws_rds_global_cluster" "g" { global_cluster_identifier = "orders" }
resource "aws_rds_cluster" "east" {
  cluster_identifier        = "orders-east"
  global_cluster_identifier = aws_rds_global_cluster.g.id
  master_username           = "admin"
  backup_retention_period   = 7
  deletion_protection       = true
}
resource "aws_rds_cluster_instance" "east" {
  count              = 2
  cluster_identifier = aws_rds_cluster.east.id
}
resource "aws_rds_cluster" "west" {
  provider                  = aws.west
  cluster_identifier        = "orders-west"
  global_cluster_identifier = aws_rds_global_cluster.g.id
  skip_final_snapshot       = true
}
resource "aws_rds_cluster_instance" "west" {
  cluster_identifier = aws_rds_cluster.west.id
}`, `
aws_rds_cluster.east is Aurora cluster named=orders-east in=us-east-1 spread=true group=orders writable=true backups=7d point-in-time=true protected=true final=true
   replica in us-west-2 aws_rds_cluster.west
aws_rds_cluster.west is Aurora cluster named=orders-west in=us-west-2 spread=false group=orders of=aws_rds_cluster.east writable=false backups=1d point-in-time=true protected=false final=false
   replica in us-east-1 aws_rds_cluster.east`},

		{"instances in one zone, and copies without a global cluster", `
resource "aws_rds_cluster" "a" {}
resource "aws_rds_cluster_instance" "a" {
  count              = 2
  cluster_identifier = aws_rds_cluster.a.id
  availability_zone  = "us-east-1a"
}
resource "aws_rds_cluster" "b" {
  provider                      = aws.west
  replication_source_identifier = aws_rds_cluster.a.arn
}
variable "n" {}
resource "aws_rds_cluster_instance" "b" {
  count              = var.n
  cluster_identifier = aws_rds_cluster.b.id
}`, `
aws_rds_cluster.a is Aurora cluster in=us-east-1 spread=false writable=true backups=1d point-in-time=true protected=false final=true
   replica in us-west-2 aws_rds_cluster.b
aws_rds_cluster.b is Aurora cluster in=us-west-2 spread=?count of aws_rds_cluster_instance.b is not known of=aws_rds_cluster.a writable=false backups=1d point-in-time=true protected=false final=true`},

		{"a cluster whose global cluster is not known may be one of any", `
variable "global" {}
resource "aws_docdb_global_cluster" "g" { source_db_cluster_identifier = aws_docdb_cluster.a.arn }
resource "aws_docdb_cluster" "a" {}
resource "aws_docdb_cluster" "b" {
  global_cluster_identifier = var.global
}`, `
aws_docdb_cluster.a is DocumentDB cluster in=us-east-1 spread=?its instances are not in the inputs group=prod/aws_docdb_global_cluster.g writable=true backups=1d point-in-time=true protected=false final=true open=aws_docdb_cluster.b: variable global has no value
aws_docdb_cluster.b is DocumentDB cluster in=us-east-1 spread=?its instances are not in the inputs writable=?variable global has no value backups=1d point-in-time=true protected=false final=true open=aws_docdb_cluster.b: variable global has no value`},

		{"instances and their copies", `
resource "aws_db_instance" "main" {
  identifier              = "orders"
  multi_az                = true
  backup_retention_period = 14
}
resource "aws_db_instance" "copy" {
  provider            = aws.west
  replicate_source_db = aws_db_instance.main.arn
  skip_final_snapshot = true
}
resource "aws_db_instance_automated_backups_replication" "b" {
  provider               = aws.west
  source_db_instance_arn = aws_db_instance.main.arn
}
resource "aws_db_instance" "bare" {}`, `
aws_db_instance.bare is RDS instance in=us-east-1 spread=false writable=true backups=0d point-in-time=false protected=false final=true
aws_db_instance.copy is RDS instance in=us-west-2 spread=false of=aws_db_instance.main writable=false backups=0d point-in-time=false protected=false final=false
aws_db_instance.main is RDS instance named=orders in=us-east-1 spread=true writable=true backups=14d point-in-time=true protected=false final=true
   replica in us-west-2 aws_db_instance.copy
   backup in us-west-2`},

		{"an instance whose source, backups and protection are not known", `
variable "x" {}
resource "aws_db_instance" "a" {
  region                  = var.x
  multi_az                = var.x
  backup_retention_period = var.x
  deletion_protection     = var.x
  skip_final_snapshot     = var.x
}
resource "aws_db_instance" "b" { replicate_source_db = var.x }`, `
aws_db_instance.a is RDS instance in=?the region of its provider is not known spread=?variable x has no value writable=true backups=?variable x has no value point-in-time=?variable x has no value protected=?variable x has no value final=?variable x has no value open=aws_db_instance.b: variable x has no value
aws_db_instance.b is RDS instance in=us-east-1 spread=false writable=?variable x has no value backups=0d point-in-time=false protected=false final=true open=aws_db_instance.b: variable x has no value`},

		{"tables", `
variable "regions" {}
resource "aws_dynamodb_table" "a" {
  name                        = "a"
  deletion_protection_enabled = true
  point_in_time_recovery { enabled = true }
  replica { region_name = "us-west-2" }
  replica { region_name = "eu-west-1" }
}
resource "aws_dynamodb_table" "b" { name = "b" }
resource "aws_dynamodb_table_replica" "b" {
  provider         = aws.west
  global_table_arn = aws_dynamodb_table.b.arn
}
resource "aws_dynamodb_table" "c" {
  dynamic "replica" {
    for_each = var.regions
    content { region_name = replica.value }
  }
}`, `
aws_dynamodb_table.a is DynamoDB table named=a in=us-east-1 spread=true writable=true backups=35d point-in-time=true protected=true
   replica in us-west-2
   replica in eu-west-1
aws_dynamodb_table.b is DynamoDB table named=b in=us-east-1 spread=true writable=true point-in-time=false protected=false
   replica in us-west-2 aws_dynamodb_table_replica.b
aws_dynamodb_table.c is DynamoDB table in=us-east-1 spread=true writable=true point-in-time=false protected=false open=for_each of dynamic replica is not known; variable regions has no value
aws_dynamodb_table_replica.b is DynamoDB table named=b in=us-west-2 spread=true of=aws_dynamodb_table.b writable=true point-in-time=false protected=false
   replica in us-east-1 aws_dynamodb_table.b`},

		{"caches", `
resource "aws_elasticache_replication_group" "first" {
  replication_group_id       = "first"
  automatic_failover_enabled = true
  multi_az_enabled           = true
  snapshot_retention_limit   = 5
}
resource "aws_elasticache_global_replication_group" "g" {
  primary_replication_group_id = aws_elasticache_replication_group.first.id
}
resource "aws_elasticache_replication_group" "second" {
  provider                    = aws.west
  global_replication_group_id = aws_elasticache_global_replication_group.g.global_replication_group_id
}`, `
aws_elasticache_replication_group.first is ElastiCache replication group named=first in=us-east-1 spread=true group=prod/aws_elasticache_global_replication_group.g writable=true backups=5d final=false
   replica in us-west-2 aws_elasticache_replication_group.second
aws_elasticache_replication_group.second is ElastiCache replication group in=us-west-2 spread=false group=prod/aws_elasticache_global_replication_group.g of=aws_elasticache_replication_group.first writable=false backups=0d final=false
   replica in us-east-1 aws_elasticache_replication_group.first`},

		{"files, secrets, images", `
resource "aws_efs_file_system" "a" { creation_token = "a" }
resource "aws_efs_replication_configuration" "a" {
  source_file_system_id = aws_efs_file_system.a.id
  destination { region = "us-west-2" }
}
resource "aws_efs_backup_policy" "a" {
  file_system_id = aws_efs_file_system.a.id
  backup_policy { status = "ENABLED" }
}
resource "aws_efs_file_system" "one" { availability_zone_name = "us-east-1a" }
resource "aws_efs_replication_configuration" "one" {
  source_file_system_id = aws_efs_file_system.one.id
  destination { availability_zone_name = "eu-west-1b" }
}
resource "aws_secretsmanager_secret" "s" {
  name = "s"
  replica { region = "us-west-2" }
}
resource "aws_ecr_replication_configuration" "e" {
  replication_configuration {
    rule {
      destination {
        region      = "us-west-2"
        registry_id = "1"
      }
    }
  }
}`, `
aws_ecr_replication_configuration.e is container registry in=us-east-1 spread=true writable=true
   replica in us-west-2
aws_efs_file_system.a is EFS file system named=a in=us-east-1 spread=true writable=true backups=35d
   replica in us-west-2
aws_efs_file_system.one is EFS file system in=us-east-1 spread=false writable=true
   replica in eu-west-1
aws_secretsmanager_secret.s is secret named=s in=us-east-1 spread=true writable=true
   replica in us-west-2`},
	} {
		t.Run(c.name, func(t *testing.T) { compare(t, storesShown(build(t, eastWest+c.module)), c.want) })
	}
}

func TestBuckets(t *testing.T) {
	for _, c := range []struct{ name, module, want, versioned string }{
		{"a bucket that is copied to another region", `
resource "aws_s3_bucket" "a" { bucket = "pay-state" }
resource "aws_s3_bucket" "b" {
  provider      = aws.west
  bucket        = "pay-state-west"
  force_destroy = true
}
resource "aws_s3_bucket_versioning" "a" {
  bucket = aws_s3_bucket.a.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_versioning" "b" {
  bucket = "pay-state-west"
  versioning_configuration { status = "Suspended" }
}
resource "aws_s3_bucket_replication_configuration" "a" {
  bucket = aws_s3_bucket_versioning.a.bucket
  rule {
    status = "Enabled"
    destination { bucket = aws_s3_bucket.b.arn }
  }
  rule {
    status = "Disabled"
    destination { bucket = "arn:aws:s3:::elsewhere" }
  }
}`, `
aws_s3_bucket.a is S3 bucket named=pay-state in=us-east-1 spread=true writable=true versioned=true protected=true
   replica in us-west-2 aws_s3_bucket.b
aws_s3_bucket.b is S3 bucket named=pay-state-west in=us-west-2 spread=true of=aws_s3_bucket.a writable=true versioned=false protected=false`,
			"map[pay-state:true pay-state-west:false]"},
		{"buckets that copy one another, in the manner of older providers, and one without versions", `
resource "aws_s3_bucket" "a" {
  bucket = "a"
  versioning { enabled = true }
  replication_configuration {
    rules {
      status = "Enabled"
      destination { bucket = aws_s3_bucket.b.arn }
    }
  }
}
resource "aws_s3_bucket" "b" {
  provider = aws.west
  bucket   = "b"
}
resource "aws_s3_bucket_replication_configuration" "b" {
  bucket = aws_s3_bucket.b.bucket
  rule {
    status = "Enabled"
    destination { bucket = aws_s3_bucket.a.arn }
  }
}`, `
aws_s3_bucket.a is S3 bucket named=a in=us-east-1 spread=true writable=true versioned=true protected=true
   replica in us-west-2 aws_s3_bucket.b
aws_s3_bucket.b is S3 bucket named=b in=us-west-2 spread=true writable=true versioned=false protected=true
   replica in us-east-1 aws_s3_bucket.a`, "map[a:true b:false]"},
		{"what is not known", `
variable "x" {}
resource "aws_s3_bucket" "a" {
  bucket        = "a"
  force_destroy = var.x
}
resource "aws_s3_bucket" "b" { bucket = "b" }
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = var.x }
}
resource "aws_s3_bucket_versioning" "x" {
  bucket = var.x
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_replication_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    status = "Enabled"
    destination { bucket = var.x }
  }
}`, `
aws_s3_bucket.a is S3 bucket named=a in=us-east-1 spread=true writable=true versioned=?aws_s3_bucket_versioning.x: variable x has no value protected=?variable x has no value
aws_s3_bucket.b is S3 bucket named=b in=us-east-1 spread=true writable=true versioned=?variable x has no value protected=true
   replica in ?aws_s3_bucket_replication_configuration.b: variable x has no value`,
			"map[a:?aws_s3_bucket_versioning.x: variable x has no value b:?variable x has no value]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := build(t, eastWest+c.module)
			compare(t, storesShown(out), c.want)
			got := map[string]string{}
			for name, v := range out.Versioned {
				got[name] = valueOf(v)
			}
			compare(t, fmt.Sprint(got), c.versioned)
		})
	}
}

const vaults = eastWest + `
variable "x" {}
resource "aws_backup_vault" "west" {
  provider = aws.west
  name     = "west"
}
resource "aws_db_instance" "a" {}
resource "aws_dynamodb_table" "b" {
  name = "b"
  tags = { backup = "daily" }
}
resource "aws_backup_plan" "p" {
  rule {
    lifecycle { delete_after = 30 }
    copy_action { destination_vault_arn = aws_backup_vault.west.arn }
    copy_action { destination_vault_arn = "arn:aws:backup:eu-west-1:1:backup-vault:v" }
    copy_action { destination_vault_arn = var.x }
  }
}
`

func TestBackupPlans(t *testing.T) {
	const bare = `
aws_db_instance.a is RDS instance in=us-east-1 spread=false writable=true backups=0d point-in-time=false protected=false final=true`
	for _, c := range []struct{ name, selection, want string }{
		{"by reference", `
  plan_id   = aws_backup_plan.p.id
  resources = [aws_db_instance.a.arn]`, `
aws_db_instance.a is RDS instance in=us-east-1 spread=false writable=true backups=30d point-in-time=false protected=false final=true
   backup in us-west-2
   backup in eu-west-1
   backup in ?aws_backup_plan.p: variable x has no value
aws_dynamodb_table.b is DynamoDB table named=b in=us-east-1 spread=true writable=true point-in-time=false protected=false`},
		{"by tags", `
  plan_id = aws_backup_plan.p.id
  selection_tag {
    type  = "STRINGEQUALS"
    key   = "backup"
    value = "daily"
  }`, bare + ` open=aws_backup_selection.s chooses by tags
aws_dynamodb_table.b is DynamoDB table named=b in=us-east-1 spread=true writable=true backups=30d point-in-time=false protected=false
   backup in us-west-2
   backup in eu-west-1
   backup in ?aws_backup_plan.p: variable x has no value`},
		{"which resources is not known", `
  plan_id   = aws_backup_plan.p.id
  resources = [var.x]`, bare + ` open=aws_backup_selection.s: variable x has no value
aws_dynamodb_table.b is DynamoDB table named=b in=us-east-1 spread=true writable=true point-in-time=false protected=false open=aws_backup_selection.s: variable x has no value`},
		{"which plan is not known", `
  plan_id   = var.x
  resources = [aws_db_instance.a.arn]`, bare + ` open=aws_backup_selection.s: variable x has no value
aws_dynamodb_table.b is DynamoDB table named=b in=us-east-1 spread=true writable=true point-in-time=false protected=false`},
		{"everything", `
  plan_id   = aws_backup_plan.p.id
  resources = ["*"]`, bare + ` open=aws_backup_selection.s chooses what is like *
aws_dynamodb_table.b is DynamoDB table named=b in=us-east-1 spread=true writable=true point-in-time=false protected=false open=aws_backup_selection.s chooses what is like *`},
	} {
		t.Run(c.name, func(t *testing.T) {
			compare(t, storesShown(build(t, vaults+"resource \"aws_backup_selection\" \"s\" {"+c.selection+"\n}")), c.want)
		})
	}
}
