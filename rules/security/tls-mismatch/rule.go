// Package tlsmismatch speaks for connections that fail in the handshake: plaintext to a server
// that demands mTLS, mesh mTLS to an endpoint without a proxy.
package tlsmismatch

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseTLSMismatch},
}
