// Command migrate turns a product's export into a flags file.
//
//	go run ./examples/migrate -from unleash -environment production features.json > flags.yaml
//
// It reads Unleash client features or exports (JSON), Flipt features (YAML or
// JSON), CloudBees flag lists, Confidence resolver states (with -account, the
// account's id, which decides who is in a share) and Flagmint SDK configurations.
// The flags evaluate as they did in the product: each names its
// semantics. What could not be represented is listed on standard error, with its
// place in the export; the exit status is then 3. It is 1 if the export could
// not be read, and 2 if the arguments are wrong.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/httpapi/cloudbees"
	"github.com/hoistflags/hoist/httpapi/confidence"
	"github.com/hoistflags/hoist/httpapi/flagmint"
	"github.com/hoistflags/hoist/httpapi/flipt"
	"github.com/hoistflags/hoist/httpapi/unleash"
)

// options are what an import can be told.
type options struct {
	project, environment string
	account              string // of Confidence, which is in the salt of its populations
}

// imports are the products, by the name that -from takes.
var imports = map[string]func(export []byte, o options) (*hoist.Set, hoist.Errors, error){
	"cloudbees": func(export []byte, o options) (*hoist.Set, hoist.Errors, error) {
		return cloudbees.Import(export, &cloudbees.ImportOptions{Project: o.project, Environment: o.environment})
	},
	"confidence": func(export []byte, o options) (*hoist.Set, hoist.Errors, error) {
		return confidence.Import(export, &confidence.ImportOptions{Project: o.project, Environment: o.environment, Account: o.account})
	},
	"flagmint": func(export []byte, o options) (*hoist.Set, hoist.Errors, error) {
		return flagmint.Import(export, &flagmint.ImportOptions{Project: o.project, Environment: o.environment})
	},
	"flipt": func(export []byte, o options) (*hoist.Set, hoist.Errors, error) {
		return flipt.Import(export, &flipt.ImportOptions{Project: o.project, Environment: o.environment})
	},
	"unleash": func(export []byte, o options) (*hoist.Set, hoist.Errors, error) {
		return unleash.Import(export, &unleash.ImportOptions{Project: o.project, Environment: o.environment})
	},
}

var errUsage = errors.New("usage: migrate -from " + strings.Join(slices.Sorted(maps.Keys(imports)), "|") + " [-environment NAME] [-project KEY] [-account ID] [FILE]")

func main() {
	switch err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr); {
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case errors.Is(err, errReport):
		os.Exit(3)
	case err != nil:
		fmt.Fprintln(os.Stderr, "migrate:", err)
		os.Exit(1)
	}
}

// errReport says that the report is not empty.
var errReport = errors.New("not everything could be represented")

func run(args []string, in io.Reader, out, report io.Writer) error {
	flags := flag.NewFlagSet("migrate", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	from := flags.String("from", "", "")
	var o options
	flags.StringVar(&o.environment, "environment", "", "")
	flags.StringVar(&o.project, "project", "", "")
	flags.StringVar(&o.account, "account", "", "")
	if flags.Parse(args) != nil || flags.NArg() > 1 || imports[*from] == nil {
		return errUsage
	}
	export, err := read(flags.Arg(0), in)
	if err != nil {
		return err
	}
	set, problems, err := imports[*from](export, o)
	if err != nil {
		return err
	}
	text, err := asYAML(set)
	if err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(report, cmp.Or(p.Path, "/")+":", p.Problem)
	}
	fmt.Fprintf(report, "%d flags and %d segments, %d remarks\n", len(set.Flags), len(set.Segments), len(problems))
	if len(problems) > 0 {
		return errReport
	}
	return nil
}

func read(name string, in io.Reader) ([]byte, error) {
	if name == "" {
		return io.ReadAll(in)
	}
	return os.ReadFile(name)
}
