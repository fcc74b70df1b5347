// Command linked imports every heavy library that muster is designed to stand on, so that their
// versions are known to build together, and their cost at start-up and in size is known before the
// verbs that need them exist. `make linked` builds it and prints both figures.
//
// Without arguments it starts and ends; `linked measure` times that.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/google/go-github/v60/github"
	hclv1 "github.com/hashicorp/hcl"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"istio.io/api/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	strictyaml "sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) == 1 {
		return
	}
	if os.Args[1] != "measure" {
		// Naming a function or a type is enough to keep the linker from dropping its library.
		for _, use := range []any{
			github.NewClient, hclv1.Decode, hclparse.NewParser, cty.StringVal,
			rego.New, jsonschema.NewCompiler, cobra.MinimumNArgs,
			yaml.Unmarshal, strictyaml.UnmarshalStrict, txtar.Parse,
			loader.Load, chartutil.ToRenderValues, engine.Render, krusty.MakeKustomizer, filesys.MakeFsInMemory,
			&v1alpha3.DestinationRule{}, &corev1.Pod{}, &gatewayv1.HTTPRoute{}, &unstructured.Unstructured{},
			kubernetes.NewForConfig, webhook.NewServer, prometheus.NewRegistry,
		} {
			fmt.Printf("%T\n", use)
		}
		return
	}
	if err := measure(40); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// measure starts this program n times and prints its size and how long a start took.
func measure(n int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	file, err := os.Stat(self)
	if err != nil {
		return err
	}
	took := make([]time.Duration, n)
	for i := range took {
		begin := time.Now()
		if err := exec.Command(self).Run(); err != nil {
			return err
		}
		took[i] = time.Since(begin)
	}
	first := took[0]
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	fmt.Printf("%s: %.1f MB; %d starts: median %.1f ms, fastest %.1f, slowest %.1f, the very first %.1f\n",
		file.Name(), float64(file.Size())/1e6, n, ms(took[n/2]), ms(took[0]), ms(took[n-1]), ms(first))
	return nil
}
