package infrastructure

import (
	"regexp"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// Describe fills in what a root module says beside its resources: where its state is kept, which modules it calls, what it keeps from
// being changed, and which programs it runs. The Output is that of its instances. Without a root, where there is nothing but a plan or a state,
// where the state is kept and what is called stays open.
func Describe(e *mesh.Environment, root *terraform.Root, instances []terraform.Instance, out *Output) {
	if root != nil {
		e.State = stateOf(e.Name, root, out)
		regions := regionsOf(root)
		for _, c := range root.Calls() {
			if call := remoteCall(e.Name, c, regions); call != nil {
				e.Calls = append(e.Calls, call)
			}
		}
	}
	e.Releases, e.Keeps, e.Commands = out.Releases, slices.Clone(out.Keeps), slices.Clone(out.Commands)
	for i := range instances {
		r := &Resource{Instance: instances[i], environment: e.Name}
		if r.Mode != "resource" {
			continue
		}
		if Understands(r.Instance) {
			e.Keeps = append(e.Keeps, r.keeps()...)
		}
		for _, p := range r.Provisioners() {
			if !p.Command.Absent && p.When != "destroy" {
				text := told(p.Command, r.object())
				if p.Literal != "" && (p.Command.Sensitive || text.State == mesh.Unknown) {
					text = mesh.Of(p.Literal, text.Origin)
				}
				e.Commands = append(e.Commands, &mesh.Command{ID: r.id(), Text: text, Origin: r.origin(p.Command, []any{"provisioner"})})
			}
		}
	}
}

// told is a leaf that is a text.
func told(l terraform.Leaf, of mesh.Resource) mesh.Value[string] {
	return textAt(l, mesh.At(&place{at: l.Position, of: of}, ""))
}

// switched is a leaf that is true or false.
func switched(l terraform.Leaf, of mesh.Resource) mesh.Value[bool] {
	text := told(l, of)
	switch {
	case text.IsKnown() && (text.V == "true" || text.V == "false"):
		return mesh.Of(text.V == "true", text.Origin)
	case text.IsKnown():
		return mesh.UnknownOf[bool]("it is neither true nor false", text.Origin)
	}
	return mesh.Value[bool]{State: text.State, Cause: text.Cause, Origin: text.Origin}
}

// lockedByThemselves are the backends that lock what they keep, always.
// Terraform: documentation of each backend.
var lockedByThemselves = []string{"gcs", "azurerm", "remote", "cloud", "consul", "pg", "kubernetes", "cos", "oss", "local"}

// stateOf is where a root module keeps its state.
func stateOf(environment string, root *terraform.Root, out *Output) *mesh.StateStore {
	b := root.Backend()
	of := mesh.Resource{Kind: "terraform", Name: "terraform.backend", Cluster: environment}
	s := &mesh.StateStore{Backend: b.Kind, Origin: mesh.At(&place{at: b.Position, of: of}, "")}
	if b.Kind == "" {
		return s // beside the root, in whatever place it is run from
	}
	name := map[string]string{"s3": "bucket", "gcs": "bucket", "azurerm": "container_name"}[b.Kind]
	if name != "" {
		s.Name = told(b.Leaf(name), of)
	}
	s.Region = told(b.Leaf("region"), of)
	if kept, known := out.Versioned[s.Name.Or("")]; known {
		s.Versioned = kept
	} else if b.Kind == "remote" || b.Kind == "cloud" {
		s.Versioned = mesh.Of(true, mesh.Default(b.Kind))
	}
	switch {
	case slices.Contains(lockedByThemselves, b.Kind):
		s.Locked = mesh.Of(true, mesh.Default(b.Kind))
	case b.Kind == "s3":
		s.Locked = lockedInS3(b, of)
	}
	return s
}

// lockedInS3 tells whether a state in S3 is locked. What a backend leaves out may be given to "terraform init": where its bucket, key or
// region is missing, nobody knows what else is.
// Terraform: the s3 backend locks with use_lockfile, or with dynamodb_table.
func lockedInS3(b terraform.Backend, of mesh.Resource) mesh.Value[bool] {
	file, table := switched(b.Leaf("use_lockfile"), of), told(b.Leaf("dynamodb_table"), of)
	switch {
	case file.Or(false):
		return file
	case table.IsKnown() && table.V != "":
		return mesh.Of(true, table.Origin)
	case file.State == mesh.Unknown:
		return file
	case table.State == mesh.Unknown:
		return mesh.UnknownOf[bool](table.Cause, table.Origin)
	}
	for _, name := range []string{"bucket", "key", "region"} {
		if b.Leaf(name).Absent {
			return mesh.UnknownOf[bool]("the rest of the backend is given to terraform init", file.Origin)
		}
	}
	if file.IsKnown() {
		return file
	}
	return mesh.Of(false, mesh.At(&place{at: b.Position, of: of}, ""))
}

// regionsOf are the regions of the configurations of providers, by their keys.
func regionsOf(root *terraform.Root) map[string]mesh.Value[string] {
	out := map[string]mesh.Value[string]{}
	for _, p := range root.Providers() {
		if l := p.Leaf("region"); !l.Absent {
			out[p.Key] = told(l, mesh.Resource{})
		}
	}
	return out
}

var (
	gitRef = regexp.MustCompile(`[?&]ref=([^&]*)`)
	// a version, or a commit
	fixedRef = regexp.MustCompile(`^(v?[0-9]+(\.[0-9]+)*([-+.].*)?|.*[-/_]v?[0-9]+\.[0-9]+(\.[0-9]+)?|[0-9a-f]{7,40})$`)
	exact    = regexp.MustCompile(`^\s*=?\s*v?[0-9]+(\.[0-9]+)*([-+][0-9A-Za-z.+-]+)?\s*$`)
	nearly   = regexp.MustCompile(`^\s*~>\s*[0-9]+\.[0-9]+\.[0-9]+\s*$`) // of which only the last part may change
)

// remoteCall is a call of a module that is no part of the repository, or nil.
func remoteCall(environment string, c terraform.ModuleCall, regions map[string]mesh.Value[string]) *mesh.ModuleCall {
	of := mesh.Resource{Kind: "module", Name: c.Address, Cluster: environment}
	src := told(c.Source, of)
	source, known := src.Get()
	if c.Local || !known {
		return nil
	}
	out := &mesh.ModuleCall{Address: c.Address, Source: source, Package: gitRef.ReplaceAllString(source, ""), Origin: src.Origin, Region: regionOfCall(c, regions)}
	version := told(c.Version, of)
	if m := gitRef.FindStringSubmatch(source); m != nil {
		out.Ref, out.Pinned = m[1], fixedRef.MatchString(m[1])
	}
	switch {
	case version.IsKnown():
		out.Version, out.Origin = version.V, version.Origin
		out.Pinned = exact.MatchString(version.V) || nearly.MatchString(version.V)
	case version.State == mesh.Unknown:
		out.Pinned = true // nobody knows, and so nothing is said
	case isArchive(source):
		out.Pinned = true
	}
	return out
}

// isArchive reports whether a source is one file, whose name is all that chooses what is in it.
func isArchive(source string) bool {
	path, _, _ := strings.Cut(source, "?")
	return slices.ContainsFunc([]string{".zip", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2"}, func(x string) bool { return strings.HasSuffix(path, x) })
}

// clouds are the providers whose region is that of all that they build.
var clouds = []string{"aws", "google", "google-beta"}

// regionOfCall is the region of the configuration that a module is handed, else of the default one.
func regionOfCall(c terraform.ModuleCall, regions map[string]mesh.Value[string]) mesh.Value[string] {
	for _, cloud := range clouds {
		key, handed := c.Providers[cloud]
		switch {
		case !handed && strings.Count(c.Address, "module.") > 1:
			continue // it is that of the module that calls, which may be any
		case !handed:
			key = cloud
		}
		if region, ok := regions[key]; ok {
			return region
		}
	}
	return mesh.Value[string]{}
}

// moves are the attributes that a failover or a way back changes.
var moves = []string{"weight", "weighted_routing_policy", "alias", "records", "traffic_dial_percentage", "default_action", "action", "manifest", "yaml_body", "values", "set", "spec", "config_json"}

// keeps is what a resource's lifecycle keeps from being changed.
func (r *Resource) keeps() []*mesh.Keep {
	l := r.Lifecycle()
	at := mesh.At(&place{at: func() mesh.Position { return l.Position }, of: r.object()}, "/lifecycle")
	if l.IgnoreAll {
		return []*mesh.Keep{{ID: r.id(), Kind: mesh.IgnoresAll, Origin: at}}
	}
	var names []string
	for _, i := range l.Ignore {
		first, _, _ := strings.Cut(strings.SplitN(i.Attribute, "[", 2)[0], ".")
		if slices.Contains(moves, first) && (first != "spec" || i.Attribute == first) { // inside of a spec others write, autoscalers first
			if names == nil {
				where := i.Position
				at = mesh.At(&place{at: func() mesh.Position { return where }, of: r.object()}, "/lifecycle/ignore_changes")
			}
			names = append(names, i.Attribute)
		}
	}
	if names == nil {
		return nil
	}
	return []*mesh.Keep{{ID: r.id(), Kind: mesh.IgnoresSome, Attributes: names, Origin: at}}
}
