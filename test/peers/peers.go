//go:build linux

package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
)

// peer is another program that reads the same files. What it looks for is never what muster looks for: the ratio says what an
// audit costs beside what people run today, and not which audit is better.
type peer struct {
	name string
	does string // with the files
	// module is what is built, as go install takes it; mod is the go.mod of a module around it, where a plain install does not
	// build.
	module, mod string
	// args audit the fleet in the working directory.
	args func(dir string) ([]string, error)
	// codes are the exit codes of a run that did its work.
	codes []int
}

//go:embed modules/istioctl.mod
var istioctlMod string

// deny is the one rule that conftest gets: a DestinationRule without outlier detection.
const deny = `package main

import rego.v1

deny contains msg if {
	input.kind == "DestinationRule"
	not input.spec.trafficPolicy.outlierDetection
	msg := sprintf("%s/%s has no outlierDetection", [input.metadata.namespace, input.metadata.name])
}
`

func peers() []peer {
	return []peer{
		{
			name: "istioctl", does: "istioctl analyze, all analyzers, without a cluster",
			module: "istio.io/istio/istioctl/cmd/istioctl", mod: istioctlMod,
			args:  func(string) ([]string, error) { return []string{"analyze", "--use-kube=false", "-A", "clusters"}, nil },
			codes: []int{0, 79}, // 79: it found errors or warnings
		},
		{
			name: "conftest", does: "conftest test with one rule over DestinationRules",
			module: "github.com/open-policy-agent/conftest@v0.71.1",
			args: func(dir string) ([]string, error) {
				policy := filepath.Join(dir, "policy")
				if err := os.MkdirAll(policy, 0o755); err != nil {
					return nil, err
				}
				path := filepath.Join(policy, "deny.rego")
				if err := os.WriteFile(path, []byte(deny), 0o600); err != nil {
					return nil, err
				}
				return []string{"test", "--no-color", "-p", path, "clusters"}, nil
			},
			codes: []int{0, 1},
		},
		{
			name: "kube-score", does: "kube-score score, its built-in checks of workloads",
			module: "github.com/zegl/kube-score/cmd/kube-score@v1.20.0",
			args: func(string) ([]string, error) {
				files, err := manifests("clusters")
				return append([]string{"score", "-o", "ci"}, files...), err
			},
			codes: []int{0, 1},
		},
	}
}

// manifests are the YAML files below a directory, for programs that walk none.
func manifests(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".yaml" {
			files = append(files, path)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s holds no manifests", dir)
	}
	return files, err
}
