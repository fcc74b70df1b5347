package kustomize

import (
	"bytes"
	"path"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/passmuster/muster/mesh"
)

// generatorArgs are the generators of n by field.
func (n *node) generatorArgs() map[string][]types.GeneratorArgs {
	out := map[string][]types.GeneratorArgs{}
	for _, g := range n.spec.ConfigMapGenerator {
		out["configMapGenerator"] = append(out["configMapGenerator"], g.GeneratorArgs)
	}
	for _, g := range n.spec.SecretGenerator {
		out["secretGenerator"] = append(out["secretGenerator"], g.GeneratorArgs)
	}
	return out
}

// generator finds the entry that generated an object: the one with the longest name that the
// object's name holds.
func (n *node) generator(o Object) (index int, field, name string, ok bool) {
	field = map[string]string{"ConfigMapGenerator": "configMapGenerator", "SecretGenerator": "secretGenerator"}[o.ConfiguredBy]
	for i, g := range n.generatorArgs()[field] {
		if strings.Contains(o.Name, g.Name) && (!ok || len(g.Name) > len(name)) {
			index, name, ok = i, g.Name, true
		}
	}
	return index, field, name, ok
}

// generated finds where the data of a generated object was written: the literal, the line of the
// env file, or the file; and for everything else the entry of the generator. Generators of later
// kustomizations may merge into it.
func (a *Attribution) generated(pointer, line string, value any) (mesh.Position, bool) {
	key, isData := strings.CutPrefix(pointer, "/data/")
	s, _ := value.(string)
	if !isData || a.object.Kind != "ConfigMap" {
		return mesh.Position{}, false
	}
	for i := len(a.layers) - 1; i >= 0; i-- {
		n := a.layers[i]
		for j, g := range n.generatorArgs()["configMapGenerator"] {
			if !a.names[g.Name] {
				continue
			}
			at := "/configMapGenerator/" + strconv.Itoa(j)
			if p, ok := n.source(at, g.KvPairSources, unescaper.Replace(key), s, line); ok {
				return p, true
			}
		}
	}
	return mesh.Position{}, false
}

// source finds the source of one key of a generated ConfigMap.
func (n *node) source(at string, s types.KvPairSources, key, value, line string) (mesh.Position, bool) {
	for i, literal := range s.LiteralSources {
		if k, _, _ := strings.Cut(literal, "="); k == key {
			return n.field(at + "/literals/" + strconv.Itoa(i)), true
		}
	}
	for i, f := range s.FileSources {
		k, name, keyed := strings.Cut(f, "=")
		if !keyed {
			k, name = path.Base(f), f
		}
		name = path.Clean(name)
		if k != key || string(n.contents[name]) != value {
			continue
		}
		p := mesh.Position{File: n.data[name], Line: 1, Column: 1, Via: n.via(at + "/files/" + strconv.Itoa(i))}
		if number, err := strconv.Atoi(strings.TrimPrefix(line, "#text:")); err == nil {
			p.Path = line
			p.Line, p.Column = number, 1+indentOf(n.contents[name], number-1)
		}
		return p, true
	}
	envs := map[string]string{}
	for i, f := range s.EnvSources {
		envs[at+"/envs/"+strconv.Itoa(i)] = f
	}
	if s.EnvSource != "" {
		envs[at+"/env"] = s.EnvSource
	}
	for _, entry := range sortedKeys(envs) {
		name := path.Clean(envs[entry])
		number := 0
		for l := range bytes.Lines(n.contents[name]) {
			number++
			if strings.TrimRight(strings.TrimLeft(string(l), " \t\ufeff"), "\r\n") == key+"="+value {
				return mesh.Position{File: n.data[name], Line: number, Column: 1 + len(l) - len(bytes.TrimLeft(l, " \t")) + len(key) + 1, Via: n.via(entry)}, true
			}
		}
	}
	return mesh.Position{}, false
}

// referred explains a string that kustomize rewrote because it names another object: a generated
// one, which got a hash, or one with a prefix or suffix.
func (a *Attribution) referred(pointer string, value any) (mesh.Position, bool) {
	s, ok := value.(string)
	if !ok {
		return mesh.Position{}, false
	}
	v, _, ok := a.original(pointer)
	was, isString := v.(string)
	if !ok || !isString || was == "" || !strings.Contains(s, was) {
		return mesh.Position{}, false
	}
	for i := len(a.layers) - 1; i >= 0; i-- {
		n := a.layers[i]
		for _, field := range []string{"configMapGenerator", "secretGenerator"} {
			for j, g := range n.generatorArgs()[field] {
				if g.Name == was {
					return n.field("/" + field + "/" + strconv.Itoa(j)), true
				}
			}
		}
	}
	for i := len(a.layers) - 1; i >= 0; i-- {
		n := a.layers[i]
		switch {
		case n.spec.NamePrefix != "" && strings.Contains(s, n.spec.NamePrefix+was):
			return n.field("/namePrefix"), true
		case n.spec.NameSuffix != "" && strings.Contains(s, was+n.spec.NameSuffix):
			return n.field("/nameSuffix"), true
		}
	}
	return mesh.Position{}, false
}
