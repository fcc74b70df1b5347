package proposal

import (
	"bytes"
	"path"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxHelmfile bounds the documents of one helmfile.
const maxHelmfile = 50

// helmfile reads the releases of a helmfile, each in every environment. An environment is a cluster, unless a context
// of kubectl names it. What templates other than the environment's name decide is left out.
// https://helmfile.readthedocs.io/en/latest/
func (d *deployments) helmfile(f *file) {
	var environments, releases []*yaml.Node
	contexts := map[string]string{}
	common := ""
	decoder := yaml.NewDecoder(bytes.NewReader(d.text(f.path)))
	for range maxHelmfile {
		var doc yaml.Node
		if decoder.Decode(&doc) != nil || len(doc.Content) == 0 {
			break
		}
		n := doc.Content[0]
		common = first(common, word(at(n, "helmDefaults", "kubeContext")))
		if envs := at(n, "environments"); envs != nil && envs.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(envs.Content); i += 2 {
				environments = append(environments, envs.Content[i])
				contexts[envs.Content[i].Value] = word(at(envs.Content[i+1], "kubeContext"))
			}
		}
		if list := at(n, "releases"); list != nil && list.Kind == yaml.SequenceNode {
			releases = append(releases, list.Content...)
		}
	}
	if len(environments) == 0 {
		environments = []*yaml.Node{{}} // one, without a name
	}
	for _, env := range environments {
		if env.Value == "default" && len(environments) > 1 {
			continue // what a command without --environment means
		}
		for _, r := range releases {
			if d.work++; d.work > maxWork {
				return
			}
			d.release(f, r, env, first(contexts[env.Value], common))
		}
	}
}

// release adds one release of a helmfile in one environment.
func (d *deployments) release(f *file, r, env *yaml.Node, context string) {
	p := params{"Environment.Name": env.Value}
	fill := func(n *yaml.Node) string { return substitute(word(n), p) }
	x := deployment{
		what: "helmfile release " + word(at(r, "name")), at: f.path + ":" + strconv.Itoa(r.Line), file: f,
		release: fill(at(r, "name")), namespace: fill(at(r, "namespace")), version: fill(at(r, "version")), chart: fill(at(r, "chart")),
		cluster: first(fill(at(r, "kubeContext")), substitute(context, p), env.Value),
	}
	if env.Value != "" {
		x.env = env.Value
		x.scope, _ = labelScope(map[string]string{"env": env.Value})
	}
	if strings.Contains(x.cluster, "{{") || x.chart == "" || word(at(r, "installed")) == "false" {
		return
	}
	if chart, ok := d.inTree(path.Join(f.dir.path, x.chart)); ok && d.dirs[chart] != nil && d.dirs[chart].chart != nil {
		x.path, x.chart, x.version = chart, "", ""
	} else if strings.HasPrefix(x.chart, ".") {
		return
	}
	if values := at(r, "values"); values != nil && values.Kind == yaml.SequenceNode {
		for _, v := range values.Content {
			if file, ok := d.inTree(path.Join(f.dir.path, fill(v))); ok && d.files[file] != nil {
				x.values = append(x.values, file)
			} else if v.Kind == yaml.MappingNode {
				if text := substitute(encode(v), p); !strings.Contains(text, "{{") {
					x.set = overlay(x.set, textValues(text))
				}
			}
		}
	}
	d.add(x)
}
