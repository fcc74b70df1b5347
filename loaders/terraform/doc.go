// Package terraform evaluates Terraform and OpenTofu configurations without providers: what a plan would show of them, as far as
// the files decide it, and what each unknown value waits for.
//
// Load reads a root module from a directory; nothing outside of it is opened, nothing is downloaded, no command is run. Root.Instances
// evaluates on demand: a value is worked out when somebody asks for it, once. Modules are ordered output by output, not as a whole.
//
// The semantics are those of Terraform 1.11.4, as the recorded vectors (testdata/vectors/terraform) show them.
package terraform
