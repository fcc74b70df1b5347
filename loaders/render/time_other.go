//go:build !unix

package render

// outOfTime reports whether the kernel ended the child for the processor time it used: only Unix bounds that.
func outOfTime(error) bool { return false }
