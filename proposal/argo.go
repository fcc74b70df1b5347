package proposal

import (
	"encoding/json"
	"net/url"
	"path"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// The parts of Argo CD's Application that say what goes where.
// https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/

type argoSpec struct {
	Source      *argoSource
	Sources     []argoSource
	Destination struct{ Name, Server, Namespace string }
}

type argoSource struct {
	Path, Chart, TargetRevision, Ref string
	Directory                        struct{ Recurse bool }
	Helm                             struct {
		ReleaseName  string
		ValueFiles   []string
		Parameters   []argoParameter
		Values       string
		ValuesObject json.RawMessage
	}
}

type argoParameter struct {
	Name        string
	Value       string
	ForceString bool
}

func (d *deployments) application(f *file, doc *source.Document) {
	var app struct {
		Metadata struct{ Labels map[string]string }
		Spec     argoSpec
	}
	decode(doc, &app)
	d.spec(f, "Application "+doc.Name, where(doc, "/spec/destination"), app.Spec, deployment{})
}

// spec adds what one Application deploys; more says what is known of its cluster.
func (d *deployments) spec(f *file, what, at string, spec argoSpec, more deployment) {
	sources := spec.Sources
	if spec.Source != nil && len(sources) == 0 {
		sources = []argoSource{*spec.Source}
	}
	if strings.Contains(spec.Destination.Name+spec.Destination.Server, "{{") {
		d.vague = append(d.vague, what+" ("+at+")")
		return
	}
	if u, err := url.Parse(spec.Destination.Server); err == nil && more.region == "" {
		more.region = regionIn(u.Hostname())
	}
	cluster := d.destination(spec.Destination.Name, spec.Destination.Server)
	if cluster != "" && more.cluster != "" && spec.Destination.Name == "" && d.servers[spec.Destination.Server] == "" {
		cluster = more.cluster // says more than the address
	}
	for _, s := range sources {
		x := deployment{
			what: what, at: at, file: f, cluster: cluster, scope: more.scope, region: more.region,
			recurse: s.Directory.Recurse, chart: s.Chart, release: s.Helm.ReleaseName, namespace: spec.Destination.Namespace,
		}
		if s.Chart != "" {
			x.version = s.TargetRevision
		}
		p, ok := d.inTree(s.Path)
		switch {
		case s.Chart == "" && (!ok || s.Path == ""):
			continue // from another repository, or values only
		case s.Chart == "":
			x.path = p
		}
		for _, v := range s.Helm.ValueFiles {
			if file, ok := d.valueFile(x.path, v); ok {
				x.values = append(x.values, file)
			}
		}
		x.set = overlay(textValues(s.Helm.Values), plainValues(s.Helm.ValuesObject))
		for _, p := range s.Helm.Parameters {
			x.set = nested(x.set, p.Name, p.Value, p.ForceString)
		}
		d.add(x)
	}
}

// valueFile finds a file of values: relative to the chart, to the root ("/envs/prod.yaml"), or to another source of
// the Application ("$values/envs/prod.yaml"), which is taken for this repository if the file is there.
func (d *deployments) valueFile(chart, name string) (string, bool) {
	p := path.Join(chart, name)
	if strings.HasPrefix(name, "/") {
		p = name
	}
	if ref, rest, ok := strings.Cut(name, "/"); ok && strings.HasPrefix(ref, "$") {
		p = rest
	}
	p, ok := d.inTree(p)
	return p, ok && d.files[p] != nil
}
