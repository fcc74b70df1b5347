package terraform

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestMain makes the test binary a program that evaluates one directory: hostile inputs are tried on a process of its own, whose CPU
// time and memory the system counts, and which may die.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "evaluate" {
		if err := evaluateChild(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1) //nolint:forbidigo // this process is a program, not a test
		}
		os.Exit(0) //nolint:forbidigo // this process is a program, not a test
	}
	m.Run()
}

// evaluated is what the child says.
type evaluated struct {
	Diagnostics []string
	Known       map[string]bool // of attributes, by address and name
	Addresses   []string
}

func evaluateChild(dir, root string) error {
	tree, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	r, err := Load(context.Background(), tree, root, Options{})
	if err != nil {
		return err
	}
	out := evaluated{Known: map[string]bool{}}
	for i, in := range r.Instances() {
		if i < 100 || strings.HasPrefix(in.Address, "terraform_data.x") {
			out.Addresses = append(out.Addresses, in.Address)
			for name, v := range in.Values.AsValueMap() {
				out.Known[in.Address+"."+name] = v.IsWhollyKnown()
			}
		}
	}
	r.Outputs()
	for _, d := range r.Diagnostics() {
		out.Diagnostics = append(out.Diagnostics, d.Range.String()+": "+d.Message)
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}
