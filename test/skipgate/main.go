// Command skipgate reads `go test -json` on standard input, tells a person how the tests went,
// and decides whether a test may be skipped.
//
// A skipped test proves nothing, yet looks like a pass. So under CI=true every skip must stand on
// a written list with its reason, and every entry of that list must still be needed. Elsewhere a
// skip is only shown: a laptop may lack what CI has.
//
// The last line is `N passed, N failed, N skipped`. The exit code is 0 if all is well, 1 if a test
// failed, if a skip is not allowed, or if no test ran, and 2 if the input could not be read.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	allow := flag.String("allow", "test/skips.txt", "file that lists the tests which may be skipped")
	flag.Parse()
	os.Exit(run(os.Stdin, os.Stdout, os.Stderr, *allow, os.Getenv("CI") == "true"))
}

// run judges one stream of test events; strict is how CI judges.
func run(events io.Reader, stdout, stderr io.Writer, allowFile string, strict bool) int {
	allowed, err := readAllowed(allowFile)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	tally := newTally(stdout)
	if err := tally.readAll(events); err != nil {
		fmt.Fprintf(stderr, "standard input: %v\n", err)
		return 2
	}
	objections := tally.finish()
	forbidden, stale := allowed.judge(tally.skips)
	for _, s := range tally.skips {
		fmt.Fprintf(stdout, "skip  %s: %s\n", s.test, s.reason)
	}
	if strict {
		for _, s := range forbidden {
			objections = append(objections, fmt.Sprintf("%s was skipped but is not listed in %s", s.test, allowFile))
		}
		for _, e := range stale {
			objections = append(objections, fmt.Sprintf("%s:%d: %s no longer skips: remove the entry", allowFile, e.line, e.test))
		}
	}
	for _, o := range objections {
		fmt.Fprintln(stdout, "error:", o)
	}
	fmt.Fprintf(stdout, "%d passed, %d failed, %d skipped\n", tally.passed, tally.failed, len(tally.skips))
	if tally.failed > 0 || len(objections) > 0 {
		return 1
	}
	return 0
}
