package analyzer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Level is how loud a finding is.
type Level string

// The levels. Error: a named failure is predicted to lose or expose traffic under an objective
// or intent. Warning: degraded, fragile or not proven. Note: advice.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Note    Level = "note"
)

var levelRank = map[Level]int{Error: 0, Warning: 1, Note: 2}

// AtLeast reports whether l is as severe as m or more.
func (l Level) AtLeast(m Level) bool { return levelRank[l] <= levelRank[m] }

// Rule is one entry of the catalogue. Ids are stable and never reused. A rule's own folder says what it does (Causes
// and Run); the registry adds what its rule.yaml says.
type Rule struct {
	ID    string // DR103
	Slug  string // failover-inert
	Title string // one line
	// Yields are the ids of rules to whose errors it yields: a finding that Follows from lines of objects at which these
	// rules have errors of the same service is not told beside them.
	Yields []string
	// Params are what a config may set.
	Params []Param
	// Causes of broken cells that the rule speaks for.
	Causes []failover.CauseKind
	// Run reports findings beyond those of Causes; nil for most rules.
	Run func(*Pass)
}

// Finding is one broken promise or one thing that is wrong, at the line that decides.
type Finding struct {
	Rule     *Rule
	Level    Level
	Message  string
	Service  *mesh.Service // nil if it concerns none in particular
	Resource mesh.Resource
	Origin   mesh.Origin
	Related  []mesh.Evidence
	// Follows are the lines that it is a consequence of, all of them; empty where it stands for itself.
	Follows  []mesh.Origin
	Scenario string
	Fault    string
	Cells    []string // ids of the cells it spoils
}

// Position is the place of the finding.
func (f *Finding) Position() mesh.Position { return f.Origin.Position() }

// Fingerprint identifies the finding across moves of lines and folders: rule, resource, service
// and evidence path.
func (f *Finding) Fingerprint() string {
	h := sha256.New()
	service := ""
	if f.Service != nil {
		service = string(f.Service.ID)
	}
	r := f.Resource
	for _, part := range []string{f.Rule.ID, r.Kind, r.Namespace, r.Name, r.Cluster, service, f.Origin.Path} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Pass is what a rule sees of one scan.
type Pass struct {
	Graph *mesh.Graph
	// Matrix holds at least the cells that break a promise (ForFindings): a scan leaves others out
	// of Cells and only sums them up. A rule that needs cells that survive asks for them itself.
	Matrix *failover.Matrix
	// Broken are the promised cells that do not hold, or cannot be proven.
	Broken []*Breach
	// Params are the rule's parameters, every one with a value.
	Params Params
	report func(*Finding)
	rule   *Rule
}

// Report adds a finding of the running rule.
func (p *Pass) Report(f Finding) {
	f.Rule = p.rule
	p.report(&f)
}

// sortFindings orders by level, then position, rule and service.
func sortFindings(list []*Finding) {
	slices.SortStableFunc(list, func(a, b *Finding) int {
		return cmp.Or(
			cmp.Compare(levelRank[a.Level], levelRank[b.Level]),
			a.Position().Compare(b.Position()),
			cmp.Compare(a.Rule.ID, b.Rule.ID),
			cmp.Compare(serviceID(a.Service), serviceID(b.Service)),
			cmp.Compare(a.Message, b.Message))
	})
}

func serviceID(s *mesh.Service) mesh.ServiceID {
	if s == nil {
		return ""
	}
	return s.ID
}
