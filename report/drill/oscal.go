package drillreport

import (
	"cmp"
	"encoding/hex"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/report"
)

// oscalVersion is the version of the model that is written.
const oscalVersion = "1.1.2"

// namespace is that of muster's own props.
const namespace = report.Repository + "/ns/oscal"

// idSpace is what version 5 UUIDs are made in, so that equal reports give equal bytes.
var idSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte(namespace))

// OSCAL writes the report as assessment results of OSCAL (NIST), for tools that collect evidence about controls. The model knows
// satisfied and not-satisfied only: what is inconclusive is not satisfied, and a prop says so.
func OSCAL(w io.Writer, r *audit.Report) error {
	o := &oscal{r: r, seed: r.Run + "\x00" + r.PlanDigest + "\x00" + r.ConfigDigest}
	plan, resources := o.resources()
	owner := "the owner of the drill"
	if r.Plan != nil && r.Plan.Metadata.Owner != "" {
		owner = oneLine(r.Plan.Metadata.Owner)
	}
	party := o.id("party", owner)
	return report.WriteJSON(w, oscalDocument{oscalAssessment{
		UUID: o.id("assessment-results"),
		Metadata: oscalMetadata{
			Title: "Failover drill " + oneLine(runName(r)), LastModified: stamp(r.Ended), Version: oneLine(r.Run), OSCAL: oscalVersion,
			Props:   props("tool-version", r.Tool),
			Roles:   []oscalRole{{"owner", "Owner of the drill"}},
			Parties: []oscalParty{{party, "organization", owner}}, Responsible: []oscalResponsible{{"owner", []string{party}}},
		},
		ImportAP:   oscalImport{Href: "#" + plan, Remarks: "The plan of the drill stands in for an assessment plan."},
		Results:    []oscalResult{o.result()},
		BackMatter: oscalBack{resources},
	}})
}

// oscal makes one document.
type oscal struct {
	r    *audit.Report
	seed string
}

// id is the same for the same part of the same run.
func (o *oscal) id(parts ...string) string {
	return uuid.NewSHA1(idSpace, []byte(o.seed+"\x00"+strings.Join(parts, "\x00"))).String()
}

// stamp is a time with its zone, to the second.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// oneLine is text as titles and values have it: not empty, on one line, without space around it.
func oneLine(text string) string {
	return cmp.Or(strings.Join(strings.Fields(cut(text)), " "), "none")
}

// props are pairs of names, which are NCNames of ours, and values; what has no value is left out.
func props(pairs ...string) []oscalProp {
	var list []oscalProp
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, oscalProp{pairs[i], namespace, oneLine(pairs[i+1])})
		}
	}
	return list
}

// controls that a drill is evidence about (NIST SP 800-53): testing of contingency plans, recovery, protection in transit.
const (
	controlTest     = "cp-4"
	controlRecovery = "cp-10"
	controlTransit  = "sc-8"
)

func (o *oscal) result() oscalResult {
	r := o.r
	tool := o.id("tool")
	out := oscalResult{
		UUID: o.id("result"), Title: "Run " + oneLine(r.Run), Start: stamp(r.Began), End: stamp(r.Ended),
		Description: "What was seen in the drill against what was predicted and promised: " + string(r.Verdict) + ".",
		Props: props("verdict", string(r.Verdict), "plan-digest", r.PlanDigest, "config-digest", r.ConfigDigest, "live-config-digest", r.LiveConfigDigest,
			"faults-done", strings.Join(r.Coverage.FaultModes, ", "), "faults-missing", strings.Join(r.Coverage.Missing, ", ")),
		Local: oscalLocal{[]oscalComponent{{tool, "software", "muster", "The program that predicted, probed and compared: version " + oneLine(r.Tool) + ".", oscalState{"operational"}}}},
		Reviewed: oscalReviewed{[]oscalSelection{{"Controls of NIST SP 800-53 that the drill is evidence about; it assesses no control as a whole.",
			[]oscalControl{{controlTest}, {controlRecovery}, {controlTransit}}}}},
		Remarks: oneProves(r.Statistics),
	}
	if reasons := sentences(r.Reasons); reasons != "" {
		out.Description += " " + reasons
	}
	var evidence []oscalEvidence
	for i, s := range r.Sources {
		evidence = append(evidence, oscalEvidence{"#" + o.id("source", s.Name, s.SHA256, itoa(i)), "Recorded by " + oneLine(s.Name) + " (" + oneLine(s.Format) + ")"})
	}
	origin := []oscalOrigin{{[]oscalActor{{"tool", tool}}}}
	observe := func(o oscalObservation) string {
		o.Methods, o.Origins, o.Evidence, o.Collected = []string{"TEST"}, origin, evidence, stamp(r.Ended)
		if r.Plan != nil && r.Plan.Cadence.MaxAge > 0 {
			o.Expires = stamp(r.Ended.Add(r.Plan.Cadence.MaxAge.Std()))
		}
		out.Observations = append(out.Observations, o)
		return o.UUID
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		seen := observe(o.observation(c, i))
		related := []oscalRelated{{seen}}
		for n, d := range c.Drift {
			related = append(related, oscalRelated{observe(o.drift(d, i, n))})
		}
		out.Findings = append(out.Findings, o.finding(c, i, related), o.encryption(c, i, related[:1]))
	}
	for n, d := range r.Drift {
		observe(o.drift(d, -1, n))
	}
	return out
}

// sentences joins reasons.
func sentences(list []string) string {
	var b strings.Builder
	for _, text := range list {
		b.WriteString(strings.TrimSuffix(oneLine(text), ".") + ". ")
	}
	return strings.TrimSpace(b.String())
}

func (o *oscal) observation(c *audit.Cell, i int) oscalObservation {
	var lines []string
	for _, row := range rows(o.r, c) {
		lines = append(lines, row.name+": "+cut(row.text))
	}
	return oscalObservation{
		UUID: o.id("cell", c.Cell, c.Prober, itoa(i)), Title: oneLine(titleOf(c)), Description: strings.Join(lines, "\n\n"),
		Props: props("cell", c.Cell, "verdict", string(c.Verdict), "prediction", string(c.Static), "recovery", span(c.Recovery), "seen-by", source(c)),
	}
}

func (o *oscal) drift(d audit.Drift, cell, n int) oscalObservation {
	return oscalObservation{
		UUID: o.id("drift", d.Class, d.Cell, itoa(cell), itoa(n)), Title: oneLine(d.Class + " " + ClassOf(d.Class).Title), Description: oneLine(d.Message),
		Props:   props("class", d.Class, "severity", string(d.Severity), "expected", d.Expected, "observed", d.Observed, "decided-at", d.At, "rules", strings.Join(d.Rules, ", ")),
		Remarks: ClassOf(d.Class).Next,
	}
}

func (o *oscal) finding(c *audit.Cell, i int, related []oscalRelated) oscalFinding {
	return oscalFinding{
		UUID: o.id("finding", c.Cell, c.Prober, itoa(i)), Title: "Promises kept: " + oneLine(titleOf(c)),
		Description: cmp.Or(sentences(c.Reasons), "All promises of the plan about this cell were kept."),
		Props:       props("control-id", controlRecovery, "verdict", string(c.Verdict), "inconclusive", map[bool]string{true: "true"}[c.Verdict == measure.Inconclusive]),
		Target:      oscalTarget{"objective-id", "drill-" + o.id("objective", c.Cell), "The promises of the plan about this cell", statusOf(c.Verdict, next(o.r, c))},
		Related:     related,
	}
}

// encryption is a finding of its own: availability hides it.
func (o *oscal) encryption(c *audit.Cell, i int, related []oscalRelated) oscalFinding {
	v := map[audit.Proof]measure.Verdict{audit.Proven: measure.Pass, audit.Violated: measure.Fail}[c.Encryption.Proof]
	v = cmp.Or(v, measure.Inconclusive)
	return oscalFinding{
		UUID: o.id("encryption", c.Cell, c.Prober, itoa(i)), Title: "Encryption: " + oneLine(titleOf(c)), Description: oneLine(encryptionOf(c)),
		Props:   props("control-id", controlTransit, "proof", string(c.Encryption.Proof), "inconclusive", map[bool]string{true: "true"}[v == measure.Inconclusive]),
		Target:  oscalTarget{"objective-id", "encryption-" + o.id("objective", c.Cell), "Encryption on all hops, while the fault lasts and without it", statusOf(v, nil)},
		Related: related,
	}
}

// statusOf is a verdict as the model knows it.
func statusOf(v measure.Verdict, next []string) oscalStatus {
	switch v {
	case measure.Pass:
		return oscalStatus{State: "satisfied", Reason: "pass"}
	case measure.Fail:
		return oscalStatus{State: "not-satisfied", Reason: "fail", Remarks: strings.Join(next, " ")}
	}
	return oscalStatus{State: "not-satisfied", Reason: "other", Remarks: strings.TrimSpace("Inconclusive: the drill proves neither. " + strings.Join(next, " "))}
}

// resources are the plan, of which the id is returned, and the sources.
func (o *oscal) resources() (plan string, list []oscalResource) {
	plan = o.id("plan")
	p := oscalResource{UUID: plan, Title: "Plan of the drill", Description: "The plan, known by the digest of its canonical JSON without approvals and follow-ups.", Props: props("digest", o.r.PlanDigest)}
	list = append(list, p)
	for i, s := range o.r.Sources {
		res := oscalResource{
			UUID: o.id("source", s.Name, s.SHA256, itoa(i)), Title: oneLine(s.Name), Description: "Results in the format " + oneLine(s.Format) + ".",
			Props: props("complete", map[bool]string{true: "true", false: "false"}[s.Complete], "chain-head", s.Head, "broken", s.Broken),
		}
		link := oscalLink{Href: (&url.URL{Path: oneLine(s.Name)}).EscapedPath()}
		if sum := strings.TrimPrefix(s.SHA256, "sha256:"); isSHA256(sum) {
			link.Hashes = []oscalHash{{"SHA-256", sum}}
		}
		res.Links = []oscalLink{link}
		list = append(list, res)
	}
	return plan, list
}

func isSHA256(text string) bool {
	b, err := hex.DecodeString(text)
	return err == nil && len(b) == 32
}
