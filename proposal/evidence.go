package proposal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// writer turns a plan into a proposal.
type writer struct {
	*plan
	facts  map[*file][]fact
	shared map[*file]int // how many clusters read a file
	files  []*file
	known  map[*cluster]map[property][]fact
}

// all are the facts of one property about a cluster: those that are its own, else those that it shares.
func (w *writer) all(c *cluster, what property) []fact {
	if w.known[c] == nil {
		w.known[c] = w.collect(c)
	}
	return w.known[c][what]
}

// collect gathers the facts about a cluster, by property.
func (w *writer) collect(c *cluster) map[property][]fact {
	own, shared := map[property][]fact{}, map[property][]fact{}
	for _, f := range c.facts {
		if f.fits() {
			own[f.what] = append(own[f.what], f)
		}
	}
	for _, f := range w.files {
		if !c.reach[f] {
			continue
		}
		for _, x := range w.facts[f] {
			switch {
			case !x.fits():
			case w.shared[f] == 1:
				own[x.what] = append(own[x.what], x)
			default:
				shared[x.what] = append(shared[x.what], x)
			}
		}
	}
	for what, list := range shared {
		if len(own[what]) == 0 {
			own[what] = list
		}
	}
	return own
}

// fits reports whether a config may hold the value.
func (f fact) fits() bool {
	switch f.what {
	case hasVersion:
		return validVersion.MatchString(f.value)
	case hasName, hasRegion, hasMeshID, namesRegion, obeys, reads:
		return validName.MatchString(f.value)
	case hasZone:
		return validName.MatchString(strings.Replace(f.value, "/", "", 1))
	}
	return f.value != "" && len(f.value) < 500
}

// one is the single value of a property, or an empty line with why there is none.
func (w *writer) one(c *cluster, what property) Line {
	list := slices.Clone(w.all(c, what))
	if len(list) == 0 {
		return Line{}
	}
	slices.SortStableFunc(list, func(a, b fact) int { return cmp.Compare(a.rank, b.rank) })
	best := list[0]
	var values []string
	for _, f := range list {
		if f.rank == best.rank && !slices.Contains(values, f.value) {
			values = append(values, f.value)
		}
	}
	if len(values) > 1 {
		return Line{Why: fmt.Sprintf("not decided: %s, the first in %s", listed(values, 4), best.why)}
	}
	return Line{best.value, best.why}
}

// nameClusters gives each cluster the name that its mesh knows it by, if only one has it, else that of its definition
// or folder, else "default".
func (w *writer) nameClusters() {
	told := map[*cluster]Line{}
	count := map[string]int{}
	for _, c := range w.clusters {
		c.name = notInName.ReplaceAllString(c.name, "-")
		l := w.one(c, hasName)
		if l.Value != "" && l.Value != "Kubernetes" {
			told[c] = l
			count[l.Value]++
		}
	}
	for _, c := range w.clusters {
		if l, ok := told[c]; ok && count[l.Value] == 1 {
			c.name, c.why = l.Value, l.Why
		}
	}
	w.shorten()
	taken := map[string]bool{}
	for _, c := range w.clusters {
		if c.name == "" {
			c.name = "default"
		}
		for base, n := c.name, 2; taken[c.name]; n++ {
			c.name = fmt.Sprintf("%s-%d", base, n)
		}
		taken[c.name] = true
	}
}

// shorten leaves the region out of names that are clear without it: us-east-1/alpha and eu-west-1/beta.
func (w *writer) shorten() {
	short := map[*cluster]string{}
	count := map[string]int{}
	for _, c := range w.clusters {
		count[c.name]++
		if !c.defined && c.scope.env == "" && c.scope.geo != "" && c.scope.rest != "" && strings.HasSuffix(c.name, "-"+c.scope.rest) && strings.HasPrefix(strings.ToLower(c.name), c.scope.geo+"-") && c.nested {
			short[c] = c.name[len(c.name)-len(c.scope.rest):]
			count[short[c]]++
		}
	}
	for _, n := range short {
		if count[n] > 1 {
			return
		}
	}
	for c, n := range short {
		c.name = n
	}
}

// hinted is the only region named by failover rules that fits the name of a cluster: us-east-1 for us-east.
func (w *writer) hinted(c *cluster) Line {
	var fits []fact
	for _, f := range w.all(c, namesRegion) {
		if c.scope.geo != "" && strings.Contains("-"+f.value+"-", "-"+c.scope.geo+"-") && (len(fits) == 0 || fits[0].value != f.value) {
			fits = append(fits, f)
		}
	}
	if len(fits) != 1 {
		return Line{}
	}
	return Line{fits[0].value, "perhaps: " + fits[0].why + " names it"}
}

// hints tells which regions the failover rules name, where some cluster's region is not known.
func (w *writer) hints() string {
	var regions []string
	why := ""
	for _, c := range w.clusters {
		if w.cluster(c).Region.Value != "" {
			continue
		}
		for _, f := range w.all(c, namesRegion) {
			if !slices.Contains(regions, f.value) {
				regions = append(regions, f.value)
				why = first(why, f.why)
			}
		}
	}
	if len(regions) == 0 {
		return ""
	}
	slices.Sort(regions)
	return "objects name the regions " + listed(regions, 8) + " (" + why + "); which cluster is in which is not told"
}
