package infrastructure

// awsTypes are the resources of the AWS provider.
var awsTypes = map[string]adapter{
	"aws_route53_record": route53Record,

	"aws_lb":       loadBalancer,
	"aws_alb":      loadBalancer,
	"data.aws_lb":  loadBalancer,
	"data.aws_alb": loadBalancer,
	"aws_elb":      classicBalancer,
	"data.aws_elb": classicBalancer,

	"aws_eks_cluster":      eksCluster,
	"data.aws_eks_cluster": eksCluster,
	"aws_eks_node_group":   eksNodeGroup,
}
