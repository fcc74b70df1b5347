package proposal

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// FuzzFind reads definitions and names that strangers wrote: whatever they say, there is no panic, and the proposal is
// a config whose paths exist below the folder.
func FuzzFind(f *testing.F) {
	for _, name := range []string{"argo", "appset", "generated", "flux", "fleet", "hostile-argo", "perapp", "gitrepo", "joined"} {
		a, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			if strings.Contains(string(file.Data), "kind:") {
				f.Add("prod-us-east-1", "fleet.yaml", file.Data)
				f.Add("a: #\n", "x.yaml", file.Data)
			}
			if strings.HasSuffix(file.Name, "fleet.yaml") {
				f.Add("prod", "fleet.yaml", file.Data)
			}
		}
	}
	f.Add("prod", "helmfile.yaml", []byte("environments: {prod: {kubeContext: ../x}}\nreleases: [{name: a, chart: ../../charts/pay, values: [../../../../etc, {a: '{{ .x }}'}]}, {chart: ..}, 3]\n"))
	f.Add("staging", "prod.tfvars", []byte(""))
	f.Add("values", "kustomization.yaml", []byte("resources: [../base, ., .., /etc, https://x]\n"))
	f.Add("overlays", "Chart.yaml", []byte("name: pay\ndependencies: [{repository: 'file://../..'}]\n"))
	f.Fuzz(func(t *testing.T, folder, file string, content []byte) {
		if len(folder) > 60 || strings.ContainsAny(folder+file, "/\x00") || folder == "" || folder == "." || folder == ".." || file == "" || len(file) > 60 || file == "." || file == ".." {
			return
		}
		dir := t.TempDir()
		for name, text := range map[string]string{
			"apps/base/kustomization.yaml": "resources: [a.yaml]\n", "apps/base/a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n",
			"apps/overlays/prod/kustomization.yaml": "resources: [../../base]\n", "charts/pay/Chart.yaml": "name: pay\n", "charts/pay/values-prod.yaml": "a: 1\n",
			"clusters/" + folder + "/s.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n", "clusters/" + folder + "/" + file: string(content),
			"argocd/x.yaml": string(content),
		} {
			name = filepath.Join(dir, name)
			if os.MkdirAll(filepath.Dir(name), 0o755) != nil || os.WriteFile(name, []byte(text), 0o644) != nil {
				return
			}
		}
		p, err := Find(context.Background(), dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		holds(t, dir, p)
	})
}
