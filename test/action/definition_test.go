package action

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// root is the top of the repository.
const root = "../.."

// definition is action.yml, as far as a runner of composite actions reads it.
type definition struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Using string
		Steps []step
	}
}

type step struct {
	ID, Name, If, Shell, Run string
	Dir                      string `yaml:"working-directory"`
	Uses                     string
	Env                      map[string]string
}

func readDefinition(t *testing.T) *definition {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var d definition
	if err := yaml.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	if d.Runs.Using != "composite" || len(d.Runs.Steps) == 0 {
		t.Fatalf("action.yml: using %q, %d steps", d.Runs.Using, len(d.Runs.Steps))
	}
	return &d
}

// What stands in run is read by a shell: an expression there is code of whoever controls its value.
func TestShellsReadNoExpressions(t *testing.T) {
	for _, s := range readDefinition(t).Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %q has an expression in run: %s", s.Name, s.Run)
		}
		if s.Run == "" || s.Shell != "bash" {
			t.Errorf("step %q: run %q, shell %q", s.Name, s.Run, s.Shell)
		}
		// Other actions would have to be downloaded before the first step, which closed networks do not allow.
		if s.Uses != "" {
			t.Errorf("step %q uses %s", s.Name, s.Uses)
		}
	}
}

// An input that no step hands on would be ignored without a word.
func TestEveryInputIsHandedOn(t *testing.T) {
	d := readDefinition(t)
	for name := range d.Inputs {
		used := false
		for _, s := range d.Runs.Steps {
			variable := "MUSTER_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
			used = used || s.Env[variable] == "${{ inputs."+name+" }}" || s.Dir == "${{ inputs."+name+" }}"
		}
		if !used {
			t.Errorf("no step hands on the input %s", name)
		}
	}
}
