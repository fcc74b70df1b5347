// Package xds reads what control planes announce to gRPC clients and Envoy (listeners, routes, clusters, endpoints) from files, and
// compiles it: which priorities and localities a cluster has, what takes an endpoint out, what is spoken to it, and where requests go.
//
// Three kinds of JSON are read: resources (one, a list, or a DiscoveryResponse, each with its "@type"), the config_dump of Envoy's
// admin interface, and its /clusters?format=json. The bootstrap of a gRPC client tells where certificates lie.
//
// Two kinds of clients obey the same resources in different ways, and the difference decides failover. gRPC leaves a priority when no
// connection to it can be made; Envoy leaves an endpoint only when outlier detection or a health check takes it out.
package xds
