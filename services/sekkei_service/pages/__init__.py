"""Pages for people: templates around the functions of the routes, without logic of their own."""
