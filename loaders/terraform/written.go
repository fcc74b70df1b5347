package terraform

// Written is the text of the part of the expression that decides a leaf, as it stands in its file; "" where no text is known.
func (l Leaf) Written() string {
	if l.root == nil {
		return "" // of a plan, which shows no expressions
	}
	text := l.root.sources[l.Range.Filename]
	if l.Range.End.Byte > len(text) || l.Range.Start.Byte > l.Range.End.Byte {
		return ""
	}
	return string(text[l.Range.Start.Byte:l.Range.End.Byte])
}
