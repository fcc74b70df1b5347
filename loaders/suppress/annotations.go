package suppress

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Annotation is the key of the annotation that suppresses findings of the object that has it.
const Annotation = "passmuster.dev/ignore"

// Annotations reads the suppressions in the annotation of an object, which belongs to a cluster.
func Annotations(d *source.Document, cluster string) ([]*mesh.Suppression, []source.Diagnostic) {
	if !bytes.Contains(d.JSON, []byte(Annotation)) {
		return nil, nil
	}
	var object struct {
		Metadata struct {
			Annotations map[string]json.RawMessage `json:"annotations"`
		} `json:"metadata"`
	}
	// What is of another type has been reported by who reads the object; it suppresses nothing.
	if err := json.Unmarshal(d.JSON, &object); err != nil {
		return nil, nil
	}
	value, ok := object.Metadata.Annotations[Annotation]
	if !ok {
		return nil, nil
	}
	at := mesh.At(d, "/metadata/annotations").Child(strings.ReplaceAll(Annotation, "/", "~1"))
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return nil, []source.Diagnostic{wrongAt(at, "has to be text; put it in quotes")}
	}
	pieces := ParseAll(text)
	if len(pieces) == 0 {
		return nil, []source.Diagnostic{wrongAt(at, "names no rule, want a text such as DR103 until=2027-03-31 reason=\"…\"")}
	}
	resource := d.Resource()
	resource.Cluster = cluster
	var list []*mesh.Suppression
	var diags []source.Diagnostic
	for i, p := range pieces {
		here := at
		if strings.Contains(text, "\n") {
			here.Path += "#text:" + strconv.Itoa(1+strings.Count(text[:p.Offset], "\n"))
		}
		switch {
		case p.Problem != nil:
			diags = append(diags, wrongAt(here, p.Problem.Message))
			continue
		case i == maxInFile:
			return list, append(diags, wrongAt(here, fmt.Sprintf("has more than %d entries; the others suppress nothing", maxInFile)))
		}
		e := p.Entry
		list = append(list, &mesh.Suppression{
			By: mesh.ByAnnotation, Rules: e.Rules, Reason: e.Reason, Until: e.Until, Owner: e.Owner, Origin: here, Resources: []mesh.Resource{resource},
		})
	}
	return list, diags
}

func wrongAt(at mesh.Origin, message string) source.Diagnostic {
	return source.Diagnostic{Position: at.Position(), Message: "suppresses nothing: " + Annotation + ": " + message}
}
