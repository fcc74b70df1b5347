package kustomize

import (
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"

	"github.com/passmuster/muster/mesh"
)

// transformed finds the field of n, other than a patch, that wrote a value; kustomize applies
// patches first, and then these in the reverse order of the cases below.
func (a *Attribution) transformed(n *node, pointer string, value any) (mesh.Position, bool) {
	s, isString := value.(string)
	last := pointer[strings.LastIndexByte(pointer, '/')+1:]
	parent := pointer[:len(pointer)-len(last)-1]
	group := parent[strings.LastIndexByte(parent, '/')+1:]
	key := unescaper.Replace(last)
	field := ""
	if at, ok := a.replaced(n, pointer, s); ok && isScalar(value) {
		return at, true
	}
	switch {
	case last == "image" && isString:
		field = imageField(n.spec, s)
	case pointer == "/spec/replicas":
		for i, r := range n.spec.Replicas {
			if a.names[r.Name] && value == json.Number(strconv.FormatInt(r.Count, 10)) {
				field = fmt.Sprintf("/replicas/%d/count", i)
			}
		}
	case group == "annotations" && isString && n.spec.CommonAnnotations[key] == s && s != "":
		field = "/commonAnnotations/" + last
	case (group == "labels" || group == "matchLabels" || group == "selector") && isString && s != "":
		field = labelField(n.spec, last, key, s)
	case isString && s != "" && n.spec.Namespace == s &&
		(last == "namespace" || a.object.Kind == "Namespace" && pointer == "/metadata/name"):
		field = "/namespace"
	case isString && pointer == "/metadata/name":
		field = a.affix(n.spec, s)
	}
	if field == "" {
		return mesh.Position{}, false
	}
	return n.field(field), true
}

// imageField is the field of images that wrote an image.
func imageField(spec types.Kustomization, image string) string {
	for _, list := range []struct {
		field  string
		images []types.Image
	}{{"/images", spec.Images}, {"/imageTags", deprecatedOf(&spec).imageTags}} {
		for i, img := range list.images {
			name := img.Name
			if img.NewName != "" {
				name = img.NewName
			}
			rest, ok := strings.CutPrefix(image, name)
			at := list.field + "/" + strconv.Itoa(i)
			switch {
			case !ok || name == "":
			case img.Digest != "" && strings.HasSuffix(rest, "@"+img.Digest):
				return at + "/digest"
			case img.NewTag != "" && rest == ":"+img.NewTag:
				return at + "/newTag"
			case img.TagSuffix != "" && strings.HasSuffix(rest, img.TagSuffix):
				return at + "/tagSuffix"
			case img.NewName != "" && img.NewTag == "" && img.Digest == "" && (rest == "" || rest[0] == ':' || rest[0] == '@'):
				return at + "/newName"
			}
		}
	}
	return ""
}

func labelField(spec types.Kustomization, last, key, value string) string {
	for i, l := range spec.Labels {
		if v, ok := l.Pairs[key]; ok && v == value {
			return fmt.Sprintf("/labels/%d/pairs/%s", i, last)
		}
	}
	if v, ok := deprecatedOf(&spec).commonLabels[key]; ok && v == value {
		return "/commonLabels/" + last
	}
	return ""
}

// affix is the field that made the name of the object, if it has the prefix or suffix of spec.
func (a *Attribution) affix(spec types.Kustomization, name string) string {
	if a.origin != nil && a.origin.doc.Name == name {
		return ""
	}
	switch {
	case spec.NamePrefix != "" && strings.Contains(name, spec.NamePrefix):
		return "/namePrefix"
	case spec.NameSuffix != "" && strings.Contains(name, spec.NameSuffix):
		return "/nameSuffix"
	}
	return ""
}

// replaced finds the replacement of n that has the value as its target. What it copied cannot be
// compared with anything that is written, so that the target decides.
func (a *Attribution) replaced(n *node, pointer, value string) (mesh.Position, bool) {
	for i := len(n.spec.Replacements) - 1; i >= 0; i-- {
		r := n.spec.Replacements[i]
		for t, target := range r.Targets {
			if target == nil || !a.isSelected(target.Select) {
				continue
			}
			for f, fieldPath := range target.FieldPaths {
				if isFieldPath(fieldPath, pointer) {
					return n.field(fmt.Sprintf("/replacements/%d/targets/%d/fieldPaths/%d", i, t, f)), true
				}
			}
		}
		if r.Path != "" && value != "" {
			for _, t := range n.texts[path.Clean(r.Path)] {
				if a.inReplacements(t.value(), pointer) {
					return n.field(fmt.Sprintf("/replacements/%d", i)), true
				}
			}
		}
	}
	return mesh.Position{}, false
}

// inReplacements looks for a target in a file of replacements, which holds one or a list.
func (a *Attribution) inReplacements(v any, pointer string) bool {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, r := range list {
		targets, _ := member(r, "targets").([]any)
		for _, t := range targets {
			paths, _ := member(t, "fieldPaths").([]any)
			for _, p := range paths {
				if s, ok := p.(string); ok && isFieldPath(s, pointer) {
					return true
				}
			}
		}
	}
	return false
}

func (a *Attribution) isSelected(s *types.Selector) bool {
	if s == nil {
		return false
	}
	rx, err := types.NewSelectorRegex(s)
	if err != nil {
		return false
	}
	if s.Kind != "" && !rx.MatchGvk(resid.Gvk{Kind: a.object.Kind, Group: s.Group, Version: s.Version}) {
		return false
	}
	for name := range a.names {
		if rx.MatchName(name) {
			return true
		}
	}
	return false
}

// isFieldPath compares a path such as "spec.containers.[name=nginx].image" with a JSON pointer;
// conditions, * and numbers match any element.
func isFieldPath(fieldPath, pointer string) bool {
	elems := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for _, part := range splitFieldPath(fieldPath) {
		if len(elems) == 0 {
			return false
		}
		_, err := strconv.Atoi(elems[0])
		_, number := strconv.Atoi(part)
		isElement := err == nil && (part == "*" || part == "-" || strings.HasPrefix(part, "[") || number == nil)
		if !isElement && part != unescaper.Replace(elems[0]) {
			return false
		}
		elems = elems[1:]
	}
	return len(elems) == 0
}

// splitFieldPath splits at dots, except behind a backslash and inside of brackets.
func splitFieldPath(fieldPath string) (parts []string) {
	part, depth := "", 0
	for i := 0; i < len(fieldPath); i++ {
		switch c := fieldPath[i]; {
		case c == '\\' && i+1 < len(fieldPath) && fieldPath[i+1] == '.':
			part += "."
			i++
		case c == '.' && depth == 0:
			parts, part = append(parts, part), ""
		default:
			if c == '[' {
				depth++
			} else if c == ']' {
				depth--
			}
			part += string(c)
		}
	}
	return append(parts, part)
}
