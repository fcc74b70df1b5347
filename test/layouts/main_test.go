package layouts

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/passmuster/muster/loaders/render"
)

// TestMain makes the test binary the child that renders, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == render.Verb {
		if err := render.Child(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	m.Run() // the exit code is the testing package's business
}
