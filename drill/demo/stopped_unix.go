//go:build unix && !linux

package demo

// stopped cannot be asked for alike on other systems.
func stopped(int) error { return nil }
