// Package infrastructure tells what the resources of Terraform are in the graph: records, load balancers, data stores, clusters, and the
// documents of meshes that they hold.
//
// Each type of resource has one adapter in the table of its provider (types_aws.go and its neighbours). An adapter reads one Resource and
// adds nodes to the Output; links between nodes follow references ("aws_lb.east.dns_name"), never equal values alone. What is not known
// stays so, with its cause: an adapter writes mesh.UnknownOf, and never a provider's default for something that is configured.
package infrastructure
