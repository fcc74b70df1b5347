# Which requests were answered already, so that a payment that is tried again is not made twice.
resource "aws_dynamodb_table" "idempotency" {
  provider                    = aws.east
  name                        = "atlas-idempotency"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "key"
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  deletion_protection_enabled = true

  attribute {
    name = "key"
    type = "S"
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  replica {
    region_name                 = local.sides.west.region
    point_in_time_recovery      = true
    deletion_protection_enabled = true
    propagate_tags              = true
  }
}

# Who is logged in.
resource "aws_dynamodb_table" "sessions" {
  provider                    = aws.east
  name                        = "atlas-sessions"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "session"
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES"
  deletion_protection_enabled = true

  attribute {
    name = "session"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }
}
