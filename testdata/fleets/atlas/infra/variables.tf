variable "account_id" {
  description = "The AWS account that all of this may be built in."
  type        = string
}

variable "domain" {
  description = "The public zone."
  type        = string
}

variable "kubernetes_version" {
  type = string
}

variable "istio_version" {
  description = "Of the charts base, istiod and gateway; both clusters run one version."
  type        = string
}

variable "images" {
  description = "What runs, by service."
  type        = map(string)
}

variable "scale" {
  description = "How many pods of a service a region has at least and at most."
  type = map(object({
    min = number
    max = number
    cpu = optional(string, "250m")
  }))
}

# Given by the pipeline, as TF_VAR_ledger_password.
variable "ledger_password" {
  type      = string
  sensitive = true
}
