package mesh

import "time"

// Record is a name or an address that leads callers to one of several places: a DNS record with a routing policy, a global
// load balancer, a traffic manager. It mostly comes from Terraform, and is a service of the matrix once it has a Host.
type Record struct {
	ID          string // environment and address of what it is made of first: "prod/aws_route53_record.pay[\"east\"]"
	Kind        string // as people call it: "Route 53 record", "Global Accelerator", "Traffic Manager profile"
	Host        string // what callers ask for, in small letters, without the last dot; "" = not known
	HostCause   string // why Host is not known
	Zone        string // of the name, or whatever else tells two records of one host apart; "" = nothing does
	Ports       []int  // that callers use; none = nothing says
	Environment string
	Policy      RecordPolicy
	// TTL is how long callers keep an answer; 0 for an address that does not change (anycast).
	TTL Value[time.Duration]
	// Members are the answers, in order of preference.
	Members []*Member
	// Fallback is what is answered when no member counts as healthy.
	Fallback Fallback
	// Switch is set where a person or a program chooses the member (routing controls, dials), and nothing by itself does.
	Switch Value[string]
	// Open tells why nobody knows whether there are more members, or "".
	Open string
	// Service is the id under which the matrix has it; "" = it has no cells.
	Service ServiceID
	// Losses are settings of the record that do not do what they look like; whoever puts the graph together finds them.
	Losses []Loss
	Origin Origin
}

// Moves reports whether a record is written to lead callers elsewhere when an answer is gone: it has an order, or checks beside several
// answers.
func (r *Record) Moves() bool {
	if r.Policy == Ordered {
		return true
	}
	for _, m := range r.Members {
		if m.Check.IsKnown() && len(r.Members) > 1 {
			return true
		}
	}
	return false
}

// Name is what people call the record: its host, else its address.
func (r *Record) Name() string {
	if r.Host != "" {
		return r.Host
	}
	return r.ID
}

// RecordPolicy is how a record chooses among healthy members.
type RecordPolicy string

// The policies of records.
const (
	SingleAnswer RecordPolicy = "single"  // one member, whatever its health
	Ordered      RecordPolicy = "ordered" // the first rank with a healthy member
	Shared       RecordPolicy = "shared"  // all healthy members, by weight
	Nearest      RecordPolicy = "nearest" // the healthy member nearest to the caller: by latency, geography or network; ranks as in Ordered
	AnyOf        RecordPolicy = "any"     // several healthy members at once (multivalue)
	// Divided: each caller has the members that are for its place (Member.For), first those of the lowest rank; a member for another place
	// never stands in. Geolocation and CIDR blocks of Route 53.
	Divided     RecordPolicy = "divided"
	OtherPolicy RecordPolicy = "another" // one that is not known, or not understood
)

// Fallback is what a record answers when no member counts as healthy.
type Fallback string

// The fallbacks of records.
const (
	FallbackAll    Fallback = "all"    // as if all were healthy (Route 53)
	FallbackNone   Fallback = "none"   // nothing
	FallbackMember Fallback = "member" // the last member, whatever its health
)

// Member is one answer of a record.
type Member struct {
	Name    string        // as written: set identifier, name of a pool or origin
	Rank    int           // 0 answers first; members of one rank share by weight
	Weight  Value[int]    // relative to its rank; absent = 1, known 0 = never
	Enabled Value[bool]   // known false: it is drained by hand; absent = enabled
	Region  Value[string] // that it leads to, or stands for
	For     string        // callers that it is for, where the record is divided: "country DE", "continent EU"; "*" = all that no other is for
	// Leads is the load balancer that it leads to, Next another record. Where nothing is known of that, both are nil and Target tells
	// what is written.
	Leads  *Balancer
	Next   *Record
	Target Value[string] // address or name as written
	// Check is what decides whether the member counts as healthy: absent = nothing does, and it always does.
	Check Value[*RecordCheck]
	// Blind: an alias that nothing checks, because it is told not to look at the health of what it leads to.
	Blind bool
	// Origin is the line that makes the member, RankOrigin the one that gives its place in the order.
	Origin, RankOrigin Origin
}

// RecordCheck asks from outside whether a member is healthy.
type RecordCheck struct {
	ID          string // equal for members that share it
	HealthCheck HealthCheck
	// Watches is the name or address that it asks; absent where it asks whatever the member leads to.
	Watches Value[string]
	// Asks are the resources that it asks, by environment and address, where the inputs show them.
	Asks []string
	// Follows: it is no check of its own, but hands on what the target of an alias knows of its members.
	Follows bool
	// Manual: a person or a program sets it (a routing control); it notices nothing by itself.
	Manual bool
	// Notices is how long it takes at most from the fault until the member counts as unhealthy; unknown where the inputs do not tell, and then
	// the times of HealthCheck that are not known are 0.
	Notices Value[time.Duration]
	// Parts are the checks that it is made of, none = it asks itself: it counts as healthy while at least Needs of them do. A part that is not
	// known is missing, and PartsOpen tells why.
	Parts     []*RecordCheck
	Needs     Value[int]
	PartsOpen string
	// Disabled and Inverted checks count as healthy whatever happens, or say the opposite.
	Disabled, Inverted Value[bool]
}

// Balancer is a load balancer of one region, or an address that stands for one, with what it leads to.
type Balancer struct {
	ID      string // environment and address of the resource
	Kind    string // "network load balancer", "Service of type LoadBalancer"
	Name    string // as the provider knows it, "" = unknown
	Region  Value[string]
	Zones   []string    // that it has addresses in; none = unknown
	Spills  Value[bool] // requests of one zone go to targets in others
	Cluster string      // the Kubernetes cluster whose pods it leads to; "" = unknown, or none
	// Namespace and Service are the Kubernetes Service that it serves, "" = unknown, or none.
	Namespace, Service string
	// Checks is what takes a target out; absent = nothing does.
	Checks    Value[*HealthCheck]
	Protected Value[bool] // from being deleted
	Origin    Origin
}
