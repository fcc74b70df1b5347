// Package policy runs rules that are written in Rego: built-in ones, and those of an organisation. It projects the mesh
// graph and the objects of the inputs to data, compiles all policies at once with what they may not do taken away, and
// turns what they find into findings like those of rules in Go.
//
// A policy is a package data.muster.rules.<ID> with METADATA and a set findings. It sees data.graph, data.objects and
// input = {targets, params}; docs/policies.md tells its author all of it. A policy that is refused, fails or takes too
// long is reported as not evaluated, and never as passed; the others run all the same.
package policy
