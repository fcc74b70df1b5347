package imports

import (
	"bytes"
	"strings"

	"github.com/passmuster/muster/drill/record"
)

// outcome is what a proxy's words mean for a request: well if err is empty, unless it is doubtful.
type outcome struct {
	err                record.ErrorClass
	doubtful, injected bool
}

// flagClasses are Envoy's response flags (Envoy: access log usage, RESPONSE_FLAGS) that are failures. URX, a number of retries that
// was reached, only follows from others: its class is that of the code.
var flagClasses = map[string]record.ErrorClass{
	"UH": record.ErrProxy, "UO": record.ErrProxy, "RL": record.ErrProxy, "RLSE": record.ErrProxy, "OM": record.ErrProxy,
	"NR": record.ErrProxy, "NC": record.ErrProxy, "UAEX": record.ErrProxy, "IH": record.ErrProxy, "LH": record.ErrProxy,
	"NFCF": record.ErrProxy, "DO": record.ErrProxy, "UDO": record.ErrProxy, "FI": record.ErrProxy,
	"UF": record.ErrOther, "UPE": record.ErrOther,
	"UT": record.ErrTimeout, "UMSDR": record.ErrTimeout, "SI": record.ErrTimeout, "DT": record.ErrTimeout,
	"UC": record.ErrReset, "UR": record.ErrReset, "LR": record.ErrReset,
	"DF": record.ErrDNS,
	"DC": record.ErrCanceled, "DR": record.ErrCanceled, "DPE": record.ErrCanceled, // the client's doing
}

// harmless are flags that say nothing about success.
var harmless = map[string]bool{"": true, "-": true, "URX": true, "DI": true, "RFCF": true}

// judge tells how a request went by Envoy's code, flags, details and reason of the failed transport. The client that left (DC)
// counts before what it left for: whether the service would have answered is unknown.
func judge(code int, flags string, details, reason []byte) outcome {
	var o outcome
	unknown := false
	for rest := flags; rest != ""; {
		var flag string
		flag, rest, _ = strings.Cut(rest, ",")
		if flag == "DI" || flag == "FI" {
			o.injected = true
		}
		class, failed := flagClasses[flag]
		switch {
		case failed && flag == "UF":
			class = connectFailure(details, reason)
		case !failed && !harmless[flag]:
			unknown = true
		}
		if failed && (o.err == "" || class == record.ErrCanceled) {
			o.err = class
		}
	}
	if o.err != "" {
		return o
	}
	if bytes.HasPrefix(details, []byte("rbac_access_denied")) {
		o.err = record.ErrProxy
		return o
	}
	byCode := judgeCode(code)
	o.err, o.doubtful = byCode.err, byCode.doubtful || unknown
	return o
}

// judgeCode tells what a status of HTTP says of the service. Answers to wrong requests (4xx) are answers; whether 401 and 403 are
// the service's own or a policy's, which a failover may bring into play, the code does not tell. 0 = none, as TCP has.
func judgeCode(code int) outcome {
	switch {
	case code == 408 || code == 504:
		return outcome{err: record.ErrTimeout}
	case code >= 500, code == 421, code == 429:
		return outcome{err: record.ErrHTTP}
	case code == 401, code == 403:
		return outcome{doubtful: true}
	}
	return outcome{}
}

// judgeGRPC is the same for a status of gRPC (grpc/grpc: statuscodes.md).
func judgeGRPC(status int) outcome {
	switch status {
	case 1: // CANCELLED
		return outcome{err: record.ErrCanceled}
	case 4: // DEADLINE_EXCEEDED
		return outcome{err: record.ErrTimeout}
	case 2, 8, 12, 13, 14, 15: // UNKNOWN, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS
		return outcome{err: record.ErrGRPC}
	case 7, 16: // PERMISSION_DENIED, UNAUTHENTICATED
		return outcome{doubtful: true}
	}
	return outcome{}
}

// connectWords are those by which the reasons of failed connections are told apart, in the order in which they count.
var connectWords = []struct {
	word  string
	class record.ErrorClass
}{
	{"tls", record.ErrTLS}, {"certificate", record.ErrTLS}, {"handshake", record.ErrTLS}, {"x509", record.ErrTLS},
	{"refused", record.ErrRefused}, {"connect error: 111", record.ErrRefused},
	{"unreachable", record.ErrUnreachable}, {"no route", record.ErrUnreachable}, {"connect error: 113", record.ErrUnreachable}, {"connect error: 101", record.ErrUnreachable},
	{"no such host", record.ErrDNS}, {"server misbehaving", record.ErrDNS},
	{"timeout", record.ErrTimeout}, {"timed out", record.ErrTimeout}, {"deadline exceeded", record.ErrTimeout}, {"connect error: 110", record.ErrTimeout},
	{"reset by peer", record.ErrReset}, {"connect error: 104", record.ErrReset},
	{"eof", record.ErrEOF},
}

// connectFailure tells why a connection did not come about.
func connectFailure(details, reason []byte) record.ErrorClass {
	var lower [maxText]byte
	for _, text := range [2][]byte{reason, details} {
		said := lower[:copy(lower[:], text)]
		for i, c := range said {
			if c >= 'A' && c <= 'Z' {
				said[i] = c | 0x20
			}
		}
		for i := range connectWords {
			if bytes.Contains(said, []byte(connectWords[i].word)) {
				return connectWords[i].class
			}
		}
	}
	return record.ErrOther
}

// grpcNames are the statuses as Envoy's %GRPC_STATUS% writes them, in camel and in snake case.
var grpcNames = []string{"OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied",
	"ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated"}

// grpcStatus reads a status of gRPC, a number or a name.
func grpcStatus(b []byte) (known bool, status int) {
	if len(b) == 0 {
		return false, 0
	}
	if n, ok := integer(b, 1<<16); ok {
		return true, int(n)
	}
	said := strings.ReplaceAll(string(b[:min(len(b), 40)]), "_", "")
	for i, name := range grpcNames {
		if strings.EqualFold(said, name) || i == 1 && strings.EqualFold(said, "Cancelled") {
			return true, i
		}
	}
	return true, 2
}
