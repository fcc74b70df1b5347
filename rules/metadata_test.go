package rules_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/rules"
	"github.com/passmuster/muster/rules/catalogue"
)

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("../docs/schema/rule.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func verdict(t *testing.T, schema *jsonschema.Schema, text []byte) error {
	t.Helper()
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

func TestEveryRuleYAMLFitsTheSchema(t *testing.T) {
	schema := compileSchema(t)
	for _, e := range catalogueOf(t) {
		if err := verdict(t, schema, []byte(read(t, e.Dir()+"/rule.yaml"))); err != nil {
			t.Errorf("%s/rule.yaml: %v", e.Dir(), err)
		}
	}
}

// The schema and the reader refuse the same mistakes.
func TestMistakesInARuleYAMLAreRefused(t *testing.T) {
	schema := compileSchema(t)
	right := read(t, "failover/single-gateway/rule.yaml")
	for _, tc := range []struct{ name, old, new, problem string }{
		{"an id of another form", "id: DR108", "id: DR018", `id: want one such as DR103, got "DR018"`},
		{"a category, which is the folder's", "id: DR108", "id: DR108\ncategory: failover", "unknown field"},
		{"levels in another order", "levels: [warning]", "levels: [loud]", "levels: want error, warning or note"},
		{"a mesh that nobody says anything about", "  consul:", "  # consul:", "meshes.consul: want"},
		{"not applicable without a reason", "linkerd: answers", "linkerd: n/a", "meshes.linkerd: want"},
		{"a control of another form", "CP-8(2)", "CP8.2", `controls.nist-800-53: "CP8.2" is not in the list`},
		{"a fix that nobody knows", "impact: ", "fix: always\nimpact: ", "fix: want safe, suggestion or none"},
		{"a default of another type", "default: 2", "default: two", ""},
		{"a type that does not exist", "type: integer", "type: whole", "unknown type"},
	} {
		if strings.Count(right, tc.old) != 1 {
			t.Fatalf("%s: %q is not once in the file", tc.name, tc.old)
		}
		wrong := strings.Replace(right, tc.old, tc.new, 1)
		_, err := catalogue.Parse("rule.yaml", []byte(wrong))
		if err == nil || !strings.Contains(err.Error(), tc.problem) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.problem)
		}
		if tc.problem != "" && verdict(t, schema, []byte(wrong)) == nil {
			t.Errorf("%s: the schema takes it", tc.name)
		}
	}
}

// The schema has the members of the structs, so that a new one cannot be forgotten in it.
func TestTheSchemaHasTheMembersOfTheStructs(t *testing.T) {
	var schema struct {
		Properties map[string]struct{ Properties map[string]any }
		Defs       map[string]struct{ Properties map[string]any } `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(read(t, "../docs/schema/rule.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	top := map[string]any{}
	for name := range schema.Properties {
		top[name] = nil
	}
	for name, tc := range map[string]struct {
		value any
		keys  map[string]any
	}{
		"rule.yaml": {catalogue.Metadata{}, top},
		"reads":     {catalogue.Reads{}, schema.Properties["reads"].Properties},
		"param":     {catalogue.Parameter{}, schema.Defs["param"].Properties},
	} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(tc.value)) {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if _, ok := tc.keys[key]; !ok {
				t.Errorf("%s: the schema has no %s", name, key)
			}
			delete(tc.keys, key)
		}
		for key := range tc.keys {
			t.Errorf("%s: no struct has %s", name, key)
		}
	}
}

// What the registry was generated with is what the folders say.
func TestTheRegistryAndTheCatalogueAgree(t *testing.T) {
	var registered []*analyzer.Rule
	registered = append(registered, rules.All()...)
	for _, p := range rules.Policies() {
		if source, err := p.Source(); err != nil || len(source) == 0 {
			t.Errorf("%s has no source: %v", p.ID, err)
		}
		registered = append(registered, &analyzer.Rule{ID: p.ID, Slug: p.Slug, Title: p.Title, Params: p.Params})
	}
	list := catalogueOf(t)
	if len(registered) != len(list) {
		t.Fatalf("%d rules are registered, and %d folders are there", len(registered), len(list))
	}
	for _, e := range list {
		i := slices.IndexFunc(registered, func(r *analyzer.Rule) bool { return r.ID == e.ID })
		if i < 0 || registered[i].Slug != e.Slug || registered[i].Title != e.Title || len(registered[i].Params) != len(e.Params) {
			t.Errorf("%s is not registered as its folder says", e.Dir())
		}
	}
	for _, r := range rules.All() {
		if r.Run == nil && len(r.Causes) == 0 {
			t.Errorf("%s does nothing: it has neither causes nor a Run function", r.ID)
		}
	}
}

// A rule is at most five files by hand, and they are small.
func TestARuleIsASmallFolder(t *testing.T) {
	for _, e := range catalogueOf(t) {
		var files []string
		err := filepath.WalkDir(e.Dir(), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		most := 5
		if e.Rego {
			most++ // and its test
		}
		if len(files) > most {
			t.Errorf("%s has %d files, want at most %d: %v", e.Dir(), len(files), most, files)
		}
		for _, name := range []string{"rule.go", "rule.rego", "rule.yaml"} {
			text, err := os.ReadFile(filepath.Join(e.Dir(), name))
			if lines := bytes.Count(text, []byte{'\n'}); err == nil && lines > 100 {
				t.Errorf("%s/%s has %d lines, want at most 100", e.Dir(), name, lines)
			}
		}
	}
}
