package fleet

import (
	"slices"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// consulAside are kinds of consul-k8s that act on requests, each with what predictions therefore assume.
var consulAside = map[string]string{
	"GatewayPolicy": "predictions take API gateways to admit every request", "RouteAuthFilter": "predictions take API gateways to admit every request",
	"RouteRetryFilter": "the routes of API gateways are not part of predictions", "RouteTimeoutFilter": "the routes of API gateways are not part of predictions",
	"JWTProvider":              "who has a token that it accepts is not known: intentions that ask for one leave open whom they admit",
	"Registration":             "what it registers is not part of predictions",
	"ControlPlaneRequestLimit": "predictions take Consul's servers to answer as often as they are asked",
}

// consulIdle are kinds of consul-k8s that predictions do not depend on.
var consulIdle = []string{"PeeringAcceptor", "PeeringDialer", "GatewayClassConfig"}

// standingInConsul is the standing of an object in a mesh of Consul.
func standingInConsul(d *source.Document) verdict {
	if kindOfDocument(d) != mesh.Consul {
		return standingOf(d)
	}
	message, acts := consulAside[d.Kind]
	switch {
	case acts:
		return verdict{strange, message}
	case slices.Contains(consulIdle, d.Kind):
		return verdict{standing: unmodelled}
	case !consul.HandlesResource(d.Kind):
		return verdict{strange, "muster knows no such kind in " + d.APIVersion}
	}
	return verdict{standing: modelled}
}
