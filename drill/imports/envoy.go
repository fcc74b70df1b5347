package imports

import (
	"bytes"
	"time"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// Fields of an access log that are read. The order is that of entry.
const (
	fStart = iota
	fMethod
	fPath
	fProtocol
	fCode
	fFlags
	fDetails
	fReason
	fDuration
	fAuthority
	fHost
	fCluster
	fServerName
	fGRPC
	fAttempts
	fUpstreamTLS
	fUpstreamPeer
	fDownstreamTLS
	fDownstreamPeer
	fFields
)

// entry is one line of an access log; what is unset is empty.
type entry [fFields][]byte

// Reasons for which a line is left out, each a kind of note.
const (
	noStart    = "the line has no start_time that can be read"
	noDuration = "the line has no duration in milliseconds, so that its end is not known"
	badCode    = "the response code is no number between 0 and 999"
	unproven   = "a call that looks like gRPC has no gRPC status in the log: HTTP 200 says nothing of it (log %GRPC_STATUS_NUMBER%)"
)

// envoy makes requests of the lines of one access log. One goroutine at a time may use it.
type envoy struct {
	opts     *Options
	texts    *texts
	clock    clock
	clusters map[string]target
}

func newEnvoy(o *Options) *envoy {
	return &envoy{opts: o, texts: newTexts(), clusters: map[string]target{}}
}

const maxDuration = int64(31 * 24 * time.Hour / time.Millisecond)

// request fills r with what a line says. why tells what it lacks; if bad, it is no request at all.
func (v *envoy) request(e *entry, r *observe.Request) (why string, bad bool) {
	start, ok := v.clock.read(e[fStart])
	if !ok {
		return noStart, true
	}
	took, ok := integer(e[fDuration], maxDuration)
	if !ok {
		return noDuration, true
	}
	code := int64(0)
	if len(e[fCode]) > 0 {
		if code, ok = integer(e[fCode], 999); !ok {
			return badCode, true
		}
	}
	*r = observe.Request{Start: start, End: start.Add(time.Duration(took) * time.Millisecond), Code: int(code)}
	v.subject(e, r)
	r.Dest.Address = v.texts.of(upstreamAddress(e[fHost]))
	r.Flags = v.texts.of(e[fFlags])
	if n, ok := integer(e[fAttempts], 1000); ok {
		r.Attempts = int(n)
	}
	places(v.opts.Places).locate(&r.Dest)
	v.transport(e, r)
	return v.outcome(e, r), false
}

// subject tells what was asked for: by the cluster that the proxy chose, else by the authority that the client asked for.
func (v *envoy) subject(e *entry, r *observe.Request) {
	t := v.target(e[fCluster])
	r.Subject = t.Subject
	r.Dest.Cluster = t.datacenter
	if t.inbound {
		r.Reporter = observe.ReporterDestination
		r.Dest.Workload, r.Dest.Cluster = v.opts.Source, v.opts.SourceCluster
		if named := v.target(e[fServerName]); named.Host != "" {
			r.Subject = named.Subject
		}
	} else {
		r.Reporter = observe.ReporterSource
		r.Source, r.SourceCluster = v.opts.Source, v.opts.SourceCluster
	}
	if r.Host == "" {
		host, port := splitHost(e[fAuthority])
		if r.Host = v.texts.of(host); r.Port == 0 && !t.inbound {
			r.Port = port
		}
	}
}

// transport tells what the log says of encryption, which the default formats do not: they leave it unknown.
func (v *envoy) transport(e *entry, r *observe.Request) {
	version := e[fUpstreamTLS]
	if r.Reporter == observe.ReporterDestination {
		version = e[fDownstreamTLS]
	}
	r.TLS = record.TLSUnknown
	if rest, ok := bytes.CutPrefix(version, []byte("TLSv")); ok {
		r.TLS = v.texts.of(rest)
	}
	if r.Reporter == observe.ReporterDestination {
		r.Dest.TLS, r.Dest.Peer = r.TLS, v.texts.of(e[fDownstreamPeer])
		return
	}
	r.Peer = v.texts.of(e[fUpstreamPeer])
}

// outcome tells whether it went well, and returns a doubt for the notes.
func (v *envoy) outcome(e *entry, r *observe.Request) string {
	o := judge(r.Code, r.Flags, e[fDetails], e[fReason])
	r.Injected = o.injected
	isGRPC, status := grpcStatus(e[fGRPC])
	why := ""
	switch {
	case o.err != "":
	case isGRPC:
		r.GRPC, r.Code = true, status
		o = judgeGRPC(status)
	case e[fGRPC] == nil && looksLikeGRPC(e):
		o.doubtful, why = true, unproven
	case r.Code == 0 && len(e[fMethod]) > 0:
		o.err = record.ErrEOF // a request of HTTP without an answer; TCP has no method
	}
	r.OK, r.Err, r.Doubtful = o.err == "", o.err, o.err == "" && o.doubtful
	if !r.OK {
		switch {
		case len(e[fReason]) > 0:
			r.Detail = v.texts.of(e[fReason])
		default:
			r.Detail = v.texts.of(e[fDetails])
		}
	}
	return why
}

// looksLikeGRPC reports whether a request is a call of gRPC that ended with HTTP 200: POST over HTTP/2 to /package.Service/Method.
func looksLikeGRPC(e *entry) bool {
	if string(e[fCode]) != "200" || string(e[fMethod]) != "POST" || !bytes.HasPrefix(e[fProtocol], []byte("HTTP/2")) {
		return false
	}
	path, ok := bytes.CutPrefix(e[fPath], []byte("/"))
	service, method, two := bytes.Cut(path, []byte("/"))
	return ok && two && len(service) > 0 && len(method) > 0 && method[0] >= 'A' && method[0] <= 'Z' &&
		identifier(service, true) && identifier(method, false)
}

func identifier(b []byte, dots bool) bool {
	for _, c := range b {
		if !digit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && (c != '.' || !dots) {
			return false
		}
	}
	return true
}

// upstreamAddress is that of the host that answered. In ambient mode it is behind an internal listener, as in
// envoy://connect_originate/10.22.1.6:8080.
func upstreamAddress(host []byte) []byte {
	rest, internal := bytes.CutPrefix(host, []byte("envoy://"))
	if !internal {
		return host
	}
	_, addr, _ := bytes.Cut(rest, []byte("/"))
	return addr
}
