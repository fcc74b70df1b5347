package linkerd

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

type networkManifest struct {
	CIDR   string   `json:"cidr"`
	Except []string `json:"except"`
}

type serverAuthorizationManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		Server struct {
			Name     string                `json:"name"`
			Selector *metav1.LabelSelector `json:"selector"`
		} `json:"server"`
		Client struct {
			Networks        []networkManifest `json:"networks"`
			Unauthenticated bool              `json:"unauthenticated"`
			MeshTLS         *struct {
				UnauthenticatedTLS bool     `json:"unauthenticatedTLS"`
				Identities         []string `json:"identities"`
				ServiceAccounts    []struct {
					Name      string `json:"name"`
					Namespace string `json:"namespace"`
				} `json:"serviceAccounts"`
			} `json:"meshTLS"`
		} `json:"client"`
	} `json:"spec"`
}

type reference struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

type authorizationPolicyManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		TargetRef                  reference   `json:"targetRef"`
		RequiredAuthenticationRefs []reference `json:"requiredAuthenticationRefs"`
	} `json:"spec"`
}

type meshTLSManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		Identities   []string    `json:"identities"`
		IdentityRefs []reference `json:"identityRefs"`
	} `json:"spec"`
}

type networkAuthenticationManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		Networks []networkManifest `json:"networks"`
	} `json:"spec"`
}

type egressNetworkManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		TrafficPolicy string            `json:"trafficPolicy"`
		Networks      []networkManifest `json:"networks"`
	} `json:"spec"`
}

type limitManifest struct {
	RequestsPerSecond int64 `json:"requestsPerSecond"`
}

type rateLimitManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		TargetRef reference      `json:"targetRef"`
		Total     *limitManifest `json:"total"`
		Identity  *limitManifest `json:"identity"`
		Overrides []struct {
			limitManifest
			ClientRefs []reference `json:"clientRefs"`
		} `json:"overrides"`
	} `json:"spec"`
}

// inboundRouteManifest is an HTTPRoute or GRPCRoute, as far as it is inbound policy.
type inboundRouteManifest struct {
	Spec struct {
		ParentRefs []struct {
			reference
			SectionName string `json:"sectionName"`
			Port        *int   `json:"port"`
		} `json:"parentRefs"`
		Hostnames []string `json:"hostnames"`
		Rules     []struct {
			Matches []struct {
				Path *struct {
					Type  string `json:"type"`
					Value string `json:"value"`
				} `json:"path"`
				Headers     []struct{} `json:"headers"`
				QueryParams []struct{} `json:"queryParams"`
				Method      any        `json:"method"` // a text, or an object of a GRPCRoute
			} `json:"matches"`
			Filters []struct {
				Type string `json:"type"`
			} `json:"filters"`
		} `json:"rules"`
	} `json:"spec"`
	Metadata metadata `json:"metadata"`
	Status   struct {
		Parents []struct {
			ControllerName string    `json:"controllerName"`
			ParentRef      reference `json:"parentRef"`
			Conditions     []struct {
				Type   string `json:"type"`
				Status string `json:"status"`
			} `json:"conditions"`
		} `json:"parents"`
	} `json:"status"`
}

// declines reports whether the policy controller says of a Server that it does not take the route. Without a word
// of it, it does.
func (o *inboundRouteManifest) declines(server string) bool {
	for _, p := range o.Status.Parents {
		if p.ControllerName != "linkerd.io/policy-controller" || p.ParentRef.Kind != string(TargetServer) || p.ParentRef.Name != server {
			continue
		}
		for _, c := range p.Conditions {
			if c.Type == "Accepted" && c.Status != "True" {
				return true
			}
		}
	}
	return false
}

type externalWorkloadManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		MeshTLS     *meshTLSOfWorkload `json:"meshTLS"`
		OldMeshTLS  *meshTLSOfWorkload `json:"meshTls"` // v1alpha1
		Ports       []externalPort     `json:"ports"`
		WorkloadIPs []struct {
			IP string `json:"ip"`
		} `json:"workloadIPs"`
	} `json:"spec"`
	Status struct {
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
	} `json:"status"`
}

type meshTLSOfWorkload struct {
	Identity   string `json:"identity"`
	ServerName string `json:"serverName"`
}

type externalPort struct {
	Name     string `json:"name"`
	Port     int    `json:"port"`
	Protocol string `json:"protocol"`
}
