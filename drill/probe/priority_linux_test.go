package probe

import (
	"os/exec"
	"strings"
	"testing"
)

func TestWhatIsStartedCalmlyDoesNotHurry(t *testing.T) {
	undo, _ := Hurry()
	var out strings.Builder
	cmd := exec.Command("cat", "/proc/self/stat")
	cmd.Stdout = &out
	must(t, Calmly(cmd.Start))
	must(t, cmd.Wait())
	undo()
	fields := strings.Fields(out.String()[strings.LastIndex(out.String(), ")")+1:])
	// proc(5): 18 is the priority, 19 the niceness, 41 the policy of scheduling; the third comes first here.
	if fields[15] != "20" || fields[16] != "0" || fields[38] != "0" {
		t.Errorf("priority %s, niceness %s, policy %s; want 20, 0, 0", fields[15], fields[16], fields[38])
	}
}
