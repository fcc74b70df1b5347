package imports

import (
	"bytes"
	"net/url"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

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
