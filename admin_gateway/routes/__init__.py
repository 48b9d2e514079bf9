"""One file a resource: each route translates, calls and translates back."""
