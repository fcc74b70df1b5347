//go:build race

package terraform

// slower is how much the race detector costs at most, in time and memory.
const slower = 20
