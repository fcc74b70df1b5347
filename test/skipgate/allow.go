package main

import (
	"fmt"
	"os"
	"strings"
)

// testID names a test as `go test -json` does: import path, and test with its subtests.
type testID struct{ pkg, name string }

func (t testID) String() string { return t.pkg + " " + t.name }

// entry is one line of the list: a test that may be skipped.
type entry struct {
	test testID
	line int
}

type allowList []entry

// readAllowed reads lines of the form `package TestName  # reason`. Blank lines and lines that
// start with # are comments. An entry without a reason is an error.
func readAllowed(file string) (allowList, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list allowList
	for i, line := range strings.Split(string(text), "\n") {
		// A # inside a word belongs to a subtest's name: TestX/case#01.
		test, reason, _ := strings.Cut(" "+line, " #")
		fields := strings.Fields(test)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 2 || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("%s:%d: want `package TestName  # reason`, got %q", file, i+1, line)
		}
		list = append(list, entry{testID{fields[0], fields[1]}, i + 1})
	}
	return list, nil
}

// judge compares the list with a run of all tests: the skips that no entry allows, and the entries
// whose test was not skipped.
func (list allowList) judge(skips []skip) (forbidden []skip, stale []entry) {
	allowed := map[testID]bool{}
	for _, e := range list {
		allowed[e.test] = true
	}
	skipped := map[testID]bool{}
	for _, s := range skips {
		skipped[s.test] = true
		if !allowed[s.test] {
			forbidden = append(forbidden, s)
		}
	}
	for _, e := range list {
		if !skipped[e.test] {
			stale = append(stale, e)
		}
	}
	return forbidden, stale
}
