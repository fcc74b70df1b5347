package rollouts

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// template is an AnalysisTemplate or a ClusterAnalysisTemplate.
type template struct {
	doc   *source.Document
	whole bool
	spec  templateSpec
}

type templateSpec struct {
	Metrics   []analysisMetric `json:"metrics"`
	DryRun    []dryRun         `json:"dryRun"`
	Args      []argument       `json:"args"`
	Templates []templateName   `json:"templates"`
}

type analysisMetric struct {
	Name             string                     `json:"name"`
	Interval         scalar                     `json:"interval"`
	InitialDelay     scalar                     `json:"initialDelay"`
	Count            scalar                     `json:"count"`
	FailureLimit     scalar                     `json:"failureLimit"`
	SuccessCondition string                     `json:"successCondition"`
	FailureCondition string                     `json:"failureCondition"`
	Provider         map[string]json.RawMessage `json:"provider"`
}

type dryRun struct {
	MetricName string `json:"metricName"`
}

type argument struct {
	Name  string  `json:"name"`
	Value *scalar `json:"value"`
}

type templateName struct {
	TemplateName string `json:"templateName"`
	ClusterScope bool   `json:"clusterScope"`
}

// analysis is what a Rollout says of one analysis.
type analysis struct {
	Templates    []templateName `json:"templates"`
	TemplateName string         `json:"templateName"` // of an experiment's analysis
	ClusterScope bool           `json:"clusterScope"`
	Args         []argument     `json:"args"`
	DryRun       []dryRun       `json:"dryRun"`
	StartingStep *int64         `json:"startingStep"`
}

func (b *builder) readTemplate(d *source.Document) {
	o, whole := object[struct {
		Spec templateSpec `json:"spec"`
	}](b, d)
	if o != nil {
		b.templates[keyOf(d)] = &template{d, whole, o.Spec}
	}
}

// verdict is whether an analysis can fail, and how long that takes.
type verdict struct {
	fails  mesh.Value[bool] // its Origin is the line that decides
	why    string           // it cannot
	within mesh.Value[mesh.Span]
}

// Bounds of what is read: no release that a person wrote comes near them.
const (
	mostTemplates = 100 // of one analysis, those of templates included
	mostMetrics   = 100 // of one template
	mostArguments = 100 // of one analysis, and of one template
	mostLooks     = 100 // of one Rollout
	longestRule   = 1000
)

// analyse judges an analysis of a Rollout. It fails as soon as one of its metrics does: which of them sees a fault is
// not known, so the time is that of the slowest.
func (b *builder) analyse(namespace string, a *analysis, at mesh.Origin) verdict {
	names := a.Templates
	if a.TemplateName != "" {
		names = append(slices.Clip(names), templateName{a.TemplateName, a.ClusterScope})
	}
	x := judged{builder: b, namespace: namespace, args: a.Args, dry: a.DryRun, at: at}
	for _, n := range names {
		x.template(n)
	}
	switch {
	case x.yes.fails.IsKnown():
		return x.yes
	case x.open.State == mesh.Unknown:
		return verdict{fails: x.open}
	case x.metrics == 0:
		return verdict{fails: mesh.Of(false, at), why: "its analysis has no metric"}
	}
	return x.no
}

// judged puts the metrics of an analysis together.
type judged struct {
	*builder
	namespace string
	args      []argument
	dry       []dryRun
	at        mesh.Origin
	seen      []*template
	metrics   int
	yes, no   verdict
	open      mesh.Value[bool]
}

func (x *judged) template(n templateName) {
	key := objectKey{groupArgo, "AnalysisTemplate", x.namespace, n.TemplateName}
	if n.ClusterScope {
		key.kind, key.namespace = "ClusterAnalysisTemplate", ""
	}
	t := x.templates[key]
	switch {
	case t == nil:
		x.open = mesh.UnknownOf[bool](fmt.Sprintf("%s %s is not in the inputs", key.kind, short(n.TemplateName)), x.at)
		return
	case !t.whole:
		x.open = mesh.UnknownOf[bool](fmt.Sprintf("part of %s %s cannot be read", key.kind, short(n.TemplateName)), mesh.At(t.doc, ""))
	case slices.Contains(x.seen, t) || len(x.seen) == mostTemplates:
		return
	}
	x.seen = append(x.seen, t)
	dry, certain := dryMetrics(slices.Concat(x.dry, t.spec.DryRun))
	if len(t.spec.Metrics) > mostMetrics {
		x.open = mesh.UnknownOf[bool](fmt.Sprintf("it has more than %d metrics", mostMetrics), mesh.At(t.doc, "/spec/metrics"))
	}
	for i := range t.spec.Metrics[:min(len(t.spec.Metrics), mostMetrics)] {
		x.metrics++
		m := &t.spec.Metrics[i]
		at := mesh.At(t.doc, "/spec/metrics/"+strconv.Itoa(i))
		if dry(m.Name) {
			x.no = verdict{fails: mesh.Of(false, x.dryAt(t)), why: "its metrics run dry, and count for nothing (dryRun)"}
			continue
		}
		if !certain {
			x.open = mesh.UnknownOf[bool]("which metrics run dry is not known", x.dryAt(t))
			continue
		}
		x.metric(m, at, func(v string) string { return filled(v, x.args, t.spec.Args) })
	}
	for _, n := range t.spec.Templates {
		x.template(n)
	}
}

// dryAt is the line that lets metrics run dry.
func (x *judged) dryAt(t *template) mesh.Origin {
	if len(x.dry) > 0 {
		return x.at.Child("dryRun")
	}
	return mesh.At(t.doc, "/spec/dryRun")
}

// metric takes in one metric.
func (x *judged) metric(m *analysisMetric, at mesh.Origin, fill func(string) string) {
	v := m.judge(at, fill)
	switch can, known := v.fails.Get(); {
	case !known:
		x.open = v.fails
	case !can:
		x.no = v
	case !x.yes.fails.IsKnown():
		x.yes = v
	case !x.yes.within.IsKnown() || !v.within.IsKnown():
		x.yes.within.State, x.yes.within.Cause = mesh.Unknown, cmp.Or(x.yes.within.Cause, v.within.Cause)
	default:
		if v.within.V.Upper > x.yes.within.V.Upper {
			x.yes.within.Origin = v.within.Origin
		}
		x.yes.within.V = mesh.Span{Lower: min(v.within.V.Lower, x.yes.within.V.Lower), Upper: max(v.within.V.Upper, x.yes.within.V.Upper)}
	}
}

// dryMetrics are the metrics that count for nothing: rules are regular expressions that match anywhere in a name
// (utils/analysis/helpers.go, GetDryRunMetrics). certain is false where a rule cannot be read.
func dryMetrics(rules []dryRun) (dry func(name string) bool, certain bool) {
	const most = 100
	var list []*regexp.Regexp
	certain = len(rules) <= most
	for _, r := range rules[:min(len(rules), most)] {
		if len(r.MetricName) > longestRule || placeholder(r.MetricName) {
			certain = false
			continue
		}
		re, err := regexp.Compile(r.MetricName)
		if err != nil {
			certain = false
			continue
		}
		list = append(list, re)
	}
	return func(name string) bool {
		return slices.ContainsFunc(list, func(re *regexp.Regexp) bool { return re.MatchString(name) })
	}, certain
}

// filled puts arguments into a text: those that the Rollout gives, else what the template says.
func filled(v string, given, defaults []argument) string {
	if !strings.Contains(v, "{{") {
		return v
	}
	for _, a := range slices.Concat(given[:min(len(given), mostArguments)], defaults[:min(len(defaults), mostArguments)]) {
		if a.Value != nil && a.Name != "" {
			v = strings.ReplaceAll(strings.ReplaceAll(v, "{{args."+a.Name+"}}", string(*a.Value)), "{{ args."+a.Name+" }}", string(*a.Value))
		}
		if len(v) > 4096 {
			return "{{too long}}"
		}
	}
	return v
}
