package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/mesh"
)

// SchemaURL is where editors find the schema of the format, docs/schema/drill-plan.schema.json.
const SchemaURL = "https://raw.githubusercontent.com/passmuster/muster/main/docs/schema/drill-plan.schema.json"

// Drivers are how faults can be brought about, and Modes are the fault modes that can be.
var (
	Drivers = []string{"external", "command", "istio", "chaos-mesh", "litmus", "chaostoolkit", "kubectl", "sigstop", "nft"}
	Modes   = []string{"crash", "hang", "partition", "error"}
)

// words are the members that are one of a few words, by "Struct.member". docs/schema/drill-plan.schema.json has the same ones;
// a test holds this.
var words = map[string][]string{
	"Plan.apiVersion":        {APIVersion},
	"Plan.kind":              {Kind},
	"Metadata.type":          {"test", "functional", "full"},
	"Scenario.type":          {"region-loss", "zone-loss", "cluster-loss", "gateway-loss", "service-loss", "bad-release", "combined"},
	"Scenario.fault_modes":   Modes,
	"Expectation.outcome":    {"survives", "degraded", "lost", "unknown"},
	"Expectation.by":         {"region", "zone", "cluster", "workload"},
	"Expectation.encryption": {"mtls", "tls", "plaintext", "unknown"},
	"Objectives.encryption":  {"mtls", "tls"},
	"Probe.protocol":         {"http1", "http2", "grpc", "grpc-health", "tcp", "tls"},
	"TLS.verify":             {"name", "spiffe", "chain", "nothing"},
	"Markers.rpo":            {"write-read-counter"},
	"Fault.driver":           Drivers,
	"Abort.metric":           {"error_ratio", "latency_p99_ms", "file"},
	"People.independence":    {"self", "internal-other-team", "external"},
	"Evidence.sign":          {"dsse-ed25519"},
}

// forms are members that are text of a form.
var forms = map[string]func(string) error{
	"Scenario.fail": func(s string) error {
		_, err := failover.ParseScenario(s)
		return err
	},
	"Expectation.cell":     cellForm,
	"Finding.cells":        cellForm,
	"Abort.cell":           cellForm,
	"Safety.blocked_dates": date,
	"Followup.due":         date,
	"Approval.at": func(s string) error {
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			return fmt.Errorf("%q is no time, want one such as 2027-03-31T14:00:00Z", s)
		}
		return nil
	},
}

// required are the members without which nothing can be done with a plan. What a person has to fill in is not among them:
// Check asks for it.
var required = map[string]string{
	"Plan.apiVersion":      "the version of the format, " + APIVersion,
	"Plan.kind":            Kind,
	"Plan.metadata":        "the id of the plan",
	"Metadata.id":          "what reports and evidence call the plan",
	"Plan.scenario":        "what fails",
	"Scenario.fail":        "what fails, such as region=eu-west",
	"Scenario.fault_modes": "how it fails: crash, hang, partition or error",
	"Expectation.cell":     "the cell of the matrix that is expected",
	"Expectation.outcome":  "what is predicted: survives, degraded, lost or unknown",
	"Expectation.by":       "what places are named by: region, zone, cluster or workload",
	"Probe.name":           "what the probe is called",
	"Probe.service":        "the service whose cells its answers speak of",
	"Probe.protocol":       "how the service is asked",
	"Abort.metric":         "what ends the drill: error_ratio, latency_p99_ms or file",
	"Document.title":       "what the document is called",
	"Document.ref":         "where it is",
	"Finding.rule":         "the id of a rule",
	"Finding.fingerprint":  "what tells the finding from others",
	"Approval.by":          "who approved",
	"Approval.at":          "when",
	"Approval.digest":      "the version of the plan that was approved",
}

// format is how a plan is read.
func format() *config.Typed {
	texts := maps.Clone(forms)
	for member, list := range words {
		texts[member] = func(s string) error {
			if !slices.Contains(list, s) {
				return config.Unknown("word", s, list)
			}
			return nil
		}
	}
	return &config.Typed{What: "the plan", Required: required, Texts: texts}
}

func cellForm(s string) error {
	c, err := ParseCell(s)
	if err != nil {
		return err
	}
	if _, err := failover.ParseScenario(c.Scenario); err != nil {
		return err
	}
	_, err = failover.ParseFault(c.Fault)
	return err
}

func date(s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return fmt.Errorf("%q is no date, want one such as 2027-03-31", s)
	}
	return nil
}

// outOfRange lists numbers and keys that are none of a plan's, by position.
func (p *Plan) outOfRange(at mesh.Locator) (problems []config.Problem) {
	within := func(path string, x, low, high float64) {
		if !(x >= low && x <= high) {
			problems = append(problems, config.ProblemAt(at.Locate(path), "want %g to %g, got %g", low, high, x))
		}
	}
	for i := range p.Expect {
		e, path := &p.Expect[i], "/expect/"+strconv.Itoa(i)
		within(path+"/failing_share", e.FailingShare, 0, 1)
		within(path+"/tolerance_tv", e.ToleranceTV, 0, 1)
		for member, shares := range map[string]map[string]float64{"/before": e.Before, "/during": e.During, "/after": e.After} {
			sum := 0.0
			for place, x := range shares {
				within(path+member+"/"+place, x, 0, 1)
				sum += x
			}
			if len(shares) > 0 && (sum < 0.99 || sum > 1.01) {
				problems = append(problems, config.ProblemAt(at.Locate(path+member), "the shares add up to %g, want 1", sum))
			}
		}
	}
	for i := range p.Probes {
		path := "/probes/" + strconv.Itoa(i)
		within(path+"/port", float64(p.Probes[i].Port), 0, 65535)
		within(path+"/rate_hz", p.Probes[i].Rate, 0, 1000)
	}
	within("/objectives/slo_target", p.Objectives.Target, 0, 1)
	within("/objectives/max_budget_burn", p.Objectives.MaxBudgetBurn, 0, 1)
	for _, mode := range slices.Sorted(maps.Keys(p.Fault.Hooks)) {
		if mode != "*" && !slices.Contains(Modes, mode) {
			problems = append(problems, config.ProblemAt(at.Locate("/fault/hooks/"+mode), "%v", config.Unknown("fault mode", mode, append(slices.Clone(Modes), "*"))))
		}
	}
	slices.SortStableFunc(problems, func(a, b config.Problem) int { return a.Position.Compare(b.Position) })
	return problems
}
