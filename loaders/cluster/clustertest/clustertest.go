// Package clustertest is an API server for tests that need one which refuses, forgets or breaks off. That a real one is read
// right is shown with a real one.
package clustertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/passmuster/muster/loaders/source"
)

// Kind is one that the server serves.
type Kind struct {
	Name, Resource string
	Namespaced     bool
}

// API answers as an API server does, as far as discovery and lists go.
type API struct {
	// Kinds by group/version.
	Kinds map[string][]Kind
	// Objects by the path of their list, as v1/services.
	Objects map[string][]map[string]any
	// Refuse answers some paths with a status; 410 only to requests that go on.
	Refuse map[string]int

	mu    sync.Mutex
	asked []string
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // whoever asked has gone, and misses it
	}
	q := r.URL.Query()
	if code := a.Refuse[r.URL.Path]; code != 0 && (code != http.StatusGone || q.Get("continue") != "") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		reason := map[int]string{403: "Forbidden", 410: "Expired", 404: "NotFound", 503: "ServiceUnavailable"}[code]
		fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"code":%d,"message":"as told"}`, reason, code)
		return
	}
	switch r.URL.Path {
	case "/version":
		answer(map[string]string{"gitVersion": "v1.37.1"})
		return
	case "/api":
		answer(map[string]any{"kind": "APIVersions", "versions": []string{"v1"}})
		return
	case "/apis":
		byGroup := map[string][]map[string]string{}
		for gv := range a.Kinds {
			if group, version, ok := strings.Cut(gv, "/"); ok {
				byGroup[group] = append(byGroup[group], map[string]string{"groupVersion": gv, "version": version})
			}
		}
		var groups []map[string]any
		for name, versions := range byGroup {
			slices.SortFunc(versions, func(x, y map[string]string) int { return strings.Compare(x["version"], y["version"]) })
			groups = append(groups, map[string]any{"name": name, "versions": versions, "preferredVersion": versions[0]})
		}
		answer(map[string]any{"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
		return
	}
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/apis/"), "/api/")
	if kinds, ok := a.Kinds[path]; ok {
		var list []map[string]any
		for _, k := range kinds {
			list = append(list, map[string]any{"kind": k.Name, "name": k.Resource, "namespaced": k.Namespaced, "verbs": []string{"get", "list", "watch"}},
				map[string]any{"kind": k.Name, "name": k.Resource + "/status", "namespaced": k.Namespaced, "verbs": []string{"get"}})
		}
		answer(map[string]any{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": path, "resources": list})
		return
	}
	a.mu.Lock()
	a.asked = append(a.asked, r.URL.RequestURI())
	a.mu.Unlock()
	all, ok := a.Objects[path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if name, ok := strings.CutPrefix(q.Get("fieldSelector"), "metadata.name="); ok {
		all = slices.DeleteFunc(slices.Clone(all), func(o map[string]any) bool { return o["metadata"].(map[string]any)["name"] != name })
	}
	from, _ := strconv.Atoi(q.Get("continue"))
	to, meta := len(all), map[string]any{"resourceVersion": "7"}
	if limit, _ := strconv.Atoi(q.Get("limit")); limit > 0 && from+limit < len(all) {
		to = from + limit
		meta["continue"] = strconv.Itoa(to)
	}
	answer(map[string]any{"kind": "SomeList", "apiVersion": "v1", "metadata": meta, "items": all[from:to]})
}

// Asked are the requests for lists, in the order in which they came.
func (a *API) Asked() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

// Of serves documents, each kind by a resource of its name in lower case with an s.
func Of(docs []*source.Document) (*API, error) {
	a := &API{Kinds: map[string][]Kind{}, Objects: map[string][]map[string]any{}, Refuse: map[string]int{}}
	for _, d := range docs {
		k := Kind{Name: d.Kind, Resource: strings.ToLower(d.Kind) + "s", Namespaced: d.Namespace != ""}
		if !slices.ContainsFunc(a.Kinds[d.APIVersion], func(known Kind) bool { return known.Name == k.Name }) {
			a.Kinds[d.APIVersion] = append(a.Kinds[d.APIVersion], k)
		}
		object := map[string]any{}
		if err := json.Unmarshal(d.JSON, &object); err != nil {
			return nil, err
		}
		path := d.APIVersion + "/" + k.Resource
		a.Objects[path] = append(a.Objects[path], object)
	}
	return a, nil
}
