package config

import (
	"errors"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// The parsers of values. Each takes what its author wrote, and says in its words what is wrong with it. The patterns
// are those of docs/schema/config.schema.json; a test compares their verdicts.
var (
	nameForm     = regexp.MustCompile(`^[^\s/|]+$`)
	versionForm  = regexp.MustCompile(`^([0-9]+\.[0-9]+(\.[0-9]+)?([-+][0-9A-Za-z.+-]+)?|(stable|edge)-[0-9]+(\.[0-9]+)*)$`)
	ruleForm     = regexp.MustCompile(`^(DR[0-9]{3}|IN[0-9]{3}|S[0-9]{2}|[A-Z][A-Z0-9]*(_[A-Z0-9]+)+)$`)
	slugForm     = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	durationForm = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(ms|s|m|h|d|w))+$`)
	durationPart = regexp.MustCompile(`([0-9.]+)(ms|s|m|h|d|w)`)
	placeForm    = regexp.MustCompile(`^([^\s=+|%]|%[0-9A-Fa-f]{2})+$`)
)

var errEmpty = errors.New("the text is empty")

func anyText(s string) (string, error) { return s, nil }

func apiVersion(s string) (string, error) {
	if s != APIVersion {
		return "", fmt.Errorf("this muster reads %s, got %s", APIVersion, s)
	}
	return s, nil
}

// name is that of a mesh or a cluster: part of ids that slashes and bars divide.
func name(s string) (string, error) {
	if !nameForm.MatchString(s) {
		return "", fmt.Errorf("%q is no name, want one without spaces, / and |", s)
	}
	return s, nil
}

func version(s string) (string, error) {
	if !versionForm.MatchString(s) {
		return "", fmt.Errorf("%q is no version, want one such as 1.31 or 1.31.2", s)
	}
	return s, nil
}

func ruleID(s string) (string, error) {
	if !ruleForm.MatchString(s) {
		return "", fmt.Errorf("%q is no rule id, want one such as DR103, IN001 or S01, or ACME_001 for a policy of your own", s)
	}
	return s, nil
}

// ruleName is an id or a slug.
func ruleName(s string) (string, error) {
	if slugForm.MatchString(s) {
		return s, nil
	}
	if _, err := ruleID(s); err != nil {
		return "", fmt.Errorf("%w, or a slug such as single-gateway", err)
	}
	return s, nil
}

// relative is a path. Absolute ones would hold on one machine only.
func relative(s string) (string, error) {
	if strings.HasPrefix(s, "/") {
		return "", fmt.Errorf("%s is absolute, want a path relative to the folder of the config", s)
	}
	return s, nil
}

// oneOf is a word out of a few.
func oneOf[T ~string](what string, words ...T) func(string) (T, error) {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return func(s string) (T, error) {
		if !slices.Contains(list, s) {
			return "", unknown(what, s, list, "")
		}
		return T(s), nil
	}
}

// duration is Go's form with days and weeks, as Prometheus has them: "30s", "1h30m", "1d". "0" needs no unit.
func duration(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	if !durationForm.MatchString(s) {
		return 0, fmt.Errorf("%q is no duration, want one such as 30s, 5m or 1h30m", s)
	}
	var sum time.Duration
	for _, part := range durationPart.FindAllStringSubmatch(s, -1) {
		unit, times := part[2], 1
		switch unit {
		case "d":
			unit, times = "h", 24
		case "w":
			unit, times = "h", 7*24
		}
		one, err := time.ParseDuration(part[1] + unit)
		if err != nil || one > (math.MaxInt64-sum)/time.Duration(times) {
			return 0, fmt.Errorf("%s is too long, want less than 292 years", s)
		}
		sum += one * time.Duration(times)
	}
	return sum, nil
}

func date(s string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no date, want one such as 2027-03-31", s)
	}
	return t, nil
}

// glob is a pattern of path.Match.
func glob(s string) (string, error) {
	if _, err := path.Match(s, ""); err != nil {
		return "", fmt.Errorf("%q is no valid pattern: * is any characters, ? is one, [a-z] is one of a range", s)
	}
	return s, nil
}

// pathGlob is a pattern for paths: globs between slashes, ** for any number of folders.
func pathGlob(s string) (string, error) {
	for part := range strings.SplitSeq(s, "/") {
		if _, err := glob(part); err != nil {
			return "", err
		}
	}
	return relative(s)
}

// The failures of which an objective may mean any, one at a time, and the further ones that it must name.
var (
	failures = []string{"zone", "region", "cluster", "datacenter", "service", "gateway", "release"}
	concrete = append(slices.Clone(failures), "workload", "endpoint")
)

// failure is what an objective survives: "region" is any one region at a time, "region=us-east-1" that region, and
// "region=us-east-1+gateway=east/edge" both at once.
func failure(s string) (string, error) {
	const also = ", or one by name such as region=us-east-1"
	if slices.Contains(failures, s) {
		return s, nil
	}
	if slices.Contains(concrete, s) {
		return "", fmt.Errorf("%s alone would mean every single one, name it: %s=…", s, s)
	}
	if !strings.Contains(s, "=") {
		return "", unknown("failure", s, failures, also)
	}
	for part := range strings.SplitSeq(s, "+") {
		if err := scenario(part); err != nil {
			return "", err
		}
	}
	return s, nil
}

func scenario(s string) error {
	kind, place, named := strings.Cut(s, "=")
	switch {
	case !named:
		return fmt.Errorf("%q does not say which one, want a failure and its name such as region=us-east-1", s)
	case !slices.Contains(concrete, kind):
		return unknown("failure", kind, concrete, "")
	case place == "":
		return fmt.Errorf("%q names nothing after the =", s)
	case !placeForm.MatchString(place):
		return fmt.Errorf("%q is no name, write spaces and the characters %% + = | as %%20 %%25 %%2B %%3D %%7C", place)
	}
	before, after, _ := strings.Cut(place, "/")
	if kind == "zone" && (before == "" || after == "") {
		return errors.New("a zone is named with its region, want zone=REGION/ZONE, such as zone=us-east-1/us-east-1a")
	}
	service, revision, _ := strings.Cut(place, "@")
	if kind == "release" && (service == "" || revision == "") {
		return errors.New("a release is named with its service, want release=SERVICE@REVISION")
	}
	return nil
}

// The parsers of words out of a few.
var (
	kind       = oneOf("kind", mesh.Istio, mesh.Linkerd, mesh.Consul, mesh.XDS)
	client     = oneOf("client", "grpc", "envoy")
	edition    = oneOf("edition", "community", "enterprise")
	fault      = oneOf("fault", "crash", "hang", "partition", "error")
	pattern    = oneOf("pattern", mesh.ActiveActive, mesh.ActivePassive, mesh.Canary, mesh.BlueGreen, mesh.AB)
	level      = oneOf("level", LevelOff, LevelNote, LevelWarning, LevelError)
	unreadable = oneOf("setting", "error", "warn")
)

// encryption reads "none" as "any": an objective never asks for plaintext.
func encryption(s string) (string, error) {
	s, err := oneOf("encryption", "mtls", "tls", "any", "none")(s)
	if s == "none" {
		return "any", err
	}
	return s, err
}
