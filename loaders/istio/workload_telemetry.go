package istio

import (
	"slices"

	telemetry "istio.io/api/telemetry/v1alpha1"

	"github.com/passmuster/muster/mesh"
)

// Telemetry is what the workloads of a namespace with some labels are told to report; nil if nobody
// says anything. Istio: Telemetries.applicableTelemetries.
func (f *Fleet) Telemetry(cluster, namespace string, labels map[string]string) *mesh.Telemetry {
	w := f.worldOf(cluster)
	if w == nil {
		return nil
	}
	objects := find(w.told.telemetries, w.rootNamespace, namespace, labels, func(t *Telemetry) (map[string]string, bool) {
		want := t.Spec.GetSelector().GetMatchLabels()
		return want, len(want) == 0 && len(t.Spec.GetTargetRefs()) == 0 && t.Spec.GetTargetRef() == nil
	})
	return kept(w.told, w.told.reports, objects, func() *mesh.Telemetry { return w.reporting(objects) })
}

// reporting merges what the objects say, each over the one before.
func (w *world) reporting(objects obeyed[Telemetry]) *mesh.Telemetry {
	var list []*Telemetry
	for _, t := range []*Telemetry{objects.mesh, objects.namespace, objects.own} {
		if t != nil {
			list = append(list, t)
		}
	}
	side := func(mode telemetry.WorkloadMode) mesh.Reporting {
		return mesh.Reporting{MetricsOff: w.metricsOff(list, mode), LogsOff: w.logsOff(list, mode)}
	}
	out := &mesh.Telemetry{Server: side(telemetry.WorkloadMode_SERVER), Client: side(telemetry.WorkloadMode_CLIENT)}
	if *out == (mesh.Telemetry{}) {
		return nil
	}
	return out
}

// theDefault stands for the providers of a mesh whose settings name none: Istio's installation
// names one for metrics, and the files may not show it.
const theDefault = ""

func defaultProviders(named []string) []string {
	if len(named) == 0 {
		return []string{theDefault}
	}
	return named
}

func providersOf(refs []*telemetry.ProviderRef) []string {
	var out []string
	for _, r := range refs {
		out = append(out, r.GetName())
	}
	return out
}

// off is what is said of one provider.
type off struct {
	all, count bool // everything, or the count of requests alone
	at         mesh.Origin
}

// metricsOff merges overrides of metrics for one side. Only the providers that are named last count,
// and an override of any kind brings back what was switched off as a whole before.
// Istio: mergeMetrics.
func (w *world) metricsOff(list []*Telemetry, mode telemetry.WorkloadMode) mesh.Value[bool] {
	names := defaultProviders(w.settings.GetDefaultProviders().GetMetrics())
	inScope := names
	for _, t := range list {
		for _, m := range t.Spec.Metrics {
			if named := providersOf(m.Providers); named != nil {
				inScope = named
			}
		}
	}
	said := map[string]off{}
	var last mesh.Origin
	for _, t := range list {
		for i, m := range t.Spec.Metrics {
			at := child(t.At("/spec/metrics"), i)
			last = at
			if named := providersOf(m.Providers); named != nil {
				names = named
			}
			for _, provider := range names {
				if slices.Contains(inScope, provider) {
					said[provider] = said[provider].override(m.Overrides, at.Child("overrides"), mode)
				}
			}
		}
	}
	if last.IsZero() {
		return mesh.Value[bool]{}
	}
	for _, provider := range inScope {
		if o := said[provider]; !o.all && !o.count {
			return mesh.Of(false, last)
		}
		last = said[provider].at
	}
	return mesh.Of(true, last)
}

func (o off) override(overrides []*telemetry.MetricsOverrides, at mesh.Origin, mode telemetry.WorkloadMode) off {
	for i, v := range overrides {
		if m := v.GetMatch().GetMode(); m != telemetry.WorkloadMode_CLIENT_AND_SERVER && m != mode {
			continue
		}
		here := child(at, i, "disabled")
		metric, one := v.GetMatch().GetMetricMatch().(*telemetry.MetricSelector_Metric)
		_, custom := v.GetMatch().GetMetricMatch().(*telemetry.MetricSelector_CustomMetric)
		all := !custom && (!one || metric.Metric == telemetry.MetricSelector_ALL_METRICS)
		if all && v.Disabled.GetValue() {
			o.all, o.at = true, here
			continue
		}
		o.all = false
		if v.Disabled != nil && (all || one && metric.Metric == telemetry.MetricSelector_REQUEST_COUNT) {
			o.count, o.at = v.Disabled.GetValue(), here
		}
	}
	return o
}

// logsOff merges what is said of access logs for one side. Istio: Telemetries.AccessLogging,
// mergeLogs.
func (w *world) logsOff(list []*Telemetry, mode telemetry.WorkloadMode) mesh.Value[bool] {
	list = slices.DeleteFunc(slices.Clone(list), func(t *Telemetry) bool { return len(t.Spec.AccessLogging) == 0 })
	named := w.settings.GetDefaultProviders().GetAccessLogging()
	if len(list) == 0 {
		switch {
		case len(named) > 0:
			return mesh.Of(false, child(w.config.MeshOrigin, "defaultProviders", "accessLogging"))
		case w.settings.GetAccessLogFile() != "":
			return mesh.Of(false, w.config.MeshOrigin.Child("accessLogFile"))
		}
		return mesh.Value[bool]{}
	}
	names := defaultProviders(named)
	inScope := names
	for _, t := range list {
		var level []string
		for _, a := range t.Spec.AccessLogging {
			level = append(level, providersOf(a.Providers)...)
		}
		if level != nil {
			inScope = level
		}
	}
	on := map[string]bool{}
	var switchedOff, last mesh.Origin
	for _, t := range list {
		for i, a := range t.Spec.AccessLogging {
			at := child(t.At("/spec/accessLogging"), i)
			last = at
			if named := providersOf(a.Providers); named != nil {
				names = named
			}
			if m := a.GetMatch(); m != nil && m.Mode != telemetry.WorkloadMode_CLIENT_AND_SERVER && m.Mode != mode {
				continue
			}
			for _, provider := range names {
				if slices.Contains(inScope, provider) {
					on[provider] = !a.GetDisabled().GetValue()
				}
			}
			if a.GetDisabled().GetValue() {
				switchedOff = at.Child("disabled")
			}
		}
	}
	for _, provider := range inScope {
		switch {
		case !on[provider]:
		case provider == theDefault:
			return mesh.UnknownOf[bool]("no provider of access logs is named, and the mesh's default is not in the inputs", last)
		default:
			return mesh.Of(false, last)
		}
	}
	if switchedOff.IsZero() {
		return mesh.Value[bool]{Origin: last} // it is for the other side
	}
	return mesh.Of(true, switchedOff)
}
