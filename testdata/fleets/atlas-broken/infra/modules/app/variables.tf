variable "name" {
  type = string
}

variable "namespace" {
  type = string
}

variable "image" {
  type = string
}

variable "scale" {
  type = object({
    min = number
    max = number
    cpu = string
  })
}

variable "memory" {
  type    = string
  default = "512Mi"
}

variable "port" {
  type    = number
  default = 8080
}

variable "environment" {
  description = "Variables of the container."
  type        = map(string)
  default     = {}
}

variable "callers" {
  description = "Who may call it, each as namespace/service account."
  type        = list(string)
}

variable "trust_domain" {
  type = string
}

variable "rules" {
  description = "Whether this module writes the rules for its callers. Modules that write their own switch it off."
  type        = bool
  default     = true
}

variable "timeout" {
  description = "Of a request with all its tries, such as 6s."
  type        = string
  default     = null
}

variable "try_timeout" {
  type    = string
  default = "2s"
}

variable "retries" {
  type    = number
  default = 2
}

variable "prefer" {
  description = "The cluster that all callers use while it lives; null where each uses its own region."
  type        = string
  default     = null
}

variable "public_hosts" {
  description = "Names under which the ingress gateway leads to it."
  type        = list(string)
  default     = []
}
