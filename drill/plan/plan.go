// Package plan holds drill plans: which failure is injected how, what the prediction says will happen, what was promised, and
// who agreed to it. A plan is made from cells of the survival matrix and reviewed by people; an audit holds what probes saw
// against it.
package plan

// What a file of a plan says of itself.
const (
	APIVersion = "passmuster.dev/v1"
	Kind       = "DrillPlan"
)

// Plan is one drill: one scenario under one or several fault modes, injected one after the other.
type Plan struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   Metadata `json:"metadata"`

	// Objective is what the drill is to show, and Hypothesis what is expected to be seen, in a sentence each.
	Objective  string   `json:"objective"`
	Hypothesis string   `json:"hypothesis,omitempty"`
	Scenario   Scenario `json:"scenario"`
	// Expect is what was predicted, a cell each. Drift is what differs from it.
	Expect []Expectation `json:"expect"`
	// Findings are those of the scan that speak of the expected cells: a drill confirms or refutes them.
	Findings   []Finding  `json:"findings,omitempty"`
	Objectives Objectives `json:"objectives"`
	Config     Config     `json:"config"`
	Probes     []Probe    `json:"probes"`
	Markers    *Markers   `json:"markers,omitempty"`
	Fault      Fault      `json:"fault"`
	Safety     Safety     `json:"safety"`
	People     People     `json:"people"`
	Rollback   Rollback   `json:"rollback"`
	Cadence    Cadence    `json:"cadence"`
	Evidence   Evidence   `json:"evidence"`
	Documents  []Document `json:"documents,omitempty"`
	Followups  []Followup `json:"followups,omitempty"`
}

// Metadata names a plan and who answers for it.
type Metadata struct {
	ID          string `json:"id"`
	Title       string `json:"title,omitempty"`
	Owner       string `json:"owner"`
	Criticality string `json:"criticality,omitempty"` // as of the objective: tier-1, tier-2, …
	// Universe names the sets of services (namespaces, or services) of which this drill covers a part.
	Universe []string `json:"universe,omitempty"`
	// Type is what kind of exercise it is, in the words of NIST SP 800-84.
	Type string `json:"type,omitempty"` // test, functional or full
}

// Scenario is what fails.
type Scenario struct {
	Type string `json:"type,omitempty"` // region-loss, zone-loss, cluster-loss, gateway-loss, service-loss, bad-release or combined
	// Fail is the scenario as the matrix writes it: region=eu-west.
	Fail string `json:"fail"`
	// FaultModes are crash, hang, partition and error, in the order of injection.
	FaultModes  []string `json:"fault_modes"`
	Pattern     string   `json:"pattern,omitempty"`   // of the service: active-active, active-passive, …
	Rationale   string   `json:"rationale,omitempty"` // why this failure: likelihood and magnitude, or the risk's id
	Assumptions []string `json:"assumptions,omitempty"`
}

// Expectation is what the prediction says about one cell.
type Expectation struct {
	// Cell is the id of the matrix, service|port|subset|client|scenario|fault.
	Cell string `json:"cell"`
	// Outcome is survives, degraded, lost or unknown, after the recovery bound, and FailingShare how much of the requests fails
	// then (0 to 1).
	Outcome      string  `json:"outcome"`
	FailingShare float64 `json:"failing_share,omitempty"`
	Reason       string  `json:"reason,omitempty"`

	// By is what the names of places are: region, zone, cluster or workload; the first of them by which the destinations differ.
	By string `json:"by"`
	// Before, During and After are the shares of the places in what is answered: on a normal day, while the fault lasts (after
	// the recovery bound), and when it is over. Nil = nothing is expected, as when all is lost.
	Before map[string]float64 `json:"before,omitempty"`
	During map[string]float64 `json:"during,omitempty"`
	After  map[string]float64 `json:"after,omitempty"`
	// ToleranceTV is the total-variation distance up to which shares may differ; 0 = 0.05.
	ToleranceTV float64 `json:"tolerance_tv,omitempty"`

	// Encryption is the weakest on the way to any destination of During: mtls, tls, plaintext or unknown.
	Encryption string `json:"encryption,omitempty"`
	// Peers are, by place, the SPIFFE ids that may answer there: whole ids, or those below one that ends with "/".
	Peers map[string][]string `json:"peer_identity,omitempty"`
	// Recovery bounds the time from the fault until During holds. Nil = it was not predicted.
	Recovery *Bound `json:"recovery,omitempty"`
	// MaxAttempts is how often a request may be tried on the way; 0 = nothing is expected.
	MaxAttempts int `json:"max_attempts_per_request,omitempty"`
	// Flags are the response flags of Envoy that failing requests may carry; nil = any.
	Flags []string `json:"flags,omitempty"`
	// Prediction is the digest of what was predicted and of the settings that decide it, without the lines where they stand: it
	// tells whether evidence still speaks of today's configuration.
	Prediction string `json:"prediction,omitempty"`
}

// Bound is an interval of time and what it is the sum of.
type Bound struct {
	Lower Duration `json:"lower"`
	Upper Duration `json:"upper"`
	Terms []Term   `json:"terms,omitempty"`
}

// Term is one part of a bound, and the line that decides it.
type Term struct {
	Name  string   `json:"name"`
	Lower Duration `json:"lower"`
	Upper Duration `json:"upper"`
	At    string   `json:"at,omitempty"` // file:line:column
}

// Finding is one of a scan that speaks of expected cells.
type Finding struct {
	Rule        string   `json:"rule"`
	Fingerprint string   `json:"fingerprint"`
	Message     string   `json:"message"`
	At          string   `json:"at,omitempty"`
	Cells       []string `json:"cells"`
}

// Objectives are what was promised. A zero is no promise.
type Objectives struct {
	RTO      Duration  `json:"rto,omitempty"`
	RPO      *Duration `json:"rpo,omitempty"` // 0 is a promise: nothing acknowledged may be lost
	Detect   Duration  `json:"detect,omitempty"`
	Failback Duration  `json:"failback,omitempty"`
	// Latency is that above which an answer does not count as good, and P99During what 99 % of the answers keep while the
	// fault lasts.
	Latency   Duration `json:"latency,omitempty"`
	P99During Duration `json:"latency_p99_during,omitempty"`
	// Encryption that must hold at all times: mtls or tls; empty = what is expected of each cell.
	Encryption string `json:"encryption,omitempty"`
	// MaxAttempts and MaxLoad bound retries: tries per request, and the survivors' load over what is offered.
	MaxAttempts float64 `json:"max_attempts,omitempty"`
	MaxLoad     float64 `json:"max_load,omitempty"`
	// SLO refers to one that is defined elsewhere (openslo://name). Target (0.999) and Window (720h) are its own, for the budget.
	SLO           string   `json:"slo_ref,omitempty"`
	Target        float64  `json:"slo_target,omitempty"`
	Window        Duration `json:"slo_window,omitempty"`
	MaxBudgetBurn float64  `json:"max_budget_burn,omitempty"` // share of the budget that the drill may use, 0 to 1
}

// Config ties a plan to the configuration that the prediction was computed from.
type Config struct {
	Digest string   `json:"digest"`
	Scope  []string `json:"scope,omitempty"` // the inputs, as they were given
}

// Probe is one target that is asked, and the cells that its answers speak of.
type Probe struct {
	Name string `json:"name"`
	// Service and Port select the expected cells: those of the service, and of the client if one is given.
	Service string `json:"service"`
	Port    int    `json:"port,omitempty"`
	Client  string `json:"client,omitempty"`
	// From is the prober that sends it (muster drill run --prober); empty = any.
	From string `json:"from,omitempty"`
	// Source is the workload and place that the requests stand for, "web@eu-west".
	Source string `json:"source,omitempty"`

	Protocol string `json:"protocol"` // http1, http2, grpc, grpc-health, tcp or tls
	// Target is a URL for HTTP and host:port for everything else; empty = to be filled in by a person.
	Target   string            `json:"target"`
	Host     string            `json:"host,omitempty"`
	Method   string            `json:"method,omitempty"`
	Path     string            `json:"path,omitempty"` // of a gRPC method
	Headers  map[string]string `json:"headers,omitempty"`
	Statuses []int             `json:"statuses,omitempty"`
	Rate     float64           `json:"rate_hz"`
	Timeout  Duration          `json:"timeout"`
	Keep     *bool             `json:"keep_connections,omitempty"` // nil = true
	Proxy    string            `json:"proxy,omitempty"`
	TLS      *TLS              `json:"tls,omitempty"`
	Echo     Echo              `json:"echo,omitzero"`
}

// TLS is how the prober's own hop is encrypted. Files are relative to the plan.
type TLS struct {
	ServerName string   `json:"server_name,omitempty"`
	CA         string   `json:"ca,omitempty"`
	Cert       string   `json:"cert,omitempty"`
	Key        string   `json:"key,omitempty"`
	Verify     string   `json:"verify,omitempty"` // name (as on the web), spiffe, chain or nothing
	Peers      []string `json:"peers,omitempty"`
}

// Echo names the headers in which answers say who they are.
type Echo struct {
	Region   string `json:"region,omitempty"`
	Zone     string `json:"zone,omitempty"`
	Cluster  string `json:"cluster,omitempty"`
	Workload string `json:"workload,omitempty"`
	TLS      string `json:"tls,omitempty"`
	Peer     string `json:"peer,omitempty"`
	Role     string `json:"role,omitempty"`
	Epoch    string `json:"epoch,omitempty"`
	Attempts string `json:"attempts,omitempty"`
}

// Markers are how the loss of data is measured: a counter is written and read back.
type Markers struct {
	RPO   string   `json:"rpo"` // write-read-counter
	Write string   `json:"write,omitempty"`
	Read  string   `json:"read,omitempty"`
	Every Duration `json:"every,omitempty"`
}

// Fault is how the failure is brought about and taken back. muster runs nothing of it without being told to.
type Fault struct {
	Driver   string   `json:"driver"` // external, command, istio, chaos-mesh, litmus, chaostoolkit, kubectl, sigstop or nft
	Ref      string   `json:"ref,omitempty"`
	Duration Duration `json:"duration"`
	// Before and After are how long the normal day is watched on either side.
	Before Duration `json:"watch_before,omitempty"`
	After  Duration `json:"watch_after,omitempty"`
	// Hooks are commands by fault mode; "*" stands for all others.
	Hooks map[string]Hooks `json:"hooks,omitempty"`
	// Targets are the workloads behind the expected services that fail; nil = not known.
	Targets []Target `json:"targets,omitempty"`
}

// Target is a workload that fails in the scenario.
type Target struct {
	Cluster   string            `json:"cluster"`
	Namespace string            `json:"namespace"`
	Kind      string            `json:"kind"` // Deployment, StatefulSet, …
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels,omitempty"` // that select its pods
}

// Hooks are commands, an argument each: no shell.
type Hooks struct {
	Inject []string `json:"inject,omitempty"`
	Verify []string `json:"verify,omitempty"` // ends with 0 when the fault holds
	Remove []string `json:"remove,omitempty"`
	// Timeout of each; 0 = 30 s.
	Timeout Duration `json:"timeout,omitempty"`
}

// Safety is when a drill may not begin and when it has to end. What aborts is not what judges.
type Safety struct {
	BlastRadius    BlastRadius `json:"blast_radius"`
	OutcomeSignal  string      `json:"outcome_signal,omitempty"`
	AbortOn        []Abort     `json:"abort_on"`
	BlockedWindows []string    `json:"blocked_windows,omitempty"` // "Fri 15:00-Mon 08:00", in Timezone
	BlockedDates   []string    `json:"blocked_dates,omitempty"`   // 2026-12-24
	Timezone       string      `json:"timezone,omitempty"`        // IANA; empty = UTC
	NullMaxAge     Duration    `json:"null_drill_max_age,omitempty"`
}

// BlastRadius is what may be hurt at most.
type BlastRadius struct {
	MaxRegions  int      `json:"max_regions,omitempty"`
	MaxServices int      `json:"max_services,omitempty"`
	Services    []string `json:"services,omitempty"` // that the prediction says are touched
	Exclude     []string `json:"exclude,omitempty"`
}

// Abort ends a drill: the fault is removed at once.
type Abort struct {
	// Metric is error_ratio, latency_p99_ms, or file: a path that a watcher outside of muster creates.
	Metric string   `json:"metric"`
	Cell   string   `json:"cell,omitempty"` // of the requests; empty = all
	Over   float64  `json:"gt,omitempty"`
	For    Duration `json:"for,omitempty"`
	Path   string   `json:"path,omitempty"`
}

// People are who decides, takes part, knows, and must do without.
type People struct {
	Approvers    []string   `json:"approvers"`
	Participants []string   `json:"participants,omitempty"`
	Stakeholders []string   `json:"stakeholders,omitempty"` // told before and after
	Excluded     []string   `json:"excluded_people,omitempty"`
	Comms        string     `json:"comms,omitempty"`
	Independence string     `json:"independence,omitempty"` // self, internal-other-team or external
	Approved     []Approval `json:"approved,omitempty"`
}

// Approval is that of one person or team for one version of the plan.
type Approval struct {
	By     string `json:"by"`
	At     string `json:"at"`     // RFC 3339
	Digest string `json:"digest"` // of the plan without approvals and follow-ups
}

// Rollback is the way back, by hand if the tools fail too.
type Rollback struct {
	Steps   []string `json:"steps"`
	MaxTime Duration `json:"max_time,omitempty"`
	Tested  bool     `json:"tested"`
}

// Cadence is how often, and after what, the drill is repeated.
type Cadence struct {
	Every    Duration `json:"every,omitempty"`
	Triggers []string `json:"triggers,omitempty"` // config_change, release, incident, dependency_change
	// MaxAge is how long the evidence counts.
	MaxAge Duration `json:"max_evidence_age,omitempty"`
}

// Evidence is what is kept of a drill.
type Evidence struct {
	Sign   string   `json:"sign,omitempty"` // dsse-ed25519
	Keep   Duration `json:"keep,omitempty"`
	Export []string `json:"export,omitempty"` // oscal, junit, sarif, html, markdown
	Dir    string   `json:"dir,omitempty"`
}

// Document is one that the drill rests on or changes: a runbook, an architecture, a risk.
type Document struct {
	Title string `json:"title"`
	Ref   string `json:"ref"`            // a path or a URL
	Kind  string `json:"kind,omitempty"` // runbook, architecture, risk, policy, contact-list
}

// Followup is what has to be done after a drill.
type Followup struct {
	Finding string `json:"finding"`
	Owner   string `json:"owner"`
	Due     string `json:"due"`                       // 2026-12-31
	Closed  string `json:"closed_by_drill,omitempty"` // the run that showed it is done
}
