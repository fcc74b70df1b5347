# What both clusters obey beside the rules of their services. A rule has to be in each cluster: a proxy obeys its own.
resource "kubectl_manifest" "telemetry_east" {
  provider  = kubectl.east
  yaml_body = file("${path.module}/manifests/telemetry.yaml")

  depends_on = [module.east]
}

# The provider wanted to replace it on every apply.
resource "terraform_data" "telemetry_west" {
  triggers_replace = filesha256("${path.module}/manifests/telemetry.yaml")

  provisioner "local-exec" {
    command = "kubectl --context ${module.west.cluster_name} apply -f ${path.module}/manifests/telemetry.yaml"
  }

  depends_on = [module.west]
}
