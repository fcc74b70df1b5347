package html

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/passmuster/muster/report"
)

// page is one self-contained file.
type page struct {
	title string
	data  any
}

// mostPlain is how many bytes of data a page shows as they are; what is larger is compressed.
const mostPlain = 1 << 20

// policy forbids every request: what runs is what muster wrote, known by its hash.
const policy = "default-src 'none'; script-src %s; style-src %s; img-src data:; base-uri 'none'; form-action 'none'"

func (p page) write(w io.Writer) error {
	code, err := scripts()
	if err != nil {
		return err
	}
	styles, err := sheets()
	if err != nil {
		return err
	}
	return p.put(w, code, styles, "muster convert -o text REPORT.json")
}

// Page is a page of another package: one self-contained file that makes no requests. It begins with the scripts and styles that all
// pages share (elements from text, its data, themes, controls, the head), followed by its own.
type Page struct {
	Title string
	Data  any // the scripts read it with muster.read()
	// Scripts and Styles are texts of the package itself, never of inputs.
	Scripts, Styles []string
	// Again is the command that writes the same as text, for those who allow no scripts.
	Again string
}

// Write writes the page.
func (p Page) Write(w io.Writer) error {
	code, err := read(shared)
	if err != nil {
		return err
	}
	styles, err := read(sharedSheet)
	if err != nil {
		return err
	}
	for i, text := range append(p.Scripts[:len(p.Scripts):len(p.Scripts)], p.Styles...) {
		if text, err = embeddable(p.Title, text); err != nil {
			return err
		}
		if i < len(p.Scripts) {
			code = append(code, text)
		} else {
			styles = append(styles, text)
		}
	}
	return page{title: p.Title, data: p.Data}.put(w, code, styles, p.Again)
}

func (p page) put(w io.Writer, code, styles []string, again string) error {
	data, err := encode(p.data)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteString("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	fmt.Fprintf(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n", fmt.Sprintf(policy, hashes(code), hashes(styles)))
	out.WriteString("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n")
	fmt.Fprintf(out, "<title>%s</title>\n", p.title)
	for _, s := range styles {
		out.WriteString("<style>" + s + "</style>\n")
	}
	out.WriteString("</head>\n<body>\n" + skeleton(again))
	out.WriteString("<script type=\"application/json\" id=\"data\">")
	if _, err := out.Write(data); err != nil {
		return err
	}
	out.WriteString("</script>\n")
	for _, s := range code {
		out.WriteString("<script>" + s + "</script>\n")
	}
	out.WriteString("</body>\n</html>\n")
	return out.Flush()
}

// hashes lists the sources that a policy allows.
func hashes(texts []string) string {
	list := make([]string, len(texts))
	for i, t := range texts {
		sum := sha256.Sum256([]byte(t))
		list[i] = "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return strings.Join(list, " ")
}

// encode is the data as JSON that may stand in a script element; large data is compressed: {"gzip": BASE64}.
func encode(data any) ([]byte, error) {
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain) // which escapes <, >, & and U+2028, so that no text ends the element
	if err := enc.Encode(data); err != nil {
		return nil, err
	}
	js := report.EscapeJSON(bytes.TrimSuffix(plain.Bytes(), []byte{'\n'}))
	if len(js) <= mostPlain {
		return js, nil
	}
	var packed bytes.Buffer
	packed.WriteString(`{"gzip":"`)
	text := base64.NewEncoder(base64.StdEncoding, &packed)
	z, err := gzip.NewWriterLevel(text, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(js); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	if err := text.Close(); err != nil {
		return nil, err
	}
	packed.WriteString(`"}`)
	return packed.Bytes(), nil
}
