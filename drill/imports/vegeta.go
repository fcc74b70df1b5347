package imports

import (
	"bytes"
	"encoding/base64"
	"strings"
	"time"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// vegeta reads what vegeta encode writes (vegeta: lib/results.go), JSON lines or CSV. Its timestamp is that of the hit, not of the
// tick: beyond its workers requests are not sent, and nothing tells.
type vegeta struct {
	opts     *Options
	keys     *keys
	headers  *keys
	values   []value
	answer   []value
	texts    *texts
	clock    clock
	subjects map[string]observe.Subject
	csv      bool
}

const (
	vCode = iota
	vTimestamp
	vLatency
	vError
	vURL
	vHeaders
	vFields
)

func newVegeta(o *Options, csv bool) *vegeta {
	or := func(s, standard string) []string {
		if s == "" {
			s = standard
		}
		return []string{s}
	}
	return &vegeta{
		opts: o, csv: csv, values: make([]value, vFields), answer: make([]value, 4), texts: newTexts(), subjects: map[string]observe.Subject{},
		keys:    newKeys([]string{"code"}, []string{"timestamp"}, []string{"latency"}, []string{"error"}, []string{"url"}, []string{"headers"}),
		headers: newKeys(or(o.Region, "X-Region"), or(o.Zone, "X-Zone"), or(o.Cluster, "X-Cluster"), or(o.Workload, "X-Workload")),
	}
}

const noVegeta = "the line has no timestamp, code and latency that can be read"

func (p *vegeta) line(b []byte, r *observe.Request) (verdict, string) {
	if p.csv {
		return p.row(b, r)
	}
	if b[0] != '{' {
		return other, ""
	}
	if err := p.keys.object(b, p.values); err != nil {
		return unusable, err.Error()
	}
	start, ok := p.clock.read(p.values[vTimestamp].bytes())
	latency, valid := integer(p.values[vLatency].bytes(), int64(maxDuration)*1e6)
	code, isCode := integer(p.values[vCode].bytes(), 999)
	if !ok || !valid || !isCode {
		return unusable, noVegeta
	}
	p.fill(r, start, latency, code, p.values[vError].bytes(), p.values[vURL].bytes())
	clear(p.answer)
	if h := p.values[vHeaders]; h.kind == '{' && p.headers.object(h.raw, p.answer) == nil {
		for i, to := range []*string{&r.Dest.Region, &r.Dest.Zone, &r.Dest.Cluster, &r.Dest.Workload} {
			*to = p.texts.text(firstOf(p.answer[i]))
		}
	}
	return taken, ""
}

// firstOf is the first text of an array, or the text itself.
func firstOf(v value) value {
	if v.kind != '[' {
		return v
	}
	s := scan{b: v.raw, i: 1}
	first, ok := s.text()
	if !ok {
		return value{}
	}
	return first
}

// fill writes what both notations have.
func (p *vegeta) fill(r *observe.Request, start time.Time, latency, code int64, problem, url []byte) {
	*r = observe.Request{Start: start, End: start.Add(time.Duration(latency)), Code: int(code), TLS: record.TLSUnknown, Reporter: observe.ReporterSource}
	r.Subject = urlSubject(p.opts, p.subjects, url)
	switch {
	case len(problem) == 0 && code >= 200 && code < 400:
		r.OK = true
	case code > 0:
		r.Err, r.Detail = record.ErrHTTP, p.texts.of(problem)
	default:
		r.Err, r.Detail = connectFailure(nil, problem), p.texts.of(problem)
	}
}

// row reads one of CSV: unix_ns, code, latency_ns, out, in, error, body64, attack, seq, method, url, headers64. Quoted fields may
// hold commas; a body and headers are base64 and hold none.
func (p *vegeta) row(b []byte, r *observe.Request) (verdict, string) {
	var fields [12][]byte
	if !cutCSV(b, &fields) {
		return unusable, "the line does not have the 12 columns of vegeta's CSV"
	}
	sent, ok := integer(fields[0], 7e18)
	code, isCode := integer(fields[1], 999)
	latency, valid := integer(fields[2], int64(maxDuration)*1e6)
	if !ok || !isCode || !valid {
		return unusable, noVegeta
	}
	p.fill(r, time.Unix(0, sent).UTC(), latency, code, fields[5], fields[10])
	p.rawHeaders(fields[11], &r.Dest)
	return taken, ""
}

// rawHeaders reads the places from headers as they were sent.
func (p *vegeta) rawHeaders(encoded []byte, d *record.Dest) {
	text := make([]byte, base64.StdEncoding.DecodedLen(len(encoded)))
	n, err := base64.StdEncoding.Decode(text, encoded)
	if err != nil {
		return
	}
	for line := range bytes.Lines(text[:n]) {
		name, said, ok := strings.Cut(string(line), ":")
		if !ok {
			continue
		}
		for i, to := range []*string{&d.Region, &d.Zone, &d.Cluster, &d.Workload} {
			if strings.EqualFold(name, p.headers.name[i]) && *to == "" {
				*to = p.texts.of([]byte(strings.TrimSpace(said)))
			}
		}
	}
}

// cutCSV takes a row apart; doubled quotes in quoted fields stay doubled.
func cutCSV(b []byte, fields *[12][]byte) bool {
	for i := range fields {
		var end int
		if len(b) > 0 && b[0] == '"' {
			end = 1
			for end < len(b) && (b[end] != '"' || end+1 < len(b) && b[end+1] == '"') {
				if b[end] == '"' {
					end++
				}
				end++
			}
			if end >= len(b) {
				return false
			}
			fields[i], b = b[1:end], b[end+1:]
		} else {
			if end = bytes.IndexByte(b, ','); end < 0 {
				end = len(b)
			}
			fields[i], b = b[:end], b[end:]
		}
		if i == len(fields)-1 {
			return len(b) == 0
		}
		if len(b) == 0 || b[0] != ',' {
			return false
		}
		b = b[1:]
	}
	return false
}
