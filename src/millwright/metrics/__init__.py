"""The metrics themselves, pure: search and evaluation share them."""
