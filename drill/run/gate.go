package run

import (
	"fmt"
	"strings"
	"time"

	"github.com/passmuster/muster/drill/plan"
)

// Refused is why a drill was not begun. Nothing was asked and nothing was injected.
type Refused struct{ Reasons []string }

func (e *Refused) Error() string { return "the drill was not begun: " + strings.Join(e.Reasons, "; ") }

func refused(format string, args ...any) error {
	return &Refused{[]string{fmt.Sprintf(format, args...)}}
}

// gates are what has to be in order before a drill begins. What was overridden is returned, for the record.
func (o *Options) gates(digest string, begin time.Time, length time.Duration) (overridden []string, err error) {
	var reasons []string
	why, err := blocked(&o.Plan.Safety, begin, length)
	switch {
	case err != nil:
		reasons = append(reasons, err.Error())
	case why != "" && o.Anyway == "":
		reasons = append(reasons, why+"; --anyway REASON begins all the same")
	case why != "":
		overridden = append(overridden, "begun anyway: "+why+". Reason: "+o.Anyway)
	}
	if missing := unapproved(&o.Plan.People, digest); len(missing) > 0 {
		text := "this version of the plan (" + digest + ") is not approved by " + strings.Join(missing, ", ")
		if o.Unapproved {
			overridden = append(overridden, text+"; begun with --unapproved")
		} else {
			reasons = append(reasons, text+"; --unapproved begins all the same")
		}
	}
	for _, a := range o.Plan.Safety.AbortOn {
		if err := checkAbort(&a); err != nil {
			reasons = append(reasons, err.Error())
		}
	}
	if len(reasons) > 0 {
		return nil, &Refused{reasons}
	}
	return overridden, nil
}

// unapproved are the approvers who have not agreed to this version of the plan. A plan that names none needs anybody's agreement.
func unapproved(people *plan.People, digest string) []string {
	agreed := map[string]bool{}
	for _, a := range people.Approved {
		if a.Digest == digest && a.By != "" {
			agreed[a.By] = true
		}
	}
	if len(people.Approvers) == 0 && len(agreed) == 0 {
		return []string{"anybody"}
	}
	var missing []string
	for _, who := range people.Approvers {
		if !agreed[who] {
			missing = append(missing, who)
		}
	}
	return missing
}
