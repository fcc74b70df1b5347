package terraform

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/passmuster/muster/mesh"
)

// LockFile is what .terraform.lock.hcl beside the root module pins.
type LockFile struct {
	Present   bool
	Providers []LockedProvider // by their sources
	// Missing are the sources of providers that the root module or one that it calls needs, and that the file does not name with a hash.
	Missing []string
	// Unsure is why more may be missing: a module that is not on disk. "" = none is.
	Unsure string
}

// LockedProvider is one that a lock file pins.
type LockedProvider struct {
	Source      string // as RequiredProvider has it
	Version     string
	Constraints string
	Hashes      int // how many there are: one per platform, or more
	Position    mesh.Position
}

// LockFile reads the root module's lock file.
func (r *Root) LockFile() LockFile {
	var out LockFile
	name := path.Join(r.dir, ".terraform.lock.hcl")
	_, err := fs.Stat(r.fsys, name)
	if out.Present = err == nil || !errors.Is(err, fs.ErrNotExist); out.Present {
		out.Providers = r.locked(name)
	}
	needed := map[string]bool{}
	for _, m := range r.reached() {
		maps.Copy(needed, m.uses(r))
	}
	for _, p := range out.Providers {
		if p.Hashes > 0 && p.Version != "" {
			delete(needed, p.Source)
		}
	}
	out.Missing = slices.Sorted(maps.Keys(needed))
	for _, c := range r.Calls() {
		if c.Dir == "" && out.Unsure == "" {
			out.Unsure = c.Address + ": " + notInitialised
		}
	}
	return out
}

func (r *Root) locked(name string) (list []LockedProvider) {
	data, ok := r.readConfig(name)
	if !ok {
		return nil
	}
	file, diags := hclsyntax.ParseConfig(data, name, hcl.InitialPos)
	r.diagnose(diags)
	if file == nil {
		return nil
	}
	native, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil
	}
	for _, b := range native.Blocks {
		if b.Type != "provider" || len(b.Labels) != 1 {
			continue
		}
		p := LockedProvider{Source: sourceOf(b.Labels[0]), Position: r.positionOf(b.DefRange(), nil)}
		for name, a := range b.Body.Attributes {
			switch name {
			case "version":
				p.Version = literal(a.Expr)
			case "constraints":
				p.Constraints = literal(a.Expr)
			case "hashes":
				hashes, _ := hcl.ExprList(a.Expr)
				p.Hashes = len(hashes)
			}
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b LockedProvider) int { return strings.Compare(a.Source, b.Source) })
	return list
}
