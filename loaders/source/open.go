package source

import (
	"bytes"
	"context"
	"sync/atomic"
)

// openText reads and splits a file, unless its name tells that it holds no manifests.
func openText(ctx context.Context, f File, limits Limits) fileText {
	t := fileText{file: f, limits: limits}
	if reason := recogniseFile(f); reason != "" {
		t.ignored = []Ignored{{File: f.Path, Line: 1, Reason: reason}}
		return t
	}
	data, diag := f.Read(ctx, limits)
	if diag != nil {
		t.diags = []Diagnostic{*diag}
		return t
	}
	t = readText(f, data, limits)
	t.mark = bytes.Contains(data, []byte(Mark))
	return t
}

// openTexts opens files in parallel, as far as their sizes together allow: which files are beyond
// the limit is decided by the order of paths alone.
func openTexts(ctx context.Context, files []File, opts Options) ([]fileText, *Diagnostic) {
	texts := make([]fileText, len(files))
	// Of the files that were read so far, at most one a worker stands behind the one that is next.
	enough := int64(opts.Limits.TotalBytes) + int64(opts.workers())*int64(opts.Limits.FileBytes)
	var held atomic.Int64
	each(ctx, opts.workers(), len(files), 1, func(i int) {
		if held.Load() <= enough {
			texts[i] = openText(ctx, files[i], opts.Limits)
			held.Add(int64(len(texts[i].data)))
		}
	})
	total := 0
	for i := range texts {
		if total += len(texts[i].data); total > opts.Limits.TotalBytes {
			for j := i; j < len(texts); j++ {
				texts[j] = fileText{file: files[j], limits: opts.Limits}
			}
			d := totalReached(files[i].Path, len(files)-i, opts.Limits)
			return texts, &d
		}
	}
	return texts, nil
}
