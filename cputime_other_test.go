//go:build !unix

package hoist_test

import "time"

// cpuTime returns 0 where the process cannot be asked.
func cpuTime() time.Duration { return 0 }
