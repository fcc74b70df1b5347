package terraform

import "testing"

// What a provider works out inside a block that is configured is unknown, and no error, as it is for the resource itself.
func TestComputedAttributesOfConfiguredBlocks(t *testing.T) {
	r := root(t, `variable "open" {}
resource "aws_eks_cluster" "this" {
  name = "shop"
  vpc_config {
    subnet_ids              = ["a", "b"]
    endpoint_private_access = true
    security_group_ids      = [var.open]
  }
}
resource "aws_eks_cluster" "two" {
  for_each = toset(["a"])
  name     = each.key
  vpc_config { subnet_ids = [] }
}
resource "x" "deep" {
  outer {
    inner { a = "1" }
    inner { b = "2" }
  }
}
data "aws_lb" "front" {
  filter { name = "n" }
}
locals { group = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id }
resource "r" "r" {
  direct  = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  through = local.group
  keyed   = aws_eks_cluster.two["a"].vpc_config[0].cluster_security_group_id
  one     = one(aws_eks_cluster.this.vpc_config).vpc_id
  splat   = aws_eks_cluster.this.vpc_config[*].vpc_id
  loop    = [for vpc_config in aws_eks_cluster.this.vpc_config : vpc_config.vpc_id]
  each    = { for c in values(aws_eks_cluster.two) : c.name => c.vpc_config[0].vpc_id }
  known   = aws_eks_cluster.this.vpc_config[0].subnet_ids[1]
  waits   = aws_eks_cluster.this.vpc_config[0].security_group_ids[0]
  tried   = try(aws_eks_cluster.this.vpc_config[0].cluster_security_group_id, "x")
  number  = length(aws_eks_cluster.this.vpc_config)
  deep    = x.deep.outer[0].inner[1].id
  sibling = x.deep.outer[0].inner[1].a
  kind    = x.deep.outer[0].more[0].id
  data    = data.aws_lb.front.filter[0].id
  beyond  = aws_eks_cluster.this.vpc_config[1].cluster_security_group_id
}
`, Options{})
	for what, want := range map[string]string{
		"direct":  `? computed: aws_eks_cluster.this.vpc_config[0].cluster_security_group_id -> aws_eks_cluster.this.vpc_config[0].cluster_security_group_id`,
		"through": `? computed: aws_eks_cluster.this.vpc_config[0].cluster_security_group_id -> aws_eks_cluster.this.vpc_config[0].cluster_security_group_id`,
		"keyed":   `? computed: aws_eks_cluster.two["a"].vpc_config[0].cluster_security_group_id -> aws_eks_cluster.two["a"].vpc_config[0].cluster_security_group_id`,
		"one":     `? computed: aws_eks_cluster.this.vpc_config[*].vpc_id -> aws_eks_cluster.this.vpc_config[*].vpc_id`,
		"splat":   `partly ? computed: aws_eks_cluster.this.vpc_config[*].vpc_id -> aws_eks_cluster.this.vpc_config[*].vpc_id`,
		"known":   `"b" -> aws_eks_cluster.this.vpc_config[0].subnet_ids[1]`,
		"waits":   `? variable open has no value -> aws_eks_cluster.this.vpc_config[0].security_group_ids[0]`,
		"tried":   `? computed: aws_eks_cluster.this.vpc_config[0].cluster_security_group_id -> aws_eks_cluster.this.vpc_config[0].cluster_security_group_id`,
		"deep":    `? computed: x.deep.outer[0].inner[1].id -> x.deep.outer[0].inner[1].id`,
		"sibling": `null -> x.deep.outer[0].inner[1].a`,
		"kind":    `? computed: x.deep.outer[0].more[0].id -> x.deep.outer[0].more[0].id`,
		"data":    `? data source: data.aws_lb.front.filter[0].id -> data.aws_lb.front.filter[0].id`,
		"beyond":  `? error: Invalid index -> aws_eks_cluster.this.vpc_config[1].cluster_security_group_id`,
		"loop":    `partly ? variable open has no value; computed: aws_eks_cluster.this.vpc_config[*].vpc_id -> aws_eks_cluster.this.vpc_config, aws_eks_cluster.this.vpc_config[*].vpc_id`,
		"each":    `partly ? computed: aws_eks_cluster.two["a"]; computed: aws_eks_cluster.two["a"].vpc_config[0].vpc_id -> aws_eks_cluster.two["a"], aws_eks_cluster.two["a"].vpc_config[0].vpc_id`,
		"number":  `1`,
	} {
		if got := shown(leafOf(t, r, "r.r|"+what)); got != want {
			t.Errorf("%s: %s\n want %s", what, got, want)
		}
	}
}
