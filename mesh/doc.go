// Package mesh is muster's vocabulary: the unified graph of a fleet's service meshes.
//
// The graph is a compiled, mesh-neutral form. Each loader applies its own mesh's precedence
// rules once and writes down the effective result, with the reasons and the positions it came
// from; rules and the simulator never derive precedence again. A graph is immutable once
// built, so anything may read it from any goroutine.
//
// The package imports nothing of muster.
package mesh
