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

	"aws_rds_cluster":     databases[0].read,
	"aws_docdb_cluster":   databases[1].read,
	"aws_neptune_cluster": databases[2].read,
	"aws_db_instance":     dbInstance,
	"aws_db_instance_automated_backups_replication": backupReplication,
	"aws_dynamodb_table":                            dynamoTable,
	"aws_dynamodb_table_replica":                    tableReplica,
	"aws_elasticache_replication_group":             cacheGroup,
	"aws_s3_bucket":                                 bucket,

	"aws_efs_file_system":               fileSystem,
	"aws_efs_replication_configuration": fileReplication,
	"aws_efs_backup_policy":             fileBackups,
	"aws_secretsmanager_secret":         secret,
	"aws_ecr_replication_configuration": registry,
	"aws_backup_selection":              backupSelection,

	"aws_globalaccelerator_listener":       acceleratorListener,
	"aws_globalaccelerator_endpoint_group": endpointGroup,
	"aws_cloudfront_distribution":          distribution,
}
