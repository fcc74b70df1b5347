package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// A scan that asks for what is new fails for promises that a change breaks where no finding tells of them: callers that are refused are
// no callers to a scan.
func TestNewSinceCountsBrokenPromises(t *testing.T) {
	const (
		served = "---\napiVersion: v1\nkind: Service\nmetadata: {name: mobile, namespace: shop}\nspec: {selector: {app: mobile}, ports: [{name: http, port: 8080}]}\n"
		refuse = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: cart, namespace: shop}\nspec: {selector: {matchLabels: {app: cart}}}\n"
	)
	for _, c := range []struct {
		name, file, content, args string
		want                      int
	}{
		{"nothing", "all/none.yaml", "# nothing\n", "", 0},
		{"callers are refused", "all/refuse.yaml", refuse, "", 1},
		{"callers are refused, and nobody minds", "all/refuse.yaml", refuse, "--fail-on none", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			trio(t, nil)
			apps, err := os.ReadFile("eu/apps.yaml")
			if err != nil {
				t.Fatal(err)
			}
			const caller = "metadata: {name: mobile, namespace: shop}"
			if strings.Count(string(apps), caller) != 1 {
				t.Fatalf("the fleet has no mobile: %s", apps)
			}
			needs := strings.Replace(string(apps), caller, "metadata: {name: mobile, namespace: shop, annotations: {passmuster.dev/depends-on: cart}}", 1)
			if err := os.WriteFile("eu/apps.yaml", []byte(needs+served), 0o644); err != nil {
				t.Fatal(err)
			}
			git(t, "init", "-q", "-b", "main")
			git(t, "add", ".")
			git(t, "commit", "-q", "-m", "base")
			if err := os.WriteFile(c.file, []byte(c.content), 0o644); err != nil {
				t.Fatal(err)
			}
			var out, errs bytes.Buffer
			got := run(append([]string{"scan", "--new-since", "main"}, strings.Fields(c.args)...), strings.NewReader(""), &out, &errs)
			if got != c.want || (got == 1) != strings.Contains(errs.String(), "became worse") {
				t.Errorf("exit %d, want %d\n%s%s", got, c.want, out.String(), errs.String())
			}
		})
	}
}
