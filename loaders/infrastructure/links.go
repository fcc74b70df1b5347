package infrastructure

import (
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// link is the one resource that a value stands for ("aws_lb.east.dns_name"); nil if it may as well be something else. A value
// that only waits for a resource among other things (coalesce(var.name, aws_lb.east.dns_name)) stands for none.
func (b *builder) link(l terraform.Leaf, types ...string) *Resource {
	if !certain(l) {
		return nil
	}
	for _, refs := range ways(l) {
		list, whole := b.named(refs)
		if whole && len(list) == 1 && (len(types) == 0 || slices.Contains(types, list[0].key())) {
			return list[0]
		}
	}
	return nil
}

// whole is the one resource that all references of a value name, of one of some types, a data source or not; nil where it may stand for
// something else as well. It is stricter than link, which takes a reference through another resource for what it comes down to.
func (b *builder) whole(l terraform.Leaf, types ...string) *Resource {
	list, all := b.named(l.Refs)
	if !all || len(list) != 1 || !certain(l) || len(types) > 0 && !slices.Contains(types, list[0].Type) {
		return nil
	}
	return list[0]
}

// links are the resources that a value stands for: one, or those of a list. Whole tells that it stands for nothing else.
func (b *builder) links(l terraform.Leaf) (list []*Resource, whole bool) {
	for _, refs := range ways(l) {
		if list, whole = b.named(refs); whole && certain(l) {
			return list, true
		}
	}
	list, _ = b.named(l.Refs)
	return list, false
}

// certain reports whether a value waits for nothing but attributes of resources.
func certain(l terraform.Leaf) bool {
	if l.Unknown != nil {
		for cause := range strings.SplitSeq(l.Unknown.Reason, "; ") {
			if cause != terraform.AfterApply && !strings.HasPrefix(cause, "computed: ") && !strings.HasPrefix(cause, "data source: ") {
				return false
			}
		}
	}
	return len(l.Refs) > 0
}

// ways are the references that are written, and those that they come down to: aws_s3_bucket_versioning.a.bucket may be aws_s3_bucket.a.id.
func ways(l terraform.Leaf) [][]string {
	if l.Unknown == nil {
		return [][]string{l.Refs}
	}
	var written []string
	for _, ref := range l.Refs {
		if !slices.Contains(l.Unknown.Refs, ref) {
			written = append(written, ref)
		}
	}
	return [][]string{written, l.Unknown.Refs}
}

// named are the resources that references name; whole tells that each names one of the environment's.
func (b *builder) named(refs []string) (list []*Resource, whole bool) {
	whole = len(refs) > 0
	seen := map[*Resource]bool{}
	for _, ref := range refs {
		found := b.resources(ref)
		whole = whole && len(found) > 0
		for _, r := range found {
			if !seen[r] {
				seen[r] = true
				list = append(list, r)
			}
		}
	}
	return list, whole
}

// resources are the resources that one reference names: several where it has "[*]" for its key.
func (b *builder) resources(ref string) []*Resource {
	if !strings.Contains(ref, "[*]") {
		if r, _ := b.refer(ref); r != nil {
			return []*Resource{r}
		}
		return nil
	}
	before, _, _ := strings.Cut(ref, "[*]")
	all := b.byStem[before]
	if len(all) == 0 || len(all) > maxElements || !all[0].afford(len(all)) {
		return nil
	}
	return all
}

// stem is an address without the key of the last instance.
func (r *Resource) stem() string {
	out := r.within()
	if out != "" {
		out += "."
	}
	if r.Mode == "data" {
		out += "data."
	}
	return out + r.Type + "." + r.Name
}

// listed are the resources of some types that a list stands for; why tells what else may be in it.
func (b *builder) listed(r *Resource, types []string, path ...any) (list []*Resource, why string) {
	leaves, why := r.elements(path...)
	seen := map[*Resource]bool{}
	for i, l := range leaves {
		if i > 0 && slices.Equal(l.Refs, leaves[i-1].Refs) && l.Unknown != nil && leaves[i-1].Unknown != nil {
			continue // of one for expression
		}
		found, whole := b.links(l)
		for _, f := range found {
			switch {
			case !slices.Contains(types, f.key()):
				whole = false
			case f.Unsure != "":
				why = f.Unsure
				fallthrough
			default:
				if !seen[f] {
					seen[f] = true
					list = append(list, f)
				}
			}
		}
		if !whole && why == "" {
			if why = "it is no reference to a resource of the inputs"; l.Unknown != nil {
				why = l.Unknown.Reason
			}
		}
	}
	return list, why
}

// given is preset with a default of the AWS provider.
func given[T any](r *Resource, v mesh.Value[T], def T) mesh.Value[T] {
	return preset(r, v, def, "the AWS provider")
}

// known is the text at a path if it is known and may be shown, else "".
func (r *Resource) known(path ...any) string {
	text, _ := r.textOf(r.Leaf(path...))
	return text
}

// shown is the text at a path; a sensitive one is not known to anybody who reads the graph.
func (r *Resource) shown(path ...any) mesh.Value[string] {
	if l := r.Leaf(path...); l.Sensitive {
		return mesh.UnknownOf[string]("it is sensitive", originOf(l))
	}
	return r.text(path...)
}

// within is the instance of a module that a resource belongs to.
func (r *Resource) within() string { return r.Module() }

// noticed is how long a check takes at most: so many failures in a row, the first of them up to an interval after the fault.
func noticed(c mesh.HealthCheck) time.Duration {
	day := 24 * time.Hour
	return time.Duration(max(0, min(c.Failure, 1000)))*min(c.Interval, day) + min(c.Timeout, day)
}
