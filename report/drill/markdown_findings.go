package drillreport

import (
	"strings"

	"github.com/passmuster/muster/drill/audit"
)

func (p *page) findings() {
	p.line("\n## Findings\n")
	list := allDrift(p.r)
	if len(list) == 0 && len(p.r.Doubts) == 0 {
		p.line("None.")
	}
	for i, d := range list {
		if i == mostBlocks {
			p.line("**%s**, less severe, are not shown here; the JSON report has all.\n", counted(len(list)-i, "more finding"))
			break
		}
		p.line("### %d. %s %s (%s)\n", i+1, prose(d.Class), prose(ClassOf(d.Class).Title), prose(string(d.Severity)))
		p.line("%s\n", prose(d.Message))
		p.line("- expected: %s\n- observed: %s", orDash(d.Expected), orDash(d.Observed))
		if d.Cell != "" {
			p.line("- cell: %s", code(d.Cell))
		}
		if d.At != "" {
			p.line("- line that decides: %s", code(d.At))
		}
		if len(d.Rules) > 0 {
			p.line("- said by the scan: %s", prose(strings.Join(d.Rules, ", ")))
		}
		for _, e := range references(d.Evidence) {
			p.line("- evidence: %s", code(e))
		}
		if d.Blocks {
			p.line("- no verdict can be drawn while this stands")
		}
		p.line("- next: %s\n", ClassOf(d.Class).Next)
	}
	p.doubts()
	p.agreement()
}

func (p *page) doubts() {
	list := p.r.Doubts
	for i := range p.r.Cells {
		list = append(list[:len(list):len(list)], p.r.Cells[i].Doubts...)
	}
	if len(list) == 0 {
		return
	}
	p.line("### Doubts\n\nWhile these stand, the drill proves nothing.\n")
	for _, d := range list {
		next := remedy(d)
		if next != "" {
			next = " " + next
		}
		p.line("- %s: %s.%s", prose(d.Kind), prose(strings.TrimSuffix(d.Text, ".")), next)
	}
}

func (p *page) agreement() {
	a := p.r.Static
	if len(a.Confirmed)+len(a.Refuted)+len(a.Untested) == 0 {
		return
	}
	p.line("\n### What the drill says about the predictions\n\n| standing | prediction or finding | says | seen |\n|---|---|---|---|")
	for _, group := range []struct {
		standing string
		list     []audit.Statement
	}{{"**refuted**", a.Refuted}, {"confirmed", a.Confirmed}, {"untested", a.Untested}} {
		for i, s := range group.list {
			if i == mostRows {
				p.line("| %s | and %d more | | |", group.standing, len(group.list)-i)
				break
			}
			what := cellName(s.Cell)
			if s.Rule != "" {
				what = s.Rule
			}
			if s.At != "" {
				what += " at " + s.At
			}
			p.line("| %s | %s | %s | %s |", group.standing, prose(what), prose(s.Says), orDash(s.Saw))
		}
	}
}

// mostRows is how many predictions of a kind a table has.
const mostRows = 50

func (p *page) followups() {
	p.line("\n## Follow-ups\n")
	var given []string
	if p.r.Plan != nil {
		for _, f := range p.r.Plan.Followups {
			state := "open"
			if f.Closed != "" {
				state = "closed by " + code(f.Closed)
			}
			given = append(given, "| "+orDash(f.Finding)+" | "+orDash(f.Owner)+" | "+orDash(f.Due)+" | "+inTable(state)+" |")
		}
	}
	var open []string
	for i := range p.r.Cells {
		for _, text := range next(p.r, &p.r.Cells[i]) {
			open = append(open, prose(text))
		}
	}
	for _, text := range nextOfAll(p.r) {
		open = append(open, prose(text))
	}
	if len(given)+len(open) == 0 {
		p.line("None.")
		return
	}
	p.line("| what | owner | due | state |\n|---|---|---|---|")
	for _, row := range given {
		p.line("%s", row)
	}
	seen := map[string]bool{}
	for _, text := range open {
		if !seen[text] {
			p.line("| %s | **to be named** | **to be set** | proposed |", text)
		}
		seen[text] = true
	}
	p.line("\nA follow-up that is proposed here belongs into `followups` of the plan, with an owner and a date; the drill that shows it is done closes it.")
}

func (p *page) documents() {
	if p.r.Plan == nil {
		return
	}
	p.line("\n## Documents\n")
	for _, d := range p.r.Plan.Documents {
		kind := ""
		if d.Kind != "" {
			kind = " (" + prose(d.Kind) + ")"
		}
		p.line("- %s: %s%s", prose(d.Title), code(d.Ref), kind)
	}
	if len(p.r.Plan.Documents) == 0 {
		p.line("The plan names none.")
	}
	p.line("\nWay back: %s; at most %s; %s.", prose(strings.Join(p.r.Plan.Rollback.Steps, ", ")), lasting(p.r.Plan.Rollback.MaxTime),
		map[bool]string{true: "tested", false: "not tested"}[p.r.Plan.Rollback.Tested])
}

func (p *page) proves() {
	p.line("\n## What this proves\n\n%s", oneProves(p.r.Statistics))
	if miss := p.r.Statistics.Miss; miss > 0 {
		p.line("An outage as long as the objective is missed by the prober with a probability of %s.", percent(miss))
	}
	if p.r.Plan != nil && p.r.Plan.Cadence.Every > 0 {
		p.line("The drill is repeated every %s, and after: %s.", lasting(p.r.Plan.Cadence.Every), orDash(strings.Join(p.r.Plan.Cadence.Triggers, ", ")))
	}
}

func (p *page) evidence() {
	p.line("\n## Evidence\n\n| source | format | lines | complete | sha256 | head of the chain |\n|---|---|---|---|---|---|")
	for _, s := range p.r.Sources {
		lines := "–"
		if s.Lines > 0 {
			lines = counted(int(s.Lines), "line")
		}
		head := "–"
		if s.Head != "" {
			head = inTable(code(s.Head))
		}
		p.line("| %s | %s | %s | %s | %s | %s |", prose(s.Name), prose(s.Format), lines, map[bool]string{true: "yes", false: "**no**"}[s.Complete], inTable(code(s.SHA256)), head)
	}
	for _, s := range p.r.Sources {
		if s.Broken != "" {
			p.line("\n**%s was changed after it was written**: %s", prose(s.Name), prose(s.Broken))
		}
		for _, n := range s.Notes {
			p.line("\n%s: %s", prose(s.Name), prose(n))
		}
	}
	if p.r.Plan != nil && p.r.Plan.Evidence.Keep > 0 {
		p.line("\nKept for %s.", lasting(p.r.Plan.Evidence.Keep))
	}
	p.line("\nEvery line of a record carries the hash of the line before, so a line that was changed later is found, and which one. The files, the plan, the configuration " +
		"and this report's JSON are named by their digests in a signed statement (in-toto, DSSE); `muster drill verify DIR --key PUBLIC.pem` checks signature, digests and chains.")
}
