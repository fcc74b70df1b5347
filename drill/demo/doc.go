// Package demo is a failover drill that anybody can run: a service in two regions behind mutual TLS, a control plane that announces them
// by xDS from a file of JSON, a gRPC client that obeys it, and faults that are real (a killed process, a stopped one, dropped packets).
// What muster predicts from the very same JSON is held against what the prober sees.
//
// Everything runs on the loopback of one host, as children of one process that end with it: no containers, no root.
package demo
