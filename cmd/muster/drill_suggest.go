package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/suggest"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
)

// drillSuggestOptions are the arguments and flags of muster drill suggest.
type drillSuggestOptions struct {
	inputs
	outputFlags
	filters
	evidencing
	MaxAge string
	Top    int
}

func newDrillSuggest(s streams) *cobra.Command {
	o := &drillSuggestOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "suggest [PATH…]",
		Short: "Rank the drills that have not been done, by what the failure would cost",
		Long: `Rank drills, a service in a scenario each, by what the failure would cost and how
little is proven. The score is a product of factors, which -o json shows:

  criticality  2 for a service with the label criticality tier-1, 1.5 for tier-2, else 1
  promise      4 where an objective lists the failure, 2 where only the configuration
               sets out to survive it, else 1
  dependents   1 + log2(1 + services that cannot do without it)
  urgency      1 + 60s/RTO, at most 2; 1 without an RTO
  risk         predicted lost 4, unknown 3, survives 1; degraded 1 + 3 x the share
               of requests that fails, at least 1.5
  encryption   plaintext predicted 2, not known 1.5, else 1
  evidence     never drilled 1, stale 0.6, only killed 0.5, failed 0.3

A drill is stale where the prediction has changed since, or it is older than
--max-age. What a drill has proven is not suggested. Without --evidence nothing
was ever drilled.
` + pathHelp,
		Example: `  muster drill suggest
  muster drill suggest --evidence drills/ --max-age 180d
  muster drill suggest --service 'payments/*' --scenario region -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			return runDrillSuggest(cmd.Context(), o)
		},
	}
	o.inputs.register(cmd)
	o.registerCluster(cmd)
	o.outputFlags.register(cmd, "text", "json")
	o.filters.register(cmd)
	f := cmd.Flags()
	o.evidencing.register(cmd)
	f.StringVar(&o.MaxAge, "max-age", "365d", "how `LONG` evidence counts, as 90d or 2160h")
	f.IntVar(&o.Top, "top", 20, "how many drills text shows; 0 = all")
	return cmd
}

func runDrillSuggest(ctx context.Context, o *drillSuggestOptions) error {
	outputs, err := o.parse("text", "json")
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	ranking := suggest.Options{Now: time.Now()}
	maxAge, err := plan.ParseDuration(o.MaxAge)
	if err != nil {
		return usagef("--max-age: %w", err)
	}
	ranking.MaxAge = maxAge.Std()
	ctx, cancel := o.within(ctx)
	defer cancel()
	f, cells, err := o.compute(ctx)
	if err != nil {
		return stopped(ctx, err)
	}
	known, err := o.readEvidence(&o.evidencing, f, ranking.Now)
	if err != nil {
		return err
	}
	if known != nil {
		ranking.Evidence = shown{known}
	}
	list := suggest.Rank(f.Graph, cells, ranking)
	err = o.write(o.out, outputs,
		format{"text", func(w io.Writer, _ report.Terminal) error { return o.writeText(w, list, len(cells)) }},
		format{"json", func(w io.Writer, _ report.Terminal) error { return writeSuggestions(w, list) }})
	if err != nil {
		return err
	}
	o.warn(f)
	return o.incomplete(f)
}

// compute is the matrix of what services are to survive.
func (o *drillSuggestOptions) compute(ctx context.Context) (*fleet.Fleet, []*failover.Cell, error) {
	p := startProgress(o.err)
	defer p.end()
	p.at("reading the inputs")
	f, err := o.load(ctx)
	if err != nil {
		return nil, nil, err
	}
	options, err := o.options(f.Graph)
	if err != nil {
		return nil, nil, err
	}
	p.at("predicting what survives")
	m, err := failover.Compute(ctx, f.Graph, options)
	if err != nil {
		return nil, nil, err
	}
	kept := m.Cells[:0]
	for _, c := range m.Cells {
		if o.keeps(c) {
			kept = append(kept, c)
		}
	}
	return f, kept, nil
}

func writeSuggestions(w io.Writer, list []suggest.Suggestion) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Schema string               `json:"schema"`
		Tool   report.Tool          `json:"tool"`
		Drills []suggest.Suggestion `json:"drills"`
	}{"muster.suggest/v1", report.ToolOf(version()), list})
}

func (o *drillSuggestOptions) writeText(w io.Writer, list []suggest.Suggestion, cells int) error {
	if len(list) == 0 {
		text := "nothing to suggest: every cell is proven by a drill"
		if cells == 0 {
			text = "nothing to suggest: the matrix has no cells; --all-services shows services without an objective or intent"
		}
		_, err := fmt.Fprintln(w, text)
		return err
	}
	shown := list
	if o.Top > 0 && len(list) > o.Top {
		shown = list[:o.Top]
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "rank\tscore\tservice\tfailure\tpredicted\tdrilled\tneeded by\tfaults")
	for _, s := range shown {
		fmt.Fprintln(table, strings.Join([]string{
			strconv.Itoa(s.Rank), strconv.FormatFloat(s.Score, 'f', 1, 64), report.Printable(drillService(s.Of)), shortScenario(s.Scenario),
			predictedOf(s), string(s.State), strconv.Itoa(s.Dependents), strings.Join(s.Faults, ","),
		}, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if more := len(list) - len(shown); more > 0 {
		fmt.Fprintf(w, "and %d more (--top 0)\n", more)
	}
	_, err := fmt.Fprintf(w, "\nmuster drill plan --service %s --scenario %s\n", shellQuoted(drillService(shown[0].Of)), shellQuoted(shown[0].Scenario))
	return err
}

func drillService(s *mesh.Service) string {
	if s.Namespace == "" {
		return s.Name
	}
	return s.Namespace + "/" + s.Name
}

func predictedOf(s suggest.Suggestion) string {
	if s.Encryption != "" && s.Encryption != "mtls" {
		return s.Outcome + ", " + s.Encryption
	}
	return s.Outcome
}

// shortScenario keeps a scenario in its column.
func shortScenario(scenario string) string {
	const most = 44
	if runes := []rune(scenario); len(runes) > most {
		scenario = string(runes[:most-3]) + "..."
	}
	return report.Printable(scenario)
}

// shellQuoted is a word for a shell, which a name of the inputs must not be more than.
func shellQuoted(text string) string {
	plain := strings.IndexFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./=+:@,", r))
	}) < 0
	if plain && text != "" {
		return text
	}
	return "'" + strings.ReplaceAll(report.Printable(text), "'", `'\''`) + "'"
}

// shown is what drills have shown, for ranking: the last one of a cell that came to a verdict.
type shown struct{ *drilled.Index }

// Latest is that drill.
func (s shown) Latest(cell string) (suggest.Drill, bool) {
	for _, d := range s.Drills(cell) { // the latest first
		if d.Conclusive() {
			return suggest.Drill{Run: d.Run, Passed: d.Verdict == drilled.Pass, At: d.Ended, Prediction: d.Prediction}, true
		}
	}
	return suggest.Drill{}, false
}
