package linkerd

import (
	"strconv"
	"time"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// annotationWait keeps the proxy of a pod that is stopped at work for some seconds, by a hook that sleeps, before it begins to end
// (linkerd2 charts/partials, proxy.waitBeforeExitSeconds; without it 0). After that it goes as soon as its connections are done.
const annotationWait = "config.alpha.linkerd.io/proxy-wait-before-exit-seconds"

// Proxy is what is written about the proxies of a workload's pods, or of all pods of their namespace.
func (f *Fleet) Proxy(cluster string, of *mesh.Workload, inv *kubernetes.Inventory) *mesh.ProxySettings {
	text, at := inv.PodAnnotation(of, annotationWait)
	if w := f.worlds[cluster]; text == "" && w != nil {
		if ns := w.Namespaces[of.Namespace]; ns != nil && ns.Doc != nil {
			text, at = ns.Annotations[annotationWait], ns.At(annotationPath(annotationWait))
		}
	}
	out := &mesh.ProxySettings{TerminationDrain: mesh.Of(time.Duration(0), byDefault)}
	if text == "" {
		return out
	}
	n, err := strconv.ParseUint(text, 10, 31)
	out.TerminationDrain = mesh.Of(time.Duration(n)*time.Second, at)
	if err != nil {
		out.TerminationDrain = mesh.UnknownOf[time.Duration]("the annotation "+annotationWait+" is no number of seconds", at)
	}
	return out
}
