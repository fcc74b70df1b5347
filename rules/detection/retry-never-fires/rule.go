// Package retryneverfires speaks for retries that wait for what a lost endpoint never shows.
package retryneverfires

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, r := range failover.RetryingRules(p.Graph) {
		on := r.Retries.On
		if slices.ContainsFunc(strings.Split(on, ","), shows) {
			continue
		}
		why := "retries wait for " + on + ", and a dead endpoint shows none of that"
		if on == "" {
			why = "the route says how often and not after which failures, and then nothing is retried"
		}
		p.Report(analyzer.Finding{Level: analyzer.Warning, Service: r.Service, Origin: r.Retries.Origin.Child("retryOn"),
			Message: fmt.Sprintf("If an endpoint of %s dies, no request to it is tried again: %s.", r.Service.ID.Host(), why)})
	}
}

// shows reports whether a proxy sees this of an endpoint that is gone or failing (Envoy: x-envoy-retry-on and
// x-envoy-retry-grpc-on, and the codes that retriable-status-codes stands for).
func shows(condition string) bool {
	switch condition = strings.TrimSpace(condition); condition {
	case "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "refused-stream", "retriable-status-codes",
		"retriable-headers", "http3-post-connect-failure", "unavailable", "internal", "deadline-exceeded":
		return true
	}
	return len(condition) == len("500") && condition[0] == '5'
}
