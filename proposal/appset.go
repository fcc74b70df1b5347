package proposal

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/loaders/source"
)

// Argo CD's ApplicationSet, as far as files decide what it generates: lists, clusters by their Secrets, folders and
// files of this repository, and products of these.
// https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/

type generator struct {
	List *struct {
		Elements []json.RawMessage
	}
	Clusters *struct {
		Selector struct{ MatchLabels map[string]string }
		Values   map[string]string
	}
	Git *struct {
		Directories []struct {
			Path    string
			Exclude bool
		}
		Files []struct {
			Path    string
			Exclude bool
		}
		Values map[string]string
	}
	Matrix *struct{ Generators []generator }
	Merge  *struct {
		MergeKeys  []string
		Generators []generator
	}
}

func (d *deployments) applicationSet(f *file, doc *source.Document) {
	var set struct {
		Spec struct {
			Generators []generator
			Template   struct{ Spec json.RawMessage }
		}
	}
	decode(doc, &set)
	what := "ApplicationSet " + doc.Name
	position := where(doc, "/spec/template/spec/destination")
	var template any
	if json.Unmarshal(set.Spec.Template.Spec, &template) != nil {
		return
	}
	static := true
	for _, g := range set.Spec.Generators {
		list, ok := d.generate(g, params{}, 0)
		static = static && ok
		for _, p := range list {
			d.generated(f, what, position, template, p)
		}
		if !ok && g.Clusters != nil && d.fromFolders(f, what, position, template) {
			static = true
		}
	}
	if !static {
		d.vague = append(d.vague, what+" ("+where(doc, "/spec/generators")+")")
	}
}

// generated adds the Application of one set of parameters.
func (d *deployments) generated(f *file, what, position string, template any, p params) {
	var spec argoSpec
	js, err := json.Marshal(fill(template, p, 0))
	if err != nil {
		return
	}
	_ = json.Unmarshal(js, &spec) // what has another type is left out
	var more deployment
	labels := map[string]string{}
	for k, v := range p {
		labels[strings.TrimPrefix(strings.TrimPrefix(k, "metadata.labels."), "values.")] = v
	}
	more.scope, more.region = labelScope(labels)
	more.cluster = first(p["cluster"], p["cluster.name"], p["clusterName"])
	d.spec(f, what, position, spec, more)
}

// fromFolders: no Secret of a cluster is here, but a folder for each is: clusters/{{name}}.
func (d *deployments) fromFolders(f *file, what, position string, template any) bool {
	var spec argoSpec
	js, err := json.Marshal(template)
	if err != nil || json.Unmarshal(js, &spec) != nil {
		return false
	}
	sources := spec.Sources
	if spec.Source != nil {
		sources = append(sources, *spec.Source)
	}
	found := false
	for _, s := range sources {
		for _, text := range append([]string{s.Path}, s.Helm.ValueFiles...) {
			at := actions.FindAllStringSubmatchIndex(text, -1)
			if len(at) != 1 || strings.Trim(text[at[0][2]:at[0][3]], " .") != "name" {
				continue
			}
			if text != s.Path && !strings.HasPrefix(text, "$") {
				text = path.Join(s.Path, text)
			}
			text = strings.TrimPrefix(path.Clean(text), "/")
			before, after, _ := strings.Cut(text, actions.FindString(text))
			for _, name := range d.between(before, after) {
				found = true
				d.generated(f, what, position, template, params{"name": name, "nameNormalized": name, "server": "https://" + name})
			}
		}
		if found {
			break
		}
	}
	return found
}

// between lists the words that make an existing path of before and after.
func (d *deployments) between(before, after string) []string {
	if strings.HasPrefix(before, "$") {
		_, before, _ = strings.Cut(before, "/")
	}
	var names []string
	each := func(p string) {
		name, ok1 := strings.CutPrefix(p, before)
		name, ok2 := strings.CutSuffix(name, after)
		if ok1 && ok2 && name != "" && !strings.Contains(name, "/") && !sharedNames[name] {
			names = append(names, name)
		}
	}
	for p := range d.dirs {
		each(p)
	}
	for p := range d.files {
		each(p)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// generate lists the parameters of a generator; ok is false if files alone do not decide them.
func (d *deployments) generate(g generator, given params, depth int) (list []params, ok bool) {
	switch {
	case depth > 3:
		return nil, false
	case g.List != nil:
		for _, e := range g.List.Elements {
			p := params{}
			flatten(p, "", e)
			list = append(list, p)
		}
		return list, true
	case g.Clusters != nil:
		for _, c := range d.labels {
			if !selects(g.Clusters.Selector.MatchLabels, c.labels) {
				continue
			}
			p := params{"name": c.name, "nameNormalized": c.name, "server": c.server}
			for k, v := range c.labels {
				p["metadata.labels."+k] = v
			}
			list = append(list, values(p, g.Clusters.Values))
		}
		return list, len(list) > 0
	case g.Git != nil:
		if d.work += len(d.dirs) + len(d.files); d.work > maxWork {
			return nil, false
		}
		return d.generateGit(g, given), true
	case g.Matrix != nil && len(g.Matrix.Generators) == 2:
		return d.product(g.Matrix.Generators, given, depth)
	case g.Merge != nil:
		return d.merged(g.Merge.Generators, g.Merge.MergeKeys, given, depth)
	}
	return nil, false
}

func (d *deployments) generateGit(g generator, given params) (list []params) {
	in := func(patterns []struct {
		Path    string
		Exclude bool
	}, p string) bool {
		hit := false
		for _, x := range patterns {
			if matchPath(substitute(x.Path, given), p) {
				if x.Exclude {
					return false
				}
				hit = true
			}
		}
		return hit
	}
	for _, x := range d.sorted() {
		if in(g.Git.Directories, x.path) {
			list = append(list, values(pathParams(x.path), g.Git.Values))
		}
	}
	for _, x := range d.sortedFiles() {
		if in(g.Git.Files, x.path) {
			p := pathParams(path.Dir(x.path))
			p["path.filename"] = x.name()
			var any any
			if yaml.Unmarshal(d.text(x.path), &any) == nil {
				if js, err := json.Marshal(plainValue(any, 0)); err == nil {
					flatten(p, "", js)
				}
			}
			list = append(list, values(p, g.Git.Values))
		}
	}
	return list
}

// pathParams are the parameters that describe a folder.
func pathParams(dir string) params {
	p := params{"path": dir, "path.path": dir, "path.basename": path.Base(dir), "path.basenameNormalized": path.Base(dir)}
	for i, part := range strings.Split(dir, "/") {
		p["path["+strconv.Itoa(i)+"]"] = part
		p["path.segments["+strconv.Itoa(i)+"]"] = part
	}
	return p
}

// product joins each set of parameters of the first generator with each of the second, which may use the first's.
func (d *deployments) product(g []generator, given params, depth int) (list []params, ok bool) {
	outer, ok := d.generate(g[0], given, depth+1)
	for _, a := range outer {
		inner, fine := d.generate(g[1], a, depth+1)
		ok = ok && fine
		for _, b := range inner {
			if len(list) >= maxDeployments {
				return list, false
			}
			list = append(list, joined(a, b))
		}
	}
	return list, ok
}

// merged lays the parameters of later generators over those of the first, by the values of keys.
func (d *deployments) merged(g []generator, keys []string, given params, depth int) (list []params, ok bool) {
	if len(g) == 0 || len(g) > 8 {
		return nil, false
	}
	list, ok = d.generate(g[0], given, depth+1)
	for _, next := range g[1:] {
		over, fine := d.generate(next, given, depth+1)
		ok = ok && fine
		byKey := map[string]params{}
		for _, o := range over {
			byKey[keyOf(o, keys)] = o
		}
		for i, p := range list {
			if o, same := byKey[keyOf(p, keys)]; same {
				list[i] = joined(p, o)
			}
		}
	}
	return list, ok
}

var (
	actions = regexp.MustCompile(`\{\{-?([^{}]*?)-?\}\}`)
	indexed = regexp.MustCompile(`^index \.?([A-Za-z0-9_.]+) "?([^" ]+)"?$`)
)
