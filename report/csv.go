package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// csvColumns are the columns of CSV, in an order that later versions only add to.
var csvColumns = []string{
	"rule", "slug", "level", "message", "service", "kind", "namespace", "name", "cluster", "file", "line", "column", "path",
	"scenario", "fault", "cells", "fingerprint", "suppressed_by", "suppressed_reason", "suppressed_until", "suppressed_owner",
}

// CSV writes all findings as RFC 4180 has it, accepted ones too, for spreadsheets.
func (r *Report) CSV(w io.Writer) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	// Write fails only as Error below does.
	_ = c.Write(csvColumns)
	for i := range r.Findings {
		f := &r.Findings[i]
		at, s := f.Position.At(), f.Suppressed
		line, column := "", ""
		if !at.IsZero() {
			line, column = strconv.Itoa(max(at.Line, 1)), strconv.Itoa(max(at.Column, 1))
		}
		if s == nil {
			s = &Suppressed{}
		}
		row := []string{
			f.Rule, f.Slug, f.Level, f.Message, f.Service, f.Resource.Kind, f.Resource.Namespace, f.Resource.Name, f.Resource.Cluster,
			at.File, line, column, at.Path, f.Scenario, f.Fault, strconv.Itoa(f.spoilt()), f.Fingerprint, s.By, s.Reason, s.Until, s.Owner,
		}
		for i := range row {
			row[i] = unformula(oneLine(row[i], longestText))
		}
		_ = c.Write(row)
	}
	c.Flush()
	return c.Error()
}

// unformula puts a quote before what a spreadsheet would take for a formula, as OWASP recommends (CSV injection).
func unformula(text string) string {
	if first := strings.TrimLeft(text, " \t\r\n"); first != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(first)[0]) {
		return "'" + text
	}
	return text
}
