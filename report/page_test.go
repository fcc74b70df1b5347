package report

import (
	"strings"
	"testing"
)

const page = "<!-- unseen -->\n# DR999: A title\n\n| | |\n|---|---|\n| Levels | error, warning |\n| Linkerd | not yet: soon \\| later, when somebody has found the time to do it |\n\n" +
	"A paragraph with `code`, **weight** and a\n[page](../x.md) that is long enough to be wrapped twice at least.\n\n" +
	"- one [link](https://example.com/a)\n- another item of the list that is so long that it needs a second line below it\n\n" +
	"## Bad\n\n```yaml\nspec: {a: 1} # <- DR999\n\nb: |-\n  # no heading\n```\n"

func TestMarkdownForATerminal(t *testing.T) {
	for _, tc := range []struct {
		name     string
		terminal Terminal
		want     string
	}{
		{"60 columns", Terminal{Width: 60}, `DR999: A title

  Levels   error, warning
  Linkerd  not yet: soon | later, when somebody has found
           the time to do it

A paragraph with code, weight and a page that is long enough
to be wrapped twice at least.

• one link https://example.com/a
• another item of the list that is so long that it needs a
  second line below it

Bad

    spec: {a: 1} # <- DR999

    b: |-
      # no heading
`},
		{"ASCII", Terminal{Width: 200, ASCII: true}, `DR999: A title

  Levels   error, warning
  Linkerd  not yet: soon | later, when somebody has found the time to do it

A paragraph with code, weight and a page that is long enough to be wrapped twice at least.

- one link https://example.com/a
- another item of the list that is so long that it needs a second line below it

Bad

    spec: {a: 1} # <- DR999

    b: |-
      # no heading
`},
	} {
		var b strings.Builder
		if err := Markdown(&b, tc.terminal, page); err != nil {
			t.Fatal(err)
		}
		if b.String() != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", tc.name, b.String(), tc.want)
		}
	}
}

// Colours help, and change nothing else: without their escapes the text is the plain one.
func TestMarkdownInColour(t *testing.T) {
	var colored, plain strings.Builder
	if err := Markdown(&colored, Terminal{Color: true}, page); err != nil {
		t.Fatal(err)
	}
	if err := Markdown(&plain, Terminal{}, page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\x1b[1mDR999: A title\x1b[0m\n", "with \x1b[36mcode\x1b[0m, \x1b[1mweight\x1b[0m", "\x1b[31m# <- DR999\x1b[0m"} {
		if !strings.Contains(colored.String(), want) {
			t.Errorf("no %q", want)
		}
	}
	stripped := colored.String()
	for _, code := range []string{"0", "1", "2", "31", "36"} {
		stripped = strings.ReplaceAll(stripped, "\x1b["+code+"m", "")
	}
	if stripped != plain.String() {
		t.Errorf("%s\nwant\n%s", stripped, plain.String())
	}
}
