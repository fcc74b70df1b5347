package istio

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// What Istio retries when nobody says otherwise. 503 is not among it.
const (
	defaultRetries = 2
	defaultRetryOn = "connect-failure,refused-stream,unavailable,cancelled"
)

// retriesOf renders a retry policy: the route's, else the mesh's, else Istio's. An empty retryOn
// keeps the default conditions. Istio: retry.ConvertPolicy.
func (w *world) retriesOf(p *networking.HTTPRetry, at mesh.Origin) mesh.Retries {
	out := mesh.Retries{Attempts: defaultRetries, On: defaultRetryOn, Origin: at}
	if p == nil {
		if p = w.config.Mesh.GetDefaultHttpRetryPolicy(); p == nil {
			out.Default, out.Origin = true, byIstio
			return out
		}
		out.Origin = w.config.MeshOrigin.Child("defaultHttpRetryPolicy")
	}
	if p.Attempts <= 0 {
		out.Attempts, out.On = 0, ""
		return out
	}
	out.Attempts = int(p.Attempts)
	if p.RetryOn != "" {
		out.On = retryOn(p.RetryOn)
	}
	if p.PerTryTimeout != nil {
		out.PerTry = mesh.Of(p.PerTryTimeout.AsDuration(), out.Origin.Child("perTryTimeout"))
	}
	out.RemoteLocalities = p.RetryRemoteLocalities.GetValue()
	return out
}

// retryOn puts conditions before status codes, as Envoy holds them apart. The condition that only
// says that there are codes is left out.
func retryOn(list string) string {
	var names, codes []string
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimSpace(part)
		code, err := strconv.Atoi(part)
		switch {
		case part == "" || part == "retriable-status-codes":
		case err == nil && http.StatusText(code) != "":
			codes = append(codes, part)
		default:
			names = append(names, part)
		}
	}
	return strings.Join(slices.Concat(names, codes), ",")
}
