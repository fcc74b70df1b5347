package source

import "testing"

// Speed depends on what the fast reader accepts; FuzzPlain sees to it that it is right.
func TestManifestsAreReadWithoutTheFullParser(t *testing.T) {
	for _, text := range []string{
		manifest(1),
		"a: |\n  x: y\n\n   z\nb: |-\n  c\n", "a:\n- b\n- c: d\n  e: f\n", "a: {b: [c, 'd'], e: 1.5}\n", "a: \"b\\n\\\"c\\\"\"\n", "a: 'it''s'\n",
		"a: b\n  c\nd: 'e\n  f'\n", "a: 0.5\nb: yes\nc: 10s\nd: ~\n", "# c\na: b # c\n\n# d\ne:\n  # f\n  g: h\n", "a:\r\n- b\r\n", "8080: a\n", "a/*: 80\nb: {c/*: 20}\n", "- ./*\n- ./a\n", "a: >-\n  b\n  c: d # e\n  - f\ng: h\n", "a: >\n  b\n\nc: d\n", "a:\n- >-\n  b\n", "a: --flag\nb: {}\nc: []\n",
	} {
		if _, ok := plainJSON([]byte(text)); !ok {
			t.Errorf("left to the full parser:\n%s", text)
		}
	}
	for _, text := range []string{
		"a: &b c\n", "a: *b\n", "a: !b c\n", "a: >+\n  b\n", "a: >\n  b\n\n  c\n", "a: >\n  b\n   c\n", "a: >\n\n  b\n", "a: >-\n  b\n   \n", "a: >-\n  b", "a: 1\na: 2\n", "<<: {a: b}\n", "? a\n", "a:\tb\n", "a: \"\\x41\"\n", "a: b: c\n", "- a\nb: c\n",
		"a:\n    b: c\n  d: e\n", "a\n", "01: 2\n", "-1: 2\n", "a: [\n", "a: 'b' c\n", "a: |2\n  b\n", "a: |\n  b", "yes: no\n", "a: b\n\n  c\n", "  a: b\nc: d\n", "a: {b: c, b: d}\n",
	} {
		if d, ok := plainJSON([]byte(text)); ok {
			t.Errorf("not left to the full parser, but read as %s:\n%s", d.js, text)
		}
	}
}
