// Package edit changes single values in the text of a manifest and leaves every other byte of the file as it is.
//
// An edit is found by the places of nodes, written in the style of its neighbours, and then proven: the file is read
// again, and must say exactly what was asked for, in this document and in all others. What cannot be edited with
// certainty is refused with a reason: rendered objects, aliases, anchors, tags, values that merge keys bring in.
package edit
