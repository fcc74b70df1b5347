package kubernetes

import (
	"encoding/json"
	"strconv"
	"strings"
)

// The types below are the fields of Kubernetes objects that muster uses, and no others: a fleet
// has ten thousand objects, and most of what they say decides nothing here. Name and namespace
// come from the source.Document.

type metadata struct {
	GenerateName      string            `json:"generateName"`
	Labels            map[string]string `json:"labels"`
	Annotations       map[string]string `json:"annotations"`
	OwnerReferences   []ownerReference  `json:"ownerReferences"`
	CreationTimestamp string            `json:"creationTimestamp"`
	DeletionTimestamp string            `json:"deletionTimestamp"`
}

type ownerReference struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Controller bool   `json:"controller"`
}

// object is a manifest of which only metadata counts (Node, Namespace, ServiceAccount).
type object struct {
	Metadata metadata `json:"metadata"`
}

type configMapObject struct {
	Metadata metadata          `json:"metadata"`
	Data     map[string]string `json:"data"`
}

type serviceObject struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		Selector                 map[string]string `json:"selector"`
		ClusterIP                string            `json:"clusterIP"`
		ExternalName             string            `json:"externalName"`
		ExternalIPs              []string          `json:"externalIPs"`
		Type                     string            `json:"type"`
		InternalTrafficPolicy    string            `json:"internalTrafficPolicy"`
		TrafficDistribution      string            `json:"trafficDistribution"`
		PublishNotReadyAddresses bool              `json:"publishNotReadyAddresses"`
		Ports                    []struct {
			Name        string      `json:"name"`
			Port        int         `json:"port"`
			Protocol    string      `json:"protocol"`
			AppProtocol string      `json:"appProtocol"`
			TargetPort  intOrString `json:"targetPort"`
			NodePort    int         `json:"nodePort"`
		} `json:"ports"`
	} `json:"spec"`
	Status struct {
		LoadBalancer struct {
			Ingress []struct {
				IP       string `json:"ip"`
				Hostname string `json:"hostname"`
			} `json:"ingress"`
		} `json:"loadBalancer"`
	} `json:"status"`
}

type endpointSliceObject struct {
	Metadata    metadata `json:"metadata"`
	AddressType string   `json:"addressType"`
	Endpoints   []struct {
		Addresses  []string `json:"addresses"`
		Hostname   string   `json:"hostname"`
		NodeName   string   `json:"nodeName"`
		Zone       string   `json:"zone"`
		Conditions struct {
			Ready       *bool `json:"ready"`
			Serving     *bool `json:"serving"`
			Terminating bool  `json:"terminating"`
		} `json:"conditions"`
		Hints struct {
			ForZones []struct {
				Name string `json:"name"`
			} `json:"forZones"`
		} `json:"hints"`
		TargetRef objectReference `json:"targetRef"`
	} `json:"endpoints"`
	Ports []slicePortObject `json:"ports"`
}

type slicePortObject struct {
	Name     string `json:"name"`
	Port     int    `json:"port"`
	Protocol string `json:"protocol"`
}

type objectReference struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

type endpointsObject struct {
	Metadata metadata `json:"metadata"`
	Subsets  []struct {
		Addresses         []endpointAddress `json:"addresses"`
		NotReadyAddresses []endpointAddress `json:"notReadyAddresses"`
		Ports             []slicePortObject `json:"ports"`
	} `json:"subsets"`
}

type endpointAddress struct {
	IP        string          `json:"ip"`
	Hostname  string          `json:"hostname"`
	NodeName  string          `json:"nodeName"`
	TargetRef objectReference `json:"targetRef"`
}

type ingressObject struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		IngressClassName string         `json:"ingressClassName"`
		DefaultBackend   ingressBackend `json:"defaultBackend"`
		Backend          ingressBackend `json:"backend"` // extensions/v1beta1
		Rules            []struct {
			HTTP struct {
				Paths []struct {
					Backend ingressBackend `json:"backend"`
				} `json:"paths"`
			} `json:"http"`
		} `json:"rules"`
	} `json:"spec"`
}

type ingressBackend struct {
	Service struct {
		Name string `json:"name"`
		Port struct {
			Name   string `json:"name"`
			Number int    `json:"number"`
		} `json:"port"`
	} `json:"service"`
	ServiceName string      `json:"serviceName"` // v1beta1
	ServicePort intOrString `json:"servicePort"`
}

type autoscalerObject struct {
	Spec struct {
		ScaleTargetRef objectReference `json:"scaleTargetRef"`
		MinReplicas    *int32          `json:"minReplicas"`
		MaxReplicas    int32           `json:"maxReplicas"`
		TargetCPU      *int32          `json:"targetCPUUtilizationPercentage"` // v1
		Metrics        []struct {
			Resource struct {
				Name   string `json:"name"`
				Target struct {
					AverageUtilization int32 `json:"averageUtilization"`
				} `json:"target"`
				TargetAverageUtilization int32 `json:"targetAverageUtilization"` // v2beta1
			} `json:"resource"`
		} `json:"metrics"`
	} `json:"spec"`
}

type disruptionBudgetObject struct {
	Spec struct {
		Selector       *labelSelector `json:"selector"`
		MinAvailable   intOrString    `json:"minAvailable"`
		MaxUnavailable intOrString    `json:"maxUnavailable"`
	} `json:"spec"`
}

// intOrString is a number or a text, as ports and budgets can be.
type intOrString struct {
	number int
	text   string // as written; "" if the field is absent
}

func (v *intOrString) setText(text string) {
	v.number, v.text = 0, text
	if strings.IndexByte("+-0123456789", (text + "x")[0]) >= 0 { // a name costs no error
		v.number, _ = strconv.Atoi(text)
	}
}

// UnmarshalJSON takes a number or a string, and leaves anything else out.
func (v *intOrString) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		v.setText(text)
		return nil
	}
	if n, err := strconv.Atoi(string(data)); err == nil {
		v.number, v.text = n, string(data)
	}
	return nil
}
