package proposal

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// Flux applies what stands in a folder to the cluster that it runs in, or to the one of a kubeconfig.
// https://fluxcd.io/flux/components/

type kubeConfig struct {
	SecretRef struct{ Name string }
}

var kubeConfigName = regexp.MustCompile(`^(.+?)-?(kubeconfig|kube-config)$`)

// name is the cluster that the secret of a kubeconfig is called after.
func (k *kubeConfig) name() string {
	if k == nil {
		return ""
	}
	if m := kubeConfigName.FindStringSubmatch(k.SecretRef.Name); m != nil {
		return m[1]
	}
	return k.SecretRef.Name
}

func (d *deployments) fluxKustomization(f *file, doc *source.Document) {
	var k struct {
		Spec struct {
			Path            string
			TargetNamespace string
			KubeConfig      *kubeConfig
			PostBuild       struct{ Substitute map[string]string }
		}
	}
	decode(doc, &k)
	p, ok := d.inTree(first(k.Spec.Path, "."))
	if !ok {
		return
	}
	x := deployment{what: "Kustomization " + doc.Name, at: where(doc, "/spec/path"), file: f, cluster: k.Spec.KubeConfig.name(), path: p, recurse: true, namespace: k.Spec.TargetNamespace}
	for _, key := range sortedKeys(k.Spec.PostBuild.Substitute) {
		if v := k.Spec.PostBuild.Substitute[key]; strings.Contains(strings.ToLower(key), "region") && cloudRegions[v] {
			x.region = v
		}
	}
	d.add(x)
}

func (d *deployments) helmRelease(f *file, doc *source.Document) {
	var r struct {
		Spec struct {
			Chart struct {
				Spec struct {
					Chart, Version string
					SourceRef      struct{ Kind, Name string }
					ValuesFiles    []string
				}
			}
			Values          json.RawMessage
			TargetNamespace string
			ReleaseName     string
			KubeConfig      *kubeConfig
		}
	}
	decode(doc, &r)
	c := r.Spec.Chart.Spec
	if c.Chart == "" {
		return // a patch, or a chart from elsewhere
	}
	x := deployment{
		what: "HelmRelease " + doc.Name, at: where(doc, "/spec/chart/spec/chart"), file: f, cluster: r.Spec.KubeConfig.name(),
		set: plainValues(r.Spec.Values), namespace: first(r.Spec.TargetNamespace, doc.Namespace), release: first(r.Spec.ReleaseName, doc.Name),
	}
	p, ok := d.inTree(c.Chart)
	if kind := c.SourceRef.Kind; ok && kind != "HelmRepository" && d.dirs[p] != nil && d.dirs[p].chart != nil {
		x.path = p
		for _, v := range c.ValuesFiles { // relative to the root of the source
			if v, ok := d.inTree(v); ok && d.files[v] != nil {
				x.values = append(x.values, v)
			}
		}
	} else {
		x.chart, x.version = c.Chart, c.Version
	}
	d.add(x)
}
