//go:build unix

package hoist_test

import (
	"syscall"
	"time"
)

// cpuTime returns the CPU time the process has used, collector and all.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
