package imports

import (
	"bytes"
)

// layout is a text format: where in a line each field stands.
type layout struct {
	fields int
	quoted func(i int) bool
	// place is the field of an entry that stands at i, -1 if nobody reads it.
	place []int
	// rest: the last field is all that is left, which may hold spaces (the name of a route).
	rest bool
}

// The request stands quoted at 1 in both formats: method, path and protocol.
var (
	// istioLayout is Istio's default (istio: pilot/pkg/model/telemetry_logging.go, EnvoyTextLogFormat).
	istioLayout = layout{
		fields: 22, rest: true,
		quoted: func(i int) bool { return i == 1 || i == 6 || i >= 11 && i <= 15 },
		place: []int{fStart, fMethod, fCode, fFlags, fDetails, -1, fReason, -1, -1, fDuration, -1, -1, -1, -1, fAuthority, fHost, fCluster,
			-1, -1, -1, fServerName, -1},
	}
	// envoyLayout is Envoy's default (Envoy: access log usage, default format string).
	envoyLayout = layout{
		fields: 13,
		quoted: func(i int) bool { return i == 1 || i >= 8 },
		place:  []int{fStart, fMethod, fCode, fFlags, -1, -1, fDuration, -1, -1, -1, -1, fAuthority, fHost},
	}
)

// Reasons for which a line of text is left out.
const (
	notSplit = "the line does not have the fields of the format, each with or without quotes as it must be (a quote in a header?)"
	noStamp  = "the line does not begin with [time]"
)

// split takes a line apart. Envoy escapes nothing, so that a client can write quotes and whole lines into its headers: the number of
// the fields and the quotes of each are what they must be, or the line is left out. What a client adds pushes the proxy's own
// words to places where they cannot be.
func (l *layout) split(line []byte, e *entry) (why string) {
	*e = entry{}
	if len(line) == 0 || line[0] != '[' {
		return noStamp
	}
	end := bytes.IndexByte(line, ']')
	if end < 0 || end+1 >= len(line) || line[end+1] != ' ' {
		return noStamp
	}
	e[fStart] = line[1:end]
	line = line[end+2:]
	for i := 1; i < l.fields; i++ {
		last := i == l.fields-1
		field, rest, ok := cutField(line, l.quoted(i), last && l.rest)
		if !ok || last != (rest == nil) {
			return notSplit
		}
		line = rest
		if len(field) == 1 && field[0] == '-' {
			field = nil
		}
		switch at := l.place[i]; {
		case i == 1:
			first, lastSpace := bytes.IndexByte(field, ' '), bytes.LastIndexByte(field, ' ')
			if first < 0 || first == lastSpace {
				return notSplit
			}
			e[fMethod], e[fPath], e[fProtocol] = unset(field[:first]), field[first+1:lastSpace], field[lastSpace+1:]
		case at >= 0:
			e[at] = field
		}
	}
	return ""
}

// cutField takes the next field; rest is nil at the end of the line.
func cutField(line []byte, quoted, all bool) (field, rest []byte, ok bool) {
	if quoted {
		if len(line) < 2 || line[0] != '"' {
			return nil, nil, false
		}
		end := bytes.IndexByte(line[1:], '"')
		if end < 0 {
			return nil, nil, false
		}
		field, line = line[1:end+1], line[end+2:]
		if len(line) == 0 {
			return field, nil, true
		}
		return field, line[1:], line[0] == ' ' && len(line) > 1
	}
	end := bytes.IndexByte(line, ' ')
	if end < 0 || all {
		end = len(line)
	}
	field = line[:end]
	if len(field) == 0 || bytes.IndexByte(field, '"') >= 0 {
		return nil, nil, false
	}
	if end == len(line) {
		return field, nil, true
	}
	return field, line[end+1:], end+1 < len(line)
}

func unset(b []byte) []byte {
	if len(b) == 1 && b[0] == '-' {
		return nil
	}
	return b
}

// accessJSON are the keys of JSON lines: those of Istio and Consul, and those that Envoy's operators are mostly given.
func accessJSON() *keys {
	return newKeys(
		[]string{"start_time"}, []string{"method", ":method"}, []string{"path", ":path", "x-envoy-origin-path"}, []string{"protocol"},
		[]string{"response_code"}, []string{"response_flags"}, []string{"response_code_details"}, []string{"upstream_transport_failure_reason"},
		[]string{"duration"}, []string{"authority", ":authority"}, []string{"upstream_host"}, []string{"upstream_cluster"},
		[]string{"requested_server_name"}, []string{"grpc_status_number", "grpc_status"}, []string{"upstream_request_attempt_count"},
		[]string{"upstream_tls_version"}, []string{"upstream_peer_uri_san"}, []string{"downstream_tls_version"}, []string{"downstream_peer_uri_san"},
	)
}

// prefixes that tools put in front of a container's lines are cut off: the runtime's (time, stream, F) and that of
// kubectl logs --prefix.
func bare(line []byte) []byte {
	if len(line) == 0 || line[0] == '{' {
		return line
	}
	if rest, ok := bytes.CutPrefix(line, []byte("[pod/")); ok {
		if end := bytes.Index(rest, []byte("] ")); end > 0 && end < maxText {
			return rest[end+2:]
		}
		return line
	}
	if digit(line[0]) {
		head := line[:min(len(line), 64)]
		for _, stream := range []string{" stdout F ", " stderr F "} {
			if i := bytes.Index(head, []byte(stream)); i > 0 {
				return line[i+len(stream):]
			}
		}
	}
	return line
}
