// Package registry fetches OCI artifacts of policies from registries, and stores them as image layouts, which package
// policy loads offline. It is the only package of muster that opens connections; muster policy pull alone calls it.
package registry
