package source

import (
	"bytes"
	"regexp"
)

// actions are the template constructs of Helm and Jinja.
var actions = regexp.MustCompile(`(?s)\{\{.*?\}\}|\{%.*?%\}`)

// isTemplated reports whether a document does not parse because it is a template: with its
// actions blanked out the error goes away or moves. A broken manifest that merely mentions {{ }}
// in some annotation keeps its error, and is reported.
func isTemplated(raw []byte, broken error) bool {
	if !bytes.Contains(raw, []byte("{{")) && !bytes.Contains(raw, []byte("{%")) {
		return false
	}
	blanked := bytes.Clone(raw)
	found := actions.FindAllIndex(raw, -1)
	for _, at := range found {
		fill := byte('x')
		if isBlank(raw[bytes.LastIndexByte(raw[:at[0]], '\n')+1:at[0]]) && isBlank(lineRest(raw, at[1])) {
			fill = ' '
		}
		for i := at[0]; i < at[1]; i++ {
			if blanked[i] != '\n' {
				blanked[i] = fill
			}
		}
	}
	if len(found) == 0 {
		return false
	}
	_, _, err := toJSON(blanked)
	return err == nil || err.Error() != broken.Error()
}

func lineRest(raw []byte, at int) []byte {
	if i := bytes.IndexByte(raw[at:], '\n'); i >= 0 {
		return raw[at : at+i]
	}
	return raw[at:]
}
