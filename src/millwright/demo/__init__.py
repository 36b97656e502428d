"""The demo: real flights, the whole way from data to live answers."""
