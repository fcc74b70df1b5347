package consul

// The kinds of config entries that chains are made of, by their names on the wire.
const (
	proxyDefaults    = "proxy-defaults"
	serviceDefaults  = "service-defaults"
	serviceResolver  = "service-resolver"
	serviceSplitter  = "service-splitter"
	serviceRouter    = "service-router"
	exportedServices = "exported-services"
	samenessGroup    = "sameness-group"
	intentions       = "service-intentions"

	terminatingGateway = "terminating-gateway"
)

// resources are the kinds of entries by their Kubernetes resources (consul.hashicorp.com).
var resources = map[string]string{
	"ProxyDefaults": proxyDefaults, "ServiceDefaults": serviceDefaults, "ServiceResolver": serviceResolver,
	"ServiceSplitter": serviceSplitter, "ServiceRouter": serviceRouter, "ServiceIntentions": intentions,
	"ExportedServices": exportedServices, "SamenessGroup": samenessGroup, "Mesh": "mesh",
	"IngressGateway": "ingress-gateway", "TerminatingGateway": terminatingGateway,
	"JWTProvider": "jwt-provider", "ControlPlaneRequestLimit": "control-plane-request-limit",
}

// HandlesResource reports whether objects of a kind of consul-k8s are read as config entries.
func HandlesResource(kind string) bool { return resources[kind] != "" }

// kinds are the shapes of the entries: those of v1.16.3, and fields known from later versions.
// Opaque ones are not checked: they are not part of a chain.
var kinds = map[string]*schema{
	proxyDefaults: entry("MutualTLSMode Mode", map[string]*schema{
		"Config": opaque, "MeshGateway": meshGateway, "Expose": expose, "TransparentProxy": transparentProxy,
		"EnvoyExtensions": opaque, "AccessLogs": opaque, "FailoverPolicy": failoverPolicy, "PrioritizeByLocality": locality,
	}),
	serviceDefaults: entry("Protocol Mode ExternalSNI MutualTLSMode MaxInboundConnections LocalConnectTimeoutMs LocalRequestTimeoutMs BalanceInboundConnections MaxRequestHeadersKB", map[string]*schema{
		"MeshGateway": meshGateway, "Expose": expose, "TransparentProxy": transparentProxy, "EnvoyExtensions": opaque,
		"RateLimits":     opaque,
		"Destination":    fields("Port Address", map[string]*schema{"Addresses": leaves}),
		"UpstreamConfig": fields("", map[string]*schema{"Defaults": upstream, "Overrides": listOf(upstream)}),
	}),
	serviceResolver: entry("DefaultSubset ConnectTimeout RequestTimeout", map[string]*schema{
		"Subsets":  mapOf(fields("Filter OnlyPassing", nil)),
		"Redirect": fields("Service ServiceSubset Namespace Partition Datacenter Peer SamenessGroup!", nil),
		"Failover": mapOf(fields("Service ServiceSubset Namespace SamenessGroup!", map[string]*schema{
			"Datacenters": leaves, "Policy": failoverPolicy,
			"Targets": listOf(fields("Service ServiceSubset Namespace Partition Datacenter Peer", nil)),
		})),
		"PrioritizeByLocality": locality,
		"LoadBalancer": fields("Policy", map[string]*schema{
			"RingHashConfig":     fields("MinimumRingSize MaximumRingSize", nil),
			"LeastRequestConfig": fields("ChoiceCount", nil),
			"HashPolicies": listOf(fields("Field FieldValue SourceIP Terminal", map[string]*schema{
				"CookieConfig": fields("Session TTL Path", nil),
			})),
		}),
	}),
	serviceSplitter: entry("", map[string]*schema{
		"Splits": listOf(fields("Weight Service ServiceSubset Namespace Partition", map[string]*schema{
			"RequestHeaders": headers, "ResponseHeaders": headers,
		})),
	}),
	serviceRouter: entry("", map[string]*schema{"Routes": listOf(fields("", map[string]*schema{
		"Match": fields("", map[string]*schema{"HTTP": fields("PathExact PathPrefix PathRegex CaseInsensitive", map[string]*schema{
			"Header":     listOf(fields("Name Present Exact Prefix Suffix Regex Invert", nil)),
			"QueryParam": listOf(fields("Name Present Exact Regex", nil)),
			"Methods":    leaves,
		})}),
		"Destination": fields("Service ServiceSubset Namespace Partition PrefixRewrite RequestTimeout IdleTimeout NumRetries RetryOnConnectFailure", map[string]*schema{
			"RetryOn": leaves, "RetryOnStatusCodes": leaves, "RequestHeaders": headers, "ResponseHeaders": headers,
		}),
	})),
	}),
	exportedServices: entry("", map[string]*schema{"Services": listOf(fields("Name Namespace", map[string]*schema{
		"Consumers": listOf(fields("Partition Peer PeerName SamenessGroup!", nil)),
	}))}),
	intentions: entry("", map[string]*schema{"JWT": opaque, "Sources": listOf(fields(
		"Name Action Peer Namespace Partition SamenessGroup! Type Precedence Description LegacyID LegacyCreateTime LegacyUpdateTime",
		map[string]*schema{"Permissions": opaque, "LegacyMeta": opaque})),
	}),
	"mesh": entry("AllowEnablingPermissiveMutualTLS", map[string]*schema{
		"TransparentProxy": fields("MeshDestinationsOnly", nil), "HTTP": fields("SanitizeXForwardedClientCert", nil),
		"Peering": fields("PeerThroughMeshGateways", nil),
		"TLS":     fields("", map[string]*schema{"Incoming": meshTLS, "Outgoing": meshTLS}),
	}),
	terminatingGateway: entry("", map[string]*schema{
		"Services": listOf(fields("Name Namespace CAFile CertFile KeyFile SNI DisableAutoHostRewrite", nil)),
	}),
	samenessGroup:     entry("DefaultForFailover IncludeLocal Partition", map[string]*schema{"Members": listOf(fields("Partition Peer", nil))}),
	"ingress-gateway": opaque, apiGateway: opaque,
	httpRoute: opaque, tcpRoute: opaque, inlineCert: opaque, fileCertificate: opaque, "bound-api-gateway": opaque,
	"jwt-provider": opaque, "control-plane-request-limit": opaque,
}

var (
	meshGateway      = fields("Mode", nil)
	locality         = fields("Mode", nil)
	meshTLS          = fields("TLSMinVersion TLSMaxVersion", map[string]*schema{"CipherSuites": leaves})
	failoverPolicy   = fields("Mode", map[string]*schema{"Regions": leaves})
	transparentProxy = fields("OutboundListenerPort DialedDirectly", nil)
	headers          = fields("", map[string]*schema{"Add": mapOf(leaf), "Set": mapOf(leaf), "Remove": leaves})
	expose           = fields("Checks", map[string]*schema{"Paths": listOf(fields("ListenerPort Path LocalPathPort Protocol ParsedFromCheck", nil))})
	upstream         = fields("Name Namespace Partition Peer EnvoyListenerJSON EnvoyClusterJSON Protocol ConnectTimeoutMs BalanceOutboundConnections", map[string]*schema{
		"MeshGateway":        meshGateway,
		"Limits":             fields("MaxConnections MaxPendingRequests MaxConcurrentRequests", nil),
		"PassiveHealthCheck": fields("Interval MaxFailures EnforcingConsecutive5xx MaxEjectionPercent BaseEjectionTime", nil),
	})
)

// entry is the shape of a whole entry: what all kinds have, and its own.
func entry(plain string, more map[string]*schema) *schema {
	more["Meta"] = opaque
	return fields("Kind Name CreateIndex ModifyIndex "+plain, more)
}
