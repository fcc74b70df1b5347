package imports

import (
	"bytes"
	"io"

	"github.com/passmuster/muster/drill/observe"
)

// DetectBytes is how much of a source Detect looks at.
const DetectBytes = 64 << 10

// Detect tells a source's format by its first bytes, a line of it at least; false = it is none that is known. Names of files say
// nothing.
func Detect(first []byte) (Format, bool) {
	first = bytes.TrimPrefix(first[:min(len(first), DetectBytes)], []byte("\xef\xbb\xbf"))
	if f, ok := detectDocument(first); ok {
		return f, true
	}
	var entry entry
	var r observe.Request
	o := &Options{}
	parsers := []struct {
		format Format
		parser lineParser
	}{{EnvoyJSON, newJSONLog(o)}, {Fortio, newFortio(o)}, {VegetaJSON, newVegeta(o, false)}, {VegetaCSV, newVegeta(o, true)}}
	for line := range bytes.Lines(first) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if text := bare(line); len(text) > 0 && text[0] == '[' {
			if istioLayout.split(text, &entry) == "" {
				return IstioText, true
			}
			if envoyLayout.split(text, &entry) == "" {
				return EnvoyText, true
			}
		}
		if isK6(line) {
			return K6, true
		}
		for _, p := range parsers {
			if v, _ := p.parser.line(line, &r); v == taken {
				return p.format, true
			}
		}
	}
	return "", false
}

// detectDocument knows the formats of one document by the members that they begin with.
func detectDocument(first []byte) (Format, bool) {
	text := bytes.TrimSpace(first)
	if len(text) == 0 {
		return "", false
	}
	top := topKeys(text)
	switch {
	case top["cluster_statuses"]:
		return EnvoyClusters, true
	case top["status"] && top["data"] && (bytes.Contains(text, []byte(`"resultType"`)) || bytes.Contains(text, []byte(`"result"`))):
		return Prometheus, true
	case top["status"] && top["experiment"], top["chaoslib-version"], top["steady_states"]:
		return ChaosToolkit, true
	case top["metrics"] && !top["type"], top["results"] && top["config"]:
		return K6, true // a summary, which is refused with the reason
	case top["RunType"]:
		return Fortio, true // the same
	case bytes.Contains(text, []byte("ChaosResult")) || bytes.Contains(text, []byte("ChaosEngine")):
		if bytes.Contains(text, []byte("kind")) {
			return Litmus, true
		}
	}
	return "", false
}

// topKeys are the members of an object that its first bytes name.
func topKeys(text []byte) map[string]bool {
	found := map[string]bool{}
	s := scan{b: text}
	_ = s.members(func(key value) error {
		if len(found) >= maxLabels {
			return io.EOF
		}
		found[string(key.raw)] = true
		_, err := s.any(maxDepth)
		return err
	})
	return found
}

func isK6(line []byte) bool {
	keys, values := newKeys([]string{"type"}, []string{"metric"}, []string{"data"}), make([]value, 3)
	if line[0] != '{' || keys.object(line, values) != nil {
		return false
	}
	kind := string(values[0].bytes())
	return (kind == "Point" || kind == "Metric") && values[1].kind == '"' && values[2].kind == '{'
}
