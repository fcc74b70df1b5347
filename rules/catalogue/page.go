package catalogue

import (
	"fmt"
	"strings"
)

// Example is a fenced YAML block of a page that a test runs. Its info string is "yaml bad in=SETTING" or "yaml good
// in=SETTING"; "# <- DR103" at the end of a line says that the rule speaks there.
type Example struct {
	Good    bool
	Setting string // the fleet that it completes, rules/testdata/settings/SETTING.yaml
	Line    int    // the first line of its text in the page, from 1
	Text    string
}

// Examples returns the blocks of a page that are marked to be run.
func Examples(page string) ([]Example, error) {
	var list []Example
	var open *Example
	fenced := false
	for i, line := range strings.SplitAfter(page, "\n") {
		info, fence := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "```")
		switch {
		case fence && fenced:
			if open != nil {
				list = append(list, *open)
			}
			open, fenced = nil, false
		case fence:
			fenced = true
			words := strings.Fields(info)
			if len(words) < 2 {
				continue
			}
			e := Example{Line: i + 2}
			for _, w := range words[1:] {
				setting, isSetting := strings.CutPrefix(w, "in=")
				switch {
				case w == "good" || w == "bad":
					e.Good = w == "good"
				case isSetting:
					e.Setting = setting
				default:
					return nil, fmt.Errorf("line %d: %q: want yaml bad in=SETTING or yaml good in=SETTING", i+1, info)
				}
			}
			open = &e
		case open != nil:
			open.Text += line
		}
	}
	if fenced {
		return nil, fmt.Errorf("the last block has no end")
	}
	return list, nil
}

// Plain takes from the info strings of a page what only tests read, for those who show it.
func Plain(page string) string {
	lines := strings.SplitAfter(page, "\n")
	for i, line := range lines {
		if info, ok := strings.CutPrefix(line, "```"); ok {
			if language, _, more := strings.Cut(strings.TrimRight(info, "\r\n"), " "); more {
				lines[i] = "```" + language + "\n"
			}
		}
	}
	return strings.Join(lines, "")
}
