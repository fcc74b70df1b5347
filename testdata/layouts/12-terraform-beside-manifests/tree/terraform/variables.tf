variable "environment" {}
variable "region" {}
variable "zones" { type = list(string) }
