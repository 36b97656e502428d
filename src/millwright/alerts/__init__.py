"""From what was found and decided to what people are told, and the channels that tell them."""
