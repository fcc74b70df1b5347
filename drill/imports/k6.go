package imports

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"time"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// Members of a line of k6's stream, and of its data (k6: output/json/wrapper.go).
const (
	kMetric = iota
	kType
	kData
	kFields

	dTime  = 0
	dValue = 1
	dTags  = 2
)

// Tags that are read.
const (
	tStatus = iota
	tError
	tErrorCode
	tExpected
	tURL
	tTLS
	tRegion
	tZone
	tCluster
	tWorkload
	tFields
)

// Reasons for which k6's points are no requests.
const (
	k6Summary  = "a summary of k6 has no times, so that no outage can be measured, and its http_req_failed counts failures under passes: export the stream (k6 run --out json=FILE)"
	k6Parts    = "a request lacks http_req_blocked: it began earlier than its duration tells, by the time for the connection"
	k6NoLength = "a request has no http_req_duration: it is left out"
	k6Unborn   = "a request never got a connection, and k6 does not tell how long it waited for one: it counts when it was given up"
	k6Dropped  = "iterations were dropped: as many requests were never sent, and whether they would have been answered is unknown"
	k6GRPC     = "calls of gRPC (grpc_req_duration) have no connection times and their status stands in no tag: they are left out"
)

// pointGroup is what the points of one request say together: they follow each other, with the same time and tags.
type pointGroup struct {
	line                               int
	time                               time.Time
	tags                               []byte
	duration, blocked, connecting, tls time.Duration
	hasDuration, hasBlocked, hasReq    bool
}

// k6Stream joins points to requests.
type k6Stream struct {
	opts               *Options
	texts              *texts
	clock              clock
	line, data, tag    *keys
	lineV, dataV, tag2 []value
	group              pointGroup
	request            observe.Request
	subjects           map[string]observe.Subject
}

func newK6(o *Options) *k6Stream {
	or := func(s, standard string) []string {
		if s == "" {
			s = standard
		}
		return []string{s}
	}
	return &k6Stream{
		opts: o, texts: newTexts(), subjects: map[string]observe.Subject{},
		line: newKeys([]string{"metric"}, []string{"type"}, []string{"data"}),
		data: newKeys([]string{"time"}, []string{"value"}, []string{"tags"}),
		tag: newKeys([]string{"status"}, []string{"error"}, []string{"error_code"}, []string{"expected_response"}, []string{"url"},
			[]string{"tls_version"}, or(o.Region, "region"), or(o.Zone, "zone"), or(o.Cluster, "cluster"), or(o.Workload, "workload")),
		lineV: make([]value, kFields), dataV: make([]value, 3), tag2: make([]value, tFields),
	}
}

// k6 reads the stream of points.
func k6(ctx context.Context, r io.Reader, o *Options, l *ledger) error {
	s := newK6(o)
	return eachLine(ctx, r, l, func(n int, line []byte) error { return s.point(n, line, l) }, func() error { return s.flush(l) })
}

// point takes one line.
func (s *k6Stream) point(n int, line []byte, l *ledger) error {
	if l.sum.Lines == 1 && isK6Summary(line) {
		return &lineError{n, errors.New(k6Summary)}
	}
	if len(line) == 0 || line[0] != '{' {
		l.sum.Other++
		return nil
	}
	if err := s.line.object(line, s.lineV); err != nil {
		return l.unreadable(n, err.Error())
	}
	switch kind := s.lineV[kType].bytes(); {
	case string(kind) == "Metric":
		return nil
	case string(kind) != "Point" || s.lineV[kData].kind != '{':
		return l.unreadable(n, "the line is no point of k6")
	}
	metric := s.lineV[kMetric].bytes()
	dropped := string(metric) == "dropped_iterations"
	if !dropped && !bytes.HasPrefix(metric, []byte("http_req")) {
		if string(metric) == "grpc_req_duration" {
			return l.note(n, k6GRPC, 1)
		}
		return nil
	}
	if err := s.data.object(s.lineV[kData].raw, s.dataV); err != nil {
		return l.unreadable(n, err.Error())
	}
	when, ok := s.clock.read(s.dataV[dTime].bytes())
	value, isNumber := float(s.dataV[dValue].bytes())
	if !ok || !isNumber || value < 0 || value > float64(maxDuration) {
		return l.unreadable(n, "the point has no time, or no value that it may have")
	}
	if dropped {
		if value < 1 {
			return nil
		}
		if err := l.missed(observe.Missed{Subject: s.subject(nil), At: when, Count: int(min(value, 1e6))}); err != nil {
			return err
		}
		return l.note(n, k6Dropped, 0)
	}
	return s.join(n, string(metric), when, value, l)
}

// isK6Summary reports whether a file begins as k6's summaries do: a document of several lines, or one with results.
func isK6Summary(line []byte) bool {
	return string(line) == "{" || bytes.HasPrefix(line, []byte("{")) && !bytes.Contains(line, []byte(`"type":"`)) &&
		(bytes.Contains(line, []byte(`"metrics"`)) || bytes.Contains(line, []byte(`"results"`)))
}

// join adds a point to the request before it, or begins another.
func (s *k6Stream) join(n int, metric string, when time.Time, value float64, l *ledger) error {
	g := &s.group
	again := metric == "http_reqs" && g.hasReq || metric == "http_req_duration" && g.hasDuration || metric == "http_req_blocked" && g.hasBlocked
	if again || !when.Equal(g.time) || !bytes.Equal(g.tags, s.dataV[dTags].raw) {
		if err := s.flush(l); err != nil {
			return err
		}
		g.line, g.time, g.tags = n, when, append(g.tags[:0], s.dataV[dTags].raw...)
	}
	took := time.Duration(value * float64(time.Millisecond))
	switch metric {
	case "http_reqs":
		g.hasReq = true
	case "http_req_duration":
		g.duration, g.hasDuration = took, true
	case "http_req_blocked":
		g.blocked, g.hasBlocked = took, true
	case "http_req_connecting":
		g.connecting = took
	case "http_req_tls_handshaking":
		g.tls = took
	}
	return nil
}

// flush makes a request of the points that were joined.
func (s *k6Stream) flush(l *ledger) error {
	g := s.group
	s.group = pointGroup{tags: g.tags[:0]}
	switch {
	case !g.hasDuration && !g.hasReq:
		return nil // points that other requests are told by
	case !g.hasDuration:
		return l.unreadable(g.line, k6NoLength)
	}
	if err := s.tags(g.tags); err != nil {
		return l.unreadable(g.line, err.Error())
	}
	if !g.hasBlocked {
		if err := l.note(g.line, k6Parts, 0); err != nil {
			return err
		}
	}
	r := &s.request
	// A point's time is the end of its request. The time for which k6 was blocked ends with the connection: connecting and the
	// handshake are part of it (k6: lib/netext/httpext/tracer.go, GotConn), but for connections that never came about.
	took := g.duration + max(g.blocked, g.connecting+g.tls)
	*r = observe.Request{Start: g.time.Add(-took), End: g.time, TLS: record.TLSUnknown, Reporter: observe.ReporterSource}
	s.outcome(r)
	if took == 0 && !r.OK {
		if err := l.note(g.line, k6Unborn, 0); err != nil {
			return err
		}
	}
	return l.request(r)
}

func (s *k6Stream) tags(raw []byte) error {
	clear(s.tag2)
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	return s.tag.object(raw, s.tag2)
}

// outcome fills what the tags tell.
func (s *k6Stream) outcome(r *observe.Request) {
	t := func(i int) string { return s.texts.text(s.tag2[i]) }
	r.Subject = s.subject(s.tag2[tURL].bytes())
	if status, ok := integer(s.tag2[tStatus].bytes(), 999); ok {
		r.Code = int(status)
	}
	r.Dest = record.Dest{Region: t(tRegion), Zone: t(tZone), Cluster: t(tCluster), Workload: t(tWorkload)}
	if version := t(tTLS); version != "" {
		r.TLS = tlsVersion(version)
	}
	expected := s.tag2[tExpected].bytes()
	code, _ := integer(s.tag2[tErrorCode].bytes(), 9999)
	switch {
	case string(expected) == "true" && r.Code != 0:
		r.OK = true
	case len(expected) == 0 && r.Code >= 200 && r.Code < 400 && code == 0:
		r.OK = true
	default:
		r.Err = k6Class(int(code), r.Code)
		r.Detail = t(tError)
	}
}

// k6Class is what an error code of k6 means (k6: lib/netext/httpext/error_codes.go).
func k6Class(code, status int) record.ErrorClass {
	switch {
	case code == 1050, code == 1211:
		return record.ErrTimeout
	case code == 1212:
		return record.ErrRefused
	case code == 1220, code == 1201:
		return record.ErrReset
	case code >= 1100 && code < 1200:
		return record.ErrDNS
	case code >= 1300 && code < 1400:
		return record.ErrTLS
	case status != 0:
		return record.ErrHTTP
	}
	return record.ErrOther
}

// tlsVersion is a version as records write it, of k6's tls1.3 or tls_1_3.
func tlsVersion(s string) string {
	b := []byte(s)
	for _, v := range []string{"1.3", "1.2", "1.1", "1.0"} {
		if bytes.HasSuffix(b, []byte(v)) || bytes.HasSuffix(b, []byte{v[0], '_', v[2]}) {
			return v
		}
	}
	return record.TLSUnknown
}

// subject is what a URL asks for; what the options name comes first.
func (s *k6Stream) subject(raw []byte) observe.Subject {
	return urlSubject(s.opts, s.subjects, raw)
}

// urlSubject is the subject of a load generator's request, remembered by its URL.
func urlSubject(o *Options, known map[string]observe.Subject, raw []byte) observe.Subject {
	if len(raw) > 4*maxText {
		raw = raw[:4*maxText]
	}
	if i := bytes.IndexByte(raw, '?'); i >= 0 {
		raw = raw[:i]
	}
	if s, ok := known[string(raw)]; ok {
		return s
	}
	var s observe.Subject
	if u, err := url.Parse(string(raw)); err == nil && u.Host != "" {
		s = subjectOf(record.Clip(u.Host, maxText))
		switch {
		case s.Port != 0:
		case u.Scheme == "https":
			s.Port = 443
		case u.Scheme == "http":
			s.Port = 80
		}
	}
	if o.Service != "" {
		s.Namespace, s.Service = o.Namespace, o.Service
	}
	if o.Port != 0 {
		s.Port = o.Port
	}
	s.Source, s.SourceCluster = o.Source, o.SourceCluster
	if len(known) < maxTargets {
		known[string(raw)] = s
	}
	return s
}
