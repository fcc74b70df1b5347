package plan

import (
	"slices"
	"strconv"
	"time"
)

func (c *checker) people() {
	p := &c.People
	if c.Metadata.Owner == "" {
		c.add(LevelWarning, "/metadata/owner", "nobody answers for the drill")
	}
	if len(p.Approvers) == 0 {
		c.add(LevelError, "/people/approvers", "nobody is asked whether the drill may run")
	}
	for i, who := range p.Approvers {
		if slices.Contains(p.Excluded, who) {
			c.add(LevelError, "/people/approvers/"+strconv.Itoa(i), "%s approves, and is to be done without", who)
		}
	}
	for i, who := range p.Participants {
		if slices.Contains(p.Excluded, who) {
			c.add(LevelError, "/people/participants/"+strconv.Itoa(i), "%s takes part, and is to be done without", who)
		}
	}
	c.approvals()
}

// approvals: each approver has said yes to this version of the plan.
func (c *checker) approvals() {
	p := &c.People
	digest, err := c.Digest()
	if err != nil {
		c.add(LevelError, "/people/approved", "%v", err)
		return
	}
	yes := map[string]bool{}
	for i := range p.Approved {
		a, path := &p.Approved[i], "/people/approved/"+strconv.Itoa(i)
		switch {
		case a.Digest != digest:
			c.add(LevelError, path+"/digest", "%s has approved another version of the plan; this one is %s", a.By, digest)
		case !slices.Contains(p.Approvers, a.By):
			c.add(LevelError, path+"/by", "%s is not among the approvers", a.By)
		default:
			yes[a.By] = true
		}
		if at, err := time.Parse(time.RFC3339, a.At); err == nil && !c.Now.IsZero() && at.After(c.Now) {
			c.add(LevelError, path+"/at", "the approval is of the future")
		}
	}
	for i, who := range p.Approvers {
		if !yes[who] {
			c.add(LevelWarning, "/people/approvers/"+strconv.Itoa(i), "%s has not approved this version of the plan, %s", who, digest)
		}
	}
}

func (c *checker) followups() {
	for i := range c.Followups {
		f, path := &c.Followups[i], "/followups/"+strconv.Itoa(i)
		if f.Closed != "" {
			continue
		}
		if f.Owner == "" {
			c.add(LevelWarning, path, "nobody answers for %q", f.Finding)
		}
		if f.Due == "" {
			c.add(LevelWarning, path, "%q is due at no date", f.Finding)
			continue
		}
		due, err := time.Parse(time.DateOnly, f.Due)
		if err == nil && !c.Now.IsZero() && c.Now.After(due.AddDate(0, 0, 1)) {
			c.add(LevelWarning, path+"/due", "%q was due on %s, and no drill has closed it", f.Finding, f.Due)
		}
	}
}
