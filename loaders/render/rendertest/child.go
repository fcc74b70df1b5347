// Package rendertest lets a test binary be the child that renders.
package rendertest

import (
	"context"
	"fmt"
	"os"

	"github.com/passmuster/muster/loaders/render"
)

// Child renders what standard input asks for if this process was started to do that, as the program
// is, and reports whether it was. A TestMain calls it before anything else, and runs no test then.
func Child() bool {
	if len(os.Args) < 2 || os.Args[1] != render.Verb {
		return false
	}
	if err := render.Child(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err) // the parent gets no answer, and says so
	}
	return true
}
