package istio

import (
	"slices"

	"github.com/passmuster/muster/loaders/gateway"
)

// add files an object under its kind.
func (c *Config) add(object any) {
	switch o := object.(type) {
	case nil, *operator:
	case *DestinationRule:
		c.DestinationRules = append(c.DestinationRules, o)
	case *VirtualService:
		c.VirtualServices = append(c.VirtualServices, o)
	case *ServiceEntry:
		c.ServiceEntries = append(c.ServiceEntries, o)
	case *WorkloadEntry:
		c.WorkloadEntries = append(c.WorkloadEntries, o)
	case *WorkloadGroup:
		c.WorkloadGroups = append(c.WorkloadGroups, o)
	case *Gateway:
		c.Gateways = append(c.Gateways, o)
	case *Sidecar:
		c.Sidecars = append(c.Sidecars, o)
	case *PeerAuthentication:
		c.PeerAuthentications = append(c.PeerAuthentications, o)
	case *AuthorizationPolicy:
		c.AuthorizationPolicies = append(c.AuthorizationPolicies, o)
	case *gateway.Route:
		c.Routes = append(c.Routes, o)
	case *gateway.Gateway:
		c.KubeGateways = append(c.KubeGateways, o)
	case *gateway.Class:
		c.GatewayClasses = append(c.GatewayClasses, o)
	case *gateway.ReferenceGrant:
		c.Grants = append(c.Grants, o)
	case *gateway.BackendTLSPolicy:
		c.TLSPolicies = append(c.TLSPolicies, o)
	case *Telemetry:
		c.Telemetries = append(c.Telemetries, o)
	case *ProxyConfig:
		c.ProxyConfigs = append(c.ProxyConfigs, o)
	case *Meta:
		c.Others = append(c.Others, *o)
	}
}

// sort puts every kind in Istio's order: by age.
func (c *Config) sort() {
	slices.SortStableFunc(c.DestinationRules, func(a, b *DestinationRule) int { return a.age(b.Meta) })
	slices.SortStableFunc(c.VirtualServices, func(a, b *VirtualService) int { return a.age(b.Meta) })
	slices.SortStableFunc(c.ServiceEntries, func(a, b *ServiceEntry) int { return a.age(b.Meta) })
	slices.SortStableFunc(c.WorkloadEntries, func(a, b *WorkloadEntry) int { return a.age(b.Meta) })
	slices.SortStableFunc(c.WorkloadGroups, func(a, b *WorkloadGroup) int { return a.age(b.Meta) })
	slices.SortStableFunc(c.Gateways, func(a, b *Gateway) int { return a.age(b.Meta) })
	slices.SortStableFunc(c.Sidecars, func(a, b *Sidecar) int { return a.age(b.Meta) })
	slices.SortStableFunc(c.PeerAuthentications, func(a, b *PeerAuthentication) int { return a.age(b.Meta) })
	slices.SortStableFunc(c.AuthorizationPolicies, func(a, b *AuthorizationPolicy) int { return a.age(b.Meta) })
	slices.SortStableFunc(c.KubeGateways, func(a, b *gateway.Gateway) int { return metaOf(&a.Meta).age(metaOf(&b.Meta)) })
	slices.SortStableFunc(c.TLSPolicies, func(a, b *gateway.BackendTLSPolicy) int { return a.Older(&b.Meta) })
	slices.SortStableFunc(c.Telemetries, func(a, b *Telemetry) int { return a.age(b.Meta) })
	slices.SortStableFunc(c.ProxyConfigs, func(a, b *ProxyConfig) int { return a.age(b.Meta) })
	slices.SortStableFunc(c.Others, func(a, b Meta) int { return a.age(b) })
}
