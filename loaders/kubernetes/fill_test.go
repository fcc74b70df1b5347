package kubernetes

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/passmuster/muster/loaders/source"
)

// filled are the types that documents are decoded into.
func filled() []any {
	return []any{
		new(object), new(configMapObject), new(serviceObject), new(endpointSliceObject), new(endpointsObject), new(ingressObject),
		new(autoscalerObject), new(disruptionBudgetObject), new(workloadObject), new(podObject),
	}
}

// agree reports what fill makes of a text for each type, and holds it to encoding/json.
func agree(t *testing.T, data []byte) (filledAll bool) {
	t.Helper()
	filledAll = true
	for _, like := range filled() {
		goType := reflect.TypeOf(like).Elem()
		fast, want := reflect.New(goType).Interface(), reflect.New(goType).Interface()
		if !fill(data, fast) {
			filledAll = false
			continue
		}
		if err := json.Unmarshal(data, want); err != nil {
			t.Errorf("%v: fill takes what encoding/json refuses with %v: %s", goType, err, data)
		} else if !reflect.DeepEqual(fast, want) {
			t.Errorf("%v: fill reads %s\n%+v\nencoding/json reads\n%+v", goType, data, fast, want)
		}
	}
	return filledAll
}

func TestFillAgreesWithEncodingJSON(t *testing.T) {
	for _, test := range []struct {
		data string
		fast bool // for all types
	}{
		{`{}`, true},
		{`{"metadata":{"labels":{},"annotations":{"a":"b","c":""},"generateName":"x-","other":[1,{"a":["]"]}]}}`, true},
		{` { "metadata" : { "labels" : { "a" : "b" , "c" : "d" } , "ownerReferences" : [ { "kind" : "Job" , "controller" : true } ] } } `, true},
		{`{"metadata":null,"spec":null,"data":null}`, true},
		{`{"metadata":{"labels":null,"ownerReferences":null,"creationTimestamp":null}}`, true},
		{`{"metadata":{"ownerReferences":[]}}`, true},
		{`{"metadata":{"ownerReferences":[{},null,{"name":"x"}]}}`, true},
		{`{"metadata":{"annotations":{"a\"b":"\u003cé\n","":"x"},"generateName":"é"}}`, true},
		{`{"spec":{"replicas":3,"selector":null,"template":{"spec":{"containers":[{"env":[{"name":"A","value":"<"}],"resources":{"limits":{"cpu":1,"memory":"1Gi"},"requests":null}}]}}}}`, true},
		{`{"spec":{"ports":[{"port":80,"targetPort":"http"},{"port":81,"targetPort":8081},{"targetPort":null},{"targetPort":true}]}}`, true},
		{`{"spec":{"jobTemplate":{"spec":{"jobTemplate":{"spec":{"replicas":0}}}}}}`, true},
		{`{"spec":{"minReadySeconds":5,"updateStrategy":{"rollingUpdate":{"partition":2,"maxSurge":"25%"}}}}`, true},
		{`{"spec":{"unknown":{"metadata":"x"},"affinity":[[[]]]},"status":"x\\"}`, false},
		// What is unusual is left to encoding/json.
		{`{"metadata":{"labels":{"a":1}}}`, false},
		{`{"metadata":{"labels":{"a":null}}}`, false},
		{`{"metadata":{"Labels":{"a":"b"}}}`, false},
		{`{"metadata":{"labels":{"a":"b"}},"metadata":{"annotations":{}}}`, false},
		{`{"metadata":{"label\u0073":{"a":"b"}}}`, false},
		{`{"metadata":{"label\u017f":{"a":"b"}}}`, false},
		{`{"metadata":{"labelſ":{"a":"b"}}}`, false},
		{`{"metadata":"x"}`, false},
		{`{"metadata":[]}`, false},
		{`{"metadata":{"generateName":3}}`, false},
		{`[]`, false},
		{`"x"`, false},
		{`null`, false},
	} {
		if got := agree(t, []byte(test.data)); got != test.fast {
			t.Errorf("%s: filled %v, want %v", test.data, got, test.fast)
		}
	}
}

// Numbers are read only as far as they are plainly whole and fit.
func TestFillLeavesOddNumbers(t *testing.T) {
	for number, want := range map[string]bool{
		"3": true, "-3": true, "0": true, "2147483647": true, "2147483648": false, "3.0": false, "1e3": false, `"3"`: false, "true": false, "{}": false,
	} {
		data := []byte(`{"spec":{"replicas":` + number + `}}`)
		if got := fill(data, new(workloadObject)); got != want {
			t.Errorf("%s: %v, want %v", number, got, want)
		}
		agree(t, data)
	}
}

// A type whose fields are not all plain is left to encoding/json.
func TestFillLeavesTypesThatItDoesNotKnow(t *testing.T) {
	type untagged struct{ Name string }
	type floating struct {
		Weight float64 `json:"weight"`
	}
	for _, v := range []any{new(untagged), new(floating)} {
		if fill([]byte(`{"Name":"x","weight":1}`), v) {
			t.Errorf("%T is filled: %+v", v, v)
		}
	}
}

// What repositories hold is decoded without encoding/json.
func TestFillTakesOrdinaryManifests(t *testing.T) {
	types := map[string]any{
		"Deployment": workloadObject{}, "Service": serviceObject{}, "EndpointSlice": endpointSliceObject{}, "Endpoints": endpointsObject{}, "Node": object{}, "Namespace": object{}, "ServiceAccount": object{},
		"HorizontalPodAutoscaler": autoscalerObject{}, "PodDisruptionBudget": disruptionBudgetObject{},
	}
	for _, d := range documents(t, cart+nodes+endpoints+"---\n"+fleet(3)) {
		like := types[d.Kind]
		if like == nil {
			t.Errorf("%s: which type is it decoded into?", d.Kind)
		} else if !fill(d.JSON, reflect.New(reflect.TypeOf(like)).Interface()) {
			t.Errorf("%s %s is left to encoding/json: %s", d.Kind, d.Name, d.JSON)
		}
	}
}

// FuzzFill holds fill to encoding/json, for everything that a document can say.
func FuzzFill(f *testing.F) {
	docs, _, _ := source.Parse("fuzz.yaml", []byte(cart+nodes+endpoints+"---\n"+fleet(1)), source.Options{})
	for _, d := range docs {
		f.Add(d.JSON)
	}
	f.Add([]byte(`{"metadata":{"labels":{"a":"\u003c"},"Labels":null},"spec":{"replicas":1e3,"ports":[{"targetPort":"x"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if json.Valid(data) {
			agree(t, data)
		}
	})
}
