package github

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	api "github.com/google/go-github/v60/github"
)

// mostSARIF is how many bytes the compressed file may have (docs.github.com: SARIF support for code scanning).
const mostSARIF = 10 << 20

// SARIF is an analysis for code scanning.
type SARIF struct {
	Commit string // 40 hexadecimal digits, or 64
	Ref    string // refs/heads/BRANCH, refs/pull/NUMBER/merge or refs/pull/NUMBER/head
	Data   []byte // the file, as report writes it
}

// UploadSARIF hands an analysis to code scanning and returns its id; GitHub reads it later. It is sent again after errors
// that leave open whether it arrived: the later of two analyses of one commit, tool and category takes the place of the
// earlier.
func (c *Client) UploadSARIF(ctx context.Context, repo Repo, s SARIF) (string, error) {
	if err := (Change{Repo: repo, HeadSHA: s.Commit}).check(false); err != nil {
		return "", err
	}
	if !isFullRef(s.Ref) {
		return "", fmt.Errorf("%q is no full reference: want refs/heads/BRANCH or refs/pull/NUMBER/merge", shown(s.Ref))
	}
	if !json.Valid(s.Data) {
		return "", errors.New("the SARIF file is no JSON")
	}
	text, err := packed(s.Data)
	if err != nil {
		return "", err
	}
	id := ""
	err = c.persist(ctx, func() error {
		done, _, err := c.api.CodeScanning.UploadSarif(ctx, repo.Owner, repo.Name,
			&api.SarifAnalysis{CommitSHA: &s.Commit, Ref: &s.Ref, Sarif: &text, ToolName: api.String("muster")})
		if err != nil {
			return failed(err, "security-events: write", "upload the SARIF file to %s", repo)
		}
		id = done.GetID()
		return nil
	})
	return id, err
}

// packed is data compressed, in base64.
func packed(data []byte) (string, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(data); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	if b.Len() > mostSARIF {
		return "", fmt.Errorf("the SARIF file has %d bytes compressed, and code scanning takes %d: audit parts of the repository in categories of their own", b.Len(), mostSARIF)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

func isFullRef(ref string) bool {
	return (strings.HasPrefix(ref, "refs/heads/") || strings.HasPrefix(ref, "refs/pull/") || strings.HasPrefix(ref, "refs/tags/")) &&
		len(ref) <= 1024 && !strings.ContainsFunc(ref, isControl)
}
