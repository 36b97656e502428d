"""Model families and the evaluators that answer with them."""
