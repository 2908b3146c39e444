package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/hoistflags/hoist"
	"github.com/hoistflags/hoist/hoisttest"
	"github.com/hoistflags/hoist/store/filestore"
)

// This is how a team tests its flags file: who gets what, where and when.
func TestShop(t *testing.T) {
	t.Parallel()
	var (
		staff  = hoist.NewSubject("user-ada", hoist.String("email", "Ada@Shop.example"))
		nobody = hoist.NewSubject("")
		late   = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
		early  = time.Date(2026, 5, 12, 0, 0, 0, 0, time.UTC)
	)
	with := func(attrs ...hoist.Attr) hoist.Subject { return hoist.NewSubject("user-kim", attrs...) }
	tests := []struct {
		flag, environment string
		now               time.Time
		subject           hoist.Subject
		want              string // the variant; "" is the fallback
	}{
		{"test-cards", "development", noon(), nobody, "true"},
		{"test-cards", "production", noon(), nobody, "false"},
		{"reviews", "production", noon(), staff, "false"},
		{"page-size", "production", noon(), with(hoist.Object("device", hoist.Int("width", 1600))), "few"},
		{"page-size", "production", noon(), with(hoist.Object("device", hoist.Int("width", 1601))), "many"},
		{"warehouse-console", "production", noon(), staff.With(hoist.String("ip", "10.20.255.1")), "true"},
		{"warehouse-console", "production", noon(), staff.With(hoist.String("ip", "10.21.0.1")), "false"},
		{"warehouse-console", "production", noon(), with(hoist.String("ip", "10.20.255.1")), "false"},
		{"update-notice", "production", noon(), with(hoist.Version("app", "2.9.9")), "now"},
		{"update-notice", "production", noon(), with(hoist.Version("app", "2.10.0"), hoist.String("platform", "Android")), "soon"},
		{"update-notice", "production", noon(), with(hoist.Version("app", "2.10.0"), hoist.String("platform", "android tv")), "none"},
		{"update-notice", "production", noon(), with(hoist.Version("app", "3.1.0"), hoist.String("platform", "ios")), "none"},
		{"win-back-coupon", "production", noon(), with(hoist.Time("last-order", noon().AddDate(0, 0, -91))), "gentle"},
		{"win-back-coupon", "production", noon(), with(hoist.Time("last-order", noon().AddDate(0, 0, -89))), "nothing"},
		{"win-back-coupon", "production", noon().AddDate(0, 0, 2), with(hoist.Time("last-order", noon().AddDate(0, 0, -89))), "gentle"},
		{"win-back-coupon", "production", noon(), with(hoist.Time("last-order", noon().AddDate(-1, 0, 0)),
			hoist.String("email", "kim@example.org"), hoist.Strings("subscriptions", "recalls", "offers")), "generous"},
		{"win-back-coupon", "production", noon(), staff.With(hoist.Time("last-order", noon().AddDate(-1, 0, 0)),
			hoist.Strings("subscriptions", "offers")), "gentle"},
		{"gift-wrapping", "production", noon(), with(hoist.Object("basket", hoist.Strings("categories", "books", "toys"))), "true"},
		{"gift-wrapping", "production", noon(), with(hoist.Object("basket", hoist.Strings("categories", "books", "fish"))), "false"},
		{"gift-wrapping", "production", noon(), with(hoist.Object("basket", hoist.Strings("categories"))), "false"},
		{"new-checkout", "development", noon(), nobody, "true"},
		{"new-checkout", "production", noon(), nobody, "false"},
		{"new-checkout", "production", noon(), staff, "true"},
		{"new-checkout", "production", noon(), with(hoist.Bool("beta", true)), "true"},
		{"new-checkout", "production", noon(), hoist.NewSubject("user-mallory", hoist.Bool("beta", true)), "false"},
		{"express-checkout", "production", noon(), with(hoist.Bool("beta", true), hoist.Int("cards", 2)), "true"},
		{"express-checkout", "production", noon(), with(hoist.Bool("beta", true)), "false"},
		{"express-checkout", "production", noon(), nobody.With(hoist.Int("cards", 2)), "false"},
		{"checkout-button", "production", noon(), with(hoist.String("country", "DE")), "blue"},
		{"spring-sale", "production", early, staff, "staff"},
		{"spring-sale", "production", early, nobody, "none"},
		{"spring-sale", "production", noon(), nobody, "sale"},
		{"spring-sale", "production", late, staff, "none"},
		{"recommendations", "development", early, nobody, "vector"},
		{"recommendations", "production", late, with(), "vector"},
		{"recommendations", "production", early.AddDate(0, -1, 0), with(), "classic"},
		{"delivery-slots", "production", late, with(hoist.String("city", "Oslo")), "true"},
		{"delivery-slots", "production", late, with(hoist.String("city", "Rome")), "false"},
		{"delivery-slots", "production", early.AddDate(0, -1, 0), with(hoist.String("city", "Oslo")), "false"},
		{"banner", "production", noon(), with(hoist.Object("company", hoist.String("name", "Acme Ltd"))), "business"},
		{"banner", "production", noon(), with(hoist.Object("company", hoist.Int("employees", 250), hoist.Bool("contract", true))), "sale"},
		{"banner", "production", noon(), with(hoist.Int("order-count", 0)), "welcome"},
		{"banner", "production", late, with(hoist.Int("order-count", 1)), "none"},
	}
	file := filestore.New(filepath.Join(top, shop), nil)
	for _, test := range tests {
		flags := hoisttest.Open(t, file, &hoisttest.Options{Environment: test.environment, Now: test.now})
		view := flags.For(test.subject)
		if got := view.Evaluate(test.flag).Variant(); got != test.want {
			t.Errorf("in %s on %v, want %q:\n%v", test.environment, test.now.Format(time.DateOnly), test.want, view.Explain(test.flag))
		}
	}
}
