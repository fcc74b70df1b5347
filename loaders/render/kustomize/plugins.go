package kustomize

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// isInline reports whether an entry is YAML rather than a path.
func isInline(entry string, opts source.Options) bool {
	docs, _ := source.ParseAny("", []byte(entry), opts)
	return len(docs) > 0 && docs[0].JSON[0] == '{'
}

// plugin is an entry under generators, transformers or validators: the configuration of a plugin,
// inline or in a file, or a kustomization that renders to such.
func (r *reader) plugin(n *node, at place, entry string) (string, bool) {
	at.plugins = n
	if !IsRemote(entry) && isInline(entry, r.opts) {
		return entry, r.plugins(n, at, "", []byte(entry))
	}
	e, ok := r.find(n, at, "plugin", entry)
	switch {
	case !ok:
		return "", false
	case e.Dir:
		return r.include(n, at, "plugin", entry, e)
	}
	name := path.Clean(entry)
	_, known := n.contents[name]
	if !r.load(n, at, "plugin", entry, e) {
		return "", false
	}
	ok = r.plugins(n, at, n.data[name], n.contents[name])
	if !ok && !known {
		delete(n.contents, name)
	}
	return entry, ok
}

// plugins checks the plugins that a text configures for home. Only those that are built into
// kustomize run; the others are programs or containers. file is "" for inline texts.
func (r *reader) plugins(home *node, at place, file string, data []byte) bool {
	docs, diags := source.ParseAny(file, data, r.opts)
	if len(diags) > 0 {
		if file == "" {
			diags[0].Position = at.at
		}
		r.problem(place{at: diags[0].Position, parent: at.parent, plugins: home}, "plugin "+quote(at.text), diags[0].Message, "")
		return false
	}
	all := true
	for _, d := range docs {
		all = r.pluginObject(home, at, d) && all
	}
	return all
}

func (r *reader) pluginObject(home *node, at place, d *source.Document) bool {
	at.plugins = home
	name := strings.TrimSpace(d.Kind + " " + d.Name)
	if strings.HasPrefix(d.Kind, "HelmChart") || d.APIVersion != "builtin" && d.Kind != "List" {
		r.problem(at, "plugin "+name, fmt.Sprintf("the plugin %s is a program, and muster runs none; what it does is unknown", name),
			fmt.Sprintf("render it beforehand: kustomize build --enable-alpha-plugins %s | muster scan -", r.plan.top))
		return false
	}
	var fields map[string]any
	if json.Unmarshal(d.JSON, &fields) != nil {
		return true // kustomize will say what is wrong
	}
	if d.Kind == "List" {
		r.problem(at, "plugin "+name, "a List of plugins; name them one by one", "")
		return false
	}
	all := true
	for _, key := range sortedKeys(fields) {
		for _, entry := range pluginPaths(key, fields[key], r.opts) {
			all = r.file(home, at, "file", entry) && all
		}
	}
	return all
}

// pluginPaths lists the paths in a field of a built-in plugin. Names of fields are read as
// encoding/json reads them, whatever their case.
func pluginPaths(key string, value any, opts source.Options) (out []string) {
	add := func(v any) {
		if s, ok := v.(string); ok && s != "" {
			out = append(out, s)
		}
	}
	list, _ := value.([]any)
	switch {
	case strings.EqualFold(key, "path"), strings.EqualFold(key, "env"):
		add(value)
	case strings.EqualFold(key, "envs"):
		for _, v := range list {
			add(v)
		}
	case strings.EqualFold(key, "paths"):
		for _, v := range list {
			if s, ok := v.(string); ok && (IsRemote(s) || !isInline(s, opts)) {
				add(s)
			}
		}
	case strings.EqualFold(key, "files"):
		for _, v := range list {
			s, _ := v.(string)
			if _, name, keyed := strings.Cut(s, "="); keyed && !IsRemote(s) {
				s = name
			}
			add(s)
		}
	case strings.EqualFold(key, "replacements"):
		for _, v := range list {
			m, _ := v.(map[string]any)
			for k, p := range m {
				if strings.EqualFold(k, "path") {
					add(p)
				}
			}
		}
	}
	return out
}
