package proposal

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// buildBy finds the Terraform root that builds an environment: a root of its own, in a folder called after it, or the
// root above a file of variables that is called after it. If several could be meant, none is proposed.
func (w *writer) buildBy(e *Environment) {
	roots := w.roots()
	var own []string
	for _, dir := range sortedKeys(roots) {
		if e.called(path.Base(dir)) || dir != "." && e.called(path.Base(path.Dir(dir))) {
			own = append(own, dir)
		}
	}
	var vars []string
	for _, f := range w.terraform {
		name := path.Base(f)
		if path.Ext(f) == ".tfvars" && utf8.ValidString(f) && e.called(strings.TrimSuffix(strings.TrimSuffix(name, ".tfvars"), ".auto")) && rootOf(roots, f) != "" {
			vars = append(vars, f)
		}
	}
	switch {
	case len(own) == 1 && len(vars) == 0:
		e.Terraform = Line{own[0], "folder " + own[0]}
	case len(own) == 0 && len(vars) == 1:
		e.Terraform, e.VarFiles = Line{rootOf(roots, vars[0]), "variables " + vars[0]}, vars
	case len(own)+len(vars) > 0:
		w.notes = append(w.notes, "not decided which Terraform builds "+e.Name+": "+listed(append(own, vars...), 4))
	}
}

// roots are the folders that hold configuration of Terraform, and are not called modules.
func (w *writer) roots() map[string]bool {
	roots := map[string]bool{}
	for _, f := range w.terraform {
		if dir := path.Dir(f); path.Ext(f) == ".tf" && utf8.ValidString(dir) && !slices.Contains(strings.Split(dir, "/"), "modules") {
			roots[dir] = true
		}
	}
	return roots
}

// unbuilt tells of Terraform that no environment names: with a config, nothing else has it read.
func (w *writer) unbuilt(list []Environment) {
	roots := w.roots()
	for _, e := range list {
		delete(roots, e.Terraform.Value)
	}
	if len(roots) > 0 {
		w.notes = append(w.notes, "not in the proposal, and not read by a scan with it, is the Terraform in "+listed(sortedKeys(roots), 4)+
			": name each root module, as environments: {prod: {clusters: [east], terraform: infra}}")
	}
}

// called reports whether a name is that of the environment: prod for production, but not prod-eu.
func (e *Environment) called(name string) bool {
	c := classify(name)
	return strings.EqualFold(name, e.Name) || c.env != "" && c.scope == scope{env: classify(e.Name).env}
}

// rootOf is the folder with the root of a file of variables: its own, or the nearest above; "" for none.
func rootOf(roots map[string]bool, file string) string {
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if roots[dir] {
			return dir
		}
		if dir == "." {
			return ""
		}
	}
}
