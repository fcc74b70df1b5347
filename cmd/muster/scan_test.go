package main

import (
	"errors"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/policy"
)

func TestStrictUnknownOutweighsTheConfig(t *testing.T) {
	cfg := &config.Config{Rules: map[string]config.RuleSetting{"DR110": {Level: config.LevelOff}, "DR508": {Level: config.LevelOff}, "DR402": {Level: config.LevelError}}}
	for strict, want := range map[bool]string{false: "off", true: "error"} {
		o := &scanOptions{StrictUnknown: strict}
		settings, err := o.settings(cfg, nil, &policy.Set{})
		if err != nil {
			t.Fatal(err)
		}
		if settings["DR110"].Level != want || settings["DR508"].Level != want || settings["DR402"].Level != "error" {
			t.Errorf("strict %v: %v, want DR110 and DR508 %s and DR402 error", strict, settings, want)
		}
	}
	if settings, err := (&scanOptions{}).settings(nil, nil, &policy.Set{}); err != nil || len(settings) != 0 {
		t.Errorf("without a config: %v, %v", settings, err)
	}
}

func TestParametersThatNoRuleTakesAreMistakesInTheConfig(t *testing.T) {
	cfg, problems := config.Parse("muster.yaml", []byte(`apiVersion: passmuster.dev/v1
rules:
  DR999: {params: {x: 1}}
  DR108:
    level: error
    params:
      minReplicas: none
      maxReplicas: 3
  DR103: {params: {x: 1}}
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	_, err := (&scanOptions{}).settings(cfg, nil, &policy.Set{})
	bad, ok := errors.AsType[*config.Error](err)
	if !ok || exitCode(err) != exitUsage {
		t.Fatalf("%v, want an error of the config", err)
	}
	const want = `muster.yaml:3:19: rules.DR999.params: this muster has no rule DR999 that would read them
muster.yaml:7:20: rules.DR108.params.minReplicas: want a whole number, got "none"
muster.yaml:8:20: rules.DR108.params.maxReplicas: DR108 has no parameter "maxReplicas", want one of minReplicas
muster.yaml:9:23: rules.DR103.params.x: DR103 has no parameters`
	if bad.Error() != want {
		t.Errorf("%s\nwant\n%s", bad, want)
	}
}
