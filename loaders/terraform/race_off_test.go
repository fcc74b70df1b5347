//go:build !race

package terraform

const slower = 1
