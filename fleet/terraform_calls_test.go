package fleet_test

import (
	"slices"
	"strconv"
	"testing"
)

// calledTwice is a store and a name that a module builds, once in each of two regions.
const calledTwice = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes: [{name: prod, kind: istio, version: "1.31", trustDomain: cluster.local, clusters: [east, west]}]
clusters:
- {name: east, region: us-east-1, sources: [{path: all}]}
- {name: west, region: us-west-2, sources: [{path: all}]}
environments: {prod: {clusters: [east, west], terraform: infra}}
objectives: [{match: {service: pay}, survive: [region], faults: [crash]}]
-- all/pay.yaml --
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: pay}
spec: {selector: {app: pay}, ports: [{name: http, port: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: pay}
spec:
  replicas: 3
  selector: {matchLabels: {app: pay}}
  template:
    metadata: {labels: {app: pay}}
    spec: {containers: [{name: pay, image: "registry.example/pay:1"}]}
-- infra/main.tf --
provider "aws" {
  alias  = "east"
  region = "us-east-1"
}

provider "aws" {
  alias  = "west"
  region = "us-west-2"
}

module "east" {
  source    = "./side"
  guarded   = true
  providers = { aws = aws.east }
}

module "west" {
  source    = "./side"
  guarded   = false
  source_db = module.east.arn
  providers = { aws = aws.west }
}
-- infra/side/main.tf --
variable "guarded" { type = bool }

variable "source_db" {
  type    = string
  default = null
}

output "arn" {
  value = aws_db_instance.orders.arn
}

resource "aws_db_instance" "orders" {
  engine                  = "postgres"
  instance_class          = "db.r7g.large"
  backup_retention_period = 7
  replicate_source_db     = var.source_db
  deletion_protection     = var.guarded
}
`

// Of a resource that two calls build, a finding names the call that builds the one which it is about.
func TestFindingsNameTheCallOfTheirResource(t *testing.T) {
	for name, tc := range map[string]struct {
		replace []string
		want    []string
	}{
		"the copy":     {nil, []string{"module.west.aws_db_instance.orders infra/main.tf:17 module.west"}},
		"the original": {[]string{"guarded   = true", "guarded   = false", "guarded   = false", "guarded   = true"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, findings := judge(t, calledTwice, tc.replace...)
			var got []string
			for _, f := range findings {
				if f.Rule.ID != "DR713" {
					continue
				}
				for _, v := range f.Position().Via {
					got = append(got, f.Resource.Name+" "+v.File+":"+strconv.Itoa(v.Line)+" "+v.What)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%v, want %v", got, tc.want)
			}
		})
	}
}
