# Beside the copies that follow every write: one a day that follows none.
resource "aws_backup_vault" "east" {
  provider = aws.east
  name     = "atlas"
}

resource "aws_backup_vault" "west" {
  provider = aws.west
  name     = "atlas"
}

resource "aws_backup_vault_lock_configuration" "west" {
  provider           = aws.west
  backup_vault_name  = aws_backup_vault.west.name
  min_retention_days = 7
  max_retention_days = 400
}

resource "aws_iam_role" "backup" {
  name = "atlas-backup"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "backup.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "backup" {
  for_each   = toset(["Backup", "Restores"])
  role       = aws_iam_role.backup.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${each.key}"
}

resource "aws_backup_plan" "daily" {
  provider = aws.east
  name     = "atlas-daily"

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.east.name
    schedule          = "cron(0 6 * * ? *)"
    start_window      = 60
    completion_window = 240

    lifecycle {
      delete_after = 35
    }

    copy_action {
      destination_vault_arn = aws_backup_vault.west.arn

      lifecycle {
        delete_after = 35
      }
    }
  }
}

resource "aws_backup_selection" "daily" {
  provider     = aws.east
  name         = "atlas"
  plan_id      = aws_backup_plan.daily.id
  iam_role_arn = aws_iam_role.backup.arn

  resources = [
    aws_rds_cluster.ledger_east.arn,
    aws_dynamodb_table.idempotency.arn,
    aws_s3_bucket.receipts_east.arn,
  ]
}
