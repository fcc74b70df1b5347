package proposal

import (
	"strings"
)

// visitFiles decides about files that are a cluster each (clusters/east.yaml), and about files of values.
func (s *survey) visitFiles(d *dir) {
	var plain, values []*file
	for _, f := range d.files {
		f.scope, f.parts, f.bears = d.scope, d.parts, false
		switch {
		case d.aside:
		case len(f.docs) > 0 && !f.part && d.kust == nil && d.chart == nil:
			plain = append(plain, f)
		case s.isValues(f):
			values = append(values, f)
		}
	}
	common := commonWord(plain)
	s.takeFiles(d, plain, func(f *file) string {
		return first(clusterOf(f), strings.Trim(strings.TrimPrefix(f.stem(), common), "-_."))
	})
	s.takeFiles(d, values, func(f *file) string { return valuesName(f, d) })
}

// takeFiles applies to files what decide does to folders.
func (s *survey) takeFiles(d *dir, files []*file, name func(*file) string) {
	var telling []*file
	home := homeOf(d)
	isValues := len(files) > 0 && len(files[0].docs) == 0
	for _, f := range files {
		c := classify(name(f))
		strong := home != "" || isValues
		if c.pure && (c.env != "" || c.geo != "" || strong) || strong && (c.env != "" || c.geo != "") {
			telling = append(telling, f)
		}
	}
	if len(telling) == 0 && (home == "clusters" || home == "environments") || isValues && s.guess {
		for _, f := range files {
			if n := strings.ToLower(name(f)); n != "" && !sharedNames[n] && !layerNames[n] && !asideNames[n] && n != "schema" {
				telling = append(telling, f)
			}
		}
	}
	for _, f := range telling {
		c := classify(name(f))
		if len(telling) < 2 && home == "" && !isValues && !s.known[c.scope] || s.guess && isValues && len(telling) < 2 {
			continue
		}
		own := c.scope
		if !c.known() {
			if own = (scope{env: strings.ToLower(name(f))}); home == "clusters" {
				own = scope{rest: strings.ToLower(name(f))}
			}
		}
		f.scope, f.parts, f.bears = own.under(d.scope), addPart(d.parts, name(f)), true
		s.known[own] = true
	}
}

// valuesName is the part of the name of a values file that tells whose values they are: prod of values-prod.yaml,
// prod.values.yaml and values/prod.yaml; "" of values.yaml.
func valuesName(f *file, d *dir) string {
	stem := f.stem()
	for _, cut := range []func(string) (string, bool){
		func(s string) (string, bool) { return strings.CutPrefix(s, "values") },
		func(s string) (string, bool) { return strings.CutSuffix(s, "values") },
	} {
		if rest, ok := cut(stem); ok {
			stem = rest
		}
	}
	return strings.Trim(stem, "-_.")
}

// clusterOf is the cluster that an installation of Istio in a file names, or "".
func clusterOf(f *file) string {
	for _, doc := range f.docs {
		if doc.Kind != "IstioOperator" {
			continue
		}
		for _, x := range docFacts(doc) {
			if x.what == hasName && x.fits() {
				return x.value
			}
		}
	}
	return ""
}

// commonWord is the word before the first dash that all names of files begin with: iop of iop-east and iop-west.
func commonWord(files []*file) string {
	word := ""
	for i, f := range files {
		before, _, ok := strings.Cut(f.stem(), "-")
		c := classify(before)
		if !ok || c.known() || i > 0 && before+"-" != word {
			return ""
		}
		word = before + "-"
	}
	return word
}
