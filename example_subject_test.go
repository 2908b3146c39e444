package hoist_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/hoistflags/hoist"
)

// Attributes have types, as those of log/slog have.
func ExampleNewSubject() {
	s := hoist.NewSubject("user-42",
		hoist.String("country", "NO"),
		hoist.Int("orders", 12),
		hoist.Version("app", "2.4.1"),
		hoist.Strings("roles", "editor", "admin"),
		hoist.Object("company", hoist.String("id", "acme"), hoist.Int("employees", 800)),
	)
	employees, _ := s.Attr("company.employees") // as a constraint would see it
	_, known := s.Attr("birthday")
	fmt.Println(s.Key(), employees, known)
	// Output: user-42 800 false
}

// A document is checked once, and read where a flag asks for an attribute.
func ExampleSubjectFromJSON() {
	s, err := hoist.SubjectFromJSON([]byte(`{
		"key": "user-42",
		"account": 9007199254740993,
		"company": {"id": "acme", "employees": 800}
	}`))
	if err != nil {
		log.Fatal(err)
	}
	account, _ := s.Attr("account")
	id, _ := s.Attr("company.id")
	fmt.Println(s.Key(), account, id)

	_, err = hoist.SubjectFromJSON([]byte(`["user-42"]`))
	fmt.Println(err)
	// Output:
	// user-42 9007199254740993 acme
	// hoist: invalid subject document: not an object
}

// Middleware puts the subject of a request into its context.
func ExampleNewContext() {
	set, err := hoist.ParseSet([]byte(`{"flags": {"greeting": {
		"variants": {"en": "Hello", "no": "Hei"},
		"rules": [{"when": {"attribute": "language", "startsWith": "no"}, "serve": "no"}],
		"default": "en"
	}}}`))
	if err != nil {
		log.Fatal(err)
	}
	flags, err := hoist.Open(context.Background(), hoist.Static(*set), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer flags.Close()

	withSubject := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, _, _ := r.BasicAuth()
			subject := hoist.NewSubject(user, hoist.String("language", r.Header.Get("Accept-Language")))
			next.ServeHTTP(w, r.WithContext(hoist.NewContext(r.Context(), subject)))
		})
	}
	handler := withSubject(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, flags.String(r.Context(), "greeting", "Hi"))
	}))

	request := httptest.NewRequest("GET", "/", nil)
	request.Header.Set("Accept-Language", "no-NO")
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, request)
	fmt.Print(response.Body)
	// Output: Hei
}
