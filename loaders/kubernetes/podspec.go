package kubernetes

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
}

type container struct {
	Name          string `json:"name"`
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
	Port intOrString `json:"port"`
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
