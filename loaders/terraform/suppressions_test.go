package terraform

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

const ignoring = `muster:ignore DR701 until=2027-03-31 reason="known # well" owner=edge`

// Each case has one suppression. Marks of the text that begin with + are covered, those with - are not; the place is that of the mark.
func TestCommentsCoverBlocksArgumentsAndElements(t *testing.T) {
	for name, tt := range map[string]struct{ text, note string }{
		"above a block":                 {text: "-a = 1\n# IGNORE\n+resource \"a\" \"b\" {\n  +c = [\n    +1\n  ]\n  d {\n    +e = 1\n  }\n}\n-f = 1\n"},
		"above an argument":             {text: "a {\n  -b = 1\n  // IGNORE\n  +c = {\n    +d = 1\n  }\n  -e = 1\n}\n"},
		"above a nested block":          {text: "a {\n  # IGNORE\n  +b {\n    +c = 1\n  }\n  -d {}\n}\n"},
		"among other comments":          {text: "# first\n# IGNORE\n/* two\nlines */\n# last\n+a = 1\n-b = 1\n"},
		"behind a value":                {text: "a {\n  -b = 1\n  +c = +2 # IGNORE\n  -d = 1\n}\n"},
		"behind a bracket":              {text: "a = 1\n+b = [ # IGNORE\n  +c,\n  [\n    +d\n  ]\n]\n-e = 1\n"},
		"behind the head of a block":    {text: "+a \"b\" { # IGNORE\n  +c = 1\n}\n-d = 1\n"},
		"behind a brace that is closed": {text: "+a \"b\" {} # IGNORE\n-d = 1\n"},
		"behind the end of a block":     {text: "a \"b\" {\n  -c = 1\n+} # IGNORE\n-d = 1\n"},
		"above an element":              {text: "a = [\n  -1,\n  # IGNORE\n  +f(\n    +2),\n  -3\n]\n"},
		"above the last element":        {text: "a = [\n  -1,\n  # IGNORE\n  +{ b = +2 }\n]\n-c = 1\n"},
		"above a member":                {text: "a = {\n  -b = 1\n  # IGNORE\n  +c = [\n    +1]\n  -d = 2\n}\n"},
		"above an argument of a call":   {text: "a = f(\n  -1,\n  # IGNORE\n  +g(+2,\n  +3),\n  -4)\n"},
		"above a heredoc":               {text: "# IGNORE\n+a = <<E\n  # IGNORED\n  +x: ${+f({\n  +b = 1})}\nE\n-c = 1\n"},
		"below a heredoc":               {text: "-a = <<E\n-x\nE\n# IGNORE\n+b = 1\n-c = 1\n"},
		"with CRLF":                     {text: "# IGNORE\r\n+a = 1\r\n-b = 1\r\n"},
		"wide characters":               {text: "a = { -\"ä\" = \"ü\", # IGNORE\n-b = 1 }\n"},
		"above a blank line":            {text: "# IGNORE\n\n-a = 1\n", note: "a blank line divides it from what stands below it"},
		"at the end of a block":         {text: "a {\n  -b = 1\n  # IGNORE\n}\n-c = 1\n", note: "nothing stands below it"},
		"at the end of a list":          {text: "a = [\n  -1,\n  # IGNORE\n]\n-c = 1\n", note: "nothing stands below it"},
		"at the end of the file":        {text: "-a = 1\n# IGNORE\n", note: "nothing stands below it"},
		"at the very end":               {text: "-a = 1\n# IGNORE", note: "nothing stands below it"},
		"above blank lines and nothing": {text: "-a = 1\n# IGNORE\n\n# x\n", note: "nothing stands below it"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.ReplaceAll(tt.text, "IGNORE\n", ignoring+"\n")
			text = strings.ReplaceAll(text, "IGNORE\r\n", ignoring+"\r\n")
			if strings.HasSuffix(text, "IGNORE") {
				text = strings.TrimSuffix(text, "IGNORE") + ignoring
			}
			if name == "wide characters" { // the last bracket of the line is opened before the comment, not last
				text = strings.Replace(text, "-\"ä\"", "+\"ä\"", 1)
			}
			var plain strings.Builder
			var marks []mesh.Position
			var covered []bool
			line, column := 1, 1
			for i, c := range text {
				next := byte(' ')
				if i+1 < len(text) {
					next = text[i+1]
				}
				before := byte('\n')
				if i > 0 {
					before = text[i-1]
				}
				if (c == '+' || c == '-') && next > ' ' && strings.IndexByte("\n ({[", before) >= 0 && !(next >= '0' && next <= '9' && before == '2') {
					marks, covered = append(marks, mesh.Position{File: "f.tf", Line: line, Column: column}), append(covered, c == '+')
					continue
				}
				plain.WriteRune(c)
				if column++; c == '\n' {
					line, column = line+1, 1
				}
			}
			list, diags := Suppressions(source.Marked{File: "f.tf", Data: []byte(plain.String())})
			if len(diags) > 0 || len(list) != 1 || len(marks) == 0 {
				t.Fatalf("%d suppressions, %v", len(list), diags)
			}
			s := list[0]
			if s.Reason != "known # well" || s.Owner != "edge" || s.By != mesh.ByComment || s.Origin.Note != tt.note || s.File != "f.tf" {
				t.Errorf("%+v", s)
			}
			for i, at := range marks {
				if s.Covers(&mesh.Subject{Position: at}) != covered[i] {
					t.Errorf("%s: want covered %v in\n%s", at, covered[i], plain.String())
				}
			}
		})
	}
}

func TestMalformedSuppressionsAreTold(t *testing.T) {
	text := "# muster:ignore\na = 1 // muster:ignore DR701 until=soon\nb = \"# muster:ignore DR701\"\n/* muster:ignore DR701 */\nc = 1\n# muster:ignored\n# x\n# muster:ignore DR701 reason=\"a\u2028b\"\nd = 1\n"
	list, diags := Suppressions(source.Marked{File: "f.tf", Data: []byte(text)})
	var got []string
	for _, d := range diags {
		got = append(got, fmt.Sprint(d.Position))
	}
	if want := []string{"f.tf:1:16", "f.tf:2:30", "f.tf:4:1", "f.tf:6:16", "f.tf:8:1"}; !slices.Equal(got, want) || len(list) != 0 {
		t.Errorf("%v %v", diags, list)
	}
	if list, diags := Suppressions(source.Marked{File: "f.tf.json", Data: []byte("# " + ignoring + "\n")}); len(list)+len(diags) > 0 {
		t.Error("JSON has no comments")
	}
	many := strings.Repeat("# "+ignoring+"\na = 1\n", maxSuppressions+5)
	if list, diags := Suppressions(source.Marked{File: "f.tf", Data: []byte(many)}); len(list) != maxSuppressions || len(diags) != 1 {
		t.Errorf("%d %v", len(list), diags)
	}
}

func TestMarkedFilesAreThoseOfTheRoot(t *testing.T) {
	r := root(t, "# "+ignoring+"\nmodule \"m\" { source = \"./m\" }\n-- a.tf --\n-- b.tf.json --\n{\"//\": \"# "+ignoring+"\"}\n-- m/m.tofu --\n# "+ignoring+"\n-- else/x.tf --\n# "+ignoring+"\n", Options{})
	var got []string
	for _, f := range r.Marked() {
		got = append(got, f.File)
	}
	if !slices.Equal(got, []string{"m/m.tofu", "main.tf"}) {
		t.Errorf("%v", got)
	}
}

func FuzzSuppressions(f *testing.F) {
	seeds(f)
	f.Add([]byte("a = [ # " + ignoring + "\n]"))
	f.Add([]byte("a = \"${ # " + ignoring + "\n}\n# " + ignoring + "\n${\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, _ := Suppressions(source.Marked{File: "f.tf", Data: data})
		for _, s := range list {
			for line := range 5 {
				s.Covers(&mesh.Subject{Position: mesh.Position{File: "f.tf", Line: line, Column: 3}})
			}
			if at := s.Origin.Position(); at.Line < 1 || at.Column < 1 {
				t.Error(at)
			}
		}
	})
}
