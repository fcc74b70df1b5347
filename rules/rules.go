// Package rules is the catalogue. A rule is a folder, rules/<category>/<slug>, and its path is its
// identity.
package rules

import (
	"github.com/passmuster/muster/analyzer"
	danglingtarget "github.com/passmuster/muster/rules/failover/dangling-target"
	dependencylost "github.com/passmuster/muster/rules/failover/dependency-lost"
	failoverinert "github.com/passmuster/muster/rules/failover/failover-inert"
	nodestination "github.com/passmuster/muster/rules/failover/no-destination"
	notproven "github.com/passmuster/muster/rules/failover/not-proven"
	objectivenotmet "github.com/passmuster/muster/rules/failover/objective-not-met"
	policydiscarded "github.com/passmuster/muster/rules/failover/policy-discarded"
	rulenotvisible "github.com/passmuster/muster/rules/failover/rule-not-visible"
	sharedfate "github.com/passmuster/muster/rules/failover/shared-fate"
	singlegateway "github.com/passmuster/muster/rules/failover/single-gateway"
	notrendered "github.com/passmuster/muster/rules/inputs/not-rendered"
	notunderstood "github.com/passmuster/muster/rules/inputs/not-understood"
	unreadableinput "github.com/passmuster/muster/rules/inputs/unreadable-input"
	shortofcapacity "github.com/passmuster/muster/rules/patterns/short-of-capacity"
	ambiguousorder "github.com/passmuster/muster/rules/references/ambiguous-order"
	duplicateobject "github.com/passmuster/muster/rules/references/duplicate-object"
	invalidobject "github.com/passmuster/muster/rules/references/invalid-object"
	unknownfield "github.com/passmuster/muster/rules/references/unknown-field"
	callerrefused "github.com/passmuster/muster/rules/security/caller-refused"
	exposedfailoverpath "github.com/passmuster/muster/rules/security/exposed-failover-path"
	tlsmismatch "github.com/passmuster/muster/rules/security/tls-mismatch"
)

// All returns the built-in rules in the order of their ids.
func All() []*analyzer.Rule {
	return []*analyzer.Rule{
		objectivenotmet.Rule,
		nodestination.Rule,
		failoverinert.Rule,
		policydiscarded.Rule,
		danglingtarget.Rule,
		sharedfate.Rule,
		rulenotvisible.Rule,
		singlegateway.Rule,
		dependencylost.Rule,
		notproven.Rule,
		exposedfailoverpath.Rule,
		callerrefused.Rule,
		tlsmismatch.Rule,
		shortofcapacity.Rule,
		unknownfield.Rule,
		duplicateobject.Rule,
		ambiguousorder.Rule,
		invalidobject.Rule,
		unreadableinput.Rule,
		notunderstood.Rule,
		notrendered.Rule,
	}
}
