package unleash

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// install installs the packages of the lock file once. A test that needs them
// is skipped where that is not possible, and fails where it must be, in CI.
func install(t *testing.T) {
	t.Helper()
	if problem := installOnce(); problem != "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("Unleash's packages are not there: %s", problem)
		}
		t.Skipf("NOT COMPARED WITH UNLEASH: its packages are not there: %s", problem)
	}
}

// installed is a copy of the lock file by which packages were installed.
const installed = "node_modules/.installed"

var installOnce = sync.OnceValue(func() (problem string) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return err.Error()
		}
	}
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		return err.Error()
	}
	if done, err := os.ReadFile(installed); err == nil && bytes.Equal(done, lock) {
		return ""
	}
	if output, err := exec.Command("npm", "ci", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
		return "npm ci: " + err.Error() + "\n" + string(output)
	}
	if err := os.WriteFile(installed, lock, 0o644); err != nil {
		return err.Error()
	}
	return ""
})
