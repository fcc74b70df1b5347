package github

import (
	"slices"
	"strings"
	"testing"
)

func TestRightSideIsWhatAPatchShows(t *testing.T) {
	for name, tc := range map[string]struct {
		patch string
		want  []lines
	}{
		"none":                  {"", nil},
		"one line":              {"@@ -1 +1 @@\n-a\n+b", []lines{{1, 1}}},
		"added":                 {"@@ -0,0 +1,3 @@\n+a\n+b\n+c\n", []lines{{1, 3}}},
		"removed":               {"@@ -1,2 +0,0 @@\n-a\n-b", nil},
		"two hunks":             {"@@ -3,2 +3,3 @@ x\n a\n+b\n c\n@@ -10 +11,2 @@\n a\n+b", []lines{{3, 5}, {11, 12}}},
		"lines like headers":    {"@@ -1,2 +1,3 @@\n a\n+@@ -9,9 +90,9 @@\n b", []lines{{1, 3}}},
		"no newline at the end": {"@@ -1 +1,2 @@\n a\n+b\n\\ No newline at end of file", []lines{{1, 2}}},
		"empty context":         {"@@ -1,3 +1,3 @@\n a\n\n-b\n+c", []lines{{1, 3}}},
		"cut":                   {"@@ -1,9 +1,9 @@\n a\n+b", []lines{{1, 2}}},
		"broken":                {"@@ -1,9 +1,9 @@\n a\nxx\n b", []lines{{1, 1}}},
		"more than it says":     {"@@ -1,1 +1,1 @@\n a\n b\n c", []lines{{1, 1}}},
		"only removals left":    {"@@ -1,2 +1,1 @@\n a\n-b\n", []lines{{1, 1}}},
		"huge":                  {"@@ -1,1 +99999999999999999999,1 @@\n a", nil},
		"negative":              {"@@ -1,1 +-5,1 @@\n a", nil},
		"no header":             {"+a\n+b", nil},
		"a header for nothing":  {"@@ -1,1 @@\n a", nil},
	} {
		if got := rightSide(tc.patch); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func FuzzRightSide(f *testing.F) {
	f.Add("@@ -3,2 +3,3 @@ x\n a\n+b\n c\n@@ -10 +11,2 @@\n a\n+b\n\\ No newline at end of file")
	f.Add("@@ -1,2 +0,0 @@\n-a\n-b")
	f.Fuzz(func(t *testing.T, patch string) {
		total := 0
		for _, l := range rightSide(patch) {
			if l.from < 1 || l.to < l.from {
				t.Fatalf("%v", l)
			}
			total += l.to - l.from + 1
		}
		if total > strings.Count(patch, "\n")+1 {
			t.Errorf("%d lines are shown by a patch of %d", total, strings.Count(patch, "\n")+1)
		}
	})
}
