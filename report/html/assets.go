package html

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed assets vendor/d3.min.js
var files embed.FS

// order is how the scripts follow each other: what is used stands before what uses it.
var order = []string{
	"vendor/d3.min.js",
	"assets/base.js", "assets/read.js", "assets/data.js", "assets/cells.js", "assets/state.js", "assets/controls.js", "assets/header.js",
	"assets/topology.js", "assets/layout.js", "assets/flows.js",
	"assets/heat.js", "assets/grid.js", "assets/panel.js", "assets/answer.js", "assets/recovery.js",
	"assets/findings.js", "assets/inputs.js", "assets/diff.js", "assets/changes.js", "assets/main.js",
}

// shared are the scripts and sheets that pages of other packages build on: elements from text, data, themes, controls, the head.
var (
	shared      = []string{"vendor/d3.min.js", "assets/base.js", "assets/read.js", "assets/state.js", "assets/controls.js", "assets/header.js"}
	sharedSheet = []string{"assets/theme.css", "assets/page.css", "assets/print.css"}
)

var sheetOrder = []string{"assets/theme.css", "assets/page.css", "assets/parts.css", "assets/print.css"}

func scripts() ([]string, error) { return read(order) }

func sheets() ([]string, error) { return read(sheetOrder) }

// read reads embedded files. None of them may end the element that it stands in.
func read(names []string) ([]string, error) {
	list := make([]string, len(names))
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		if list[i], err = embeddable(name, string(text)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// embeddable is a text as browsers read it, so that its hash holds. It may not end the element that it stands in.
func embeddable(name, text string) (string, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for _, bad := range []string{"</script", "</style", "<!--"} {
		if strings.Contains(strings.ToLower(text), bad) {
			return "", fmt.Errorf("html: %s holds %s", name, bad)
		}
	}
	return text, nil
}

// skeleton is the body before the scripts fill it.
func skeleton(again string) string {
	return `<a class="skip" href="#main">Skip to the content</a>
<header id="top"></header>
<main id="main" tabindex="-1"><p id="loading" role="status">Reading the report …</p><noscript><p>This report is drawn by a script that it contains. It makes no requests. Please allow scripts, or write it as text: ` + again + `</p></noscript></main>
<aside id="panel" hidden></aside>
<footer id="foot"></footer>
<div id="live" class="quiet" role="status" aria-live="polite"></div>
`
}
