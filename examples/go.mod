module github.com/hoistflags/hoist/examples

go 1.26.0

require github.com/hoistflags/hoist v0.0.0

replace github.com/hoistflags/hoist => ../
