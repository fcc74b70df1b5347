package terraform

import "time"

// Limits bound what reading a root module may cost. A bound that is reached is told once, with its place, and what lies behind it is
// unknown: never a crash, a finding or a pass. A member that is zero stands for its default.
type Limits struct {
	FileBytes   int // of one file of configuration or of variables
	ConfigBytes int // of all of them
	Tokens      int // of one file in HCL
	Entries     int // of one directory, and of what fileset goes through
	Discovered  int // directories and their entries that Discover goes through
	Nesting     int // of brackets, operators and templates in HCL and JSON, and of values
	Chain       int // resources, outputs and variables that need one another, one behind the other

	Evaluations    int // of parts of templates, bodies of for and their conditions, per attribute
	StringBytes    int // of one text
	AttributeBytes int // of all texts that one attribute makes on its way
	Elements       int // of the result of one function
	Nodes          int // of one value, elements of all depths
	NumberBytes    int // of a text that becomes a number
	Exponent       int // of a number, base 2, of either sign
	Width          int // of a verb of format, in characters

	Instances    int // of one block, and blocks that the dynamic ones of one resource make
	AllInstances int // of all resources and calls of modules
	Modules      int // instances of modules
	ModuleDepth  int // of calls of modules

	DecodeNesting int // of YAML and JSON that functions decode
	DecodeNodes   int // of YAML that functions decode, aliases expanded
	ReadBytes     int // of one file that a function reads
	AllReadBytes  int // of all of them

	Diagnostics int           // that are told
	Time        time.Duration // of evaluating and parsing, on the clock
}

// DefaultLimits are far above what real configurations need: the largest public file found has 38 kB.
func DefaultLimits() Limits {
	return Limits{
		FileBytes: 1 << 20, ConfigBytes: 64 << 20, Tokens: 400_000, Entries: 100_000, Discovered: 2_000_000, Nesting: 400, Chain: 5_000,
		Evaluations: 500_000, StringBytes: 8 << 20, AttributeBytes: 64 << 20, Elements: 200_000, Nodes: 500_000,
		NumberBytes: 1 << 10, Exponent: 8192, Width: 1000,
		Instances: 10_000, AllInstances: 200_000, Modules: 20_000, ModuleDepth: 16,
		DecodeNesting: 400, DecodeNodes: 200_000, ReadBytes: 4 << 20, AllReadBytes: 256 << 20,
		Diagnostics: 1000, Time: time.Minute,
	}
}

// orDefault fills in what is zero.
func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	for _, m := range []struct{ own, standard *int }{
		{&l.FileBytes, &d.FileBytes}, {&l.ConfigBytes, &d.ConfigBytes}, {&l.Tokens, &d.Tokens}, {&l.Entries, &d.Entries}, {&l.Discovered, &d.Discovered}, {&l.Nesting, &d.Nesting}, {&l.Chain, &d.Chain},
		{&l.Evaluations, &d.Evaluations}, {&l.StringBytes, &d.StringBytes}, {&l.AttributeBytes, &d.AttributeBytes}, {&l.Elements, &d.Elements},
		{&l.Nodes, &d.Nodes}, {&l.NumberBytes, &d.NumberBytes}, {&l.Exponent, &d.Exponent}, {&l.Width, &d.Width},
		{&l.Instances, &d.Instances}, {&l.AllInstances, &d.AllInstances}, {&l.Modules, &d.Modules}, {&l.ModuleDepth, &d.ModuleDepth},
		{&l.DecodeNesting, &d.DecodeNesting}, {&l.DecodeNodes, &d.DecodeNodes}, {&l.ReadBytes, &d.ReadBytes}, {&l.AllReadBytes, &d.AllReadBytes},
		{&l.Diagnostics, &d.Diagnostics},
	} {
		if *m.own == 0 {
			*m.own = *m.standard
		}
	}
	if l.Time == 0 {
		l.Time = d.Time
	}
	return l
}
