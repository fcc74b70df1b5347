package linkerd

import "strings"

// Labels and annotations that decide an answer (linkerd2 pkg/k8s/labels.go).
const (
	// labelControlPlane on a pod names the namespace of the control plane that its proxy obeys.
	labelControlPlane = "linkerd.io/control-plane-ns"

	annotationOpaquePorts  = "config.linkerd.io/opaque-ports"       // on Services and pods
	annotationSkipInbound  = "config.linkerd.io/skip-inbound-ports" // on pods
	annotationRemoteName   = "mirror.linkerd.io/remote-svc-fq-name" // on slices of gateway mirrors
	annotationGateway      = "mirror.linkerd.io/remote-gateway-identity"
	keyRemoteDiscovery     = "multicluster.linkerd.io/remote-discovery" // label of a flat mirror, annotation of a federated service
	annotationLocalMember  = "multicluster.linkerd.io/local-discovery"
	labelRemoteService     = "multicluster.linkerd.io/remote-service"
	labelFailover          = "failover.linkerd.io/controlled-by"
	annotationPrimary      = "failover.linkerd.io/primary-service"
	annotationSkipAdaptor  = "smi.linkerd.io/skip" // on ServiceProfiles
	labelServiceOfSlice    = "kubernetes.io/service-name"
	labelZone              = "topology.kubernetes.io/zone"
	labelRegion            = "topology.kubernetes.io/region"
	proxyContainer         = "linkerd-proxy"
	envInbound             = "LINKERD2_PROXY_INBOUND_LISTEN_ADDR"
	envAdmin               = "LINKERD2_PROXY_ADMIN_LISTEN_ADDR"
	envControl             = "LINKERD2_PROXY_CONTROL_LISTEN_ADDR"
	serverOpaque           = "opaque" // Server proxyProtocol
	trafficPolicyLocal     = "Local"
	typeExternalName       = "ExternalName"
	headless               = "None"
	defaultNamespace       = "default"
	defaultServiceAccount  = "default"
	annotationsPath        = "/metadata/annotations"
	labelsPath             = "/metadata/labels"
	whoseDefault           = "Linkerd"
	groupLinkerd           = "linkerd.io"
	groupPolicy            = "policy.linkerd.io"
	groupSplit             = "split.smi-spec.io"
	groupMulticluster      = "multicluster.linkerd.io"
	groupDiscovery         = "discovery.k8s.io"
	defaultPort            = 80
	highestPort            = 65535
	defaultWeight          = 10000 // of an endpoint, and of an override of weight 1
	weightOfAThousandthOf1 = defaultWeight / 1000
)

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// annotationPath is the JSON pointer of an annotation.
func annotationPath(key string) string { return annotationsPath + "/" + pointerEscapes.Replace(key) }

// labelPath is the JSON pointer of a label.
func labelPath(key string) string { return labelsPath + "/" + pointerEscapes.Replace(key) }
