package render

import (
	"context"

	"github.com/passmuster/muster/loaders/render/confined"
	"github.com/passmuster/muster/loaders/render/kustomize"
	"github.com/passmuster/muster/loaders/source"
)

// kustomization renders a kustomization.
func (r *Result) kustomization(ctx context.Context, src Source, root *confined.Root, dir string, opts Options) error {
	plan := kustomize.Read(ctx, root, dir, opts.Source, kustomize.DefaultLimits())
	if err := ctx.Err(); err != nil {
		return err
	}
	r.Owned, r.Bytes, r.Diagnostics, r.around = plan.Owned, plan.Bytes, plan.Diagnostics, plan.Around(src.home)
	for _, p := range plan.Problems {
		r.kustomizeProblem(p)
	}
	in := plan.Input()
	if len(in.Files) == 0 {
		return nil
	}
	got, stopped, err := opts.render(ctx, request{Kustomize: &in})
	switch {
	case err != nil:
		return err
	case stopped != "":
		r.kustomizeProblem(plan.Stopped(stopped))
		return nil
	case got.Kustomize == nil:
		r.kustomizeProblem(plan.Stopped(errUnexpected.Error()))
		return nil
	case got.Kustomize.Error != "":
		r.kustomizeProblem(plan.Failure(got.Kustomize.Error))
		return nil
	}
	for _, o := range got.Kustomize.Objects {
		docs, ignored, diags := source.Rendered(o.Text, plan.Attribution(o), opts.Source)
		r.Docs = append(r.Docs, docs...)
		r.Ignored = append(r.Ignored, ignored...)
		r.Diagnostics = append(r.Diagnostics, diags...)
	}
	return nil
}

func (r *Result) kustomizeProblem(p kustomize.Problem) {
	r.lacks(Missing{Position: p.Position, What: p.What, Help: p.Help, Namespaces: p.Namespaces, Anywhere: !p.Refused}, p.Message)
}
