package mesh

// Environment is what one evaluation of a Terraform root module builds: everything about it that is no service, record or store.
type Environment struct {
	Name     string      // of the config's environments; else the root's folder, and what tells its variables apart
	Folder   string      // of the root module, as in positions
	Clusters []string    // of the graph that belong to it, sorted
	Regions  []string    // that its resources are known to be in, sorted
	State    *StateStore // nil where the inputs are a plan or a state
	Calls    []*ModuleCall
	Releases []*Release
	Keeps    []*Keep
	Commands []*Command
	// Attributes counts what the resources that muster understands configure, and Unknown how much of it is not known; Causes are the
	// most frequent reasons, first the most frequent.
	Attributes, Unknown int
	Causes              []string
	Origin              Origin
}

// StateStore is where Terraform keeps what it has built.
type StateStore struct {
	Backend   string        // "s3", "gcs", "azurerm", "remote", "cloud", "local", …; "" = none is written, and it is a local file
	Region    Value[string] // that it is kept in
	Name      Value[string] // of the bucket or container
	Versioned Value[bool]   // earlier states can be had back; unknown where the bucket is not in the inputs
	Locked    Value[bool]   // two runs cannot write at once
	Origin    Origin
}

// ModuleCall is a call of a module that is not part of the repository.
type ModuleCall struct {
	Address string // module.eks_east
	Source  string // as written
	Version string // as written; "" = none
	Ref     string // what the source itself chooses: a tag, a branch, a commit; "" = nothing
	// Pinned: two runs get the same module (one version, a tag or a commit).
	Pinned bool
	// Package is Source without what chooses a version: equal for two calls of one module.
	Package string
	Region  Value[string] // of the provider that it is called with
	Origin  Origin        // of what decides the version
}

// Release is a Helm release that Terraform installs.
type Release struct {
	ID, Name, Namespace string
	Chart, Repository   string
	Version             Value[string] // absent = whatever is newest
	Fixed               bool          // no version chooses the chart: it is a folder or an archive, or nobody knows which it is
	Atomic              Value[bool]   // a failed upgrade is taken back
	History             Value[int]    // releases that are kept; 0 = all
	Cluster             string        // "" = unknown
	Region              Value[string]
	Origin              Origin
}

// Keep is a resource that Terraform is told not to change.
type Keep struct {
	ID         string // environment and address of the resource
	Kind       KeepKind
	Attributes []string // that are ignored
	Origin     Origin
}

// KeepKind is what Terraform is told about a resource.
type KeepKind string

// What Terraform may be told.
const (
	IgnoresAll   KeepKind = "ignores-all"   // no change of the configuration reaches it
	IgnoresSome  KeepKind = "ignores-some"  // some do not
	NeverRemoved KeepKind = "never-removed" // what was applied once stays when it leaves the configuration
)

// Command is a program that Terraform runs: no plan shows what it changes, and none can take it back.
type Command struct {
	ID     string        // environment and address of the resource
	Text   Value[string] // what is run, with "…" in place of what is not known or secret
	Origin Origin
}
