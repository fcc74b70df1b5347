variable "target" {}
variable "t2" {}
resource "terraform_data" "in" { input = "${var.target}-x" }
output "o" { value = terraform_data.in.id }
