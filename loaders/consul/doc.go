// Package consul reads Consul's configuration and answers what its service mesh would make of it:
// which config entries a server refuses, what the discovery chain of a service compiles to in a
// datacenter, and which endpoints a caller's proxy gets for each target.
//
// Parse reads one file: config entries and registrations in HCL 1, JSON and YAML. Build writes the
// entries as a server of the Community edition would, in their order. Fleet.Chain compiles and
// Fleet.Answer adds instances and health.
//
// Compile puts a federation into the terms of the mesh graph: services, workloads, callers, and what each caller knows of a
// service (docs/consul.md).
//
// The semantics are those of Consul v1.16.3 as the reference sheet tells them and as the recorded
// vectors (testdata/vectors/consul) show them. What the rules call "sheet" is that reference;
// "rule 4" and the like are the rules of the README beside the vectors.
//
// Neither the sheet nor a vector holds the following yet; they are what we understand of Consul,
// and a recorded vector should confirm them before a finding rests on them alone:
//
//   - the list of fields of each kind beyond those that the sheet names (kinds.go)
//   - defects of load balancers and of routes (LoadBalancer.shape, Router.shape), of an export's
//     consumers and the name of exported-services, and a Redirect.ServiceSubset without Service
//   - that a split without Service and one that names the splitter's own are the same destination
//   - that a splitter's own service counts for the protocol only if a leg leads to it
//   - that a default subset, as a failover does (recorded), leads a peer's target back to the own
//     datacenter
//   - which cross-datacenter references make an export refused: Redirect.Datacenter and
//     Failover.Datacenters, of exports by name
//   - how settings of a caller add up: its registration before the override before the defaults, block by block
//   - the precedence of intentions, and what an agent's default_intention_policy decides
//   - how long gossip takes to declare a node lost (analyzer/failover, registry.go)
//   - the grammar and fields of filters beyond ==, !=, in, not in, and, or, not and parentheses
package consul
