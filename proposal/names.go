package proposal

import (
	"regexp"
	"strings"
)

// scope is where a folder belongs, as far as names tell: an environment, a place in the world, and what else tells
// clusters of the same environment and place apart. An empty member is open: the folder holds for all of them.
type scope struct{ env, geo, rest string }

func (s scope) isZero() bool { return s == scope{} }

// within reports whether what belongs to s takes part in a cluster at t: prod in prod/us-east, us in us-east-1.
func (s scope) within(t scope) bool {
	return (s.env == "" || s.env == t.env) &&
		(s.geo == "" || s.geo == t.geo || strings.HasPrefix(t.geo, s.geo+"-")) &&
		(s.rest == "" || s.rest == t.rest)
}

// under is s seen from inside outer: what s leaves open is the outer's.
func (s scope) under(outer scope) scope {
	if s.env == "" {
		s.env = outer.env
	}
	switch {
	case s.geo == "":
		s.geo = outer.geo
	case outer.geo != "" && s.geo != outer.geo && !strings.HasPrefix(s.geo, outer.geo+"-") && !cloudRegions[s.geo]:
		s.geo = outer.geo + "-" + s.geo
	}
	if s.rest == "" {
		s.rest = outer.rest
	} else if outer.rest != "" && s.rest != outer.rest {
		s.rest = outer.rest + "/" + s.rest
	}
	return s
}

// class is what a name means: a scope, and whether each of its words took part (pure) or some are unknown.
type class struct {
	scope
	pure bool
	role bool // one of several alike, such as blue or primary: clusters or versions of an application
}

// environments are the words for an environment, each with the one that it is compared by.
var environments = map[string]string{
	"dev": "dev", "develop": "dev", "development": "dev", "devel": "dev", "test": "test", "testing": "test", "tst": "test",
	"qa": "qa", "staging": "staging", "stage": "staging", "stg": "staging", "stag": "staging", "uat": "uat", "sit": "sit",
	"int": "int", "integration": "int", "preprod": "preprod", "preproduction": "preprod", "prod": "prod", "production": "prod",
	"prd": "prod", "live": "prod", "nonprod": "nonprod", "sandbox": "sandbox", "sbx": "sandbox", "demo": "demo", "perf": "perf",
	"performance": "perf", "load": "load", "preview": "preview", "acceptance": "acceptance", "acc": "acceptance",
	"local": "local", "minikube": "local", "kind": "local", "k3d": "local", "ci": "ci",
}

var (
	// geoWords are words for places; numbers and single letters behind them belong to them.
	geoWords = set(`us usa eu uk ap apac emea amer americas latam na sa ca au jp jpn sg br me af cn de fr nl ie it es se pl ch at nz kr hk il za
europe asia africa america australia canada japan india brazil germany france ireland singapore london frankfurt paris dublin tokyo sydney
northamerica southamerica virginia oregon ohio iowa oslo stockholm zurich amsterdam madrid milan warsaw
north south east west central northeast northwest southeast southwest
fra ams lon lhr nyc iad sfo lax ord dfw sea dub sin syd nrt hnd tyo cdg par mad mil zrh sto arn osl hel waw vie bom del hkg icn gru yyz mel
dc datacenter datacentre region site zone pop az`)
	// shortRegion is the way people cut region names: use1, euw1, apse2, eastus2, dc1, region2.
	shortRegion  = regexp.MustCompile(`^((us|eu|ap|sa|ca|me|af|uk|cn)(n|s|e|w|c|ne|nw|se|sw|gov)[0-9]{1,2}|(dc|region|site|az|zone|us|eu|ap|east|west|north|south|central|fra|ams|lon|nyc|sfo|sin|syd|iad|fsn|nbg|hel|tor|blr)[0-9]{1,2}[a-z]?)$`)
	counter      = regexp.MustCompile(`^([0-9]{1,3}[a-z]?|[a-z])$`)
	clusterWord  = regexp.MustCompile(`^(cluster|k8s|kube|kubernetes|eks|gke|aks|ocp|rke2?|k3s|hub|spoke|member|remote|primary|secondary)[0-9]{0,3}$`)
	bareCluster  = set("cluster clusters k8s kube kubernetes eks gke aks ocp rke rke2 k3s")
	roleWords    = set("blue green active passive standby primary secondary remote dr hub spoke member main mgmt management backup failover")
	sharedNames  = set("base bases common shared mesh global all default defaults components component lib library _base _common _shared everywhere every")
	layerNames   = set("apps app applications infrastructure infra platform services service charts chart manifests kubernetes deploy deployment deployments gitops tenants config configs istio istio-system linkerd consul monitoring observability namespaces system core addons security gateways gateway ingress networking network policies crds controllers flux-system argocd argo-cd releases helm kustomize templates values projects teams rbac bootstrap")
	clusterHomes = set("clusters cluster hubs sites datacenters datacentres dcs regions k8s-clusters")
	envHomes     = set("envs env environments environment stages")
	overlayHomes = set("overlays overlay targets variants")
	asideNames   = set("docs doc examples example samples sample tests testdata e2e hack scripts tools archive archived attic deprecated obsolete third_party fixtures node_modules vendor")
	toolNames    = set("flux-system argocd argo-cd gotk")
)

// classify reads a name.
func classify(name string) class {
	lower := strings.ToLower(name)
	switch lower {
	case "":
		return class{}
	case "non-prod", "non-production", "nonproduction":
		return class{scope: scope{env: "nonprod"}, pure: true}
	case "pre-prod", "pre-production", "pre":
		return class{scope: scope{env: "preprod"}, pure: true}
	case "docker-desktop":
		return class{scope: scope{env: "local"}, pure: true}
	}
	var c class
	lower = alike.Replace(lower)
	region := regionIn(lower)
	words := split(lower)
	if region != "" {
		c.geo = region
		words = without(words, split(region))
	}
	c.pure = true
	var rest []string
	known, lastGeo := region != "", false
	for _, w := range words {
		env, isEnv := environments[w]
		geo := region == "" && (geoWords[w] || shortRegion.MatchString(w) || lastGeo && counter.MatchString(w))
		switch {
		case isEnv && c.env == "":
			c.env, known = env, true
		case geo:
			c.geo = strings.TrimPrefix(c.geo+"-"+w, "-")
			known = true
		case bareCluster[w] && len(words) > 1:
			rest, known = append(rest, w), true
		default:
			isCluster := clusterWord.MatchString(w)
			c.role = c.role || roleWords[w]
			if !isCluster && !roleWords[w] && !counter.MatchString(w) {
				c.pure = false
			}
			known = known || isCluster || roleWords[w]
			rest = append(rest, w)
		}
		lastGeo = geo
	}
	c.rest = strings.Join(rest, "-")
	if c.env != "" || c.geo != "" {
		if all(rest, bareCluster) {
			c.rest = ""
		}
	} else if c.pure && !known {
		c.pure = false
	}
	return c
}

// alike writes as one word what is one; a direction of traffic is no place.
var alike = strings.NewReplacer("pre-prod", "preprod", "non-prod", "nonprod", "east-west-gateway", "", "eastwest-gateway", "",
	"eastwestgateway", "", "east-west", "", "eastwest", "", "north-south", "", "northsouth", "")

// known reports whether a word of the name says where it belongs.
func (c class) known() bool { return c.env != "" || c.geo != "" || c.pure }

func all(words []string, in map[string]bool) bool {
	for _, w := range words {
		if !in[w] {
			return false
		}
	}
	return true
}

// without takes the first run of words out of a name.
func without(words, run []string) []string {
	for i := 0; i+len(run) <= len(words); i++ {
		if strings.Join(words[i:i+len(run)], "-") == strings.Join(run, "-") {
			return append(append([]string{}, words[:i]...), words[i+len(run):]...)
		}
	}
	return words
}
