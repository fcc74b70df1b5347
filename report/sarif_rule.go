package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/rules/catalogue"
)

// rule returns the index of a finding's rule among those of the run, and describes the rule when it is first met.
// Rules without results are left out: a config may have turned them off.
func (s *sarif) rule(f *Finding) int {
	if i, ok := s.index[f.Rule]; ok {
		return i
	}
	s.index[f.Rule] = len(s.rules)
	if e := s.o.rule(f.Rule); e != nil {
		s.rules = append(s.rules, s.knownRule(e))
	} else if i := slices.IndexFunc(s.o.Described, func(d RuleText) bool { return d.ID == f.Rule }); i >= 0 {
		s.rules = append(s.rules, s.describedRule(&s.o.Described[i]))
	} else {
		s.rules = append(s.rules, unknownRule(f))
	}
	return s.index[f.Rule]
}

// unknownRule describes a rule of which only findings are known.
func unknownRule(f *Finding) sarifRule {
	title := oneLine(cmp.Or(strings.ReplaceAll(f.Slug, "-", " "), f.Rule), longestRule/2)
	return sarifRule{
		ID: f.Rule, Name: cmp.Or(oneLine(f.Slug, 200), f.Rule), Short: sarifText{Text: title}, Full: sarifText{Text: title},
		Help:    sarifText{Text: title + ". This muster does not know the rule; the one that reported it explains it: muster explain " + f.Rule, Markdown: ""},
		Default: sarifDefault{f.Level},
		Properties: sarifProperties{
			Tags: []string{"disaster-recovery"}, Precision: "medium", ProblemSeverity: problemSeverity(analyzer.Level(f.Level)),
		},
	}
}

func (s *sarif) knownRule(e *catalogue.Entry) sarifRule {
	url := Repository + "/blob/main/docs/rules/" + e.ID + ".md"
	out := sarifRule{
		ID: e.ID, Name: e.Slug, HelpURI: url,
		Short:   sarifText{Text: upTo(e.Title, longestRule)},
		Full:    sarifText{Text: upTo(firstParagraph(e.Page), longestRule)},
		Help:    sarifText{Text: e.Remediation + "\n\nmuster explain " + e.ID + " shows a bad and a good example, as does " + url, Markdown: absolute(e)},
		Default: sarifDefault{string(e.Levels[0])},
		Properties: sarifProperties{
			Tags: tags(e), Precision: e.Precision, ProblemSeverity: problemSeverity(e.Levels[0]),
		},
	}
	if s.o.SecuritySeverity {
		out.Properties.SecuritySeverity = securitySeverity[e.Impact]
	}
	return out
}

// describedRule is one that is none of the catalogue.
func (s *sarif) describedRule(d *RuleText) sarifRule {
	out := sarifRule{
		ID: d.ID, Name: d.Name, HelpURI: d.URL, Short: sarifText{Text: upTo(d.Title, longestRule)}, Full: sarifText{Text: upTo(d.Why, longestRule)},
		Help:    sarifText{Text: d.Why + "\n\n" + d.Help + "\n\n" + d.URL, Markdown: d.Why + "\n\n**What to do:** " + d.Help + "\n\n[More](" + d.URL + ")"},
		Default: sarifDefault{d.Level},
		Properties: sarifProperties{
			Tags: slices.Clip(d.Tags[:min(len(d.Tags), mostTags)]), Precision: "very-high", ProblemSeverity: problemSeverity(analyzer.Level(d.Level)),
		},
	}
	if s.o.SecuritySeverity {
		out.Properties.SecuritySeverity = securitySeverity[d.Impact]
	}
	return out
}

// problemSeverity is what code scanning calls a level.
func problemSeverity(l analyzer.Level) string {
	if l == analyzer.Note {
		return "recommendation"
	}
	return string(l)
}

// securitySeverity is a score for what a failure would cost, in the middle of GitHub's ranges: critical is above 9,
// high 7 to 8.9, medium 4 to 6.9.
var securitySeverity = map[string]string{"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}

// tags name the field, the category and the first references of controls; code scanning keeps ten.
func tags(e *catalogue.Entry) []string {
	list := []string{"disaster-recovery", e.Category}
	for _, f := range catalogue.Frameworks {
		for _, ref := range e.Controls[f.Key] {
			list = append(list, f.Key+":"+ref)
		}
	}
	return slices.Clip(list[:min(len(list), mostTags)])
}

// absolute is the page of a rule with links that work outside of the repository.
func absolute(e *catalogue.Entry) string {
	page, err := e.Markdown()
	if err != nil {
		return "" // the text stands for it; a test of the catalogue renders every page
	}
	return strings.ReplaceAll(page, "](../../", "]("+Repository+"/blob/main/")
}

// firstParagraph is the beginning of a page as plain text.
func firstParagraph(page string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(page), "\n\n")
	return strings.NewReplacer("`", "", "**", "").Replace(strings.Join(strings.Fields(first), " "))
}

// upTo cuts text at a word, to at most n bytes.
func upTo(text string, n int) string {
	if len(text) <= n {
		return text
	}
	cut := strings.ToValidUTF8(text[:n-len("…")], "")
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return cut + "…"
}
