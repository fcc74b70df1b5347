package kustomize

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"

	"github.com/passmuster/muster/mesh"
)

// patch is one entry of a kustomization that patches objects.
type patch struct {
	entry  string // JSON pointer in the kustomization
	target *types.Selector
	texts  []*text
}

// readPatches lists the patches of n in the order in which kustomize applies them.
func (n *node) readPatches() (out []patch) {
	old := deprecatedOf(&n.spec)
	for i, p := range *old.patchesStrategicMerge {
		at := "/patchesStrategicMerge/" + strconv.Itoa(i)
		t, ok := n.texts[path.Clean(string(p))]
		if !ok {
			t = inline(n.doc, at, string(p))
		}
		out = append(out, patch{entry: at, texts: t})
	}
	add := func(field string, patches []types.Patch) {
		for i, p := range patches {
			at := field + "/" + strconv.Itoa(i)
			t := n.texts[path.Clean(p.Path)]
			if p.Path == "" {
				t = inline(n.doc, at+"/patch", p.Patch)
			}
			out = append(out, patch{entry: at, target: p.Target, texts: t})
		}
	}
	add("/patches", n.spec.Patches)
	add("/patchesJson6902", *old.patchesJSON)
	return out
}

// patched finds the patch of n that wrote a value. If one of them wrote there, but something else,
// its entry is returned as touched. loose takes any mapping or list for one, since later patches may
// have changed what is in it.
func (a *Attribution) patched(n *node, pointer, line string, value any, loose bool) (p mesh.Position, touched *mesh.Position, ok bool) {
	for _, patch := range slices.Backward(n.patches()) {
		for _, t := range slices.Backward(patch.texts) {
			if !a.isTarget(patch.target, t) {
				continue
			}
			found, wrote := "", false
			if _, isJSON := t.value().([]any); isJSON {
				found, wrote, ok = a.inOperations(t, pointer, value, loose)
			} else {
				found, wrote, ok = a.inMerge(t, pointer, value, loose)
			}
			if ok {
				p = t.locate(found + line)
				if p.Via = n.via(patch.entry); t.in != nil {
					p.Via = n.included()
				}
				return p, nil, true
			}
			if wrote && touched == nil {
				at := n.field(patch.entry)
				touched = &at
			}
		}
	}
	return p, touched, false
}

// isTarget reports whether a patch is meant for the object. Selectors by label and annotation are
// taken to match: that the value is the same decides in the end.
func (a *Attribution) isTarget(target *types.Selector, t *text) bool {
	if target == nil {
		return t.doc.Kind == a.object.Kind && a.names[t.doc.Name]
	}
	s, err := types.NewSelectorRegex(target)
	if err != nil {
		return false
	}
	kind := target.Kind == "" || s.MatchGvk(resid.Gvk{Kind: a.object.Kind, Group: target.Group, Version: target.Version})
	for name := range a.names {
		if kind && s.MatchName(name) {
			return true
		}
	}
	return false
}

// inMerge looks for a value in a strategic merge patch.
func (a *Attribution) inMerge(t *text, pointer string, value any, loose bool) (found string, wrote, ok bool) {
	if pointer == "/metadata/name" || pointer == "/kind" || pointer == "/apiVersion" {
		return "", false, false // they say what the patch is for
	}
	v, found, wrote := follow(a.rendered(), t.value(), pointer)
	return found, wrote, wrote && (equal(value, v) || loose && !isScalar(v))
}

// inOperations looks for a value in a JSON patch, the last operation first.
func (a *Attribution) inOperations(t *text, pointer string, value any, loose bool) (found string, wrote, ok bool) {
	operations, _ := t.value().([]any)
	for i, o := range slices.Backward(operations) {
		at, _ := member(o, "path").(string)
		rest, covered := covers(at, pointer)
		if !covered || member(o, "op") == "remove" || member(o, "op") == "test" {
			continue
		}
		wrote = true
		base := "/" + strconv.Itoa(i) + "/value"
		below, _, _ := follow(a.rendered(), a.rendered(), strings.TrimSuffix(pointer, rest))
		if v, there, reached := follow(below, member(o, "value"), rest); reached && (equal(value, v) && value != nil || loose && !isScalar(v)) {
			return base + there, true, true
		}
	}
	return "", wrote, false
}
