package imports

import (
	"time"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// fortioLog reads fortio's access log in JSON (fortio: periodic.go): the timestamp is when a request was sent, in nanoseconds, the
// latency is in seconds, and details are the code.
type fortioLog struct {
	keys   *keys
	values []value
	texts  *texts
	about  observe.Subject
}

const (
	oLatency = iota
	oTimestamp
	oOK
	oDetails
	oRunType
	oFields
)

const fortioSummary = "a result of fortio has no times of requests, so that no outage can be measured: ask it for an access log (-access-log-file)"

func newFortio(o *Options) *fortioLog {
	return &fortioLog{
		values: make([]value, oFields), texts: newTexts(), about: urlSubject(o, map[string]observe.Subject{}, nil),
		keys: newKeys([]string{"latency"}, []string{"timestamp"}, []string{"ok"}, []string{"details"}, []string{"RunType"}),
	}
}

func (p *fortioLog) line(b []byte, r *observe.Request) (verdict, string) {
	if b[0] != '{' {
		return other, ""
	}
	if err := p.keys.object(b, p.values); err != nil {
		return unusable, err.Error()
	}
	if p.values[oRunType].kind != 0 {
		return unusable, fortioSummary
	}
	sent, ok := integer(p.values[oTimestamp].bytes(), 7e18)
	latency, isNumber := float(p.values[oLatency].bytes())
	if !ok || !isNumber || latency < 0 || latency > 1e6 {
		return unusable, "the line has no timestamp and latency"
	}
	start := time.Unix(0, sent).UTC()
	*r = observe.Request{Start: start, End: start.Add(time.Duration(latency * 1e9)), TLS: record.TLSUnknown, Reporter: observe.ReporterSource}
	r.Subject = p.about
	detail := p.values[oDetails].bytes()
	code, isCode := integer(detail, 999)
	if r.OK = p.values[oOK].kind == 't'; isCode {
		r.Code = int(code)
	}
	switch {
	case r.OK:
	case isCode && code > 0:
		r.Err = record.ErrHTTP
	default:
		r.Err, r.Detail = connectFailure(nil, detail), p.texts.of(detail)
	}
	return taken, ""
}
