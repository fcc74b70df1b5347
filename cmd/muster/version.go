package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionOptions are the flags of muster version.
type versionOptions struct {
	out    io.Writer
	output string
}

func newVersion(s streams) *cobra.Command {
	o := versionOptions{out: s.out}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Example: `  muster version
  muster version -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runVersion(o) },
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", "text", "text or json")
	return cmd
}

func runVersion(o versionOptions) error {
	switch o.output {
	case "text":
		fmt.Fprintf(o.out, "muster %s (%s %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return nil
	case "json":
		return json.NewEncoder(o.out).Encode(struct {
			Name    string `json:"name"`
			Version string `json:"version"`
			Go      string `json:"go"`
			OS      string `json:"os"`
			Arch    string `json:"arch"`
		}{"muster", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH})
	}
	return usagef("--output %q: want text or json", o.output)
}

// version is that of the module this program was built from; "(devel)" if nobody tagged it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
