package imports

import (
	"bytes"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

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
