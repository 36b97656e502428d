"""What a server says of itself to programs: OpenAPI 3.1, made from one table of operations and the structures of the wire."""
