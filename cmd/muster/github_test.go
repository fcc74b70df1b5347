package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/report"
)

// Several fleets of a repository have a comment each, whatever their folders are called.
func TestCommentsAreToldApartByTheFolder(t *testing.T) {
	seen := map[string]string{}
	for _, base := range []string{"", "fleets/shop", "fleets/shop ", "fleets/shop--1", "fleets/shop.1", "fleets/shop_1", "-->", "<!-- x", "ünïcode", "üni", strings.Repeat("a", 200),
		strings.Repeat("a", 201), "a/b", "a.b", "pull-request", "..."} {
		id := commentID(base)
		if _, err := github.Marker(id); err != nil {
			t.Errorf("%q: %v", base, err)
		}
		if other, ok := seen[id]; ok {
			t.Errorf("%q and %q are both %q", base, other, id)
		}
		seen[id] = base
	}
	if commentID(".") != commentID("") {
		t.Error("the root has two comments")
	}
}

// Whatever lines a value has, it ends no sooner than it does.
func TestOutputsKeepWithinTheirValue(t *testing.T) {
	file := filepath.Join(t.TempDir(), "output")
	evil := "x\nmuster-\nEOF\nverdict=clean\nverdict<<EOF\nclean\nEOF"
	for range 2 {
		if err := (stepFiles{output: file}).setOutputs([]pair{{"artifact", evil}, {"verdict", "worse"}}); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	delimiters := regexp.MustCompile(`(?m)^artifact<<(\S+)$`).FindAllStringSubmatch(string(data), -1)
	if len(delimiters) != 2 || delimiters[0][1] == delimiters[1][1] {
		t.Fatalf("delimiters %q: nobody may guess them", delimiters)
	}
	for _, m := range delimiters {
		if !strings.Contains(string(data), fmt.Sprintf("artifact<<%[1]s\n%[2]s\n%[1]s\nverdict<<%[1]s\nworse\n%[1]s\n", m[1], evil)) {
			t.Errorf("%s", data)
		}
	}
}

func TestASummaryIsNeverRefusedForItsLength(t *testing.T) {
	file := filepath.Join(t.TempDir(), "summary")
	if err := (stepFiles{summary: file}).addSummary([]byte(strings.Repeat("ü", report.SummaryLimit))); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Size() > 1<<20 || info.Size() < report.SummaryLimit {
		t.Errorf("%v %v", info, err)
	}
}

func TestWorkflowCommandsHoldOneAnnotation(t *testing.T) {
	evil := "a,b:c%0A\r\n::error::pwned ##[error]\x1b[31m"
	got := workflowCommand(github.Annotation{Path: evil, StartLine: 3, Level: "note", Title: evil, Message: evil})
	if strings.ContainsAny(got, "\r\n\x1b") || strings.Contains(got, "##[") || strings.Count(got, "::") != 4 {
		t.Errorf("%q", got)
	}
	if want := `::notice file=a%2Cb%3Ac%250A`; !strings.HasPrefix(got, want) || !strings.Contains(got, ",line=3,col=1,title=a%2Cb%3Ac%250A") {
		t.Errorf("%q", got)
	}
}

func TestInputsOfTheActionHaveTheirDefaults(t *testing.T) {
	in, err := readActionInputs(func(name string) string {
		return map[string]string{"MUSTER_PATHS": " a b \n\n  c\r\n", "MUSTER_OUTPUT": "sarif\njson=out/x=y.json"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	if in.FailOn != "error" || in.NewOnly != "auto" || in.APIErrors != "warn" || in.Category != "muster" || in.Check || in.Comment || in.FailOnUnproven {
		t.Errorf("%+v", in)
	}
	if fmt.Sprint(in.Paths) != "[a b c]" || len(in.Paths) != 2 || fmt.Sprint(in.Outputs) != "[{sarif } {json out/x=y.json}]" {
		t.Errorf("paths %q, outputs %v", in.Paths, in.Outputs)
	}
}
