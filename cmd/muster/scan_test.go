package main

import (
	"testing"

	"github.com/passmuster/muster/config"
)

func TestStrictUnknownOutweighsTheConfig(t *testing.T) {
	cfg := &config.Config{Rules: map[string]config.RuleSetting{"DR110": {Level: config.LevelOff}, "DR402": {Level: config.LevelError}, "DR205": {Params: map[string]any{"n": 1}}}}
	for strict, want := range map[bool]string{false: "off", true: "error"} {
		o := &scanOptions{StrictUnknown: strict}
		levels := o.levels(cfg)
		if levels["DR110"] != want || levels["DR402"] != "error" {
			t.Errorf("strict %v: %v, want DR110 %s and DR402 error", strict, levels, want)
		}
		if _, ok := levels["DR205"]; ok {
			t.Error("a rule whose level nobody set has one")
		}
	}
	if levels := (&scanOptions{}).levels(nil); len(levels) != 0 {
		t.Errorf("without a config: %v", levels)
	}
}
