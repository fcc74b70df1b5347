// Package consul reads Consul's configuration and answers what its service mesh would make of it:
// which config entries a server refuses, what the discovery chain of a service compiles to in a
// datacenter, and which endpoints a caller's proxy gets for each target.
//
// Parse reads one file: config entries and registrations in HCL 1, JSON and YAML. Build writes the
// entries as a server of the Community edition would, in their order. Fleet.Chain compiles and
// Fleet.Answer adds instances and health.
//
// The semantics are those of Consul v1.16.3 as the reference sheet tells them and as the recorded
// vectors (testdata/vectors/consul) show them. What the rules call "sheet" is that reference;
// "rule 4" and the like are the rules of the README beside the vectors.
package consul
