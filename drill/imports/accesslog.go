package imports

import "github.com/passmuster/muster/drill/observe"

// jsonLog reads access logs of JSON lines.
type jsonLog struct {
	envoy  *envoy
	keys   *keys
	values []value
	entry  entry
}

func newJSONLog(o *Options) *jsonLog {
	return &jsonLog{envoy: newEnvoy(o), keys: accessJSON(), values: make([]value, fFields)}
}

func (p *jsonLog) line(b []byte, r *observe.Request) (verdict, string) {
	if b = bare(b); len(b) == 0 || b[0] != '{' {
		return other, ""
	}
	if err := p.keys.object(b, p.values); err != nil {
		return unusable, err.Error()
	}
	if p.values[fStart].kind == 0 && p.values[fCode].kind == 0 && p.values[fDuration].kind == 0 {
		return other, "" // the log of something else
	}
	for i, v := range p.values {
		p.entry[i] = v.bytes()
	}
	why, bad := p.envoy.request(&p.entry, r)
	if bad {
		return unusable, why
	}
	return taken, why
}

// textLog reads access logs in a default text format.
type textLog struct {
	envoy  *envoy
	layout *layout
	entry  entry
}

func newTextLog(o *Options, l *layout) *textLog { return &textLog{envoy: newEnvoy(o), layout: l} }

func (p *textLog) line(b []byte, r *observe.Request) (verdict, string) {
	if b = bare(b); len(b) == 0 || b[0] != '[' {
		return other, ""
	}
	why := p.layout.split(b, &p.entry)
	bad := why != ""
	if !bad {
		why, bad = p.envoy.request(&p.entry, r)
	}
	if bad {
		return unusable, why
	}
	return taken, why
}
