package fix

import (
	"maps"
	"slices"
)

// fixers are those of the rules that have one; rule.yaml says under fix how far each goes.
var fixers = map[string]Fixer{
	"DR102": noDestination,
	"DR103": inertFailover,
	"DR104": policyDiscarded,
	"DR105": danglingTarget,
	"DR107": ruleNotVisible,
	"DR202": hangNotSeen,
	"DR204": withoutTiers,
	"DR221": retriesStayLocal,
	"DR301": exposed,
	"DR303": meshTLS,
	"DR402": rollbackHistory,
	"DR601": unknownField,
}

// Rules are the ids of the rules whose findings can be repaired, at least some of them.
func Rules() []string { return slices.Sorted(maps.Keys(fixers)) }
