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
	// OptIn: it speaks only where a config gives it a level.
	OptIn bool
	// Strict: it speaks under --strict only.
	Strict bool
	// Fixed: nobody can suppress its findings.
	Fixed bool
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
	Cells    Spoilt // the cells it spoils
	// Cause is that of the worst cell; its Kind is "" where the finding is about no broken cell.
	Cause failover.Cause
	// Suppressed is who accepted the finding; nil = nobody, it counts.
	Suppressed *mesh.Suppression
}

// Position is the place of the finding.
func (f *Finding) Position() mesh.Position { return f.Origin.Position() }

// Fingerprint identifies the finding across moves of lines and files: rule, resource, service and
// evidence path. Only what concerns neither a resource nor a service is told apart by its file.
func (f *Finding) Fingerprint() string {
	h := sha256.New()
	service := ""
	if f.Service != nil {
		service = string(f.Service.ID)
	}
	r := f.Resource
	parts := []string{f.Rule.ID, r.Kind, r.Namespace, r.Name, r.Cluster, service, f.Origin.Path}
	if r.Kind == "" && r.Name == "" && service == "" {
		parts = append(parts, f.Position().File)
	}
	for _, part := range parts {
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
	// Model answers for further cells of the graph.
	Model *failover.Model
	// Broken are the promised cells that do not hold, or cannot be proven.
	Broken []*Breach
	// Evidence is what drills have shown; nil = nobody said where that is told, so that nothing may be said about drills.
	Evidence *Evidence
	// Params are the rule's parameters, every one with a value.
	Params Params
	// Suppressions are for rules about suppressions only, which run after all others and see nothing else.
	Suppressions []*Judged

	found []*Finding
	rule  *Rule
	of    func() map[*mesh.Service][]*Breach // Broken by service, for all rules of a run
}

// BrokenOf are those of Broken that are about one service.
func (p *Pass) BrokenOf(s *mesh.Service) []*Breach {
	if p.of == nil {
		return slices.DeleteFunc(slices.Clone(p.Broken), func(b *Breach) bool { return b.Cell.Service != s })
	}
	return p.of()[s]
}

// Report adds a finding of the running rule.
func (p *Pass) Report(f Finding) {
	f.Rule = p.rule
	p.found = append(p.found, &f)
}

// sortFindings orders by level, then position, rule and service.
func sortFindings(list []*Finding) {
	type placed struct {
		*Finding
		at   mesh.Position // looked up once: that costs a second reading of its document
		rank int
	}
	sorted := make([]placed, len(list))
	parallel(len(list), func(i int) { sorted[i] = placed{list[i], list[i].Position(), levelRank[list[i].Level]} })
	slices.SortStableFunc(sorted, func(a, b placed) int {
		if c := cmp.Or(cmp.Compare(a.rank, b.rank), a.at.Compare(b.at)); c != 0 {
			return c
		}
		return cmp.Or(
			cmp.Compare(a.Rule.ID, b.Rule.ID),
			cmp.Compare(serviceID(a.Service), serviceID(b.Service)),
			cmp.Compare(a.Message, b.Message))
	})
	for i := range sorted {
		list[i] = sorted[i].Finding
	}
}

func serviceID(s *mesh.Service) mesh.ServiceID {
	if s == nil {
		return ""
	}
	return s.ID
}
