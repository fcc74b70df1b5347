package kubernetes

import (
	"slices"
	"strconv"
	"strings"
)

// hostWords in the name of a variable or flag say that its value is a host, even if it is a
// single word without a port.
var hostWords = []string{
	"HOST", "ADDR", "URL", "URI", "ENDPOINT", "SERVER", "SERVICE", "UPSTREAM", "BACKEND", "TARGET", "BROKER", "DSN", "PEER",
}

// hosts finds the names in a text that look like hosts: in URLs, before a port, or dotted. A
// single word counts only in a URL, before a port, or alone in a variable that is named after
// what it holds. IP addresses and names that Kubernetes could not have are left out.
func hosts(variable, text string) []string {
	var out []string
	alone := namesHost(variable)
	for _, field := range strings.FieldsFunc(text, separatesHosts) {
		for _, word := range assignments(field) {
			host, sure := hostOf(word)
			if isHostName(host) && (sure || strings.Contains(host, ".") || alone && word == text) {
				out = append(out, host)
			}
		}
	}
	return out
}

// assignments splits "key=value"; an equals sign inside a URL stays.
func assignments(field string) []string {
	scheme := strings.Index(field, "://")
	if scheme < 0 {
		return strings.Split(field, "=")
	}
	return []string{field[strings.LastIndexByte(field[:scheme], '=')+1:]}
}

func namesHost(variable string) bool {
	variable = strings.ToUpper(variable)
	return slices.ContainsFunc(hostWords, func(word string) bool { return strings.Contains(variable, word) })
}

func separatesHosts(c rune) bool {
	return c <= ' ' || strings.ContainsRune(`,;"'|<>()[]{}\`+"`", c)
}

// hostOf is the host part of a word, and whether a scheme or port shows that it is one.
func hostOf(field string) (host string, sure bool) {
	_, rest, isURL := strings.Cut(field, "://")
	if !isURL {
		rest = field
	}
	rest = strings.TrimPrefix(rest, "//")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	host, port, hasPort := strings.Cut(rest, ":")
	if hasPort && !isURL {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return "", false // "redis:7.2", "key:value"
		}
	}
	return strings.TrimSuffix(host, "."), isURL || hasPort
}

// isHostName reports whether a name is one that a Service could have: DNS labels in lower case,
// the last one no number.
func isHostName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		if !isLabel(label) {
			return false
		}
		last = label
	}
	if strings.Trim(last, "0123456789") != "" {
		return true
	}
	_, err := strconv.Atoi(last)
	return err != nil
}

func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
