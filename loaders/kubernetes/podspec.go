package kubernetes

import "encoding/json"

// workloadObject is any object with a pod template.
type workloadObject struct {
	Metadata metadata     `json:"metadata"`
	Spec     workloadSpec `json:"spec"`
}

type workloadSpec struct {
	Replicas    *int32          `json:"replicas"`
	Selector    *labelSelector  `json:"selector"`
	Template    *podTemplate    `json:"template"`
	WorkloadRef objectReference `json:"workloadRef"` // Argo Rollout: the Deployment that holds the template
	Parallelism *int32          `json:"parallelism"` // Job
	JobTemplate *struct {       // CronJob
		Spec workloadSpec `json:"spec"`
	} `json:"jobTemplate"`
	updateSpec
}

// updateSpec is how a controller replaces pods.
type updateSpec struct {
	Strategy                *updateStrategy `json:"strategy"`       // Deployment, Rollout
	UpdateStrategy          *updateStrategy `json:"updateStrategy"` // StatefulSet, DaemonSet
	MinReadySeconds         *int32          `json:"minReadySeconds"`
	RevisionHistoryLimit    *int32          `json:"revisionHistoryLimit"`
	ProgressDeadlineSeconds *int32          `json:"progressDeadlineSeconds"`
	PodManagementPolicy     string          `json:"podManagementPolicy"` // StatefulSet
}

type updateStrategy struct {
	Type          string         `json:"type"`
	RollingUpdate *rollingUpdate `json:"rollingUpdate"`
	Canary        *rollingUpdate `json:"canary"`    // Argo Rollout
	BlueGreen     *struct{}      `json:"blueGreen"` // Argo Rollout
}

type rollingUpdate struct {
	MaxUnavailable intOrString `json:"maxUnavailable"`
	MaxSurge       intOrString `json:"maxSurge"`
	Partition      *int32      `json:"partition"`
}

type podTemplate struct {
	Metadata metadata `json:"metadata"`
	Spec     podSpec  `json:"spec"`
}

type podObject struct {
	Metadata metadata `json:"metadata"`
	Spec     podSpec  `json:"spec"`
	Status   struct {
		Phase      string `json:"phase"`
		PodIP      string `json:"podIP"`
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
	} `json:"status"`
}

type podSpec struct {
	NodeName           string             `json:"nodeName"`
	ServiceAccountName string             `json:"serviceAccountName"`
	ServiceAccount     string             `json:"serviceAccount"` // the field's old name
	HostNetwork        bool               `json:"hostNetwork"`
	NodeSelector       map[string]string  `json:"nodeSelector"`
	Affinity           *affinity          `json:"affinity"`
	SpreadConstraints  []spreadConstraint `json:"topologySpreadConstraints"`
	Containers         []container        `json:"containers"`
	InitContainers     []container        `json:"initContainers"`
	PriorityClassName  string             `json:"priorityClassName"`
	GracePeriod        *int64             `json:"terminationGracePeriodSeconds"`
}

type container struct {
	Name          string `json:"name"`
	Image         string `json:"image"`
	RestartPolicy string `json:"restartPolicy"` // init containers: Always = a sidecar
	Ports         []struct {
		Name          string `json:"name"`
		ContainerPort int    `json:"containerPort"`
		Protocol      string `json:"protocol"`
	} `json:"ports"`
	Command        []string       `json:"command"`
	Args           []string       `json:"args"`
	Env            []envVar       `json:"env"`
	EnvFrom        []envSource    `json:"envFrom"`
	ReadinessProbe *probeManifest `json:"readinessProbe"`
	LivenessProbe  *probeManifest `json:"livenessProbe"`
	StartupProbe   *probeManifest `json:"startupProbe"`
	Resources      struct {
		Requests amounts `json:"requests"`
		Limits   amounts `json:"limits"`
	} `json:"resources"`
}

// amounts are the resources that decide something.
type amounts struct {
	CPU    quantity `json:"cpu"`
	Memory quantity `json:"memory"`
}

// quantity is an amount as written: a text, or a plain number.
type quantity string

func (q *quantity) setText(text string) { *q = quantity(text) }

// UnmarshalJSON takes a string or a number, and leaves anything else out.
func (q *quantity) UnmarshalJSON(data []byte) error {
	switch {
	case len(data) > 0 && data[0] == '"':
		return json.Unmarshal(data, (*string)(q))
	case len(data) > 0 && (data[0] == '-' || '0' <= data[0] && data[0] <= '9'):
		*q = quantity(data)
	}
	return nil
}

type envVar struct {
	Name      string `json:"name"`
	Value     string `json:"value"`
	ValueFrom *struct {
		ConfigMapKeyRef struct {
			Name string `json:"name"`
			Key  string `json:"key"`
		} `json:"configMapKeyRef"`
	} `json:"valueFrom"`
}

type envSource struct {
	ConfigMapRef struct {
		Name string `json:"name"`
	} `json:"configMapRef"`
}

type probeManifest struct {
	HTTPGet          *probePort `json:"httpGet"`
	TCPSocket        *probePort `json:"tcpSocket"`
	GRPC             *probePort `json:"grpc"`
	PeriodSeconds    int32      `json:"periodSeconds"`
	TimeoutSeconds   int32      `json:"timeoutSeconds"`
	FailureThreshold int32      `json:"failureThreshold"`
}

type probePort struct {
	Port    intOrString `json:"port"`
	Path    string      `json:"path"`    // httpGet
	Service string      `json:"service"` // grpc
}

type affinity struct {
	NodeAffinity struct {
		Required *struct {
			Terms []nodeSelectorTerm `json:"nodeSelectorTerms"`
		} `json:"requiredDuringSchedulingIgnoredDuringExecution"`
	} `json:"nodeAffinity"`
	PodAntiAffinity struct {
		Required  []podAffinityTerm `json:"requiredDuringSchedulingIgnoredDuringExecution"`
		Preferred []struct {
			Term podAffinityTerm `json:"podAffinityTerm"`
		} `json:"preferredDuringSchedulingIgnoredDuringExecution"`
	} `json:"podAntiAffinity"`
}

type nodeSelectorTerm struct {
	MatchExpressions []requirement `json:"matchExpressions"`
	MatchFields      []requirement `json:"matchFields"`
}

type podAffinityTerm struct {
	TopologyKey   string         `json:"topologyKey"`
	LabelSelector *labelSelector `json:"labelSelector"`
}

type spreadConstraint struct {
	TopologyKey       string         `json:"topologyKey"`
	MaxSkew           int32          `json:"maxSkew"`
	WhenUnsatisfiable string         `json:"whenUnsatisfiable"`
	LabelSelector     *labelSelector `json:"labelSelector"`
}
