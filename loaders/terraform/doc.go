// Package terraform evaluates Terraform and OpenTofu configurations without providers: what a plan would show of them, as far as
// the files decide it, and what each unknown value waits for.
//
// Load reads a root module from a directory; nothing outside of it is opened, nothing is downloaded, no command is run. Root.Instances
// evaluates on demand: a value is worked out when somebody asks for it, once. Modules are ordered output by output, not as a whole.
//
// The semantics are those of Terraform 1.11.4, as the recorded vectors (testdata/vectors/terraform) show them.
//
// # What is known
//
// Instance.Leaf gives one attribute: its value, why it is unknown, the resources that it refers to, where it is written, and the calls
// of modules on the way. "Computed: aws_lb.eu.dns_name" is the edge from a record to its load balancer. Values carry no such marks; the
// tracer (trace.go) walks back along the references of an expression when somebody asks, through what is unknown alone: elements of
// constructors, the branch that is taken, locals, variables, outputs, count, for_each and dynamic blocks.
//
// Where count or for_each is unknown there is exactly one instance, "[?]", and Instance.Unsure says why. A module that is not on disk, and
// that .terraform/modules/modules.json does not name, has unknown outputs. An error makes unknown what it is in, and no more.
//
// # What to load
//
// Discover finds the root modules of a tree, and the environments that their files of variables ask for, from headers of blocks alone.
//
// ReadPlan and ReadState give the instances of a plan (JSON) or a state, which answer as evaluated ones do; Detect tells such files by their
// content. A plan is certain about values and instances and knows no lines: Planned.Match sets a configuration beside it, whose lines are told
// then, and Merge joins all three, the plan before the state before the configuration, with a note for each difference.
//
// # What there is beside values
//
// Root: Backend, RequiredVersion, RequiredProviders, LockFile, Calls, Providers, Moved, Removed, Imports, Outputs, Coverage, Marked (for
// Suppressions). Instance: Leaf, Document, ProviderLeaf, Lifecycle, Provisioners, DependsOn, Calls, Position.
//
// # Documents in texts
//
// Instance.Document reads the YAML and JSON that attributes hold. A text is drawn part by part (draw.go): an unknown part becomes one
// placeholder, and a value with a placeholder is in Document.Unknown. Placeholders are put where the ordinary evaluation found a part
// unknown, and go through functions that leave them visible alone, so none becomes a fact. Each byte of the text knows where it comes
// from, and Document.Locate leads from a JSON pointer to the line of a .tf file, a template or a file that decides.
//
// # Bounds
//
// Inputs are hostile. Limits (limits.go) are all bounds; each ends in one Diagnostic and unknown values. Four guards hold them: guard.go
// refuses what a recursive parser could not survive, prepare.go puts a meter into the parts of expressions that can repeat or grow,
// funcs_bounds*.go look at arguments before a function makes something large of them, and files are opened below the root alone, once
// Stat has shown that they are regular ones.
package terraform
