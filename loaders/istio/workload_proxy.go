package istio

import (
	"time"

	meshconfig "istio.io/api/mesh/v1alpha1"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// AnnotationProxyConfig is the annotation of pods that holds settings of their proxy, as YAML.
const AnnotationProxyConfig = "proxy.istio.io/config"

// Proxy is what is written about the proxies of workloads of a namespace with some labels, and with
// an annotation ("" = none) that stands at a place. Nil if nothing is written.
//
// The mesh's defaultConfig comes first; over it the ProxyConfig of the root namespace, of the
// workload's, the annotation, and the ProxyConfig that selects the workload.
// Istio: ProxyConfigs.EffectiveProxyConfig.
func (f *Fleet) Proxy(cluster, namespace string, labels map[string]string, annotation string, at mesh.Origin) *mesh.ProxySettings {
	w := f.worldOf(cluster)
	if w == nil {
		return nil
	}
	objects := find(w.told.proxyConfigs, w.rootNamespace, namespace, labels, func(p *ProxyConfig) (map[string]string, bool) {
		return p.Spec.GetSelector().GetMatchLabels(), p.Spec.GetSelector() == nil
	})
	if annotation != "" {
		return w.proxySettings(objects, annotation, at)
	}
	return kept(w.told, w.told.proxies, objects, func() *mesh.ProxySettings { return w.proxySettings(objects, "", at) })
}

func (w *world) proxySettings(objects obeyed[ProxyConfig], annotation string, at mesh.Origin) *mesh.ProxySettings {
	var out mesh.ProxySettings
	lay(&out, w.settings.GetDefaultConfig(), w.config.MeshOrigin.Child("defaultConfig"))
	threads := func(p *ProxyConfig) {
		if p != nil && p.Spec.Concurrency != nil {
			out.Concurrency = mesh.Of(int(p.Spec.Concurrency.Value), p.At("/spec/concurrency"))
		}
	}
	threads(objects.mesh)
	threads(objects.namespace)
	if annotation != "" {
		layAnnotation(&out, annotation, at)
	}
	threads(objects.own)
	if out == (mesh.ProxySettings{}) {
		return nil
	}
	return &out
}

// layAnnotation reads the settings of an annotation. One that cannot be read leaves them open.
func layAnnotation(out *mesh.ProxySettings, text string, at mesh.Origin) {
	data, err := source.EmbeddedJSON(text)
	settings := &meshconfig.ProxyConfig{}
	if err == nil && protojson.Unmarshal(data, settings) != nil {
		data, _ = normalise(data, settings.ProtoReflect().Descriptor(), "")
		settings = &meshconfig.ProxyConfig{}
		err = (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, settings)
	}
	if err != nil {
		const cause = "the annotation " + AnnotationProxyConfig + " cannot be read"
		out.Concurrency = mesh.UnknownOf[int](cause, at)
		out.Drain = mesh.UnknownOf[time.Duration](cause, at)
		out.TerminationDrain = mesh.UnknownOf[time.Duration](cause, at)
		out.HoldApplication = mesh.UnknownOf[bool](cause, at)
		return
	}
	if doc, ok := at.In.(*source.Document); ok {
		at = mesh.Origin{In: source.Embedded(doc, at.Path, text)}
	}
	lay(out, settings, at)
}

// lay takes over what is set.
func lay(out *mesh.ProxySettings, c *meshconfig.ProxyConfig, at mesh.Origin) {
	if v := c.GetConcurrency(); v != nil {
		out.Concurrency = mesh.Of(int(v.Value), at.Child("concurrency"))
	}
	layDuration(&out.Drain, c.GetDrainDuration(), at.Child("drainDuration"))
	layDuration(&out.TerminationDrain, c.GetTerminationDrainDuration(), at.Child("terminationDrainDuration"))
	if v := c.GetHoldApplicationUntilProxyStarts(); v != nil {
		out.HoldApplication = mesh.Of(v.Value, at.Child("holdApplicationUntilProxyStarts"))
	}
}

func layDuration(onto *mesh.Value[time.Duration], d *durationpb.Duration, at mesh.Origin) {
	if d != nil {
		*onto = mesh.Of(d.AsDuration(), at)
	}
}
