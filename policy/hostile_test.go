package policy

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// good is a policy that has one finding in the shop, whatever runs beside it.
func good() Source {
	return over("ACME_9", `endswith(id, "orders.checkout.svc.cluster.local")`)
}

// Policies that want the network, the process or the clock do not compile, and the others run all the same.
func TestPoliciesCannotReachOut(t *testing.T) {
	f := shop(t)
	for condition, want := range map[string]string{
		`http.send({"method": "get", "url": "http://169.254.169.254"})`: "undefined function http.send",
		`opa.runtime().env.HOME`:            "undefined function opa.runtime",
		`net.lookup_ip_addr("example.com")`: "undefined function net.lookup_ip_addr",
		`time.now_ns() > 0`:                 "undefined function time.now_ns",
		`rand.intn("x", 10) > 1`:            "undefined function rand.intn",
		`uuid.rfc4122("x") != ""`:           "undefined function uuid.rfc4122",
		`io.jwt.decode_verify("x", {})`:     "undefined function io.jwt.decode_verify",
	} {
		s := Compile([]Source{over("ACME_1", condition), good()})
		if text := refused(s); !strings.HasPrefix(text, "acme_1.rego:") || !strings.Contains(text, want) {
			t.Errorf("%s: %q, want %q", condition, text, want)
		}
		got, r := judge(t, f, s, Options{})
		if len(got) != 1 || !strings.Contains(missed(r), want) {
			t.Errorf("%s: %v, not evaluated: %q", condition, got, missed(r))
		}
	}
	if n, all := len(capabilities().Builtins), len(ast.CapabilitiesForThisVersion().Builtins); n >= all-10 || capabilities().AllowNet == nil {
		t.Errorf("%d of %d functions are left, and %v hosts", n, all, capabilities().AllowNet)
	}
}

// What takes too long, too much memory, or fails is told as not evaluated; the others run.
func TestRunawayPoliciesAreStopped(t *testing.T) {
	f := shop(t)
	const endless = `count([1 | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i == j]) > 5`
	for _, tc := range []struct {
		name, condition, want string
		o                     Options
	}{
		{"a comprehension without end", endless, "ACME_1: it was stopped after 300ms", Options{Deadline: 300 * time.Millisecond}},
		{"alone", endless, "ACME_1: it was stopped after 300ms", Options{Deadline: 300 * time.Millisecond, Singly: true}},
		{"memory", `count(numbers.range(1, 3000000)) > 0; count([x | some y in numbers.range(1, 3000000); x := {"a": y, "b": id}]) > 5`,
			"ACME_1: it was stopped when it had taken 64 MB", Options{Memory: 64 << 20, Deadline: time.Minute}},
		{"two values for one name", `twice == 1`, "ACME_1: it fails: ", Options{}},
		{"a call that fails", `to_number(id) == 1`, "ACME_1: an expression fails, and what depends on it is passed over: to_number", Options{}},
	} {
		src := over("ACME_1", tc.condition)
		if strings.Contains(tc.condition, "twice") {
			src = own("ACME_1", "findings contains {\"id\": id} if {\n\tsome id in input.targets\n\ttwice == 1\n}\n\ntwice := n if some n in [1, 2]\n")
		}
		s := Compile([]Source{src, good()})
		if text := refused(s); text != "" {
			t.Fatal(text)
		}
		got, r := judge(t, f, s, tc.o)
		if len(got) != 1 || !strings.HasPrefix(got[0], "ACME_9") {
			t.Errorf("%s: findings are %v, want that of ACME_9", tc.name, got)
		}
		if text := missed(r); !strings.Contains(text, tc.want) || strings.Contains(text, "ACME_9") {
			t.Errorf("%s: not evaluated: %q, want %q", tc.name, text, tc.want)
		}
	}
}

// Of too many findings the first are shown, the same ones each time, and the rest is told.
func TestTooManyFindingsAreCapped(t *testing.T) {
	f := shop(t)
	src := own("ACME_1", "findings contains {\"id\": id, \"message\": sprintf(\"%d\", [n])} if {\n\tsome id in input.targets\n\tendswith(id, \"orders.checkout.svc.cluster.local\")\n\tsome n in numbers.range(1, 20000)\n}\n")
	s := Compile([]Source{src, good()})
	var first []string
	for range 2 {
		_, r := judge(t, f, s, Options{Most: 50, Deadline: time.Minute})
		shown := told(f, r.Rules, nil)["ACME_1"]
		if first == nil {
			first = shown
		}
		equal(t, "the findings that are shown", shown, first)
		if text := missed(r); text != "acme_1.rego:6:1 ACME_1: it has more than 50 findings: those beyond are not shown" {
			t.Error(text)
		}
	}
	if len(first) != 1 { // all stand at one place, where one finding is shown
		t.Errorf("%d findings are shown", len(first))
	}
}

// A million findings do not keep the others from being told.
func TestAMillionFindings(t *testing.T) {
	s := Compile([]Source{
		own("ACME_1", "findings contains {\"id\": id, \"message\": sprintf(\"%d\", [n])} if {\n\tsome id in input.targets\n\tsome n in numbers.range(1, 1000000)\n}\n"),
		good(),
	})
	got, r := judge(t, shop(t), s, Options{Deadline: time.Second, Memory: 256 << 20})
	if len(got) != 1 || !strings.Contains(missed(r), "ACME_1: it was stopped") {
		t.Errorf("%v, not evaluated: %q", got, missed(r))
	}
}

// A scan that is told to stop stops.
func TestEvaluationEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := shop(t)
	s := Compile([]Source{good()})
	if _, err := s.Evaluate(ctx, Options{Graph: f.Graph}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
}
