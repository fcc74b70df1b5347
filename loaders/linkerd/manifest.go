package linkerd

import (
	"encoding/json"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The types below are the fields that decide something, and no others. Name and namespace come
// from the source.Document.

type metadata struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// object is a manifest of which only metadata counts.
type object struct {
	Metadata metadata `json:"metadata"`
}

type serviceManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		Type                  string   `json:"type"`
		ClusterIP             string   `json:"clusterIP"`
		ClusterIPs            []string `json:"clusterIPs"`
		InternalTrafficPolicy string   `json:"internalTrafficPolicy"`
		Ports                 []struct {
			Name string `json:"name"`
			Port int    `json:"port"`
		} `json:"ports"`
	} `json:"spec"`
}

type sliceManifest struct {
	Metadata    metadata `json:"metadata"`
	AddressType string   `json:"addressType"`
	Endpoints   []struct {
		Addresses  []string `json:"addresses"`
		Hostname   string   `json:"hostname"`
		Zone       string   `json:"zone"`
		Conditions struct {
			Ready *bool `json:"ready"`
		} `json:"conditions"`
		Hints struct {
			ForZones []struct {
				Name string `json:"name"`
			} `json:"forZones"`
		} `json:"hints"`
		TargetRef *struct {
			Kind      string `json:"kind"`
			Namespace string `json:"namespace"`
			Name      string `json:"name"`
		} `json:"targetRef"`
	} `json:"endpoints"`
	Ports []struct {
		Name string `json:"name"`
		Port int    `json:"port"`
	} `json:"ports"`
}

type podManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		NodeName           string      `json:"nodeName"`
		ServiceAccountName string      `json:"serviceAccountName"`
		ServiceAccount     string      `json:"serviceAccount"` // the field's old name
		InitContainers     []container `json:"initContainers"`
		Containers         []container `json:"containers"`
	} `json:"spec"`
}

type container struct {
	Name  string `json:"name"`
	Ports []struct {
		Name          string `json:"name"`
		ContainerPort int    `json:"containerPort"`
		HostPort      int    `json:"hostPort"`
	} `json:"ports"`
	Env []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"env"`
}

type endpointsManifest struct {
	Metadata metadata `json:"metadata"`
	Subsets  []struct {
		Addresses []struct{} `json:"addresses"`
	} `json:"subsets"`
}

type serverManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		PodSelector              *metav1.LabelSelector `json:"podSelector"`
		ExternalWorkloadSelector *metav1.LabelSelector `json:"externalWorkloadSelector"`
		Port                     intOrString           `json:"port"`
		ProxyProtocol            string                `json:"proxyProtocol"`
		AccessPolicy             string                `json:"accessPolicy"`
	} `json:"spec"`
}

type profileManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		Routes []*struct {
			Name            string        `json:"name"`
			Condition       *requestMatch `json:"condition"`
			IsRetryable     bool          `json:"isRetryable"`
			Timeout         string        `json:"timeout"`
			ResponseClasses []*struct {
				Condition *responseMatch `json:"condition"`
			} `json:"responseClasses"`
		} `json:"routes"`
		RetryBudget *struct {
			RetryRatio          float32 `json:"retryRatio"`
			MinRetriesPerSecond uint32  `json:"minRetriesPerSecond"`
			TTL                 string  `json:"ttl"`
		} `json:"retryBudget"`
		DstOverrides []*struct {
			Authority string `json:"authority"`
			Weight    Weight `json:"weight"`
		} `json:"dstOverrides"`
	} `json:"spec"`
}

type requestMatch struct {
	All       []*requestMatch `json:"all"`
	Any       []*requestMatch `json:"any"`
	Not       *requestMatch   `json:"not"`
	Method    string          `json:"method"`
	PathRegex string          `json:"pathRegex"`
}

type responseMatch struct {
	All    []*responseMatch `json:"all"`
	Any    []*responseMatch `json:"any"`
	Not    *responseMatch   `json:"not"`
	Status *struct {
		Min uint32 `json:"min"`
		Max uint32 `json:"max"`
	} `json:"status"`
}

type splitManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		Service  string `json:"service"`
		Backends []struct {
			Service string `json:"service"`
			Weight  Weight `json:"weight"`
		} `json:"backends"`
	} `json:"spec"`
}

type linkManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		TargetClusterName             string      `json:"targetClusterName"`
		TargetClusterDomain           string      `json:"targetClusterDomain"`
		TargetClusterLinkerdNamespace string      `json:"targetClusterLinkerdNamespace"`
		GatewayAddress                string      `json:"gatewayAddress"`
		GatewayPort                   intOrString `json:"gatewayPort"`
		GatewayIdentity               string      `json:"gatewayIdentity"`
		ProbeSpec                     struct {
			Path             string      `json:"path"`
			Port             intOrString `json:"port"`
			Period           string      `json:"period"`
			Timeout          string      `json:"timeout"`
			FailureThreshold intOrString `json:"failureThreshold"`
		} `json:"probeSpec"`
		Selector                 *metav1.LabelSelector `json:"selector"`
		RemoteDiscoverySelector  *metav1.LabelSelector `json:"remoteDiscoverySelector"`
		FederatedServiceSelector *metav1.LabelSelector `json:"federatedServiceSelector"`
	} `json:"spec"`
}

// intOrString keeps apart what is written as a number and what as a text: a Server's port "8080" is
// a name.
type intOrString struct {
	number int
	text   string // "" if it is a number
}

// UnmarshalJSON takes a number or a string, and leaves anything else out.
func (v *intOrString) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &v.text)
	}
	v.number, _ = strconv.Atoi(string(data)) // anything else is 0, as if it were absent
	return nil
}

// value is the number, however it is written; 0 if it is none.
func (v intOrString) value() int {
	if v.text == "" {
		return v.number
	}
	n, _ := strconv.Atoi(v.text) // a text that is no number is 0, as if it were absent
	return n
}
