package diff

import "github.com/passmuster/muster/analyzer/failover"

// texts are those of scenarios, made once each: the cells of a matrix have the parts of their scenarios in common.
type texts map[*failover.Part]string

func (t texts) of(sc failover.Scenario) string {
	if sc.IsNone() {
		return sc.String()
	}
	text, ok := t[&sc.Parts[0]]
	if !ok {
		text = sc.String()
		t[&sc.Parts[0]] = text
	}
	return text
}
