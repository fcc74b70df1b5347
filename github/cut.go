package github

import (
	"fmt"
	"strings"
)

// cut shortens Markdown to at most limit bytes, which are never fewer than the characters that GitHub counts, at the end
// of a line. It says so in a sentence, and closes what is open there: a block of code, sections that unfold.
func cut(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	const room = 400 // for the sentence and what is closed
	kept := text[:max(limit-room, 0)]
	if i := strings.LastIndexByte(kept, '\n'); i >= 0 {
		kept = kept[:i+1]
	} else {
		kept = strings.ToValidUTF8(kept, "") + "\n"
	}
	lines := strings.Count(text[len(kept):min(len(text), 10*limit)], "\n") + 1
	fence, sections := open(kept)
	if fence != "" && len(fence) <= 50 {
		kept += fence + "\n"
	}
	kept += strings.Repeat("</details>\n", min(sections, 20))
	return kept + fmt.Sprintf("\n**%d more lines are not shown here**, for want of room. The whole report has all.\n", lines)
}

// open is the fence of the block of code that a text ends in, or "", and how many sections are open.
func open(text string) (string, int) {
	fence, sections := "", 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		run := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(run) >= 3 && !strings.Contains(line[len(run):], "`"):
			fence = run
		case fence != "":
			if len(run) >= len(fence) && run == line {
				fence = ""
			}
		default:
			sections += strings.Count(line, "<details") - strings.Count(line, "</details>")
		}
	}
	return fence, max(sections, 0)
}

// upTo is a text of at most so many bytes.
func upTo(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len("…")], "") + "…"
}
