# Receipts, written in east and copied to west.
resource "aws_s3_bucket" "receipts_east" {
  provider = aws.east
  bucket   = "atlas-receipts-east"
}

resource "aws_s3_bucket" "receipts_west" {
  provider = aws.west
  bucket   = "atlas-receipts-west"
}

resource "aws_s3_bucket_versioning" "receipts_east" {
  provider = aws.east
  bucket   = aws_s3_bucket.receipts_east.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_versioning" "receipts_west" {
  provider = aws.west
  bucket   = aws_s3_bucket.receipts_west.id

  versioning_configuration {
    status = "Enabled"
  }
}

data "aws_iam_policy_document" "replication" {
  statement {
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [aws_s3_bucket.receipts_east.arn]
  }

  statement {
    actions   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    resources = ["${aws_s3_bucket.receipts_east.arn}/*"]
  }

  statement {
    actions   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    resources = ["${aws_s3_bucket.receipts_west.arn}/*"]
  }
}

resource "aws_iam_role" "replication" {
  name = "atlas-receipts-replication"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "s3.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "replication" {
  role   = aws_iam_role.replication.id
  policy = data.aws_iam_policy_document.replication.json
}

resource "aws_s3_bucket_replication_configuration" "receipts" {
  provider = aws.east
  bucket   = aws_s3_bucket.receipts_east.id
  role     = aws_iam_role.replication.arn

  rule {
    id     = "to-west"
    status = "Enabled"

    filter {}

    delete_marker_replication {
      status = "Enabled"
    }

    destination {
      bucket        = aws_s3_bucket.receipts_west.arn
      storage_class = "STANDARD"

      replication_time {
        status = "Enabled"

        time {
          minutes = 15
        }
      }

      metrics {
        status = "Enabled"

        event_threshold {
          minutes = 15
        }
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.receipts_east, aws_s3_bucket_versioning.receipts_west]
}
