package terraform

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"  //nolint:gosec // what Terraform calls md5
	"crypto/sha1" //nolint:gosec // what Terraform calls sha1
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"golang.org/x/text/encoding/ianaindex"
)

// digests are the hash functions, by their names.
var digests = map[string]func([]byte) []byte{
	"md5":    func(b []byte) []byte { s := md5.Sum(b); return s[:] },
	"sha1":   func(b []byte) []byte { s := sha1.Sum(b); return s[:] },
	"sha256": func(b []byte) []byte { s := sha256.Sum256(b); return s[:] },
	"sha512": func(b []byte) []byte { s := sha512.Sum512(b); return s[:] },
}

func encodingFunctions() map[string]function.Function {
	out := map[string]function.Function{
		"base64encode": text(func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil }),
		"base64decode": text(func(s string) (string, error) {
			b, err := base64.StdEncoding.DecodeString(s)
			if err == nil && !utf8.Valid(b) {
				err = errors.New("the result is no UTF-8")
			}
			return string(b), err
		}),
		"base64gzip": text(func(s string) (string, error) {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			if _, err := w.Write([]byte(s)); err != nil {
				return "", err
			}
			err := w.Close()
			return base64.StdEncoding.EncodeToString(b.Bytes()), err
		}),
		"textencodebase64": onTexts([]string{"string", "encoding"}, cty.String, encodeText),
		"textdecodebase64": onTexts([]string{"source", "encoding"}, cty.String, decodeText),
		"uuidv5":           onTexts([]string{"namespace", "name"}, cty.String, uuidV5),
	}
	for name, digest := range digests {
		out[name] = text(func(s string) (string, error) { return hex.EncodeToString(digest([]byte(s))), nil })
		if name == "sha256" || name == "sha512" {
			out["base64"+name] = text(func(s string) (string, error) { return base64.StdEncoding.EncodeToString(digest([]byte(s))), nil })
		}
	}
	return out
}

func encodeText(a []string) (cty.Value, error) {
	enc, err := ianaindex.IANA.Encoding(a[1])
	if err != nil || enc == nil {
		return cty.NilVal, fmt.Errorf("%q is no encoding that is known here", a[1])
	}
	b, err := enc.NewEncoder().Bytes([]byte(a[0]))
	return cty.StringVal(base64.StdEncoding.EncodeToString(b)), err
}

func decodeText(a []string) (cty.Value, error) {
	enc, err := ianaindex.IANA.Encoding(a[1])
	if err != nil || enc == nil {
		return cty.NilVal, fmt.Errorf("%q is no encoding that is known here", a[1])
	}
	b, err := base64.StdEncoding.DecodeString(a[0])
	if err != nil {
		return cty.NilVal, err
	}
	b, err = enc.NewDecoder().Bytes(b)
	return cty.StringVal(string(b)), err
}

func uuidV5(a []string) (cty.Value, error) {
	space, ok := map[string]uuid.UUID{"dns": uuid.NameSpaceDNS, "url": uuid.NameSpaceURL, "oid": uuid.NameSpaceOID, "x500": uuid.NameSpaceX500}[a[0]]
	if !ok {
		var err error
		if space, err = uuid.Parse(a[0]); err != nil {
			return cty.NilVal, fmt.Errorf("%q is no namespace", a[0])
		}
	}
	return cty.StringVal(uuid.NewSHA1(space, []byte(a[1])).String()), nil
}
