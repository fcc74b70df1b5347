// Package analyzer turns the mesh graph and the survival matrix into judgement: which cells are
// promised by an objective or by the configuration itself, which promises are broken, and which
// line breaks them.
package analyzer
