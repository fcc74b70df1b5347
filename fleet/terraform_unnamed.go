package fleet

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// unnamed tells of root modules in the sources of a config that names no root module: what they build is in no prediction.
func (o Options) unnamed(inputs []source.Input) (notes []NotUnderstood) {
	if o.Config == nil || len(o.Inputs)+len(o.Live) > 0 {
		return nil
	}
	for _, e := range o.Config.Environments {
		if e.Terraform != "" {
			return nil // somebody chose
		}
	}
	var looked, told []string
	for _, in := range inputs {
		if slices.Contains(looked, in.Path) {
			continue
		}
		looked = append(looked, in.Path)
		for _, e := range o.discovered(in) {
			dir := o.shown(e.dir)
			if slices.Contains(told, dir) {
				continue
			}
			told = append(told, dir)
			notes = append(notes, NotUnderstood{Origin: mesh.Origin{In: &located{mesh.Position{File: dir}}}, Kind: "Terraform that is not read",
				Message: fmt.Sprintf("no environment of %s names this root module: environments: {prod: {terraform: …}} does", o.Config.File)})
		}
	}
	return notes
}
