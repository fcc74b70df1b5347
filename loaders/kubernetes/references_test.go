package kubernetes

import (
	"strings"
	"testing"
)

func TestHostsInText(t *testing.T) {
	tests := []struct{ variable, text, want string }{
		{"X", "http://cart.shop:8080/api?x=a.b", "cart.shop"},
		{"X", "http://cart", "cart"},
		{"X", "cart:8080", "cart"},
		{"X", "cart.shop.svc.cluster.local", "cart.shop.svc.cluster.local"},
		{"X", "cart.shop.svc.cluster.local.", "cart.shop.svc.cluster.local"},
		{"X", "cart", ""},
		{"CART_HOST", "cart", "cart"},
		{"cartServiceAddr", "cart", "cart"},
		{"CART_HOST", "cart pay", ""},
		{"KAFKA", "kafka-0.kafka:9092,kafka-1.kafka:9092", "kafka-0.kafka kafka-1.kafka"},
		{"DSN", "user:pass@tcp(mysql.shop:3306)/db", "mysql.shop"},
		{"DSN", "jdbc:postgresql://db.shop:5432/x", "db.shop"},
		{"DSN", "mongodb://u:p@m0.db:27017,m1.db:27017/x", "m0.db m1.db"},
		{"X", "--cart=cart.shop:8080", "cart.shop"},
		{"X", "sh -c 'curl http://cart:80'", "cart"},
		{"X", `{"url": "http://cart.shop"}`, "cart.shop"},
		{"X", "10.0.0.1:8080", ""},
		{"X", "1.2.3", ""},
		{"IMAGE_URL", "redis:7.2-alpine", ""},
		{"X", "/etc/config/app.conf", ""},
		{"X", "com.example.Main", ""},
		{"X", "$(CART_HOST):8080", ""},
		{"X", "file:///etc/hosts", ""},
		{"X", "key:99999", ""},
		{"X", "http://", ""},
		{"X", "", ""},
		{"X", "-bad-.shop", ""},
	}
	for _, tc := range tests {
		if got := strings.Join(hosts(tc.variable, tc.text), " "); got != tc.want {
			t.Errorf("%s=%s: %q, want %q", tc.variable, tc.text, got, tc.want)
		}
	}
}

func TestReferencesOfAWorkload(t *testing.T) {
	yaml := `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data:
  mail: http://mail.ops
  ledger: http://ledger.bank
---
apiVersion: v1
kind: ConfigMap
metadata: {name: everything, namespace: shop}
data:
  url: http://search.shop
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    spec:
      initContainers:
      - name: wait
        command: [sh, -c, "until nc -z db.shop 5432; do :; done"]
      containers:
      - name: istio-proxy
        args: [--discovery, "istiod.istio-system.svc:15012"]
      - name: app
        args: [--pay-host, pay, --verbose]
        envFrom: [{configMapRef: {name: everything}}, {configMapRef: {name: nowhere}}]
        env:
        - {name: CATALOG, value: "http://catalog:8080"}
        - {name: AGAIN, value: "http://catalog:8080"}
        - name: MAIL
          valueFrom: {configMapKeyRef: {name: settings, key: mail}}
        - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
`
	inv := build(t, east, yaml)
	want := []struct{ host, what, line string }{
		{"catalog", "env CATALOG", `- {name: CATALOG, value: "http://catalog:8080"}`},
		{"mail.ops", "ConfigMap settings, key mail", "mail: http://mail.ops"},
		{"search.shop", "ConfigMap everything, key url", "url: http://search.shop"},
		{"pay", "an argument", "args: [--pay-host, pay, --verbose]"},
		{"db.shop", "an argument", `command: [sh, -c, "until nc -z db.shop 5432; do :; done"]`},
	}
	got := References(inv)
	if len(got) != len(want) {
		t.Fatalf("%d references, want %d: %+v", len(got), len(want), got)
	}
	for i, w := range want {
		if g := got[i]; g.Host != w.host || g.What != w.what || line(yaml, g.Origin) != w.line || g.Workload != inv.Workloads[0] {
			t.Errorf("%s found in %s, %q; want %s in %s, %q", g.Host, g.What, line(yaml, g.Origin), w.host, w.what, w.line)
		}
	}
}
