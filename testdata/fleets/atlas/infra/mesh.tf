# What both clusters obey beside the rules of their services. A rule has to be in each cluster: a proxy obeys its own.
resource "kubectl_manifest" "telemetry_east" {
  provider  = kubectl.east
  yaml_body = file("${path.module}/manifests/telemetry.yaml")

  depends_on = [module.east]
}

resource "kubectl_manifest" "telemetry_west" {
  provider  = kubectl.west
  yaml_body = file("${path.module}/manifests/telemetry.yaml")

  depends_on = [module.west]
}
