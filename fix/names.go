package fix

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/edit"
	"github.com/passmuster/muster/mesh"
)

// unknownField renames a misspelt field, if only one field resembles it most.
func unknownField(c *Case) []Proposal {
	for _, f := range c.Fleet.Graph.Facts {
		if f.Kind != mesh.FactUnknownField || f.Meant == "" || f.Origin.Path != c.Path || f.Origin.Position().Compare(c.Position()) != 0 {
			continue
		}
		if !isTypo(base(c.Path), f.Meant) {
			return nil
		}
		return c.safely("rename "+base(c.Path)+" to "+f.Meant, edit.Op{Kind: edit.Rename, Path: c.Path, Key: f.Meant})
	}
	return nil
}

// danglingTarget repairs the name of a subset, host or region that resembles exactly one that there is.
func danglingTarget(c *Case) []Proposal {
	name := text(c.Doc, c.Path)
	if name == "" {
		return nil
	}
	var known []string
	switch base(c.Path) {
	case "subset":
		known = c.subsets(text(c.Doc, parent(c.Path)+"/host"))
	case "host":
		known = c.hosts(name)
	case "to":
		known = c.regions()
	}
	var near []string
	for _, k := range known {
		if d := distance(name, k); d > 0 && d <= 2 {
			near = append(near, k)
		}
	}
	if len(near) != 1 {
		return nil
	}
	op := edit.Op{Path: c.Path, Value: near[0]}
	if !isTypo(name, near[0]) {
		return c.suggest("is "+name+" a slip, or a place that the inputs do not have?", "write "+near[0]+" for "+name, op)
	}
	return c.safely("write "+near[0]+" for "+name, op)
}

// subsets are the names of the subsets that rules define for a host, as a route of the finding's object names it.
func (c *Case) subsets(host string) []string {
	found := map[string]bool{}
	full := qualified(host, c.Doc.Namespace)
	for d := range c.Fleet.Documents() {
		if d.Kind != "DestinationRule" || qualified(text(d, "/spec/host"), d.Namespace) != full {
			continue
		}
		var list []struct{ Name string }
		if json.Unmarshal(read(d, "/spec/subsets"), &list) == nil {
			for _, s := range list {
				found[s.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// qualified is the whole name of a host. Istio: a name without a dot is one of the namespace that the object stands in.
func qualified(host, namespace string) string {
	if strings.Contains(host, ".") || host == "" {
		return host
	}
	return host + "." + namespace + ".svc.cluster.local"
}

// hosts are those of all services, written as the name is: whole, or as a service of the namespace.
func (c *Case) hosts(name string) []string {
	found := map[string]bool{}
	for _, s := range c.Fleet.Graph.Services {
		for _, h := range s.Hosts {
			if strings.Contains(name, ".") {
				found[h] = true
			} else if s.Namespace == c.Doc.Namespace {
				found[s.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// regions are those that the service has endpoints in.
func (c *Case) regions() []string {
	found := map[string]bool{}
	if c.Service != nil {
		for _, e := range c.Service.Endpoints {
			found[e.Locality.Region] = true
		}
	}
	delete(found, "")
	return slices.Sorted(maps.Keys(found))
}

// isTypo tells a slip of the fingers from another name: one letter of a name that is not short, two of a long one, and
// no digit. eu-west-1 is no misspelt eu-west-2, and v3 is no misspelt v2.
func isTypo(written, meant string) bool {
	if digits(written) != digits(meant) {
		return false
	}
	switch distance(strings.ToLower(written), strings.ToLower(meant)) {
	case 0, 1:
		return len(meant) >= 5
	case 2:
		return len(meant) >= 8
	}
	return false
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// distance counts the letters to insert, delete, replace or swap with a neighbour. Names that are much longer than any
// that there can be are far from all.
func distance(a, b string) int {
	if max(len(a), len(b)) > 300 {
		return 300
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
