package mesh

// FactKind names something that a loader saw and that needs no simulation to be worth saying.
type FactKind string

// The facts that loaders report.
const (
	FactUnknownField    FactKind = "unknown-field"
	FactDuplicate       FactKind = "duplicate"          // the same object twice in one source
	FactDanglingHost    FactKind = "dangling-host"      // a route or rule names a host that does not exist
	FactDanglingSubset  FactKind = "dangling-subset"    // a route names a subset that no rule defines
	FactEmptySubset     FactKind = "empty-subset"       // a subset selects nothing
	FactDanglingRegion  FactKind = "dangling-region"    // a failover names a region without endpoints
	FactRuleUnused      FactKind = "rule-unused"        // no client ever obeys the rule
	FactTwoRules        FactKind = "two-rules-one-host" // age decides, and files carry no age
	FactTwoRoutes       FactKind = "two-routes-one-host"
	FactSiblingOverlays FactKind = "sibling-overlays" // the same keys in sibling folders, no config
	FactUnsupported     FactKind = "unsupported"      // an object that makes part of the graph unknown
	FactInvalid         FactKind = "invalid"          // the mesh's own validation refuses the object
	// FactForeignTrustDomain: a policy admits only callers of a trust domain that is none of the mesh's.
	FactForeignTrustDomain FactKind = "foreign-trust-domain"
	// FactHidden: callers that cannot do without a service do not see it.
	FactHidden FactKind = "hidden"
	// FactUnmatched: a route of a service has no rule for some of its requests, and callers are answered 404.
	FactUnmatched FactKind = "unmatched"

	// These are facts only where somebody insists that everything is read and understood.
	FactNotRead       FactKind = "not-read"       // a file or document is missing from the graph
	FactNotUnderstood FactKind = "not-understood" // something was read, and what it means is not in the graph
	FactNotRendered   FactKind = "not-rendered"   // a template, chart or kustomization whose objects are not in the graph
)

// Fact is an observation with its place. Message is one sentence that a person can act on.
type Fact struct {
	Kind     FactKind
	Origin   Origin
	Related  []Evidence
	Message  string
	Resource Resource
	Service  ServiceID // "" if it concerns none in particular
	// Other is a second service that it is about, if any: what the callers of Service do not see.
	Other ServiceID
	// Meant is the name that a misspelt field was probably meant to be, or "".
	Meant string
	// Harm: the configuration certainly breaks traffic today, in no failure at all.
	Harm bool
}

// Resource names an object of the inputs.
type Resource struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Cluster   string `json:"cluster"`
}
