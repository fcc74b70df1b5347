package helm

import (
	"fmt"
	"strings"
	"testing"
)

const child = "apiVersion: v2\nname: redis\nversion: 17.1.0\n"

func dependencies(entries string) string {
	return "apiVersion: v2\nname: example\nversion: 1.0.0\ndependencies:\n" + entries
}

func TestCheck(t *testing.T) {
	const redis = "  - name: redis\n    version: 17.1.0\n    repository: https://charts.example.test\n"
	const missing = `charts/example/Chart.yaml:5:5: dependency "redis" (17.1.0) is not in charts/ [missing] helm dependency build charts/example`
	for _, tt := range []struct {
		name   string
		in     Input
		values string
		set    string
		want   string
	}{
		{name: "nothing wrong", in: chartOf("templates/x.yaml", "a: b")},
		{name: "templates are not looked at", in: chartOf("templates/x.yaml", "{{ nope")},
		{name: "no Chart.yaml", in: Input{Chart: "charts/example", Files: []File{{"values.yaml", nil}}},
			want: "charts/example: this directory holds no Chart.yaml, so it is no Helm chart"},
		{name: "broken Chart.yaml", in: chartOf("Chart.yaml", "name: x\nversion: [\n"), want: "charts/example/Chart.yaml:2:1: did not find expected node content"},
		{name: "no name", in: chartOf("Chart.yaml", "apiVersion: v2\nversion: 1.0.0\n"), want: "charts/example/Chart.yaml:1:1: name is required"},
		{name: "bad version", in: chartOf("Chart.yaml", "apiVersion: v2\nname: x\nversion: one\n"), want: `charts/example/Chart.yaml:3:1: version "one" is invalid`},
		{name: "null dependency", in: chartOf("Chart.yaml", dependencies("  - null\n")),
			want: "charts/example/Chart.yaml:1:1: dependencies must not contain empty or null nodes"},
		{name: "broken values.yaml", in: chartOf("values.yaml", "a: [\n"), want: "charts/example/values.yaml:1:1: did not find expected node content"},
		{name: "broken values file", in: chartOf(), values: "a: 1\nb: c: d\n", want: "values/own.yaml:2:1: mapping values are not allowed in this context"},
		{name: "values file is a list", in: chartOf(), values: "- a\n",
			want: "values/own.yaml:1:1: this is not the mapping that Helm expects here (json: cannot unmarshal array into Go value of type map[string]interface {})"},
		{name: "broken --set", in: chartOf(), set: "a[x]=1", want: `charts/example/Chart.yaml:1:1: --set a[x]=1: error parsing index: strconv.Atoi: parsing "x": invalid syntax`},

		{name: "dependency there", in: chartOf("Chart.yaml", dependencies(redis), "charts/redis/Chart.yaml", child)},
		{name: "dependency missing", in: chartOf("Chart.yaml", dependencies(redis)), want: missing},
		{name: "dependency in another directory", in: chartOf("Chart.yaml", dependencies(redis), "charts/cache/Chart.yaml", child)},
		{name: "dependency ignored by its name", in: chartOf("Chart.yaml", dependencies(redis), "charts/_redis/Chart.yaml", child), want: missing},
		{name: "another version", in: chartOf("Chart.yaml", dependencies(redis), "charts/redis/Chart.yaml", strings.Replace(child, "17.1.0", "16.0.0", 1)),
			want: `charts/example/Chart.yaml:5:5: dependency "redis" (17.1.0) is not in charts/, where its version is 16.0.0 [missing] helm dependency build charts/example`},
		{name: "a local directory is not followed", in: chartOf("Chart.yaml", dependencies("  - name: redis\n    version: 17.1.0\n    repository: file://../redis\n")), want: missing},
		{name: "version 1", in: chartOf("Chart.yaml", "apiVersion: v1\nname: x\nversion: 1.0.0\n", "requirements.yaml", "dependencies:\n"+redis),
			want: strings.Replace(missing, "Chart.yaml:5:5", "requirements.yaml:2:5", 1)},
		{name: "condition off", in: chartOf("Chart.yaml", dependencies(redis+"    condition: redis.enabled\n"), "values.yaml", "redis: {enabled: false}\n")},
		{name: "condition on", in: chartOf("Chart.yaml", dependencies(redis+"    condition: redis.enabled\n"), "values.yaml", "redis: {enabled: true}\n"), want: missing},
		{name: "condition off by file", in: chartOf("Chart.yaml", dependencies(redis+"    condition: redis.enabled\n"), "values.yaml", "redis: {enabled: true}\n"),
			values: "redis: {enabled: no}\n"},
		{name: "condition off by --set", in: chartOf("Chart.yaml", dependencies(redis+"    condition: redis.enabled\n"), "values.yaml", "redis: {enabled: true}\n"),
			set: "redis.enabled=false"},
		{name: "first condition that is there decides", in: chartOf("Chart.yaml", dependencies(redis+"    condition: global.redis,redis.enabled\n"),
			"values.yaml", "redis: {enabled: true}\nglobal: {redis: false}\n")},
		{name: "a condition that is no boolean says nothing", in: chartOf("Chart.yaml", dependencies(redis+"    condition: redis.enabled\n"), "values.yaml", "redis: {enabled: \"false\"}\n"), want: missing},
		{name: "tag off", in: chartOf("Chart.yaml", dependencies(redis+"    tags: [cache]\n"), "values.yaml", "tags: {cache: false}\n")},
		{name: "one tag on", in: chartOf("Chart.yaml", dependencies(redis+"    tags: [cache, db]\n"), "values.yaml", "tags: {cache: false, db: true}\n"), want: missing},
		{name: "condition before tags", in: chartOf("Chart.yaml", dependencies(redis+"    tags: [cache]\n    condition: redis.enabled\n"),
			"values.yaml", "tags: {cache: false}\nredis: {enabled: true}\n"), want: missing},
		{name: "of a subchart", in: chartOf("Chart.yaml", dependencies("  - name: shop\n    version: 1.0.0\n    repository: x\n"),
			"charts/shop/Chart.yaml", strings.Replace(dependencies(redis), "example", "shop", 1)),
			want: `charts/example/charts/shop/Chart.yaml:5:5: dependency "redis" (17.1.0) is not in charts/ [missing] helm dependency build charts/example/charts/shop`},
		{name: "of a disabled subchart", in: chartOf("Chart.yaml", dependencies("  - name: shop\n    version: 1.0.0\n    repository: x\n    condition: shop.enabled\n"),
			"charts/shop/Chart.yaml", strings.Replace(dependencies(redis), "example", "shop", 1), "values.yaml", "shop: {enabled: false}\n")},
		{name: "kubeVersion fits", in: chartOf("Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\nkubeVersion: \">=1.25.0-0\"\n")},
		{name: "kubeVersion does not fit", in: chartOf("Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\nkubeVersion: \"<1.25\"\n"),
			want: "charts/example/Chart.yaml:4:1: the chart wants Kubernetes <1.25, and is rendered for v1.33.0 name the cluster's version of Kubernetes, or a chart that supports it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.values != "" {
				tt.in.Values = []ValuesFile{{"values/own.yaml", []byte(tt.values)}}
			}
			if tt.set != "" {
				tt.in.Set = []string{tt.set}
			}
			var got []string
			for _, p := range Check(tt.in) {
				s := fmt.Sprintf("%s: %s", p.Position, p.Message)
				if p.Missing {
					s += " [missing]"
				}
				if p.Help != "" {
					s += " " + p.Help
				}
				got = append(got, s)
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), tt.want)
			}
		})
	}
}
