variable "name" {
  description = "Of the cluster, in AWS and in the mesh."
  type        = string
}

variable "zones" {
  type = list(string)
}

variable "network" {
  type = string
}

variable "vpc_id" {
  type = string
}

variable "private_subnet_ids" {
  type = list(string)
}

variable "public_subnet_ids" {
  type = list(string)
}

variable "kubernetes_version" {
  type = string
}

variable "istio_version" {
  type = string
}

variable "mesh" {
  type = object({
    id           = string
    trust_domain = string
    namespaces   = list(string)
  })
}

variable "hosts" {
  description = "That the ingress gateway answers for."
  type        = list(string)
}

variable "certificate" {
  description = "Secret in istio-ingress, kept by cert-manager."
  type        = string
}

variable "remote" {
  description = "The other cluster, whose endpoints istiod reads."
  type = object({
    name     = string
    endpoint = string
    ca       = string
    token    = string
  })
}
