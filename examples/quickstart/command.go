package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/store/filestore"
)

const usage = `usage: quickstart [-flags FILE]
       quickstart [-flags FILE] -flag KEY [-environment NAME] [-subject JSON]

Without -flag: a demonstration with the flags of a shop. With -flag: the
decision for that flag, as JSON. A flag that does not exist is a decision, too,
with the error FLAG_NOT_FOUND; the exit code is 0. It is 1 if the flags cannot
be read, and 2 if the arguments are wrong.

`

const shop = "testdata/shop/flags.yaml"

var (
	file        = flag.String("flags", shop, "read the flags from `FILE`, or from the files in that directory")
	environment = flag.String("environment", "", "the environment `NAME` (default is the targeting outside of environments)")
	key         = flag.String("flag", "", "print the decision for the flag `KEY`")
	subject     = flag.String("subject", "{}", "who asks, as `JSON` such as "+`{"key": "user-42", "country": "NO"}`)
)

// parse reads the arguments, and ends the program with 2 if they are wrong.
func parse() {
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()
	if problem := wrongUsage(); problem != "" {
		fmt.Fprintf(os.Stderr, "quickstart: %s\nquickstart -help says more\n", problem)
		os.Exit(2)
	}
}

// wrongUsage says what is wrong with the arguments, "" if nothing is.
func wrongUsage() string {
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch _, err := hoist.SubjectFromJSON([]byte(*subject)); {
	case flag.NArg() > 0:
		return fmt.Sprintf("unexpected argument %q", flag.Arg(0))
	case given["flag"] && *key == "":
		return "-flag wants the key of a flag"
	case !given["flag"] && (given["environment"] || given["subject"]):
		return "-environment and -subject go with -flag"
	case err != nil:
		return fmt.Sprintf("-subject wants a JSON object: %v", err)
	}
	return ""
}

// decide prints one decision.
func decide(ctx context.Context) error {
	flags, err := hoist.Open(ctx, filestore.New(*file, nil), &hoist.Options{Environment: *environment})
	if err != nil {
		return err
	}
	defer flags.Close()
	who, err := hoist.SubjectFromJSON([]byte(*subject))
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	return out.Encode(flags.For(who).Evaluate(*key))
}
