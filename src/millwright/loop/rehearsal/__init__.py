"""Rehearsals: history played through the real loop on a clock that is moved by hand, before anybody trusts a policy."""
