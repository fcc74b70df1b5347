package linkerd

import (
	"encoding/json"
	"net/netip"
	"slices"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// InboundSettings are those of a control plane that decide injection and inbound policy. The zero value is
// Linkerd's default.
type InboundSettings struct {
	DefaultPolicy   mesh.Value[string] // default-inbound-policy; absent = all-unauthenticated
	ClusterNetworks []netip.Prefix     // nil = all private IPv4 networks
	// SkipInbound and SkipOutbound hold where no annotation says otherwise; not Set = 4567 and 4568 (Galera).
	SkipInbound, SkipOutbound PortList
	SkipSubnets               []netip.Prefix
	// NoTokenProjection: proxies use the token that pods mount, so that those without one are not injected.
	NoTokenProjection bool
	// ZoneWeights: endpoints of the client's zone weigh ten times as much (an experiment of the destination
	// server, -ext-endpoint-zone-weights).
	ZoneWeights bool
	// NoSlices: the destination server reads Endpoints in place of EndpointSlices.
	NoSlices bool
	// FailurePolicy of the injector's webhook; absent = Ignore: without the injector pods run unmeshed.
	FailurePolicy mesh.Value[string]
	TrustAnchors  mesh.Value[string] // identityTrustAnchorsPEM
}

// ControlPlane is a control plane's ConfigMap linkerd-config: the values that its chart was rendered with.
type ControlPlane struct {
	Meta
	Settings Settings
	Version  string // linkerdVersion, "" if it does not say
}

const (
	controlPlaneConfig = "linkerd-config"
	valuesPath         = "/data/values"
	trustRootsConfig   = "linkerd-identity-trust-roots"
	trustRootsBundle   = "ca-bundle.crt"
)

// galera are the ports that bypass proxies by default, both ways (Linkerd's chart).
var galera = PortList{ranges: []portRange{{4567, 4568}}, Origin: mesh.Default(whoseDefault)}

// opaque is the default list of opaque ports.
func (s Settings) opaque() PortList {
	list := s.OpaquePorts
	if list == nil {
		list = []int{25, 587, 3306, 4444, 5432, 6379, 9300, 11211}
	}
	out := PortList{Origin: mesh.Default(whoseDefault)}
	for _, port := range list {
		out.ranges = append(out.ranges, portRange{port, port})
	}
	return out
}

type configMapManifest struct {
	Metadata metadata          `json:"metadata"`
	Data     map[string]string `json:"data"`
}

type valuesManifest struct {
	LinkerdVersion        string `json:"linkerdVersion"`
	ClusterDomain         string `json:"clusterDomain"`
	ClusterNetworks       string `json:"clusterNetworks"`
	IdentityTrustDomain   string `json:"identityTrustDomain"`
	TrustAnchors          string `json:"identityTrustAnchorsPEM"`
	WebhookFailurePolicy  string `json:"webhookFailurePolicy"`
	EnableEndpointSlices  *bool  `json:"enableEndpointSlices"`
	DestinationController struct {
		AdditionalArgs   []string `json:"additionalArgs"`
		ExperimentalArgs []string `json:"experimentalArgs"`
	} `json:"destinationController"`
	Identity struct {
		TokenProjection *bool `json:"serviceAccountTokenProjection"`
		ExternalCA      bool  `json:"externalCA"` // the chart does not write the trust roots
	} `json:"identity"`
	Proxy struct {
		OpaquePorts          *string `json:"opaquePorts"`
		DefaultInboundPolicy string  `json:"defaultInboundPolicy"`
	} `json:"proxy"`
	ProxyInit struct {
		IgnoreInboundPorts  *string `json:"ignoreInboundPorts"`
		IgnoreOutboundPorts *string `json:"ignoreOutboundPorts"`
		SkipSubnets         string  `json:"skipSubnets"`
	} `json:"proxyInit"`
}

// readControlPlane reads the ConfigMaps of a control plane; others are none of Linkerd's.
func readControlPlane(r *reader, doc *source.Document) {
	if doc.Name != controlPlaneConfig && doc.Name != trustRootsConfig {
		return
	}
	o := decode[configMapManifest](r, doc)
	if o != nil && doc.Name == trustRootsConfig && o.Data[trustRootsBundle] != "" {
		r.out.TrustRoots[keyOf(doc).Namespace] = mesh.Of(o.Data[trustRootsBundle], mesh.At(doc, "/data/"+trustRootsBundle))
		return
	}
	if o == nil || o.Data["values"] == "" {
		return
	}
	text := o.Data["values"]
	data, err := source.EmbeddedJSON(text)
	if err != nil {
		r.fail(doc, valuesPath, "the settings of this control plane cannot be read, and Linkerd's defaults are taken: "+err.Error())
		return
	}
	var v valuesManifest
	if err := json.Unmarshal(data, &v); err != nil {
		r.fail(doc, valuesPath, "a setting of this control plane has the wrong type and is left out: "+err.Error())
	}
	in := source.Embedded(doc, valuesPath, text)
	p := &ControlPlane{Meta: newMeta(doc, o.Metadata), Version: v.LinkerdVersion}
	p.Settings = v.settings(p.Namespace, func(path string) mesh.Origin { return mesh.At(in, path) })
	if name := v.Proxy.DefaultInboundPolicy; name != "" {
		if _, ok := parsePolicy(name); !ok {
			p.Settings.DefaultPolicy = mesh.UnknownOf[string](quoted(name)+" is no default-inbound-policy", mesh.At(in, "/proxy/defaultInboundPolicy"))
			r.out.Refused = append(r.out.Refused, &mesh.Fact{Kind: mesh.FactInvalid, Origin: mesh.At(in, "/proxy/defaultInboundPolicy"), Resource: doc.Resource(),
				Message: "The policy controller does not start with the default-inbound-policy " + quoted(name) + ": it has to be " + policyNames})
		}
	}
	r.out.ControlPlanes[p.Namespace] = p
}

// settings are what the values say.
func (v *valuesManifest) settings(namespace string, at func(string) mesh.Origin) Settings {
	s := Settings{Namespace: namespace, ClusterDomain: v.ClusterDomain, TrustDomain: v.IdentityTrustDomain}
	if s.TrustDomain == "" {
		s.TrustDomain = v.ClusterDomain // the chart's default
	}
	list := func(text *string, path string) PortList {
		if text == nil {
			return PortList{}
		}
		return parsePortList(*text, at(path), nil)
	}
	if opaque := list(v.Proxy.OpaquePorts, "/proxy/opaquePorts"); opaque.Set && opaque.count() <= highestPort {
		s.OpaquePorts = append([]int{}, opaque.expand()...)
	}
	s.SkipInbound = list(v.ProxyInit.IgnoreInboundPorts, "/proxyInit/ignoreInboundPorts")
	s.SkipOutbound = list(v.ProxyInit.IgnoreOutboundPorts, "/proxyInit/ignoreOutboundPorts")
	s.SkipSubnets, _ = parseSubnets(v.ProxyInit.SkipSubnets)
	s.ClusterNetworks, _ = parseSubnets(v.ClusterNetworks)
	if name := v.Proxy.DefaultInboundPolicy; name != "" {
		s.DefaultPolicy = mesh.Of(name, at("/proxy/defaultInboundPolicy"))
	}
	if v.WebhookFailurePolicy != "" {
		s.FailurePolicy = mesh.Of(v.WebhookFailurePolicy, at("/webhookFailurePolicy"))
	}
	if v.TrustAnchors != "" && !v.Identity.ExternalCA {
		s.TrustAnchors = mesh.Of(v.TrustAnchors, at("/identityTrustAnchorsPEM"))
	}
	s.NoTokenProjection = v.Identity.TokenProjection != nil && !*v.Identity.TokenProjection
	s.NoSlices = v.EnableEndpointSlices != nil && !*v.EnableEndpointSlices
	args := slices.Concat(v.DestinationController.AdditionalArgs, v.DestinationController.ExperimentalArgs)
	s.ZoneWeights = slices.Contains(args, "-ext-endpoint-zone-weights") || slices.Contains(args, "-ext-endpoint-zone-weights=true")
	return s
}

// ControlPlane is the control plane of the cluster: the one in a namespace, or with "" the only one, or else
// that in namespace linkerd. False if the objects do not tell.
func (o *Objects) ControlPlane(namespace string) (*ControlPlane, bool) {
	if namespace == "" {
		namespace = defaultControlPlane
		if len(o.ControlPlanes) == 1 {
			for only := range o.ControlPlanes {
				namespace = only
			}
		}
	}
	p := o.ControlPlanes[namespace]
	return p, p != nil
}
