// Package tlsmismatch speaks for connections that fail in the handshake: plaintext to a server
// that demands mTLS, mesh mTLS to an endpoint without a proxy.
package tlsmismatch

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is DR303.
var Rule = &analyzer.Rule{
	ID:     "DR303",
	Slug:   "tls-mismatch",
	Title:  "Client TLS does not fit what the server accepts",
	Causes: []failover.CauseKind{failover.CauseTLSMismatch},
}
