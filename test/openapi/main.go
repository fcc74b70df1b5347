// Command openapi cuts the operations that muster calls out of GitHub's OpenAPI description: it reads the whole description
// from standard input, and writes the slice to standard output. scripts/refresh-github-openapi.sh runs it.
//
// Examples and prose are left out; whatever a validator reads is kept as it is.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// operations are the calls that package github makes, by path.
var operations = map[string][]string{
	"/user":                            {"get"},
	"/repos/{owner}/{repo}/check-runs": {"post"},
	"/repos/{owner}/{repo}/check-runs/{check_run_id}":                          {"patch"},
	"/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations":              {"get"},
	"/repos/{owner}/{repo}/code-scanning/sarifs":                               {"post"},
	"/repos/{owner}/{repo}/commits/{ref}/check-runs":                           {"get"},
	"/repos/{owner}/{repo}/issues/comments/{comment_id}":                       {"patch", "delete"},
	"/repos/{owner}/{repo}/issues/{issue_number}/comments":                     {"get", "post"},
	"/repos/{owner}/{repo}/pulls":                                              {"get"},
	"/repos/{owner}/{repo}/pulls/comments/{comment_id}":                        {"patch", "delete"},
	"/repos/{owner}/{repo}/pulls/{pull_number}/comments":                       {"get"},
	"/repos/{owner}/{repo}/pulls/{pull_number}/files":                          {"get"},
	"/repos/{owner}/{repo}/pulls/{pull_number}/reviews":                        {"get", "post"},
	"/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/dismissals": {"put"},
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var whole map[string]any
	if err := json.NewDecoder(in).Decode(&whole); err != nil {
		return err
	}
	paths, err := chosen(whole)
	if err != nil {
		return err
	}
	components, err := reached(whole, paths)
	if err != nil {
		return err
	}
	w := json.NewEncoder(out)
	w.SetEscapeHTML(false)
	w.SetIndent("", " ")
	return w.Encode(map[string]any{
		"openapi": whole["openapi"], "info": plain(whole["info"]), "servers": whole["servers"],
		"paths": paths, "components": components,
	})
}

// chosen are the operations without prose.
func chosen(whole map[string]any) (map[string]any, error) {
	all, _ := whole["paths"].(map[string]any)
	paths := map[string]any{}
	for path, methods := range operations {
		item, ok := all[path].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s is not described", path)
		}
		kept := map[string]any{}
		for _, m := range methods {
			if item[m] == nil {
				return nil, fmt.Errorf("%s %s is not described", m, path)
			}
			kept[m] = plain(item[m])
		}
		if item["parameters"] != nil {
			kept["parameters"] = plain(item["parameters"])
		}
		paths[path] = kept
	}
	return paths, nil
}

// reached are the components that something refers to, directly or by way of others.
func reached(whole, paths map[string]any) (map[string]map[string]any, error) {
	all, ok := whole["components"].(map[string]any)
	if !ok {
		return nil, errors.New("there are no components")
	}
	out := map[string]map[string]any{}
	todo := references(paths, nil)
	for len(todo) > 0 {
		ref := todo[0]
		todo = todo[1:]
		parts := strings.Split(ref, "/")
		if len(parts) != 4 || parts[0] != "#" || parts[1] != "components" {
			return nil, fmt.Errorf("%s: not a component", ref)
		}
		kind, name := parts[2], parts[3]
		if kind == "examples" || out[kind][name] != nil {
			continue
		}
		group, _ := all[kind].(map[string]any)
		if group[name] == nil {
			return nil, fmt.Errorf("%s is missing", ref)
		}
		if out[kind] == nil {
			out[kind] = map[string]any{}
		}
		out[kind][name] = plain(group[name])
		todo = references(out[kind][name], todo)
	}
	return out, nil
}

func references(value any, found []string) []string {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			if ref, ok := member.(string); ok && key == "$ref" {
				if !slices.Contains(found, ref) {
					found = append(found, ref)
				}
				continue
			}
			found = references(member, found)
		}
	case []any:
		for _, member := range v {
			found = references(member, found)
		}
	}
	return found
}

// plain is a value without examples, prose and extensions. Below "properties" a key is a name and stays.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, member := range v {
			switch {
			case key == "properties":
				out[key] = named(member)
			case key == "example" || key == "examples" || key == "externalDocs" || key == "summary" || key == "tags" || strings.HasPrefix(key, "x-"):
			case key == "description" && isString(member):
				if isResponse(v) {
					out[key] = "" // a response must have one
				}
			default:
				out[key] = plain(member)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, member := range v {
			out[i] = plain(member)
		}
		return out
	}
	return value
}

func named(value any) any {
	members, ok := value.(map[string]any)
	if !ok {
		return plain(value)
	}
	out := map[string]any{}
	for name, member := range members {
		out[name] = plain(member)
	}
	return out
}

func isString(value any) bool { _, ok := value.(string); return ok }

// isResponse tells a response from a schema, a parameter or an operation, all of which do without a description.
func isResponse(v map[string]any) bool {
	for _, key := range []string{"type", "schema", "$ref", "properties", "allOf", "oneOf", "anyOf", "in", "responses", "enum"} {
		if v[key] != nil {
			return false
		}
	}
	return true
}
