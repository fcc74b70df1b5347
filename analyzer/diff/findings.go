package diff

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
)

// findings pairs those of both states: by fingerprint, and among several of one fingerprint by message; then those whose
// fingerprints differ by the places of list elements only, since an element that is put in front moves all others.
func (r *Result) findings(base, head []*analyzer.Finding) {
	left := map[string][]*analyzer.Finding{}
	key := (*analyzer.Finding).Fingerprint
	for _, f := range base {
		left[key(f)] = append(left[key(f)], f)
	}
	taken := map[*analyzer.Finding]*analyzer.Finding{}
	pair := func(fits func(base, head *analyzer.Finding) bool) {
		for _, f := range head {
			if taken[f] != nil {
				continue
			}
			list := left[key(f)]
			if i := slices.IndexFunc(list, func(b *analyzer.Finding) bool { return fits(b, f) }); i >= 0 {
				taken[f] = list[i]
				left[key(f)] = slices.Delete(list, i, i+1)
			}
		}
	}
	sameWords := func(b, h *analyzer.Finding) bool { return b.Message == h.Message }
	any := func(*analyzer.Finding, *analyzer.Finding) bool { return true }
	pair(sameWords)
	pair(any)
	rest := map[string][]*analyzer.Finding{}
	for _, f := range base {
		if slices.Contains(left[key(f)], f) {
			rest[loose(f)] = append(rest[loose(f)], f)
		}
	}
	left, key = rest, loose
	pair(sameWords)
	pair(any)

	for _, f := range head {
		switch was := taken[f]; {
		case f.Suppressed != nil:
		case was == nil:
			r.New = append(r.New, f)
		case f.Level != was.Level && f.Level.AtLeast(was.Level):
			r.Raised = append(r.Raised, Raised{was, f})
		default:
			r.Unchanged = append(r.Unchanged, f)
		}
	}
	for _, f := range base {
		if f.Suppressed == nil && slices.Contains(left[loose(f)], f) {
			r.Gone = append(r.Gone, f)
		}
	}
}

// loose is a fingerprint that does not tell elements of a list apart.
func loose(f *analyzer.Finding) string {
	r := f.Resource
	parts := []string{f.Rule.ID, r.Kind, r.Namespace, r.Name, r.Cluster}
	if f.Service != nil {
		parts = append(parts, string(f.Service.ID))
	}
	if r.Kind == "" && r.Name == "" && f.Service == nil {
		parts = append(parts, f.Position().File)
	}
	for part := range strings.SplitSeq(f.Origin.Path, "/") {
		if part != "" && strings.Trim(part, "0123456789") == "" {
			part = "*"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "\x00")
}
