package main
import ("testing";"context";"io";"strings")
func BenchmarkZZ(b *testing.B){
 for b.Loop() { o:=&diffOptions{}; o.streams=streams{strings.NewReader(""),io.Discard,io.Discard}; o.Base="/tmp/d/i1"; o.Head="/tmp/d/i2"; o.FailOn="error"; o.Color="auto"; o.Outputs=[]string{"json"}
 if err:=runDiff(context.Background(),o);err!=nil{b.Fatal(err)} } }
