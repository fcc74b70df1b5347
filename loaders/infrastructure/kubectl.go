package infrastructure

import (
	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// kubectl is a kubectl_manifest: documents as YAML, the objects of which override_namespace may move.
// kubectl provider (alekc, gavinbunney): documentation of kubectl_manifest.
func (b *builder) kubectl(r *Resource) {
	move := r.text("override_namespace")
	b.documents(r, []any{"yaml_body"}, func(value any, unknown map[string]*terraform.Unknown, at locator) {
		object, ok := value.(map[string]any)
		metadata, isMap := object["metadata"].(map[string]any)
		if namespace, known := move.Get(); ok && isMap && known && namespace != "" {
			metadata["namespace"] = namespace
			delete(unknown, "/metadata/namespace")
		} else if isMap && !move.IsKnown() && r.Leaf("override_namespace").Unknown != nil {
			b.opaque(r, "", "its namespace is not known: "+r.Leaf("override_namespace").Unknown.Reason, r.at("override_namespace"))
			return
		}
		b.kubernetes(r, value, unknown, at)
	})
	if only, _ := r.flag("apply_only").Get(); only {
		b.out.Keeps = append(b.out.Keeps, &mesh.Keep{ID: r.id(), Kind: mesh.NeverRemoved, Origin: r.at("apply_only")})
	}
}
