package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
)

// consulQuery is query.yaml of a Consul vector.
type consulQuery struct {
	Edition     string   `json:"edition"`
	Primary     string   `json:"primary"`
	Datacenters []string `json:"datacenters"`
	Peerings    []struct {
		Name         string `json:"name"`
		Folder       string `json:"folder"`
		KnownThereAs string `json:"knownThereAs"`
	} `json:"peerings"`
	Queries []struct {
		Service    string   `json:"service"`
		Datacenter string   `json:"datacenter"`
		Down       []string `json:"down"`
		Warning    []string `json:"warning"`
	} `json:"queries"`
}

// compareConsul answers a Consul vector and lists where the answer differs from the recorded one.
func compareConsul(dir string) ([]string, error) {
	var q consulQuery
	data, err := os.ReadFile(filepath.Join(dir, "query.yaml"))
	if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(data, &q); err != nil {
		return nil, fmt.Errorf("query.yaml: %w", err)
	}
	var want struct {
		Rejected []map[string]any `json:"rejected"`
		Answers  []map[string]any `json:"answers"`
	}
	if data, err = os.ReadFile(filepath.Join(dir, "expect.json")); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &want); err != nil {
		return nil, fmt.Errorf("expect.json: %w", err)
	}
	in, out, err := q.load(dir)
	if err != nil {
		return nil, err
	}
	fleet := consul.Build(in)
	out = append(out, field("rejected", refusals(fleet), namesOf(want.Rejected)))
	if len(want.Answers) != len(q.Queries) {
		return nil, fmt.Errorf("%d answers to %d queries", len(want.Answers), len(q.Queries))
	}
	for i, asked := range q.Queries {
		faults := consul.Faults{Down: setOf(asked.Down), Warning: setOf(asked.Warning)}
		a, err := fleet.Answer(consul.Query{Service: asked.Service, Datacenter: asked.Datacenter, Faults: faults})
		if err != nil {
			out = append(out, fmt.Sprintf("query %d: %v", i, err))
			continue
		}
		wanted, got := want.Answers[i], map[string]any{}
		if data, err = json.Marshal(shownConsul(a)); err == nil {
			err = json.Unmarshal(data, &got) // as the recorded one was
		}
		if err != nil {
			return nil, err
		}
		for _, echo := range []string{"down", "warning"} {
			delete(wanted, echo)
		}
		for _, name := range sortedNames(eitherKey(got, wanted)) {
			d := field(fmt.Sprintf("query %d (%s in %s): %s", i, asked.Service, asked.Datacenter, name), got[name], wanted[name])
			if d != "" && name == "resolvers" {
				d += "\n  decided by " + strings.Join(decidedBy(a), ", ")
			}
			out = append(out, d)
		}
	}
	return slices.DeleteFunc(out, func(d string) bool { return d == "" }), nil
}

// decidedBy are the places of the resolvers, failovers and redirects that make up a chain.
func decidedBy(a *consul.Answer) []string {
	places := map[string]bool{}
	for _, r := range a.Resolvers {
		places[r.Origin.String()] = true
		for _, t := range r.Targets {
			for _, o := range t.Origins {
				places[o.String()] = true
			}
		}
	}
	return sortedNames(places)
}

// load reads the input of a vector; what cannot be read is told as a difference.
func (q *consulQuery) load(dir string) (in consul.Input, unreadable []string, err error) {
	in = consul.Input{Primary: q.Primary, Datacenters: q.Datacenters, Services: map[string][]*consul.Registration{}}
	for _, p := range q.Peerings {
		in.Peerings = append(in.Peerings, consul.Peering{Name: p.Name, KnownThereAs: p.KnownThereAs, Folder: p.Folder})
	}
	files := os.DirFS(filepath.Join(dir, "input"))
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".hcl", ".json", ".yaml"}, path.Ext(name)) {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		content, diags := consul.Parse(name, data, source.Options{})
		for _, d := range diags {
			unreadable = append(unreadable, "unreadable: "+d.Error())
		}
		for i := range in.Peerings {
			if p := &in.Peerings[i]; strings.HasPrefix(name, p.Folder+"/") {
				p.Entries, p.Services = append(p.Entries, content.Entries...), append(p.Services, content.Services...)
				return nil
			}
		}
		datacenter, _, _ := strings.Cut(name, "/")
		in.Entries = append(in.Entries, content.Entries...)
		in.Services[datacenter] = append(in.Services[datacenter], content.Services...)
		return nil
	})
	return in, unreadable, err
}

func setOf(ids []string) map[string]bool {
	out := map[string]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out
}

func eitherKey(a, b map[string]any) map[string]bool {
	out := map[string]bool{}
	for _, m := range []map[string]any{a, b} {
		for name := range m {
			out[name] = true
		}
	}
	return out
}

// refusals are "kind name" of what is refused: reasons are not compared.
func refusals(f *consul.Fleet) []string {
	out := []string{}
	for _, r := range f.Rejected() {
		out = append(out, r.Entry.Kind+" "+path.Join(r.Folder, r.Entry.Name))
	}
	return out
}

func namesOf(rejected []map[string]any) []string {
	out := []string{}
	for _, r := range rejected {
		out = append(out, fmt.Sprint(r["kind"], " ", r["name"]))
	}
	return out
}
