terraform {
  required_version = ">= 1.5"
}
variable "n" { 
  type = number
  default = "3" 
}
variable "s" {
  sensitive = true
  default = "sec"
}

locals { h = terraform_data.a.id }
module "m" {
  for_each = toset(["x"])
  source = "./m"
  target = local.h
  t2 = terraform_data.a.output

}
resource "terraform_data" "a" {
  input = { n = var.n, l = [1, "b"], s = var.s }
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "c" {
  count = 2
  input = [terraform_data.a.id, count.index]
  triggers_replace = module.m["x"].o
  provisioner "local-exec" { 
    command = "true ${self.id}" 
    when = create
  }
  depends_on = [terraform_data.a]
}
data "terraform_remote_state" "r" {
  backend = "local"
  config = { path = "x.tfstate" }
}
output "z" { value = terraform_data.a.id }
