package config

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// definition is a mapping as the schema describes it.
type definition struct {
	Properties map[string]struct {
		Description string
		Enum        []string
		Items       struct{ Enum []string }
	}
	Enum  []string
	AnyOf []struct{ Enum []string }
}

func readDefinitions(t *testing.T) map[string]definition {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		definition
		Defs map[string]definition `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	schema.Defs[""] = schema.definition
	return schema.Defs
}

func TestSchemaHasTheKeysOfTheDecoderAndTheStructs(t *testing.T) {
	definitions := readDefinitions(t)
	for name, mapping := range map[string]struct {
		fields []field
		value  any
		beside []string // members of the struct that are no keys
	}{
		"":            {configFields(&Config{}), Config{}, []string{"File", "Dir"}},
		"mesh":        {meshFields(&Mesh{}), Mesh{}, nil},
		"peer":        {peerFields(&Peer{}), Peer{}, nil},
		"cluster":     {clusterFields(&Cluster{}), Cluster{}, nil},
		"source":      {sourceFields(&Source{}), Source{}, nil},
		"environment": {environmentFields(&Environment{}), Environment{}, nil},
		"objective":   {objectiveFields(&Objective{}), Objective{}, []string{"Objective", "Origin", "UsualFaults"}},
		"drill":       {drillingFields(&mesh.Drilling{}), mesh.Drilling{}, nil},
		"match":       {matchFields(&Match{}), Match{}, nil},
		"ruleSetting": {ruleSettingFields(&RuleSetting{}), RuleSetting{}, nil},
		"scope":       {scopeFields(&Scope{}), Scope{}, nil},
		"inputs":      {inputsFields(&Inputs{}), Inputs{}, nil},
		"accepted":    {acceptedFields(&Accepted{}), Accepted{}, nil},
		"suppression": {suppressionFields(&Suppression{}), Suppression{}, nil},
	} {
		var members []string
		for _, member := range reflect.VisibleFields(reflect.TypeOf(mapping.value)) {
			if member.IsExported() && member.Name != "Position" && !slices.Contains(mapping.beside, member.Name) {
				members = append(members, strings.ToLower(member.Name))
			}
		}
		var properties []string
		for property, of := range definitions[name].Properties {
			properties = append(properties, property)
			if of.Description == "" {
				t.Errorf("schema: %s.%s has no description", name, property)
			}
		}
		decoded := keys(mapping.fields)
		if slices.Sort(properties); !slices.Equal(properties, slices.Sorted(slices.Values(decoded))) {
			t.Errorf("%q: the schema has %v, the decoder %v", name, properties, decoded)
		}
		slices.Sort(members)
		for i := range decoded {
			decoded[i] = strings.ToLower(decoded[i])
		}
		if slices.Sort(decoded); !slices.Equal(members, decoded) {
			t.Errorf("%q: the struct has %v, the decoder %v", name, members, decoded)
		}
		delete(definitions, name)
	}
	for name, of := range definitions {
		if len(of.Properties) > 0 {
			t.Errorf("schema: %s has properties that no mapping of the decoder has", name)
		}
	}
}

func TestSchemaHasTheWordsOfTheDecoder(t *testing.T) {
	definitions := readDefinitions(t)
	objective := definitions["objective"].Properties
	for name, words := range map[string]struct{ schema, decoder []string }{
		"kind":       {definitions["mesh"].Properties["kind"].Enum, wanted(kind)},
		"edition":    {definitions["mesh"].Properties["edition"].Enum, wanted(edition)},
		"failure":    {definitions["failure"].AnyOf[0].Enum, failures},
		"fault":      {objective["faults"].Items.Enum, wanted(fault)},
		"pattern":    {objective["pattern"].Enum, wanted(pattern)},
		"encryption": {objective["encryption"].Enum, wanted(encryption)},
		"level":      {definitions["level"].Enum, wanted(level)},
		"unreadable": {definitions["inputs"].Properties["unreadable"].Enum, wanted(unreadable)},
	} {
		if !slices.Equal(words.schema, words.decoder) {
			t.Errorf("%s: the schema has %v, the decoder %v", name, words.schema, words.decoder)
		}
	}
}

// wanted is what a parser names as possible when it gets a word that is not.
func wanted[T any](parse func(string) (T, error)) []string {
	_, err := parse("?")
	_, list, _ := strings.Cut(err.Error(), "want one of ")
	return strings.Split(list, ", ")
}
